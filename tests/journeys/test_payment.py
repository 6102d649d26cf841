"""A deposit is paid by M-Pesa, from the first click to the receipt that a stranger checks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Arriving
from tests.journeys.payer import approve, ask_for_prompt, pay_path
from tests.journeys.receipt import code_on, download
from tests.journeys.stage import ASHA, MOLLEL, PHONES, Stage

WAYS = [
    pytest.param("sw", True, id="swahili"),
    pytest.param("en", False, id="english-without-script", marks=pytest.mark.full),
    pytest.param("en", True, id="english", marks=pytest.mark.full),
    pytest.param("sw", False, id="swahili-without-script", marks=pytest.mark.full),
]


@pytest.mark.covers("A16", "B1", "B2", "B3", "C2", "C3", "M1", "M7")
@pytest.mark.parametrize("language, script", WAYS)
async def test_a_tenant_pays_a_deposit_down_to_a_receipt_that_anyone_can_check(
    town: Stage, arrive: Arriving, tmp_path: Path, language: str, script: bool
) -> None:
    asha = await arrive(language=language, script=script)
    await asha.sign_in(ASHA)
    await ask_for_prompt(asha)
    await asha.reads("Check your phone")
    await approve(asha, town, PHONES[ASHA])
    if not script:
        await asha.press("Check now")
    await asha.reads("Paid")
    await asha.follow("See receipt")
    receipt = await download(asha, tmp_path)
    assert receipt.read_bytes().startswith(b"%PDF-1.7")
    stranger = await arrive(language=language, script=script)
    await stranger.open(code_on(receipt))
    await expect(stranger.page.get_by_role("heading", name=stranger.say("Genuine and paid"))).to_be_visible()
