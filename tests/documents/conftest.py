"""Every slip in both languages, rendered once as the portal renders it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from portal.documents.renderer import Renderer
from portal.templating.assets import Assets
from portal.templating.environment import Environment, create_environment
from portal.templating.language import Language
from tests.documents.press import a_press
from tests.documents.slips import SLIPS

Pdfs = dict[tuple[str, Language], bytes]


@pytest.fixture(scope="session")
def environment() -> Environment:
    return create_environment(Assets({}))


@pytest.fixture(scope="session")
def press() -> Iterator[ProcessPoolExecutor]:
    with a_press() as press:
        yield press


@pytest.fixture(scope="session")
def pdfs() -> Pdfs:
    return asyncio.run(_render_all())


async def _render_all() -> Pdfs:
    renderer = Renderer()
    try:
        return {
            (name, language): await renderer.render(facts, language)
            for name, facts in SLIPS.items()
            for language in Language
        }
    finally:
        await renderer.close()
