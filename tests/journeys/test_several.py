"""Deposit and rent are paid in one push, from the first tick to a receipt with a line for each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Arriving
from tests.journeys.payer import approve
from tests.journeys.receipt import code_on, download
from tests.journeys.stage import ASHA, MOLLEL, PHONES, Stage
from tests.journeys.test_payment import proves_genuine, see_the_result
from tests.journeys.visitor import Visitor
from tests.journeys.ways import IN_EACH_WAY

TOTAL = re.compile("905,750")


@pytest.mark.covers("A20", "page:3", "page:6", "page:12", "page:21")
@IN_EACH_WAY
async def test_a_tenant_pays_deposit_and_rent_in_one_push_down_to_one_receipt(
    town: Stage, arrive: Arriving, tmp_path: Path, language: str, *, script: bool
) -> None:
    asha = await arrive(language=language, script=script)
    await asha.sign_in(ASHA)
    await tick_deposit_and_rent(asha, script=script)
    await to_the_prompt(asha)
    await approve(asha, town, PHONES[ASHA])
    await see_the_result(asha, script=script)
    await asha.follow("See receipt")
    lines = asha.page.locator("article table tr")
    await expect(lines.nth(0)).to_contain_text("450,000")
    await expect(lines.nth(1)).to_contain_text("450,000")
    await expect(asha.page.locator("article")).to_contain_text(
        asha.say("Nothing is left to pay of these bills.")
    )
    receipt = await download(asha, tmp_path)
    await proves_genuine(await arrive(language=language, script=script), code_on(receipt))
    assert [movement["amount"] for movement in await town.sandbox.book()] == [905_750]
    await landlord_sees_both(await arrive(language=language, script=script))


async def tick_deposit_and_rent(payer: Visitor, *, script: bool) -> None:
    await payer.follow("Pay several at once")
    await payer.reads("What do you want to pay?")
    for name in ("Deposit", "Rent"):
        await payer.page.locator("main .choice label").filter(has_text=payer.say(name)).click()
    together = payer.page.locator("[data-sum]")
    if script:
        await expect(together).to_contain_text("900,000")
        await expect(payer.page.locator("#live")).to_contain_text("900,000")
    else:
        await expect(together).to_be_hidden()
    await payer.press("Continue")
    await payer.reads("How do you want to pay?")
    await expect(payer.page.locator("main")).to_contain_text("900,000")


async def to_the_prompt(payer: Visitor) -> None:
    """By M-Pesa, from the payer's own phone."""
    await payer.page.locator("label").filter(has_text="M-Pesa").first.click()
    await payer.press("Continue")
    await payer.reads("Which phone do you pay from?")
    await payer.press("Continue")
    await payer.reads("Check before you pay")
    await payer.page.get_by_role("button", name=TOTAL).click()
    await payer.reads("Check your phone")


async def landlord_sees_both(juma: Visitor) -> None:
    await juma.sign_in(MOLLEL)
    row = juma.page.get_by_role("row").filter(has_text=ASHA)
    await expect(row).to_contain_text(juma.say("Deposit"))
    await expect(row).to_contain_text("900,000")
    assert (await row.text_content() or "").count("450,000") == 2
