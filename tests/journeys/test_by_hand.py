"""What came by bank goes back by hand: one of the office agrees, another one takes it to the bank, and nobody else."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from portal.domain.payment_state import State
from portal.domain.refund import RefundState
from tests.journeys.conftest import Staging
from tests.journeys.stage import APPROVER, ASHA, OFFICE, Stage
from tests.journeys.test_bank import bank_town, bring, choose_transfer, statement
from tests.journeys.visitor import Visitor, visiting
from tests.journeys.ways import IN_EACH_LANGUAGE

BACK = "452,250"
"""The deposit and our fee; the processing fee stays."""
SLIP = "FT26070ZYXWV"


@pytest.mark.covers("F7", "F8", "A10", "page:19")
@IN_EACH_LANGUAGE
async def test_a_transfer_goes_back_by_the_hands_of_two_people_of_the_office(
    staging: Staging, browser: Browser, language: str
) -> None:
    async with (
        bank_town(staging) as town,
        visiting(browser, town.base_url, language=language, script=False) as asha,
        visiting(browser, town.base_url, language=language, script=False) as salma,
        visiting(browser, town.base_url, language=language, script=False) as peter,
    ):
        await choose_transfer(asha)
        reference = (await town.newest(ASHA)).reference
        await salma.sign_in(OFFICE)
        await peter.sign_in(APPROVER)
        await bring(salma, statement(f"KODI {reference}"))
        assert (await town.payment(reference)).state is State.COMPLETED
        await asks(asha, reference)
        await agrees(salma)
        await takes(peter)
        await expect(salma.page.locator("main")).not_to_contain_text(SLIP)
        await salma.page.reload()
        await expect(salma.page.locator("main")).to_contain_text(APPROVER)
        await sends(peter)
        await told(town, asha, reference)


async def asks(asha: Visitor, reference: str) -> None:
    await asha.open(f"/payments/{reference}")
    await asha.follow("Ask for money back")
    await asha.page.locator("label").filter(has_text=asha.say("The home is not available")).click()
    await asha.press("Continue")
    await asha.reads("Check before you ask")
    await asha.page.get_by_role("button", name=BACK).click()
    await asha.reads("Money back")


async def agrees(salma: Visitor) -> None:
    """Who has agreed does not send it."""
    await salma.open("/ops/queue/refunds")
    await salma.page.locator("main table a").first.click()
    await salma.press("Agree")
    await expect(salma.page.locator("main")).to_contain_text(salma.say("You have agreed to it yourself."))
    await expect(salma.button("I send it")).to_have_count(0)


async def takes(peter: Visitor) -> None:
    await peter.open("/ops/queue/refunds")
    await expect(peter.page.locator("main")).to_contain_text(peter.say("To be sent by hand"))
    await peter.page.locator("main table a").first.click()
    await peter.press("I send it")


async def sends(peter: Visitor) -> None:
    """Without the bank's reference nothing is over."""
    peter.expected.add(422)
    await peter.press("It was sent")
    await expect(peter.page.locator("main [role=alert], main .error-summary").first).to_be_visible()
    await peter.page.fill("[name=bank_reference]", SLIP)
    await peter.press("It was sent")
    await expect(peter.page.locator("main")).to_contain_text(SLIP)


async def told(town: Stage, asha: Visitor, reference: str) -> None:
    payment = await town.payment(reference)
    assert [one.state for one in payment.refunds] == [RefundState.SUCCEEDED]
    await asha.page.reload()
    await expect(asha.page.locator("main")).to_contain_text(SLIP)
    await expect(asha.page.locator("main")).to_contain_text(BACK)
