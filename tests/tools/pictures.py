"""
Draws every page in both languages and two widths into pictures/, from a portal that really runs.

`make pictures` calls this; `python -m tests.tools.pictures home status-` draws only pages whose name begins so.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import structlog
from playwright.async_api import Error

from portal.documents.renderer import Renderer
from portal.telemetry.log import set_up_logging
from tests.journeys.chromium import chromium
from tests.journeys.exhibition import Exhibition
from tests.journeys.exhibits import RECORDS, Exhibit
from tests.journeys.scenes import SCENES, Scene
from tests.journeys.stage import OFFICE, prepare_people
from tests.journeys.visitor import HEIGHT, Visitor

PICTURES = Path(__file__).parents[2] / "pictures"
LANGUAGES = ("en", "sw")
WIDTHS = (360, 1280)
IN_THE_DARK = (
    "home",
    "pay-how",
    "pay-check",
    "status-waiting",
    "status-paid",
    "status-wrong-pin",
    "receipt",
    "history",
)
PAPER = ("receipt", "receipt-rent", "receipt-part")
"""Receipts whose PDF is drawn too; the second in Swahili."""


async def draw(wanted: tuple[str, ...]) -> list[str]:
    """What could not be drawn, and why."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        people = await prepare_people(Path(folder))
        async with chromium() as browser, AsyncExitStack() as stack:
            exhibition = Exhibition(stack, people, Path(folder), Renderer(), browser)
            drawn = [
                await draw_scene(exhibition, scene, language)
                for scene in SCENES
                for language in LANGUAGES
                if scene.name.startswith(wanted)
            ]
            if "receipt".startswith(wanted):
                await draw_papers(await exhibition.at(RECORDS))
    return [fault for fault in drawn if fault]


async def draw_scene(exhibition: Exhibition, scene: Scene, language: str) -> str:
    """What went wrong, or nothing."""
    try:
        async with exhibition.showing(scene, language=language, width=WIDTHS[0]) as visitor:
            picture = f"{scene.name}.{language}"
            for width in WIDTHS:
                await draw_page(visitor, PICTURES / f"{picture}.{width}.png", width)
            if scene.name in IN_THE_DARK:
                await visitor.page.emulate_media(color_scheme="dark")
                await draw_page(visitor, PICTURES / f"{picture}.dark.png", WIDTHS[0])
    except (AssertionError, Error) as error:
        return f"{scene.name}.{language}: {error}"
    return ""


async def draw_page(visitor: Visitor, path: Path, width: int) -> None:
    """In a window as high as the page, so that what sticks to its foot covers nothing."""
    page = visitor.page
    await page.set_viewport_size({"width": width, "height": HEIGHT})
    height = await page.evaluate("document.documentElement.scrollHeight")
    await page.set_viewport_size({"width": width, "height": max(HEIGHT, height)})
    await page.screenshot(path=path, full_page=True, animations="disabled")


async def draw_papers(exhibit: Exhibit) -> None:
    """Each receipt's PDF, page by page."""
    office = await exhibit.stage.person(OFFICE)
    for name in PAPER:
        file = await exhibit.stage.portal.receipts.file(office, exhibit.known[name])
        assert file
        command = ["pdftoppm", "-r", "80", "-png", "-", str(PICTURES / f"{name}-pdf")]
        await asyncio.to_thread(subprocess.run, command, input=file.pdf, check=True)


def main() -> None:
    """All, or those whose names begin as the arguments say."""
    set_up_logging(as_json=False)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    faults = asyncio.run(draw(tuple(sys.argv[1:]) or ("",)))
    print(f"{len(list(PICTURES.glob('*.png')))} pictures in {PICTURES.name}/")
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
