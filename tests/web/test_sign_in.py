"""Signing in by a code or by one click, its limits, and where one lands."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode

import pytest

from tests.makers import LANDLORD, OFFICE, TENANT
from tests.web.client import Browser, Page, Portal
from tests.web.people import APPROVER

ASHA = "0754 123 456"


async def asked(browser: Browser, address: str = ASHA, onward: str = "/sign-in") -> Page:
    """The page that asks for the code."""
    return await browser.submit(await browser.open(onward), address=address)


def code_on(page: Page) -> str:
    """In a demo the page prints it."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", page.words)
    assert found, page.words
    return found[0]


@pytest.mark.covers("page:2")
@pytest.mark.parametrize("address", [ASHA, "+255754123456", "asha@example.com", " ASHA@example.com "])
async def test_a_tenant_signs_in_by_a_code_and_lands_at_home(portal: Portal, address: str) -> None:
    browser = portal.browser()
    page = await asked(browser, address)
    assert (page.path, page.h1) == ("/sign-in/code", "Enter the code")
    home = await browser.submit(page, code=code_on(page))
    assert (home.path, home.h1) == ("/", "Your rent")


async def test_a_pasted_code_may_have_spaces_and_dashes(portal: Portal) -> None:
    browser = portal.browser()
    page = await asked(browser)
    code = code_on(page)
    assert (await browser.submit(page, code=f" {code[:3]}-{code[3:]} ")).path == "/"


async def test_the_box_of_the_code_takes_what_the_phone_offers(portal: Portal) -> None:
    page = await asked(portal.browser())
    (box,) = page.document.xpath("//input[@name='code']")
    assert (box.get("autocomplete"), box.get("inputmode")) == ("one-time-code", "numeric")


@pytest.mark.parametrize(
    "address, sentence",
    [
        ("", "Enter your mobile number or e-mail address"),
        ("12", "Enter a mobile number like 0754 123 456, or an e-mail address"),
        ("asha@", "Enter a mobile number like 0754 123 456, or an e-mail address"),
        ("+254712345678", "This number is not from Tanzania. Use a +255 number or an e-mail address"),
    ],
)
async def test_an_address_that_is_none_is_refused_with_422(
    portal: Portal, address: str, sentence: str
) -> None:
    page = await asked(portal.browser(), address)
    assert (page.status, page.error("address")) == (422, f"Error: {sentence}")
    assert page.document.xpath("//input[@name='address']/@value") == [address]
    assert page.title.startswith("Error:")


async def test_a_stranger_sees_the_same_as_a_tenant_but_gets_no_code(portal: Portal) -> None:
    page = await asked(portal.browser(), "0655 000 000")
    assert (page.path, page.h1) == ("/sign-in/code", "Enter the code")
    assert not re.search(r"(?<!\d)\d{6}(?!\d)", page.words)


async def test_a_wrong_code_is_refused_with_422_and_not_shown_again(portal: Portal) -> None:
    browser = portal.browser()
    page = await browser.submit(await asked(browser), code="000000")
    assert page.status == 422
    assert page.error("code") == "Error: That code is not right or has expired. Ask for a new one"
    assert page.document.xpath("//input[@name='code']/@value") == [""]


async def test_no_code_at_all_is_refused_without_counting_as_a_try(portal: Portal) -> None:
    browser = portal.browser()
    page = await asked(browser)
    for _ in range(6):
        assert (await browser.submit(page, code=" ")).error("code") == "Error: Enter the code"


async def test_the_sixth_wrong_code_is_answered_429_and_says_when(portal: Portal) -> None:
    browser = portal.browser()
    page = await asked(browser)
    for _ in range(5):
        assert (await browser.submit(page, code="000000")).status == 422
    refused = await browser.submit(page, code=code_on(page))
    assert refused.status == 429
    assert refused.answer.headers["retry-after"] == "900"
    assert refused.h1 == "Too many tries. Wait 15 minutes"
    assert "You can try again at 12:15." in refused.words


async def test_the_fourth_code_to_one_address_is_answered_429_from_wherever(portal: Portal) -> None:
    for number in range(3):
        assert (await asked(portal.browser(address=f"10.0.0.{number}"))).status == 200
    refused = await asked(portal.browser("sw", address="10.0.0.9"))
    assert refused.status == 429
    assert "Subiri dakika 15" in refused.words
    assert "12:15 (saa 6:15 mchana)" in refused.words


