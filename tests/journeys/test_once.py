"""Whatever a payer's hands do, one bill is asked for once."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Arriving
from tests.journeys.payer import TOTAL, approve, ask_for_prompt, pay_path
from tests.journeys.stage import ASHA, PHONES, Stage


@pytest.mark.covers("A16")
@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.full)])
async def test_a_double_click_on_pay_sends_one_request(
    town: Stage, arrive: Arriving, *, script: bool
) -> None:
    asha = await arrive(script=script)
    await asha.sign_in(ASHA)
    await pay_path(asha)
    await asha.page.get_by_role("button", name=TOTAL).dblclick()
    await asha.reads("Check your phone")
    await approve(asha, town, PHONES[ASHA])
    assert await town.sandbox.pushes() == 1


async def test_the_second_of_two_tabs_is_told_of_the_first(town: Stage, arrive: Arriving) -> None:
    asha = await arrive(language="sw")
    await asha.sign_in(ASHA)
    await pay_path(asha)
    second = asha.page
    first = asha.page = await asha.tab("/")
    await ask_for_prompt(asha)
    await asha.reads("Check your phone")
    asha.page = second
    asha.expected.add(409)
    await second.get_by_role("button", name=TOTAL).click()
    await asha.reads("You already have a payment in progress for this")
    await asha.follow("See that payment")
    await asha.reads("Check your phone")
    assert second.url == first.url
    assert await town.sandbox.pushes() == 1


@pytest.mark.covers("A17")
async def test_going_back_after_pay_leads_to_the_same_payment(town: Stage, arrive: Arriving) -> None:
    asha = await arrive()
    await asha.sign_in(ASHA)
    await ask_for_prompt(asha)
    await asha.reads("Check your phone")
    status = asha.page.url
    for heading in ("Check your phone", "Paid"):
        await asha.page.go_back()
        await asha.reads(heading)
        assert asha.page.url == status
        if heading != "Paid":
            await approve(asha, town, PHONES[ASHA])
            await asha.reads("Paid")
    assert await town.sandbox.pushes() == 1


async def test_after_signing_out_the_back_button_shows_nothing_private(arrive: Arriving) -> None:
    asha = await arrive()
    await asha.sign_in(ASHA)
    await asha.open("/payments")
    await asha.page.locator(".menu > summary").click()
    await asha.press("Sign out")
    await asha.reads("Sign in")
    await asha.page.go_back()
    await asha.reads("Sign in")
    await expect(asha.page.locator("body")).not_to_contain_text("Your payments")
