"""A home is paid from a phone's menu: the reference off the page, the answer in the menu, the receipt on the page."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

from portal.domain.ids import shown
from portal.domain.payment_state import State
from tests.journeys.conftest import Staging
from tests.journeys.stage import BARAKA, Stage
from tests.journeys.visitor import Visitor, visiting
from tests.journeys.ways import IN_EACH_LANGUAGE

PHONE = "255652111222"
"""Of somebody whom Baraka has asked; his own home is B1."""


@pytest.mark.covers("A11")
@IN_EACH_LANGUAGE
async def test_a_home_is_paid_in_the_menu_of_a_phone_and_stands_paid_on_the_page(
    staging: Staging, browser: Browser, language: str
) -> None:
    async with (
        staging(every_wallet=True) as town,
        visiting(browser, town.base_url, language=language) as baraka,
    ):
        await baraka.sign_in(BARAKA)
        await baraka.follow("Pay without internet, in the phone's own menu")
        await baraka.reads("Pay without internet")
        company, reference = [
            await row.inner_text() for row in await baraka.page.locator("main dd.code").all()
        ]
        menu = await baraka.tab(f"{town.sandbox.base_url}/phone/{PHONE}")
        await pays_in(menu, company, reference[:-1] + "?", "620000")
        await expect(menu.locator(".messages")).to_contain_text("Hakuna nyumba yenye kumbukumbu namba hii.")
        await pays_in(menu, company, reference.lower(), "620000")
        await expect(menu.locator(".messages")).to_contain_text("620,000")
        await is_paid(baraka, town)


async def pays_in(menu: Page, company: str, reference: str, amount: str) -> None:
    await menu.get_by_role("link", name="Menu: pay a bill").click()
    for name, typed in {"company": company, "reference": reference, "amount": amount, "pin": "1234"}.items():
        await menu.fill(f"[name={name}]", typed)
    await menu.get_by_role("button", name="Pay", exact=True).click()


async def is_paid(tenant: Visitor, town: Stage) -> None:
    """On the page, in the history and on the receipt; and as much as left the phone, and no more."""
    payment = await town.newest(BARAKA)
    assert (payment.state, payment.by_menu) == (State.COMPLETED, True)
    await tenant.open("/payments")
    await expect(tenant.page.locator("main")).to_contain_text(tenant.say("Paid"))
    await tenant.open(f"/payments/{payment.reference}")
    await expect(tenant.page.locator("main")).to_contain_text(shown(payment.reference))
    await tenant.follow("See receipt")
    slip = tenant.page.locator("article")
    await expect(slip).to_contain_text(tenant.say("The phone's own menu"))
    await expect(slip).to_contain_text(re.compile("620,000"))
    assert [movement["amount"] for movement in await town.sandbox.book()] == [620_000]
