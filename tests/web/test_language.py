"""Which language a page speaks, and that changing it loses nothing."""

from __future__ import annotations

import pytest

from tests.makers import TENANT
from tests.web.client import Portal


@pytest.mark.covers("M1")
@pytest.mark.parametrize(
    "accepted, language",
    [
        ("", "sw"),
        ("fr", "sw"),
        ("en-GB,en;q=0.9", "en"),
        ("en;q=0.1, sw;q=0.2", "sw"),
        ("sw-KE, en", "sw"),
        ("*", "sw"),
    ],
)
async def test_a_browser_is_answered_in_the_language_it_prefers_else_in_swahili(
    portal: Portal, accepted: str, language: str
) -> None:
    answer = await portal.browser().get("/sign-in", **{"accept-language": accepted})
    assert answer.headers["content-language"] == language


@pytest.mark.covers("M2")
async def test_the_chosen_language_goes_before_the_browsers_and_stays(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT, language="en")
    page = await asha.open("/language?to=sw&back=/payments%3Fstatus%3DCOMPLETED")
    assert (page.path, page.language) == ("/payments?status=COMPLETED", "sw")
    assert (await asha.open("/")).language == "sw"
    assert (await asha.open("/nowhere")).language == "sw"


@pytest.mark.covers("M2")
async def test_the_link_of_a_page_leads_back_to_it_with_its_query(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.open("/payments?status=COMPLETED")
    (link,) = page.document.xpath("//header//a[@hreflang]/@href")
    after = await asha.open(link)
    assert (after.path, after.language) == ("/payments?status=COMPLETED", "sw")


@pytest.mark.parametrize(
    "back", ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)", ""]
)
async def test_changing_the_language_leads_to_no_other_site(portal: Portal, back: str) -> None:
    answer = await portal.browser().client.get("/language", params={"to": "sw", "back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("to", ["", "fr", "EN", "sw\n", "<script>"])
async def test_an_unknown_language_changes_nothing(portal: Portal, to: str) -> None:
    answer = await portal.browser().client.get("/language", params={"to": to})
    assert "set-cookie" not in answer.headers


async def test_a_language_cookie_that_was_tampered_with_is_not_believed(portal: Portal) -> None:
    browser = portal.browser("en")
    browser.client.cookies.set("language", "../../etc", domain="127.0.0.1", path="/")
    assert (await browser.open("/sign-in")).language == "en"


async def test_a_form_with_an_unknown_language_is_just_a_form(portal: Portal) -> None:
    browser = portal.browser()
    page = await browser.submit(await browser.open("/sign-in"), address="x", button=("language", "fr"))
    assert (page.status, page.language) == (422, "en")
