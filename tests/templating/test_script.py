"""The script: light, nothing that a strict policy would refuse, and a comfort in a real browser."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.journeys.chromium import find_chromium

SCRIPT = Path(__file__).parents[2] / "static" / "js" / "portal.js"
ADDRESS = "http://127.0.0.1/page"
PAGE = """<!doctype html><script src="/portal.js" defer></script><title>a page</title>
<p id="live"></p><p data-slow hidden>Connection is slow.</p>
<section hx-trigger="every 3s"></section>
<form method="post" action="/pay" target="elsewhere"><button name="go" value="1">Pay</button></form>
<iframe name="elsewhere"></iframe>
<label><input type="checkbox" name="bill" data-unit="TSh" data-amount="450000" data-parts="yes">Deposit</label>
<label><input type="checkbox" name="bill" data-unit="TSh" data-amount="1350000" data-parts="yes">Rent</label>
<label><input type="checkbox" name="bill" data-unit="TSh" data-amount="35000">Fee</label>
<label><input type="checkbox" name="bill" data-unit="US$" data-amount="200.00">In dollars</label>
<label><input type="checkbox" name="bill" data-unit="US$" data-amount="1500.10">More dollars</label>
<fieldset data-part><label>Other amount <input name="amount"></label></fieldset>
<p data-sum hidden>Together <span></span></p>"""


def test_the_script_weighs_at_most_one_and_a_half_kilobytes() -> None:
    assert len(gzip.compress(SCRIPT.read_bytes(), mtime=0)) <= 1.5 * 1024


def test_the_script_makes_no_code_from_text_and_keeps_nothing() -> None:
    forbidden = r"\beval\b|new Function|innerHTML|document\.write|localStorage|sessionStorage|cookie"
    assert not re.search(forbidden, SCRIPT.read_text("utf-8"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def posts() -> list[str]:
    """The bodies that reached the server."""
    return []


@pytest.fixture
def page(browser: Browser, posts: list[str]) -> Iterator[Page]:
    """The page with its script, served by nobody: the browser's own requests are answered here."""

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            posts.append(route.request.post_data or "")
        script = route.request.url.endswith(".js")
        route.fulfill(
            body=SCRIPT.read_text("utf-8") if script else PAGE,
            content_type="text/javascript" if script else "text/html",
        )

    context = browser.new_context()
    page = context.new_page()
    page.route("**/*", answer)
    page.clock.install()
    page.goto(ADDRESS)
    yield page
    context.close()


@pytest.mark.journey
def test_a_second_press_within_five_seconds_is_the_same_press(page: Page, posts: list[str]) -> None:
    button = page.get_by_role("button", name="Pay")
    button.click()
    expect(button).to_be_disabled()
    page.evaluate("document.forms[0].requestSubmit()")
    page.clock.run_for(5000)
    expect(button).to_be_enabled()
    assert posts == ["go=1"]


@pytest.mark.journey
@pytest.mark.parametrize("event", ["htmx:beforeRequest", "htmx:before:request"])
@pytest.mark.parametrize("hidden", [True, False])
def test_a_hidden_tab_does_not_poll(page: Page, event: str, *, hidden: bool) -> None:
    page.evaluate("hidden => Object.defineProperty(document, 'hidden', {value: hidden})", hidden)
    went_on = page.evaluate(
        "name => document.querySelector('section').dispatchEvent("
        "new CustomEvent(name, {bubbles: true, cancelable: true}))",
        event,
    )
    assert went_on is not hidden


@pytest.mark.journey
def test_a_failed_poll_says_so_once_and_takes_it_back(page: Page) -> None:
    dispatch = (
        "name => document.querySelector('section').dispatchEvent(new CustomEvent(name, {bubbles: true}))"
    )
    page.evaluate(dispatch, "htmx:responseError")
    expect(page.locator("[data-slow]")).to_be_visible()
    expect(page.locator("#live")).to_have_text("Connection is slow.")
    page.evaluate(dispatch, "htmx:afterOnLoad")
    expect(page.locator("[data-slow]")).to_be_hidden()


@pytest.mark.covers("A20", "page:3")
@pytest.mark.journey
def test_several_that_are_ticked_add_up_and_a_reader_s_voice_says_so(page: Page) -> None:
    together, live = page.locator("[data-sum]"), page.locator("#live")
    page.get_by_label("Deposit").check()
    expect(together).to_be_hidden()
    page.get_by_label("Rent").check()
    expect(together).to_have_text("Together TSh 1,800,000")
    expect(live).to_have_text("Together TSh 1,800,000")
    page.get_by_label("Fee").check()
    expect(live).to_have_text("Together TSh 1,835,000")
    page.get_by_label("In dollars").check()
    expect(together).to_be_hidden()
    for other in ("Deposit", "Fee", "Rent"):
        page.get_by_label(other).uncheck()
    expect(together).to_be_hidden()
    page.get_by_label("More dollars").check()
    expect(live).to_have_text("Together US$ 1,700.10")
    assert "NaN" not in page.content()


@pytest.mark.covers("A19", "page:3")
@pytest.mark.journey
def test_another_amount_is_offered_for_one_alone_and_never_sent_with_several(page: Page) -> None:
    amount = page.get_by_label("Other amount")
    expect(amount).to_be_visible()
    page.get_by_label("Deposit").check()
    expect(amount).to_be_enabled()
    page.get_by_label("Rent").check()
    expect(amount).to_be_hidden()
    expect(amount).to_be_disabled()
    page.get_by_label("Rent").uncheck()
    expect(amount).to_be_visible()
    page.get_by_label("Deposit").uncheck()
    page.get_by_label("Fee").check()
    expect(amount).to_be_hidden()
