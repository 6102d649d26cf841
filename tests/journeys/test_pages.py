"""Every page in every state, as a browser lays it out on a small phone, and with letters of twice the size."""

from __future__ import annotations

import pytest

from tests.journeys.exhibition import Exhibition
from tests.journeys.proofs import enlarge, layout
from tests.journeys.scenes import SCENES, Scene

SMALLEST = 320


@pytest.mark.covers("M7", "P7", "page:27")
@pytest.mark.parametrize("language", ["sw", pytest.param("en", marks=pytest.mark.full)])
@pytest.mark.parametrize(
    "scene", [pytest.param(scene, marks=pytest.mark.xdist_group(scene.place)) for scene in SCENES], ids=str
)
async def test_a_page_fits_a_small_phone_and_large_letters(
    exhibition: Exhibition, scene: Scene, language: str
) -> None:
    async with exhibition.showing(scene, language=language, width=SMALLEST) as visitor:
        small = await layout(visitor.page, SMALLEST)
        await enlarge(visitor.page, 2)
        large = await layout(visitor.page, SMALLEST)
    faults = [*small.faults(), *(f"large letters: {fault}" for fault in large.faults())]
    if language == "sw" and not scene.name.startswith("phone"):
        faults += [f"English: {text}" for text in small.untranslated()]
    assert not faults, "\n".join(faults)
