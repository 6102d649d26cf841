"""What goes another way: a wrong PIN, a change of mind here or on the phone, nobody at the phone, no answer at all."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from portal.sandbox.fates import NUMBER_OF
from tests.journeys.conftest import Arriving, Staging
from tests.journeys.payer import TOTAL, act, approve, ask_for_prompt, pay_path
from tests.journeys.stage import ASHA, OFFICE, PHONES, Stage
from tests.journeys.visitor import Visitor, visiting

PHONE = PHONES[ASHA]


async def come_to_the_prompt(arrive: Arriving, **options: object) -> Visitor:
    asha: Visitor = await arrive(**options)
    await asha.sign_in(ASHA)
    await ask_for_prompt(asha)
    await asha.reads("Check your phone")
    return asha


@pytest.mark.covers("A24", "B14")
async def test_after_a_wrong_pin_the_payer_tries_again_and_pays(town: Stage, arrive: Arriving) -> None:
    asha = await come_to_the_prompt(arrive, language="sw")
    await act(asha, town, PHONE, "Wrong PIN")
    await asha.reads("Not paid")
    await expect(asha.page.locator("#status")).to_contain_text(asha.say("The PIN was not correct"))
    await asha.press("Try again")
    await asha.reads("Check before you pay")
    await asha.page.get_by_role("button", name=TOTAL).click()
    await approve(asha, town, PHONE)
    await asha.reads("Paid")
    assert len(await town.sandbox.book()) == 1


@pytest.mark.covers("page:11")
async def test_a_payment_cancelled_here_ends_when_the_phone_agrees(town: Stage, arrive: Arriving) -> None:
    asha = await come_to_the_prompt(arrive)
    await asha.follow("Cancel")
    await asha.reads("Cancel this payment?")
    await asha.press("Cancel the payment")
    await asha.reads("The request is still open on your phone")
    await act(asha, town, PHONE, "Cancel")
    await asha.reads("Payment cancelled")
    await expect(asha.button("Pay again")).to_be_visible()
    assert await town.sandbox.book() == []


@pytest.mark.covers("B14")
async def test_a_request_closed_on_the_phone_accuses_nobody(town: Stage, arrive: Arriving) -> None:
    asha = await come_to_the_prompt(arrive)
    await act(asha, town, PHONE, "Cancel")
    await asha.reads("Not paid")
    reason = asha.say("The request was cancelled or closed on the phone")
    await expect(asha.page.locator("#status")).to_contain_text(reason)


@pytest.mark.covers("B8")
async def test_a_request_that_nobody_answered_is_sent_again(staging: Staging, browser: Browser) -> None:
    async with (
        staging(prompt_lifetime=4) as town,
        visiting(browser, town.base_url, language="sw") as asha,
    ):
        await asha.sign_in(ASHA)
        await ask_for_prompt(asha)
        await act(asha, town, PHONE, "Ignore")
        await asha.reads("Not paid")
        await asha.press("Send the request again")
        await asha.page.get_by_role("button", name=TOTAL).click()
        await town.sandbox.prompt_on(PHONE)
        await town.sandbox.press(PHONE, "approve")
        await asha.reads("Paid")


@pytest.mark.covers("B10", "B18")
async def test_an_answer_that_nobody_understands_is_uncertain_and_comes_before_the_office(
    town: Stage, arrive: Arriving
) -> None:
    asha, salma = await arrive(), await arrive()
    await asha.sign_in(ASHA)
    await pay_path(asha, phone=NUMBER_OF["undocumented"])
    await asha.page.get_by_role("button", name=TOTAL).click()
    await asha.reads("%(network)s is confirming your payment", network="M-Pesa")
    town.clock.advance(minutes=6)
    await asha.reads("We do not have the answer yet")
    await expect(asha.page.locator("#status")).to_contain_text("Do not pay again")
    town.clock.advance(minutes=16)
    await salma.sign_in(OFFICE)
    row = salma.page.get_by_role("row").filter(has_text=ASHA)
    await expect(row).to_contain_text("453,500")
