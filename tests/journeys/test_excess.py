"""Paid twice, in a browser: the first page asks, and one tap keeps it for the next bills or sends it back."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from portal.domain.bill import PaymentType
from portal.domain.payment_state import State
from portal.sandbox.fates import NUMBER_OF
from portal.sandbox.results import CANCELLED, PAID
from tests.journeys.conftest import Arriving
from tests.journeys.stage import ASHA, PHONES, Stage
from tests.journeys.visitor import Visitor


async def paid_twice(town: Stage) -> str:
    """The deposit: its prompt was called off, another one paid it, and the first was approved all the same."""
    network = town.sandbox.world.network
    late = await town.ask(ASHA, PaymentType.DEPOSIT, PHONES[ASHA])
    (prompt,) = network.prompts.values()
    network.act(prompt, CANCELLED)
    async with asyncio.timeout(30):
        while (await town.payment(late)).state is not State.FAILED:  # noqa: ASYNC110  (another process is told)
            await asyncio.sleep(0.05)
    await town.until_printed(await town.ask(ASHA, PaymentType.DEPOSIT, NUMBER_OF["approves"]))
    network.act(prompt, PAID)
    await town.until_printed(late)
    return late


async def to_the_question(asha: Visitor) -> None:
    await asha.sign_in(ASHA)
    await asha.open("/")
    await expect(asha.page.locator("main")).to_contain_text(asha.say("This was paid twice"))
    await asha.follow("Choose")
    await asha.reads("You paid twice")


@pytest.mark.covers("B19", "I11", "page:1", "page:7")
async def test_one_tap_counts_it_towards_the_next_bills(town: Stage, arrive: Arriving) -> None:
    late = await paid_twice(town)
    asha = await arrive(language="sw", script=False)
    await to_the_question(asha)
    await asha.press("Count it towards my next bills")
    await asha.reads("Your extra money counts towards your bills")
    payment = await town.payment(late)
    assert payment.credit_uses
    assert payment.excess_waiting is None
    await asha.open(f"/payments/{late}")
    await expect(asha.page.locator("main")).to_contain_text(asha.say("Bills paid with the extra money"))


@pytest.mark.covers("B19", "I11", "page:19")
async def test_one_tap_sends_it_back(town: Stage, arrive: Arriving) -> None:
    late = await paid_twice(town)
    asha = await arrive()
    await to_the_question(asha)
    await asha.page.locator("form#extra button[value=REFUND]").click()
    await asha.reads("Money back")
    (refund,) = (await town.payment(late)).refunds.every
    assert refund.reference in asha.page.url
    await expect(asha.page.locator("main")).to_contain_text("452,250")
