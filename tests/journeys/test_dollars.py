"""A bill in dollars is paid in shillings at the rate that the page showed, down to the receipt with both."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Arriving
from tests.journeys.payer import approve
from tests.journeys.stage import ELIN, PHONES, Stage
from tests.journeys.test_payment import see_the_result
from tests.journeys.ways import IN_EACH_WAY

DOLLARS = re.compile(r"800\.00")
RATE = re.compile(r"2,650\.50 \(Bank of Tanzania\)")
TOTAL = re.compile("2,133,252")
"""US$ 800.00 are TSh 2,120,400; with fees of 10,602, 250 and 2,000."""


@pytest.mark.covers("A29", "D72", "page:4", "page:6")
@IN_EACH_WAY
async def test_a_tenant_of_an_exempt_lease_pays_shillings_for_dollars(
    town: Stage, arrive: Arriving, language: str, *, script: bool
) -> None:
    elin = await arrive(language=language, script=script)
    await elin.sign_in(ELIN)
    await elin.page.get_by_role("link", name=DOLLARS).first.click()
    await elin.reads("What do you want to pay?")
    await elin.press("Continue")
    await elin.reads("How do you want to pay?")
    await expect(elin.page.locator("main .amount")).to_contain_text(RATE)
    await elin.page.locator("label").filter(has_text="M-Pesa").first.click()
    await elin.press("Continue")
    await elin.reads("Which phone do you pay from?")
    await elin.press("Continue")
    await elin.reads("Check before you pay")
    await expect(elin.page.locator("#field-rate")).to_contain_text(RATE)
    await elin.page.get_by_role("button", name=TOTAL).click()
    await elin.reads("Check your phone")
    await approve(elin, town, PHONES[ELIN])
    await see_the_result(elin, script=script)
    await elin.follow("See receipt")
    await expect(elin.page.locator("article")).to_contain_text(DOLLARS)
    await expect(elin.page.locator("article")).to_contain_text(RATE)
    await expect(elin.page.locator("article")).to_contain_text(TOTAL)
    assert [movement["amount"] for movement in await town.sandbox.book()] == [2_133_252]
