"""Who has the operator's receipt, and a page that knows of no payment, gives its code."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from portal.sandbox.fates import NUMBER_OF
from tests.journeys.conftest import Arriving, Staging
from tests.journeys.payer import TOTAL, ask_for_prompt, pay_path
from tests.journeys.stage import ASHA, OFFICE, Stage
from tests.journeys.visitor import Visitor, visiting
from tests.journeys.ways import IN_EACH_LANGUAGE
from tests.sandbox.running import FAST, until

LATE = NUMBER_OF["approves-late"]


async def give(asha: Visitor, code: str) -> None:
    await asha.page.fill("[name=claim]", code)
    await asha.press("Look for my payment")


@pytest.mark.covers("B9", "page:10")
@IN_EACH_LANGUAGE
async def test_money_that_came_after_the_end_is_found_by_the_code_of_its_receipt(
    staging: Staging, browser: Browser, language: str
) -> None:
    async with (
        staging(prompt_lifetime=1, held=FAST.late_after) as town,
        visiting(browser, town.base_url, language=language) as asha,
    ):
        await town.sandbox.give_fate(LATE, when="after-expiry", twists=["lost"])
        await asha.sign_in(ASHA)
        await ask_for_prompt(asha, phone=LATE)
        await asha.reads("Not paid")
        town.clock.advance(hours=3)
        await asha.follow("I have a receipt code")
        await asha.reads("Enter the receipt code")
        town.let_go()
        await until(lambda: bool(town.sandbox.world.network.book.movements))
        (movement,) = await town.sandbox.book()
        await give(asha, movement["receipt"].lower())
        await asha.reads("Paid. Your payment arrived late")


@pytest.mark.covers("B9", "page:10", "B18")
@IN_EACH_LANGUAGE
async def test_a_code_that_nobody_knows_is_looked_for_and_stands_before_the_office(
    town: Stage, arrive: Arriving, language: str
) -> None:
    asha, salma = await arrive(language=language), await arrive(language=language)
    await asha.sign_in(ASHA)
    await pay_path(asha, phone=NUMBER_OF["unavailable"])
    await asha.page.get_by_role("button", name=TOTAL).click()
    await asha.reads("We do not have the answer yet")
    await asha.follow("I have a receipt code")
    asha.expected.add(422)
    await give(asha, "1234")
    problem = asha.say("Four digits are no receipt code. Never type your PIN here")
    await expect(asha.page.locator("#error-claim")).to_contain_text(problem)
    await expect(asha.page.locator("[name=claim]")).to_have_value("")
    await give(asha, "nlj7 rt61 sv.")
    looking = asha.say("We cannot see that payment yet. We will keep looking for 24 hours.")
    await expect(asha.page.locator("#status")).to_contain_text(looking)
    await expect(asha.page.locator("#status")).to_contain_text("NLJ7RT61SV")
    await salma.sign_in(OFFICE)
    await expect(salma.page.locator("main")).to_contain_text(salma.say("The tenant gave a receipt code"))
