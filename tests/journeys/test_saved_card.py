"""A card is saved on the provider's page, pays with one press and without any page, and is forgotten on both sides."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from portal.domain.payment_state import State
from portal.store import saved_cards
from tests.journeys.conftest import Staging
from tests.journeys.payer import DEPOSIT
from tests.journeys.stage import ASHA, Stage
from tests.journeys.test_cards import GOOD, GUARDED, TOTAL, asha_with_cards, is_paid
from tests.journeys.visitor import Visitor
from tests.journeys.ways import IN_EACH_LANGUAGE
from tests.sandbox.running import until


@pytest.mark.covers("page:17", "E1", "E3", "E5", "E6", "E7", "E11")
@IN_EACH_LANGUAGE
@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.full)])
async def test_a_saved_card_pays_without_a_page_and_is_then_forgotten_on_both_sides(
    staging: Staging,
    browser: Browser,
    language: str,
    script: bool,  # noqa: FBT001
) -> None:
    async with asha_with_cards(staging, browser, language=language, script=script) as (town, asha):
        await asha.sign_in(ASHA)
        await save_card(asha, GOOD)
        customer = await customer_of(town)
        await to_the_check_page(asha)
        await asha.page.get_by_role("button", name=TOTAL).click()
        await is_paid(asha, town)
        assert (await town.newest(ASHA)).by_saved_card
        await asha.open("/methods")
        await asha.page.get_by_role("link", name=f"{asha.say('Delete')} Kampuni").click()
        await asha.reads("Delete this way to pay?")
        await asha.press("Delete")
        await expect(asha.page.locator("main")).not_to_contain_text("4242")
        vault = town.sandbox.stripe.vault
        await until(lambda: not vault.is_known(customer))


@pytest.mark.covers("A8", "E1")
@IN_EACH_LANGUAGE
async def test_a_saved_card_whose_bank_wants_its_owner_leads_to_a_page(
    staging: Staging, browser: Browser, language: str
) -> None:
    async with asha_with_cards(staging, browser, language=language) as (town, asha):
        await asha.sign_in(ASHA)
        await save_card(asha, GUARDED, "Yes, it may")
        await to_the_check_page(asha)
        await asha.page.get_by_role("button", name=TOTAL).click()
        await asha.reads("Continue to the card page")
        assert (await town.newest(ASHA)).state is State.AWAITING_CARD
        assert await town.sandbox.book() == []


async def save_card(tenant: Visitor, number: str, *at_the_bank: str) -> None:
    """From the list to the provider's page and back; what it says is agreed to by pressing the button below it."""
    page = tenant.page
    await tenant.open("/methods")
    await tenant.follow("Add a card")
    await page.fill("[name=nickname]", "Kampuni")
    await expect(page.locator("#field-consent")).to_contain_text("Stripe")
    assert await page.locator("main input:not([type=hidden])").count() == 1, "no box for a number"
    await tenant.press("Continue")
    await tenant.reads("Enter the card")
    await page.locator("main a[rel~=external]").click()
    await expect(tenant.heading).to_have_text("Save a card")
    await page.fill("#number", number)
    await page.fill("#expiry", "12 / 34")
    await page.fill("#cvc", "123")
    await page.get_by_role("button", name="Save card").click()
    for answer in at_the_bank:
        await page.get_by_role("button", name=answer).click()
    await tenant.reads("Enter the card")
    await tenant.press("I have entered it")
    await tenant.reads("Saved ways to pay")
    await expect(page.locator("main")).to_contain_text("Kampuni")
    await expect(page.locator("main")).to_contain_text(re.compile(f"Visa ••••.{number[-4:]}"))


async def to_the_check_page(tenant: Visitor) -> None:
    """The card is the default, so it is chosen, and leaves nothing to be typed."""
    await tenant.open("/")
    await tenant.page.get_by_role("link", name=DEPOSIT).first.click()
    await tenant.press("Continue")
    await tenant.reads("How do you want to pay?")
    await expect(tenant.page.locator("input[name=method]:checked + label")).to_contain_text("Kampuni")
    await tenant.press("Continue")
    await tenant.reads("Check before you pay")


async def customer_of(town: Stage) -> str:
    """The owner of Asha's only card at the provider."""
    vault = town.portal.tools.vault
    (method,) = (await town.portal.saved.methods.overview(await town.person(ASHA))).methods
    kept = await town.portal.store.read(lambda tx: saved_cards.token(tx, vault, method.id))
    assert kept
    return kept.token.partition("/")[0]
