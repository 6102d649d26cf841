"""A deposit is paid by M-Pesa, from the first click to the receipt that a stranger checks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Arriving
from tests.journeys.payer import approve, ask_for_prompt
from tests.journeys.receipt import code_on, download
from tests.journeys.stage import ASHA, MOLLEL, PHONES, Stage
from tests.journeys.visitor import Visitor
from tests.journeys.ways import IN_EACH_WAY


@pytest.mark.covers(
    "A15", "B1", "B2", "B4", "C2", "C6", "M4", "page:1", "page:3", "page:4", "page:5", "page:6", "A2"
)
@pytest.mark.covers("page:7", "page:12", "page:13", "page:14", "page:15", "page:16", "page:28")
@IN_EACH_WAY
async def test_a_tenant_pays_a_deposit_down_to_a_receipt_that_anyone_can_check(
    town: Stage, arrive: Arriving, tmp_path: Path, language: str, *, script: bool
) -> None:
    asha = await arrive(language=language, script=script)
    await asha.sign_in(ASHA)
    await ask_for_prompt(asha)
    await asha.reads("Check your phone")
    await approve(asha, town, PHONES[ASHA])
    await see_the_result(asha, script=script)
    await asha.follow("See receipt")
    receipt = await download(asha, tmp_path)
    assert receipt.read_bytes().startswith(b"%PDF-1.7")
    await proves_genuine(await arrive(language=language, script=script), code_on(receipt))
    await finds_it_in_the_history(asha)
    assert [movement["amount"] for movement in await town.sandbox.book()] == [453_500]


@pytest.mark.covers("C14")
async def test_the_landlord_sees_the_payment_and_its_receipt(town: Stage, arrive: Arriving) -> None:
    asha, juma = await arrive(), await arrive(language="sw")
    await asha.sign_in(ASHA)
    await ask_for_prompt(asha)
    await approve(asha, town, PHONES[ASHA])
    await asha.reads("Paid")
    await juma.sign_in(MOLLEL)
    row = juma.page.get_by_role("row").filter(has_text=ASHA)
    await expect(row).to_contain_text("450,000")
    await row.get_by_role("link", name="26-000001").click()
    await expect(juma.page.locator("article")).to_contain_text("453,500")


async def see_the_result(payer: Visitor, *, script: bool) -> None:
    """By itself where a script runs, else by the button."""
    while not script and await payer.heading.inner_text() != payer.say("Paid"):
        await payer.press("Check now")
    await payer.reads("Paid")


async def proves_genuine(stranger: Visitor, address: str) -> None:
    """Signed out, by what the QR says."""
    await stranger.open(address)
    await expect(stranger.page.get_by_role("heading", name=stranger.say("Genuine and paid"))).to_be_visible()
    await expect(stranger.page.locator("main")).to_contain_text("Asha M.")
    assert ASHA not in await stranger.page.content()


async def finds_it_in_the_history(payer: Visitor) -> None:
    await payer.open("/payments")
    row = payer.page.get_by_role("row").filter(has_text=re.compile("453,500"))
    await expect(row).to_contain_text(payer.say("Paid"))
    await row.get_by_role("link").click()
    await payer.reads("Deposit")
    await expect(payer.page.locator("main")).to_contain_text("26-000001")
