"""A payer's bank takes a payment back, and wins: what the tenant, the landlord and the office read of it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from playwright.async_api import Browser, expect

from portal.domain.bill import PaymentType
from portal.domain.method import PaymentMethod
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from tests.journeys.conftest import Staging
from tests.journeys.stage import ASHA, MOLLEL, OFFICE, Stage
from tests.journeys.test_refunds import CARD_PAYS
from tests.journeys.visitor import Visitor, visiting
from tests.journeys.ways import IN_EACH_LANGUAGE

MISSING = "466,350"
"""All that the card paid, the fees with it."""


async def paid(town: Stage) -> str:
    """By card; nobody waits for the printer."""
    reference = await town.ask(ASHA, PaymentType.DEPOSIT, None, method=PaymentMethod.CREDIT_CARD)
    page = (await town.payment(reference)).page
    assert page
    await town.sandbox.client.post(page, data=CARD_PAYS)
    await until(town, reference, lambda payment: payment.state is State.COMPLETED)
    return reference


async def at_stripe(town: Stage, reference: str, act: str) -> None:
    """What a bank does, or decides, and Stripe tells of."""
    code = (await town.payment(reference)).receipt_code
    answer = await town.sandbox.client.post(f"{town.sandbox.base_url}/stripe/console/{code}/{act}")
    assert answer.is_success, answer.text


async def until(town: Stage, reference: str, is_so: Callable[[Payment], object]) -> Payment:
    async with asyncio.timeout(30):
        while not is_so(payment := await town.payment(reference)):  # noqa: ASYNC110  (another process is told)
            await asyncio.sleep(0.05)
    return payment


async def reads(visitor: Visitor, *texts: str) -> None:
    for text in texts:
        await expect(visitor.page.locator("main")).to_contain_text(text)


@pytest.mark.covers("F12", "C8", "page:7", "page:18", "page:23")
@IN_EACH_LANGUAGE
async def test_a_dispute_is_read_by_tenant_landlord_and_office_until_the_bank_gives_in(
    staging: Staging, browser: Browser, language: str
) -> None:
    async with (
        staging(every_wallet=True) as town,
        visiting(browser, town.base_url, language=language, script=False) as asha,
        visiting(browser, town.base_url, language=language, script=False) as juma,
        visiting(browser, town.base_url, language=language, script=False) as salma,
    ):
        reference = await paid(town)
        for visitor, name in ((asha, ASHA), (juma, MOLLEL), (salma, OFFICE)):
            await visitor.sign_in(name)
        await at_stripe(town, reference, "dispute")
        taken = await until(
            town, reference, lambda payment: payment.disputes.open and payment.refunds.sent_back
        )
        await tenant_owes_again(asha, taken)
        await juma.open("/landlord/refunds")
        await reads(juma, MISSING)
        await office_answers_in_time(salma, taken)
        town.clock.advance(hours=1)
        await at_stripe(town, reference, "win")
        won = await until(town, reference, lambda payment: not payment.disputes.open)
        await asha.open(f"/pay/{reference}")
        await asha.reads("Paid")
        await asha.open(f"/v/{won.receipt_check}")
        await expect(asha.page.locator("main")).not_to_contain_text(genuine_but_reversed(asha))
        await salma.open(f"/ops/payments/{reference}")
        barred = salma.say("Until it is decided, nothing more is sent back of this payment.")
        await expect(salma.page.locator("main")).not_to_contain_text(barred)


async def tenant_owes_again(asha: Visitor, payment: Payment) -> None:
    await asha.open(f"/pay/{payment.reference}")
    await asha.reads("This payment was reversed")
    await reads(
        asha,
        MISSING,
        asha.say(
            "The bank has not decided yet. If it finds for us, the payment counts again and we tell you."
        ),
    )
    await asha.open("/")
    await reads(asha, "450,000")
    await asha.open(f"/payments/{payment.reference}")
    await asha.follow("See receipt")
    await expect(asha.page.locator("article")).to_contain_text(MISSING)
    await asha.open(f"/v/{payment.receipt_check}")
    await reads(asha, genuine_but_reversed(asha))


def genuine_but_reversed(visitor: Visitor) -> str:
    """As it begins: the day follows."""
    return visitor.say("Genuine, but reversed on %(day)s", day="")


async def office_answers_in_time(salma: Visitor, payment: Payment) -> None:
    await salma.open("/ops/queue/returned")
    await reads(salma, salma.say("Disputes that nobody has decided"), MISSING)
    await salma.open(f"/ops/payments/{payment.reference}")
    barred = salma.say("Until it is decided, nothing more is sent back of this payment.")
    await reads(salma, salma.say("The payer's bank asks the money back"), barred, payment.disputes.open[0].id)
