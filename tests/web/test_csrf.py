"""A form counts only from a page that we made for this very browser."""

from __future__ import annotations

import pytest

from portal.web.csrf import form_token, form_token_fits, sent_from_here
from tests.makers import LANDLORD, TENANT
from tests.web.client import Portal

HERE = "http://127.0.0.1:8000"


@pytest.mark.covers("N2")
@pytest.mark.parametrize("csrf", [None, "", "x", "0" * 80, "Zz" * 40, "é" * 80])
async def test_a_form_without_a_token_of_ours_is_refused_with_403(portal: Portal, csrf: str | None) -> None:
    asha = await portal.signed_in(TENANT)
    answer = await asha.post("/sign-out", csrf=csrf)
    assert answer.status_code == 403
    assert "no money has moved" in answer.text
    assert (await asha.open("/")).h1 == "Your rent"


@pytest.mark.covers("N2")
async def test_the_token_of_another_session_is_refused_with_403(portal: Portal) -> None:
    asha, juma = await portal.signed_in(TENANT), await portal.signed_in(LANDLORD)
    await juma.get("/sign-in")
    assert (await asha.post("/sign-out", csrf=juma.csrf)).status_code == 403


async def test_a_stranger_is_bound_to_their_forms_too(portal: Portal) -> None:
    """Else somebody could be signed in to an account that is not theirs."""
    one, other = portal.browser(), portal.browser()
    await one.get("/sign-in")
    await other.get("/sign-in")
    assert (await other.post("/sign-in/as", {"person": TENANT}, csrf=one.csrf)).status_code == 403
    assert (await portal.browser().post("/sign-in/as", {"person": TENANT}, csrf=one.csrf)).status_code == 403


async def test_the_token_of_before_signing_in_ends_with_it(portal: Portal) -> None:
    browser = portal.browser()
    await browser.get("/sign-in")
    before = browser.csrf
    await browser.post("/sign-in/as", {"person": TENANT})
    assert (await browser.post("/sign-out", csrf=before)).status_code == 403


async def test_a_token_may_come_in_a_header(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    await asha.get("/sign-in")
    answer = await asha.post("/sign-out", csrf=None, **{"x-csrf-token": asha.csrf or ""})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8000.evil.example"},
    ],
)
async def test_a_form_sent_from_another_site_is_refused_even_with_the_token(
    portal: Portal, headers: dict[str, str]
) -> None:
    asha = await portal.signed_in(TENANT)
    await asha.get("/sign-in")
    assert (await asha.post("/sign-out", **headers)).status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", ""])
async def test_a_body_that_is_no_form_is_refused(portal: Portal, kind: str) -> None:
    asha = await portal.signed_in(TENANT)
    await asha.get("/sign-in")
    content = f"csrf={asha.csrf}".encode()
    answer = await asha.client.post("/sign-out", content=content, headers={"content-type": kind})
    assert answer.status_code == 403


async def test_no_two_answers_hold_the_same_token(portal: Portal) -> None:
    """So that what a compressed page weighs tells nothing about it (BREACH)."""
    asha = await portal.signed_in(TENANT)
    await asha.get("/sign-in")
    first = asha.csrf
    await asha.get("/sign-in")
    assert asha.csrf != first


@pytest.mark.parametrize(
    "headers, here",
    [
        ({}, True),
        ({"origin": HERE}, True),
        ({"origin": "http://localhost:8000", "host": "localhost:8000"}, True),
        ({"origin": "http://localhost:8000", "host": "127.0.0.1:8000"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "", "origin": HERE}, False),
    ],
)
def test_what_the_browser_says_of_a_form_is_believed(headers: dict[str, str], *, here: bool) -> None:
    assert sent_from_here(headers, HERE) is here


def test_a_token_fits_one_browser_and_one_secret() -> None:
    token = form_token(b"secret", "session:a", b"8 bytes.")
    assert form_token_fits(b"secret", "session:a", token)
    assert not form_token_fits(b"secret", "session:b", token)
    assert not form_token_fits(b"another", "session:a", token)
    assert not form_token_fits(b"secret", "", form_token(b"secret", "", b"8 bytes."))
