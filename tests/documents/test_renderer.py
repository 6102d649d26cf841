"""The process that renders: what it gives, what it is kept from, and what happens when it dies."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from portal.documents.renderer import Renderer, RenderFailed
from portal.templating.language import Language
from tests.documents.conftest import Pdfs
from tests.documents.slips import FULL, a_slip

EN, SW = Language.EN, Language.SW


@pytest.fixture
async def renderer() -> AsyncIterator[Renderer]:
    renderer = Renderer()
    yield renderer
    await renderer.close()


async def started(renderer: Renderer) -> BaseProcess:
    before = set(multiprocessing.active_children())
    await renderer.warm()
    (process,) = set(multiprocessing.active_children()) - before
    return process


async def test_the_same_facts_give_the_same_bytes_in_another_process(renderer: Renderer, pdfs: Pdfs) -> None:
    assert await renderer.render(FULL, SW) == pdfs["full", SW]
    assert await renderer.render(FULL, EN) == pdfs["full", EN]
    assert await renderer.render(a_slip(version=2), EN) != pdfs["full", EN]


async def test_receipts_asked_for_at_once_do_not_mix(renderer: Renderer, pdfs: Pdfs) -> None:
    rendered = await asyncio.gather(*(renderer.render(FULL, language) for language in (EN, SW, EN)))
    assert rendered == [pdfs["full", language] for language in (EN, SW, EN)]


async def test_everyone_else_goes_on_while_a_receipt_is_rendered(renderer: Renderer) -> None:
    rendering = asyncio.create_task(renderer.render(FULL, EN))
    turns = 0
    while not rendering.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns > 20


async def test_a_process_that_was_killed_is_replaced(renderer: Renderer, pdfs: Pdfs) -> None:
    process = await started(renderer)
    process.kill()
    assert await renderer.render(FULL, EN) == pdfs["full", EN]


async def test_a_receipt_that_takes_too_long_is_given_up_with_its_process() -> None:
    hurried = Renderer(seconds=0.001)
    with pytest.raises(RenderFailed, match=r"longer than 0.001 s$"):
        await hurried.render(FULL, EN)
    await hurried.warm()
    await hurried.close()


async def test_the_process_holds_none_of_our_sockets_and_files(renderer: Renderer, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, (tmp_path / "portal.db").open("w") as database:
        for ours in (server, database):
            os.set_inheritable(ours.fileno(), True)
        process = await started(renderer)
        held = held_by(process)
    assert held
    assert not [file for file in held if file.startswith("socket:") or file.endswith("portal.db")]


def held_by(process: BaseProcess) -> list[str]:
    """Its open files, as the kernel names them."""
    return [str(link.readlink()) for link in Path(f"/proc/{process.pid}/fd").iterdir()]


async def test_an_idle_renderer_costs_no_process_and_closes_twice() -> None:
    before = set(multiprocessing.active_children())
    renderer = Renderer()
    assert set(multiprocessing.active_children()) == before
    await renderer.close()
    await renderer.close()


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Returns when everybody who could still write to the output is gone, children too."""
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )


def test_weasyprint_stays_out_of_the_process_that_asks() -> None:
    ran = run("""
import asyncio, sys
from portal.documents.renderer import Renderer
from portal.templating.language import Language
from tests.documents.slips import FULL

async def main():
    renderer = Renderer()
    pdf = await renderer.render(FULL, Language.EN)
    await renderer.close()
    print(pdf[:5].decode(), sorted({"weasyprint", "pydyf", "fontTools"} & set(sys.modules)))

asyncio.run(main())
""")
    assert (ran.stdout, ran.stderr) == ("%PDF- []\n", "")


def test_the_process_leaves_when_its_parent_was_killed() -> None:
    ran = run("""
import asyncio, os, signal
from portal.documents.renderer import Renderer

async def main():
    await Renderer().warm()
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
""")
    assert ran.returncode == -signal.SIGKILL
