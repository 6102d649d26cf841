"""One browser and one printer for all journeys of a process; a stage of its own for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from portal.documents.renderer import Renderer
from tests.journeys.chromium import chromium
from tests.journeys.exhibition import Exhibition
from tests.journeys.stage import Stage, prepare_people, stage
from tests.journeys.visitor import Visitor, visiting

SESSION: Any = {"scope": "session", "loop_scope": "session"}
Staging = Callable[..., AbstractAsyncContextManager[Stage]]
Arriving = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that happens here shares one event loop with the browser and the printer."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(**SESSION)
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@pytest_asyncio.fixture(**SESSION)
async def renderer() -> AsyncIterator[Renderer]:
    printer = Renderer()
    await printer.warm()
    yield printer
    await printer.close()


@pytest_asyncio.fixture(**SESSION)
async def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return await prepare_people(tmp_path_factory.mktemp("people"))


@pytest.fixture
def staging(people: Path, tmp_path: Path, renderer: Renderer) -> Staging:
    """Opens a stage with other timings than the usual."""
    return partial(stage, people, tmp_path, renderer)


@pytest_asyncio.fixture(loop_scope="session")
async def town(staging: Staging) -> AsyncIterator[Stage]:
    """Where time goes on, and prompts wait for a person."""
    async with staging() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def arrive(browser: Browser, town: Stage) -> AsyncIterator[Arriving]:
    """Somebody with a browser of their own, who leaves at the end; the options are those of `visiting`."""
    async with AsyncExitStack() as stack:

        async def enter(**options: Any) -> Visitor:
            return await stack.enter_async_context(visiting(browser, town.base_url, **options))

        yield enter


@pytest_asyncio.fixture(**SESSION)
async def exhibition(
    browser: Browser, people: Path, renderer: Renderer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Exhibition]:
    async with AsyncExitStack() as stack:
        yield Exhibition(stack, people, tmp_path_factory.mktemp("exhibits"), renderer, browser)
