"""
Draws every page in both languages and two widths into pictures/, from a portal that really runs. `make pictures` calls this.

`python -m tests.tools.pictures home status-` draws only pages whose name begins so.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog
from playwright.async_api import Browser, Error

from portal.documents.renderer import Renderer
from portal.telemetry.log import set_up_logging
from tests.journeys.chromium import chromium
from tests.journeys.exhibits import Exhibit, exhibits
from tests.journeys.scenes import SCENES, Scene, showing
from tests.journeys.stage import prepare_people
from tests.journeys.visitor import HEIGHT, Visitor

PICTURES = Path(__file__).parents[2] / "pictures"
LANGUAGES = ("en", "sw")
WIDTHS = (360, 1280)


async def draw(wanted: tuple[str, ...]) -> list[str]:
    """What could not be drawn, and why."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        people = await prepare_people(Path(folder))
        async with chromium() as browser, exhibits(people, Path(folder), Renderer()) as exhibition:
            drawn = [
                await draw_scene(browser, exhibition, scene, language)
                for scene in SCENES
                for language in LANGUAGES
                if scene.name.startswith(wanted)
            ]
    return [fault for fault in drawn if fault]


async def draw_scene(browser: Browser, exhibition: dict[str, Exhibit], scene: Scene, language: str) -> str:
    """What went wrong, or nothing."""
    try:
        async with showing(scene, browser, exhibition, language=language, width=WIDTHS[0]) as visitor:
            for width in WIDTHS:
                await draw_page(visitor, PICTURES / f"{scene.name}.{language}.{width}.png", width)
    except (AssertionError, Error) as error:
        return f"{scene.name}.{language}: {error}"
    return ""


async def draw_page(visitor: Visitor, path: Path, width: int) -> None:
    await visitor.page.set_viewport_size({"width": width, "height": HEIGHT})
    await visitor.page.screenshot(path=path, full_page=True, animations="disabled")


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
