"""Money back in a browser: a tenant asks, the landlord agrees, the card gets it, and the receipt says so."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from portal.domain.bill import PaymentType
from portal.domain.method import PaymentMethod
from portal.domain.payment_state import PaymentStatus
from tests.journeys.conftest import Staging
from tests.journeys.stage import ASHA, MOLLEL, Stage
from tests.journeys.visitor import visiting

CARD_PAYS = {"number": "4242424242424242", "expiry": "12/34", "cvc": "123", "act": "pay"}


async def paid_by_card(town: Stage) -> str:
    reference = await town.ask(ASHA, PaymentType.DEPOSIT, None, method=PaymentMethod.CREDIT_CARD)
    page = (await town.payment(reference)).page
    assert page
    await town.sandbox.client.post(page, data=CARD_PAYS)
    await town.until_printed(reference)
    return reference


@pytest.mark.covers("F1", "F8", "F10", "C8", "page:18", "page:19", "page:23")
async def test_a_tenant_asks_the_landlord_agrees_and_the_receipt_says_refunded(
    staging: Staging, browser: Browser
) -> None:
    async with staging(every_wallet=True) as town:
        reference = await paid_by_card(town)
        async with visiting(browser, town.base_url, language="en", script=False) as asha:
            await asha.sign_in(ASHA)
            await asha.open(f"/payments/{reference}")
            await asha.follow("Ask for money back")
            await asha.page.locator("label").filter(has_text="The home is not available").click()
            await asha.press("Continue")
            await asha.reads("Check before you ask")
            await expect(asha.page.locator("main")).to_contain_text("452,250")
            await asha.page.get_by_role("button", name="452,250").click()
            await asha.reads("Money back")
            refund = asha.page.url
            await agree(town, browser)
            while (await town.payment(reference)).status is not PaymentStatus.REFUNDED:
                await asha.page.wait_for_timeout(100)
            await asha.open(refund)
            await asha.follow("See receipt")
            await expect(asha.page.locator("article")).to_contain_text("452,250 was sent back on")
            while (await town.payment(reference)).receipt_version != 2:
                await asha.page.wait_for_timeout(100)
            code = (await town.payment(reference)).receipt_check
            await asha.open(f"/v/{code}")
            await expect(asha.page.locator("main")).to_contain_text("Genuine, refunded on")


async def agree(town: Stage, browser: Browser) -> None:
    async with visiting(browser, town.base_url, language="sw", script=False) as juma:
        await juma.sign_in(MOLLEL)
        await juma.open("/landlord/refunds")
        await juma.page.locator("main table a").first.click()
        await juma.press("Agree")
        await expect(juma.page.locator("main")).to_contain_text(juma.say("Approved"))