async def test_a_code_of_eleven_minutes_ago_is_too_old(portal: Portal) -> None:
    browser = portal.browser()
    page = await asked(browser)
    portal.clock.advance(minutes=11)
    assert (await browser.submit(page, code=code_on(page))).path == "/sign-in"


async def test_a_new_code_ends_the_old_one(portal: Portal) -> None:
    browser = portal.browser()
    first = await asked(browser)
    second = await browser.press(first, "Send a new code")
    assert code_on(second) != code_on(first)
    assert (await browser.submit(second, code=code_on(first))).status == 422
    assert (await browser.submit(second, code=code_on(second))).path == "/"


async def test_the_page_of_the_code_leads_back_when_no_code_was_sent(portal: Portal) -> None:
    browser = portal.browser()
    assert (await browser.open("/sign-in/code")).path == "/sign-in"
    assert (await browser.post("/sign-in/code", {"code": "1"})).headers["location"] == "/sign-in"


@pytest.mark.parametrize(
    "note",
    [
        "eyJhZGRyZXNzIjoiMDc1NCJ9.forged",
        "",
        "A",
        "AAAA",
        "A" * 200,
        "A" * 15 + "=",
        "%00",
        "\u00e9\u00e9\u00e9\u00e9",
    ],
)
async def test_a_forged_note_of_where_the_code_went_is_not_read(portal: Portal, note: str) -> None:
    cookie = f"entering={note}".encode("latin-1")
    answer = await portal.browser().client.get("/sign-in/code", headers={b"cookie": cookie})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


@pytest.mark.covers("N10")
@pytest.mark.parametrize("typed", ["0754 123 456", "asha@example.com"])
async def test_the_note_of_where_the_code_went_tells_nobody_where(portal: Portal, typed: str) -> None:
    browser = portal.browser()
    page = await asked(browser, typed)
    assert page.path == "/sign-in/code"
    note = browser.cookies["entering"]
    spelled = note.encode() + urlsafe_b64decode(note + "=" * (-len(note) % 4))
    assert [
        part for part in (b"0754", b"754", b"asha", b"example", code_on(page).encode()) if part in spelled
    ] == []


@pytest.mark.covers("A32")
@pytest.mark.parametrize(
    "name, person", [("Asha", TENANT), ("Juma", LANDLORD), ("Rehema", OFFICE), ("Daudi", APPROVER)]
)
async def test_in_a_demo_one_click_signs_a_named_character_in(portal: Portal, name: str, person: str) -> None:
    browser = portal.browser()
    page = await browser.open("/sign-in")
    (button,) = [
        b for b in page.document.iter("button") if name in b.text_content() and b.get("value") == person
    ]
    answer = await browser.post("/sign-in/as", {"person": button.get("value")})
    assert answer.status_code == 303
    assert answer.headers["location"] in ("/", "/landlord", "/ops")


async def test_outside_a_demo_there_is_no_one_click_and_no_printed_code(secure_portal: Portal) -> None:
    browser = secure_portal.browser()
    page = await browser.open("/sign-in")
    assert "Asha" not in page.words
    assert (await browser.post("/sign-in/as", {"person": TENANT})).status_code == 404
    assert not re.search(r"(?<!\d)\d{6}(?!\d)", (await asked(browser)).words)


async def test_whoever_asks_for_a_page_first_lands_on_it_after_signing_in(portal: Portal) -> None:
    browser = portal.browser()
    page = await asked(browser, onward="/payments?status=COMPLETED")
    home = await browser.submit(page, code=code_on(page))
    assert home.path == "/payments?status=COMPLETED"


@pytest.mark.parametrize(
    "onward",
    ["//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "javascript:alert(1)",
     "https://good@evil.example/", "/%0d%0aSet-Cookie: a=b\r\n", "/\u3002evil", "/a b", "evil"],
)  # fmt: skip
async def test_nobody_is_led_to_another_site_after_signing_in(portal: Portal, onward: str) -> None:
    answer = await portal.browser().post("/sign-in/as", {"person": TENANT, "next": onward})
    assert answer.headers["location"] == "/"


async def test_the_language_changes_on_the_form_and_what_was_typed_stays(portal: Portal) -> None:
    browser = portal.browser()
    page = await browser.open("/sign-in")
    after = await browser.submit(page, address="0754 12", button=("language", "sw"))
    assert (after.status, after.language, after.h1) == (200, "sw", "Ingia")
    assert after.document.xpath("//input[@name='address']/@value") == ["0754 12"]
    assert (await browser.open("/help")).language == "sw"
