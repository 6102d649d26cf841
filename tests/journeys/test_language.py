"""The other language is one press away, and nothing that was typed is lost by it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Arriving
from tests.journeys.payer import pay_path
from tests.journeys.stage import ASHA, BARAKA, Stage


@pytest.mark.covers("M2")
@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.full)])
async def test_a_number_half_typed_stays_when_the_language_changes(arrive: Arriving, *, script: bool) -> None:
    asha = await arrive(language="sw", script=script)
    await asha.sign_in(ASHA)
    await pay_path(asha)
    await asha.page.go_back()
    await asha.page.fill("[name=phone]", "0765 00")
    await asha.page.get_by_role("button", name="English").click()
    asha.language = "en"
    await asha.reads("Which phone do you pay from?")
    await expect(asha.page.locator("[name=phone]")).to_have_value("0765 00")
    await expect(asha.page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.covers("M2")
async def test_the_language_that_was_chosen_stays_chosen(arrive: Arriving) -> None:
    baraka = await arrive(language="en")
    await baraka.open("/payments?month=2026-01")
    await baraka.reads("Sign in")
    await baraka.page.fill("[name=address]", "0655 1")
    await baraka.page.get_by_role("button", name="Kiswahili").click()
    baraka.language = "sw"
    await expect(baraka.page.locator("[name=address]")).to_have_value("0655 1")
    await baraka.page.get_by_role("button", name=BARAKA).click()
    await baraka.reads("Your payments")
    assert baraka.page.url.endswith("/payments?month=2026-01")
    await baraka.page.get_by_role("link", name="English").click()
    baraka.language = "en"
    await baraka.reads("Your payments")
    assert baraka.page.url.endswith("/payments?month=2026-01")


async def test_another_amount_stays_when_the_language_changes(town: Stage, arrive: Arriving) -> None:
    baraka = await arrive(language="en")
    await baraka.sign_in(BARAKA)
    await baraka.open("/pay")
    rent = baraka.page.get_by_label("Rent, April 2026")
    await baraka.page.locator("label", has_text="Rent, April 2026").click()
    await baraka.page.fill("[name=amount]", "200,000")
    await baraka.page.get_by_role("button", name="Kiswahili").click()
    rent = baraka.page.get_by_label("Kodi, Aprili 2026")
    await expect(rent).to_be_checked()
    await expect(baraka.page.locator("[name=amount]")).to_have_value("200,000")
