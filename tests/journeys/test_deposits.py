"""A deposit in a browser: the landlord keeps money for two things, the tenant agrees to one, the office decides."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from portal.domain.bill import PaymentType
from portal.domain.method import PaymentMethod
from portal.domain.payment_state import PaymentStatus
from tests.journeys.conftest import Staging
from tests.journeys.stage import ASHA, MOLLEL, OFFICE, Stage
from tests.journeys.test_refunds import CARD_PAYS
from tests.journeys.visitor import Visitor, visiting

LINES = (("CLEANING", "60,000", "The kitchen was left dirty."), ("DAMAGE", "80,000", "The door is broken."))


async def paid_by_card(town: Stage) -> str:
    reference = await town.ask(ASHA, PaymentType.DEPOSIT, None, method=PaymentMethod.CREDIT_CARD)
    page = (await town.payment(reference)).page
    assert page
    await town.sandbox.client.post(page, data=CARD_PAYS)
    await town.until_printed(reference)
    return reference


@pytest.mark.covers("F13", "C8")
async def test_a_lease_ends_line_by_line_and_each_side_reads_how_it_stands(
    staging: Staging, browser: Browser
) -> None:
    async with staging(every_wallet=True) as town:
        reference = await paid_by_card(town)
        async with visiting(browser, town.base_url, language="en", script=False) as juma:
            await ends(juma)
        async with visiting(browser, town.base_url, language="sw", script=False) as asha:
            await answers(asha)
            async with visiting(browser, town.base_url, language="en", script=False) as salma:
                await decides(salma)
            while (await town.payment(reference)).refunds.sum_back is None or (
                await town.payment(reference)
            ).refunds.open:
                await asha.page.wait_for_timeout(100)
            await asha.page.reload()
            main = asha.page.locator("main")
            await expect(main).to_contain_text(asha.say("Settled"))
            for amount in ("360,000", "90,000", "450,000"):
                await expect(main).to_contain_text(amount)
        assert (await town.payment(reference)).status is PaymentStatus.PARTIALLY_REFUNDED


async def ends(juma: Visitor) -> None:
    await juma.sign_in(MOLLEL)
    await juma.open("/landlord/deposits")
    await juma.page.locator("main table a").first.click()
    await juma.follow("End the lease and return the deposit")
    for number, (kind, amount, note) in enumerate(LINES, start=1):
        await juma.page.select_option(f"[name=claim_kind_{number}]", kind)
        await juma.page.fill(f"[name=claimed_{number}]", amount)
        await juma.page.fill(f"[name=claim_note_{number}]", note)
    await juma.press("Continue")
    await juma.reads("Check before the deposit goes back")
    await juma.page.get_by_role("button", name="310,000").click()
    await expect(juma.page.locator("main")).to_contain_text("Waits for the tenant")


async def answers(asha: Visitor) -> None:
    await asha.sign_in(ASHA)
    await asha.page.locator("main a[href^='/deposits/']").click()
    await asha.page.click("label[for=field-answer_1]")
    await asha.page.click("label[for=field-answer_2-2]")
    await asha.page.fill("[name=dispute_note_2]", "Ulikuwa umevunjika nilipohamia.")
    await asha.press("Send my answers")
    await expect(asha.page.locator("main")).to_contain_text(asha.say("Not agreed: our office decides"))


async def decides(salma: Visitor) -> None:
    await salma.sign_in(OFFICE)
    await salma.open("/ops/queue/deposits")
    await salma.page.locator("main table a").first.click()
    await salma.page.fill("[name=decided_2]", "30,000")
    await salma.page.fill("[name=decided_note_2]", "The pictures show an old break.")
    await salma.press("Decide")
    await expect(salma.page.locator("main")).to_contain_text("Settled")
