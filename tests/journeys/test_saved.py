"""A phone is saved by the code that comes to it, and then pays by one tap; a number that has paid is saved too."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Arriving
from tests.journeys.payer import DEPOSIT, TOTAL, approve, pay_path
from tests.journeys.stage import ASHA, PHONES, Stage
from tests.journeys.visitor import Visitor
from tests.journeys.ways import IN_EACH_WAY

WORK = "255754987654"


@pytest.mark.covers("page:17", "page:4", "E1", "E2", "E5", "E7", "E8", "M4")
@IN_EACH_WAY
async def test_a_saved_phone_pays_by_one_tap(
    town: Stage, arrive: Arriving, language: str, *, script: bool
) -> None:
    asha = await arrive(language=language, script=script)
    await asha.sign_in(ASHA)
    await save_phone(asha, "0754 987 654")
    await asha.open("/")
    await asha.page.get_by_role("link", name=DEPOSIT).first.click()
    await asha.press("Continue")
    await asha.reads("How do you want to pay?")
    await expect(asha.page.locator("input[name=method]:checked + label")).to_have_text("Kazini")
    await asha.press("Continue")
    await asha.reads("Check before you pay")
    await asha.page.get_by_role("button", name=TOTAL).click()
    await asha.reads("Check your phone")
    await approve(asha, town, WORK)
    while not script and await asha.heading.inner_text() != asha.say("Paid"):
        await asha.press("Check now")
    await asha.reads("Paid")
    assert [movement["amount"] for movement in await town.sandbox.book()] == [453_500]
    await asha.open("/methods")
    await expect(asha.page.locator("main")).not_to_contain_text(asha.say("Not used yet."))


@pytest.mark.covers("page:5", "E1", "E11")
async def test_a_number_that_was_ticked_is_saved_when_it_has_paid(town: Stage, arrive: Arriving) -> None:
    asha = await arrive()
    await asha.sign_in(ASHA)
    await asha.page.get_by_role("link", name=DEPOSIT).first.click()
    await asha.press("Continue")
    await asha.press("Continue")
    await asha.reads("Which phone do you pay from?")
    await asha.page.locator("label[for=field-save]").click()
    await asha.press("Continue")
    await asha.page.get_by_role("button", name=TOTAL).click()
    await approve(asha, town, PHONES[ASHA])
    await asha.reads("Paid")
    await asha.open("/methods")
    await expect(asha.page.locator("main h2").first).to_contain_text("0754•••456")


@pytest.mark.covers("E3")
async def test_what_is_deleted_is_not_offered_any_more(arrive: Arriving) -> None:
    asha = await arrive()
    await asha.sign_in(ASHA)
    await save_phone(asha, "0754 987 654")
    await asha.page.get_by_role("link", name="Delete Kazini").click()
    await asha.reads("Delete this way to pay?")
    await asha.press("Delete")
    await asha.open("/")
    await pay_path(asha)
    await expect(asha.page.locator("main")).not_to_contain_text("0754•••654")


async def save_phone(tenant: Visitor, number: str) -> None:
    """From the account's menu to the list, by the code that the demo prints."""
    await tenant.page.locator(".menu summary").click()
    await tenant.page.locator(".menu").get_by_role("link", name=tenant.say("Saved ways to pay")).click()
    await tenant.follow("Add a phone")
    await tenant.page.fill("[name=phone]", number)
    await tenant.page.fill("[name=nickname]", "Kazini")
    await tenant.press("Save this number")
    await tenant.reads("Enter the code")
    await tenant.page.fill("[name=code]", await tenant.page.locator(".notice .code").inner_text())
    await tenant.press("Save this number")
    await tenant.reads("Saved ways to pay")
