"""Sessions: never the one that a browser brought along, and over when they are over."""

from __future__ import annotations

import httpx
import pytest

from portal.store import sign_in
from tests.makers import LANDLORD, TENANT
from tests.web.client import Portal


@pytest.mark.covers("N1")
@pytest.mark.parametrize("planted", ["attacker-chosen", "a" * 64, "a" * 4096])
async def test_a_session_id_that_a_browser_brings_is_never_taken_over(portal: Portal, planted: str) -> None:
    browser = portal.browser()
    browser.client.cookies.set("session", planted, domain="127.0.0.1", path="/")
    answer = await browser.post("/sign-in/as", {"person": TENANT})
    (given,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("session=")]
    assert planted not in given
    assert not await is_live(portal, planted)


async def test_the_session_changes_at_every_sign_in_and_the_old_one_ends(portal: Portal) -> None:
    browser = portal.browser()
    await browser.post("/sign-in/as", {"person": TENANT})
    first = browser.cookies["session"]
    await browser.post("/sign-in/as", {"person": LANDLORD})
    assert browser.cookies["session"] != first
    assert not await is_live(portal, first)
    assert await is_live(portal, browser.cookies["session"])


async def test_a_browser_is_a_stranger_no_more_once_it_has_a_session(portal: Portal) -> None:
    browser = portal.browser()
    await browser.open("/sign-in")
    assert "visitor" in browser.cookies
    await browser.post("/sign-in/as", {"person": TENANT})
    assert set(browser.cookies) == {"session"}


async def test_signing_out_ends_the_session_here_and_in_the_browser(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    token = asha.cookies["session"]
    page = await asha.press(await asha.open("/"), "Sign out")
    assert page.path == "/sign-in"
    assert "session" not in asha.cookies
    assert not await is_live(portal, token)


async def test_a_copied_session_is_worth_nothing_after_signing_out(portal: Portal) -> None:
    asha, copy = await portal.signed_in(TENANT), portal.browser()
    copy.client.cookies.update(asha.client.cookies)
    assert (await copy.open("/")).h1 == "Your rent"
    await asha.post("/sign-out")
    assert (await copy.open("/")).path == "/sign-in?next=/"


async def test_two_browsers_of_one_person_sign_out_one_by_one(portal: Portal) -> None:
    phone, computer = await portal.signed_in(TENANT), await portal.signed_in(TENANT)
    await phone.post("/sign-out")
    assert (await computer.open("/")).h1 == "Your rent"


async def test_a_session_ends_by_itself_after_twelve_hours(portal: Portal) -> None:
    browser = portal.browser()
    await browser.post("/sign-in/as", {"person": TENANT})
    portal.clock.advance(hours=11, minutes=59)
    assert (await browser.open("/")).h1 == "Your rent"
    portal.clock.advance(minutes=2)
    assert (await browser.open("/")).path == "/sign-in?next=/"


async def test_a_session_cookie_can_be_read_by_no_script_and_no_other_site(portal: Portal) -> None:
    answer = await portal.browser().post("/sign-in/as", {"person": TENANT})
    attributes = cookie_attributes(answer, "session")
    assert {"httponly", "samesite=lax", "path=/", "max-age=43200"} <= attributes


async def test_by_https_every_cookie_is_bound_to_this_very_host(secure_portal: Portal) -> None:
    browser = secure_portal.browser()
    answer = await browser.get("/sign-in")
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= cookie_attributes(answer, "__Host-visitor")
    assert not any(name.startswith("domain") for name in cookie_attributes(answer, "__Host-visitor"))
    switched = await browser.get("/language?to=sw")
    assert "secure" in cookie_attributes(switched, "__Host-language")


async def test_by_https_a_session_from_a_planted_plain_cookie_is_not_read(secure_portal: Portal) -> None:
    asha = await secure_portal.signed_in(TENANT)
    tossed = secure_portal.browser()
    tossed.client.cookies.set("session", asha.cookies["__Host-session"], domain="pay.example", path="/")
    assert (await tossed.open("/")).path == "/sign-in?next=/"


async def test_a_page_without_a_form_leaves_no_cookie_with_a_stranger(portal: Portal) -> None:
    assert "set-cookie" not in (await portal.browser().get("/nowhere")).headers


async def is_live(portal: Portal, token: str) -> bool:
    now = portal.clock()
    return await portal.store.read(lambda tx: sign_in.person_of_session(tx, token, now)) is not None


def cookie_attributes(answer: httpx.Response, name: str) -> set[str]:
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{name}=")]
    return {part.strip().lower() for part in cookie.split(";")[1:]}
