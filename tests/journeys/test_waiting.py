"""The page that waits: what it says aloud, when it stops asking, and what it does when it may not or cannot ask."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Arriving
from tests.journeys.payer import approve, ask_for_prompt
from tests.journeys.stage import ASHA, PHONES, Stage
from tests.journeys.visitor import Visitor

PHONE = PHONES[ASHA]
LISTEN = """() => {
  window.said = [];
  const live = document.getElementById('live');
  new MutationObserver(() => live.textContent && said.push(live.textContent)).observe(live, {childList: true});
  return live.textContent;
}"""


async def waiting(arrive: Arriving, **options: object) -> Visitor:
    asha: Visitor = await arrive(**options)
    await asha.sign_in(ASHA)
    await ask_for_prompt(asha)
    await asha.reads("Check your phone")
    return asha


def polls(visitor: Visitor) -> int:
    return len([path for path in visitor.paths() if path.endswith("/card")])


@pytest.mark.covers("B3", "B5", "B16")
async def test_the_end_is_said_once_and_then_nothing_more_is_asked(town: Stage, arrive: Arriving) -> None:
    asha = await arrive()
    await asha.page.clock.install()
    await asha.sign_in(ASHA)
    await ask_for_prompt(asha)
    await asha.reads("Check your phone")
    assert await asha.page.evaluate(LISTEN) == ""
    async with asha.page.expect_response(lambda answer: "/card" in answer.url and answer.status == 204):
        await asha.page.clock.run_for(5_000)
    await approve(asha, town, PHONE)
    await asha.reads("Paid")
    asked = polls(asha)
    await asha.page.clock.run_for(60_000)
    said = await asha.page.evaluate("said")
    assert said[-1] == "Paid. Receipt 26-000001."
    assert len(said) == len(set(said))
    assert polls(asha) == asked


async def test_a_page_that_waits_keeps_the_focus_where_it_was(town: Stage, arrive: Arriving) -> None:
    asha = await waiting(arrive)
    await asha.page.locator("#no-message summary").focus()
    await asha.page.keyboard.press("Enter")
    async with asha.page.expect_response(lambda answer: "/card" in answer.url):
        pass
    assert await asha.page.evaluate("document.activeElement.closest('details').open")


async def test_a_session_that_ends_while_the_page_waits_leaves_the_payment_alone(
    town: Stage, arrive: Arriving
) -> None:
    asha = await waiting(arrive, language="sw")
    asha.expected.add(401)
    (cookie,) = [cookie for cookie in await asha.context.cookies() if cookie["name"] == "session"]
    await town.portal.sign_in.leave(cookie["value"])
    notice = asha.say("Sign in again to see the result. Your payment is not affected.")
    await expect(asha.page.locator("main")).to_contain_text(notice)
    asked = polls(asha)
    await approve(asha, town, PHONE)
    await asha.follow("Sign in")
    await asha.sign_in(ASHA)
    await asha.page.locator("main a[href^='/r/']").click()
    await asha.reads("Receipt")
    assert polls(asha) == asked


@pytest.mark.full
async def test_a_connection_that_is_slow_is_said_and_changes_nothing(town: Stage, arrive: Arriving) -> None:
    asha = await waiting(arrive)
    asha.forgives = "ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|htmx:"
    await town.line.down()
    line = asha.page.get_by_text(asha.say("Connection is slow. Still checking.")).locator("visible=true")
    await expect(line.last).to_be_visible()
    await asha.reads("Check your phone")
    await town.line.up()
    await town.sandbox.press(PHONE, "approve")
    await asha.reads("Paid")


@pytest.mark.full
@pytest.mark.covers("B2", "M4")
async def test_without_a_script_the_page_renews_itself_for_those_who_ask(
    town: Stage, arrive: Arriving
) -> None:
    asha = await waiting(arrive, script=False, language="sw")
    await asha.follow("Renew this page by itself every 10 seconds")
    await town.sandbox.press(PHONE, "approve")
    await asha.reads("Paid")
