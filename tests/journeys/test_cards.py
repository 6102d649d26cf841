"""Paying by card in a browser: to the provider's own page and back, down to the receipt."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect

from portal.domain.payment_state import State
from tests.journeys.conftest import Staging
from tests.journeys.payer import DEPOSIT
from tests.journeys.stage import ASHA, Stage
from tests.journeys.visitor import Visitor, visiting
from tests.journeys.ways import IN_EACH_LANGUAGE

TOTAL = re.compile("466,350")
GOOD, DECLINED, GUARDED = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0027 6000 3184"


@asynccontextmanager
async def asha_with_cards(
    staging: Staging, browser: Browser, **visit: Any
) -> AsyncIterator[tuple[Stage, Visitor]]:
    """A portal that takes cards, and Asha before it; `visit` is that of `visiting`."""
    async with (
        staging(every_wallet=True) as town,
        visiting(browser, town.base_url, **visit) as asha,
    ):
        yield town, asha


async def to_the_card_page(payer: Visitor, method: str = "Card") -> None:
    """From home to the provider's page; a card asks for no phone."""
    await payer.sign_in(ASHA)
    await payer.page.get_by_role("link", name=DEPOSIT).first.click()
    await payer.reads("What do you want to pay?")
    await payer.press("Continue")
    await payer.reads("How do you want to pay?")
    await payer.page.locator("label").filter(has_text=payer.say(method)).first.click()
    await payer.press("Continue")
    await payer.reads("Check before you pay")
    await payer.page.get_by_role("button", name=TOTAL).click()
    await payer.reads("Continue to the card page")
    await payer.follow("Continue")
    await expect(payer.heading).to_have_text(TOTAL)


async def pay(payer: Visitor, number: str) -> None:
    page = payer.page
    await page.fill("#number", number)
    await page.fill("#expiry", "12 / 34")
    await page.fill("#cvc", "123")
    await page.fill("#name", "Asha Mushi")
    await page.get_by_role("button", name=TOTAL).click()


async def is_paid(payer: Visitor, town: Stage) -> None:
    """Back on the payment's own page, which turns to Paid by itself and leads to the receipt."""
    await payer.reads("Paid")
    assert urlsplit(payer.page.url).path == f"/pay/{(await town.newest(ASHA)).reference}"
    await payer.follow("See receipt")
    await expect(payer.page.locator("article")).to_contain_text(payer.say("Card"))
    assert [movement["amount"] for movement in await town.sandbox.book()] == [466_350]


@pytest.mark.covers("A8", "B13", "page:9", "S11")
@IN_EACH_LANGUAGE
@pytest.mark.parametrize("script", [True, False])
async def test_a_deposit_is_paid_by_card_down_to_its_receipt(
    staging: Staging,
    browser: Browser,
    language: str,
    script: bool,  # noqa: FBT001
) -> None:
    async with asha_with_cards(staging, browser, language=language, script=script) as (town, asha):
        await to_the_card_page(asha)
        await pay(asha, GOOD)
        await asha.page.wait_for_url(lambda url: urlsplit(url).netloc == urlsplit(town.base_url).netloc)
        if not script:
            await asha.page.reload()
        await is_paid(asha, town)


@pytest.mark.covers("A8")
@IN_EACH_LANGUAGE
async def test_a_card_that_is_declined_is_said_to_be_and_another_one_pays(
    staging: Staging, browser: Browser, language: str
) -> None:
    async with asha_with_cards(staging, browser, language=language) as (town, asha):
        await to_the_card_page(asha)
        await pay(asha, DECLINED)
        await expect(asha.page.get_by_role("alert")).to_contain_text("Your card was declined.")
        await asha.page.get_by_role("link", name="Back to Nest Pay").click()
        await asha.reads("The card did not go through")
        await asha.follow("Continue")
        await pay(asha, GUARDED)
        await asha.page.get_by_role("button", name="Yes, I pay").click()
        await is_paid(asha, town)


@pytest.mark.covers("A9")
async def test_a_wallet_s_button_on_the_card_page_pays(staging: Staging, browser: Browser) -> None:
    async with asha_with_cards(staging, browser) as (town, asha):
        await to_the_card_page(asha, "Apple Pay / Google Pay")
        await asha.page.get_by_role("button", name="Pay with Google Pay").click()
        await asha.reads("Paid")
        assert (await town.newest(ASHA)).state is State.COMPLETED


@IN_EACH_LANGUAGE
async def test_who_comes_back_without_paying_can_cancel_and_pay_another_way(
    staging: Staging, browser: Browser, language: str
) -> None:
    async with asha_with_cards(staging, browser, language=language) as (town, asha):
        await to_the_card_page(asha)
        page = asha.page.url
        await asha.page.get_by_role("link", name="Back to Nest Pay").click()
        await asha.reads("We are asking how it went")
        await asha.reads("Continue to the card page")
        await asha.follow("Cancel")
        await asha.reads("Cancel this payment?")
        await asha.press("Cancel the payment")
        await asha.reads("Payment cancelled")
        await asha.open(page)
        await expect(asha.page.get_by_role("status")).to_contain_text("This page has ended.")
        await asha.page.go_back()
        await asha.press("Pay another way")
        await asha.reads("How do you want to pay?")
        assert await town.sandbox.book() == []
