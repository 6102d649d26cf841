"""Every wallet, from the choice on the page to the receipt, against what simulates its operator."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.conftest import Staging
from tests.journeys.payer import approve, ask_for_prompt
from tests.journeys.stage import ASHA, PHONES
from tests.journeys.visitor import visiting
from tests.journeys.ways import IN_EACH_LANGUAGE
from tests.portal import VODACOM

WALLETS = [
    pytest.param("M-Pesa", None, id="mpesa"),
    pytest.param("Mixx by Yas", "255652111222", id="mixx"),
    pytest.param("Airtel Money", "255784123456", id="airtel"),
    pytest.param("HaloPesa", "255621987654", id="halopesa"),
    pytest.param("AzamPesa", "255652111222", id="azampesa", marks=pytest.mark.full),
]


@pytest.mark.covers("A5", "A6", "A7", "S08", "S09", "S10")
@pytest.mark.parametrize("method, phone", WALLETS)
@IN_EACH_LANGUAGE
async def test_a_deposit_is_paid_by_each_wallet_down_to_its_receipt(
    staging: Staging, browser: Browser, language: str, method: str, phone: str | None
) -> None:
    async with (
        staging(every_wallet=True, mpesa=VODACOM) as town,
        visiting(browser, town.base_url, language=language) as asha,
    ):
        await asha.sign_in(ASHA)
        await ask_for_prompt(asha, method=method, phone=phone)
        await asha.reads("Check your phone")
        await approve(asha, town, phone or PHONES[ASHA])
        await asha.reads("Paid")
        await asha.follow("See receipt")
        await expect(asha.page.locator("article")).to_contain_text(method)
        assert [movement["amount"] for movement in await town.sandbox.book()] == [453_500]
