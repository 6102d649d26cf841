"""The office switches a way to pay off with a word to payers, and on again."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from portal.domain.trouble import Trouble
from tests.journeys.conftest import Arriving
from tests.journeys.payer import DEPOSIT, pay_path
from tests.journeys.stage import ASHA, OFFICE, Stage
from tests.journeys.ways import IN_EACH_LANGUAGE

NOTES = {"en": "M-Pesa is being repaired until noon", "sw": "M-Pesa inatengenezwa hadi mchana"}


@pytest.mark.covers("H8", "O9", "page:25")
@IN_EACH_LANGUAGE
async def test_a_way_to_pay_goes_and_comes_back_by_the_office_s_switch(
    town: Stage, arrive: Arriving, language: str
) -> None:
    asha, salma = await arrive(language=language), await arrive(language=language)
    for _ in range(3):
        await town.portal.payments.alerts.meet("mpesa_daraja", "start", Trouble.DOWN, "HTTP 503, not JSON")
    await asha.sign_in(ASHA)
    main = asha.page.locator("main")
    await expect(main).to_contain_text(asha.say("%(network)s has trouble now", network="M-Pesa"))
    await salma.sign_in(OFFICE)
    await salma.follow("See the providers")
    await salma.page.get_by_role("link", name="M-Pesa").click()
    await expect(salma.page.locator("main")).to_contain_text(salma.say("It says that it does not work"))
    for name, note in NOTES.items():
        await salma.page.fill(f"[name=note_{name}]", note)
    await salma.press("Switch off")
    await expect(salma.button("Switch on")).to_be_visible()
    await asha.open("/")
    await expect(main).to_contain_text(NOTES[language])
    await asha.page.get_by_role("link", name=DEPOSIT).first.click()
    await asha.press("Continue")
    await expect(asha.page.locator("[value=MPESA]")).to_be_disabled()
    await salma.press("Switch on")
    await expect(salma.button("Switch off")).to_be_visible()
    await asha.open("/")
    await pay_path(asha)
