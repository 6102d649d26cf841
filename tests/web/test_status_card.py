"""The fragment that a waiting page asks for (features.md §5.3)."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest

from portal.domain.outcome import NotPaid, Paid, Reason, Unknown
from portal.domain.payment_state import State
from portal.templating.language import Language
from tests.makers import NEIGHBOUR, TENANT
from tests.web.client import Browser, Page, Portal
from tests.web.paying import paying, reference_of, told
from tests.web.standings import a_standing, drawn_card, words


def poll_address(page: Page) -> str:
    (address,) = page.document.xpath("//*[@id='status']/@hx-get")
    return str(address)


async def asked(browser: Browser, address: str) -> httpx.Response:
    """As htmx asks."""
    return await browser.get(address, **{"HX-Request": "true"})


@pytest.mark.covers("page:7b", "B16")
async def test_a_question_that_finds_nothing_new_is_answered_with_nothing(portal: Portal) -> None:
    asha, page = await paying(portal)
    portal.clock.advance(seconds=29)
    answer = await asked(asha, poll_address(page))
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.covers("B1", "B3")
async def test_a_final_answer_brings_title_and_receipt_and_asks_no_more(portal: Portal) -> None:
    asha, page = await paying(portal)
    await told(portal, reference_of(page), Paid(receipt_code="UC35T8K2QX"))
    answer = await asked(asha, poll_address(page))
    assert answer.status_code == 200
    assert "<title>Paid · nest pay</title>" in answer.text
    assert "hx-trigger" not in answer.text
    assert "hx-get" not in answer.text
    assert "/r/MOL-26-000001" in answer.text


@pytest.mark.covers("B11", "D78")
async def test_a_prompt_that_is_open_when_another_payment_pays_the_bill_is_told_to_be_closed(
    portal: Portal,
) -> None:
    asha, first = await paying(portal)
    await told(portal, reference_of(first), NotPaid(Reason.NO_RESPONSE, "1037"))
    portal.provider.will_say(NotPaid(Reason.NO_RESPONSE, "1037"))
    _, page = await paying(portal)
    assert page.h1 == "Check your phone"
    await told(portal, reference_of(first), Paid(receipt_code="LATE123456"))
    answer = await asked(asha, poll_address(page))
    assert answer.status_code == 200
    assert "<title>Already paid · nest pay</title>" in answer.text
    assert "#live" in answer.text
    (again,) = re.findall(r'hx-get="([^"]+)"', answer.text)
    assert (await asked(asha, unescape(again))).status_code == 204
    await told(portal, reference_of(page), Paid(receipt_code="UC35T8K2QX"))
    assert (await asha.open(page.path)).h1 == "You paid twice"


@pytest.mark.covers("B5")
async def test_the_reader_s_voice_says_a_new_sentence_once(portal: Portal) -> None:
    asha, page = await paying(portal)
    assert page.document.xpath("string(//p[@id='live'])") == ""
    await told(portal, reference_of(page), Paid(receipt_code="UC35T8K2QX"))
    answer = await asked(asha, poll_address(page))
    assert '<p hx-swap-oob="innerHTML:#live">Paid. Receipt 26-000001.</p>' in answer.text


@pytest.mark.covers("B5", "B16")
async def test_a_card_that_only_slows_down_says_nothing_aloud(portal: Portal) -> None:
    asha, page = await paying(portal)
    portal.clock.advance(seconds=30)
    answer = await asked(asha, poll_address(page))
    assert answer.status_code == 200
    assert "#live" not in answer.text
    assert 'id="story"' not in answer.text
    assert "since=" in answer.text


@pytest.mark.covers("B5")
@pytest.mark.parametrize("language", list(Language))
def test_news_that_changes_no_sentence_is_not_said_aloud(language: Language) -> None:
    """The receipt's PDF, say, or the operator's word after the end."""
    standing = a_standing(State.COMPLETED, seen=5)
    assert standing.payment.version == 6
    document = drawn_card(standing, language)
    assert not document.xpath("//*[@hx-swap-oob='innerHTML:#live']")
    assert document.xpath("//*[@id='story']")


async def test_an_answer_that_does_not_come_is_said_aloud(portal: Portal) -> None:
    asha, page = await paying(portal)
    portal.clock.advance(minutes=5)
    page = await asha.open(page.path)
    await told(portal, reference_of(page), Unknown(Reason.AMBIGUOUS, "read timeout"))
    answer = await asked(asha, poll_address(page))
    assert "We do not have the answer yet. Wait for our SMS. Do not pay again.</p>" in answer.text
    assert 'hx-trigger="every 1' in answer.text


@pytest.mark.parametrize("query", ["", "v=0", "v=-1", "v=abc", "v=99999999999999999999", "v=999", "v=٣"])
async def test_whatever_the_page_says_it_has_seen_it_gets_the_card(portal: Portal, query: str) -> None:
    asha, page = await paying(portal)
    answer = await asked(asha, f"/pay/{reference_of(page)}/card?{query}")
    assert answer.status_code == 200
    assert "Check your phone" in answer.text


async def test_a_made_up_time_only_makes_the_page_stop_asking(portal: Portal) -> None:
    asha, page = await paying(portal)
    made_up = urlencode({"v": "1", "since": "x", "until": "²"})
    answer = await asked(asha, f"/pay/{reference_of(page)}/card?{made_up}")
    assert "This page no longer looks by itself." in answer.text


async def test_the_poll_of_an_ended_session_asks_to_sign_in_again(portal: Portal) -> None:
    _, page = await paying(portal)
    before = await portal.parts.payments.load(reference_of(page))
    for language, sentence in (
        ("en", "Sign in again to see the result. Your payment is not affected."),
        ("sw", "Ingia tena kuona matokeo. Malipo yako hayajaathirika."),
    ):
        answer = await asked(portal.browser(language), poll_address(page))
        assert answer.status_code == 401
        assert sentence in answer.text
        assert "hx-trigger" not in answer.text
    assert await portal.parts.payments.load(reference_of(page)) == before


async def test_the_card_of_somebody_else_s_payment_is_not_there(portal: Portal) -> None:
    _, page = await paying(portal)
    neighbour = await portal.signed_in(NEIGHBOUR)
    assert (await asked(neighbour, poll_address(page))).status_code == 404


@pytest.mark.parametrize("language", ["en", "sw"])
async def test_a_poll_fits_into_little_more_than_a_kilobyte(portal: Portal, language: str) -> None:
    _, page = await paying(portal)
    asha = await portal.signed_in(TENANT, language)
    asha.client.headers["accept-encoding"] = "br"
    news = await asked(asha, f"/pay/{reference_of(page)}/card?v=2")
    await told(portal, reference_of(page), NotPaid(Reason.WRONG_PIN, "2001"))
    end = await asked(asha, poll_address(page))
    for answer in (news, end):
        assert answer.headers["content-encoding"] == "br"
        assert answer.num_bytes_downloaded <= 1_250


def test_a_card_carries_no_second_place_for_the_reader_s_voice() -> None:
    document = drawn_card(a_standing(State.PROCESSING, seen=3))
    assert not document.xpath("//*[@id='live']")
    assert words(document.xpath("//*[@hx-swap-oob='innerHTML:#live']")[0]) == (
        "M-Pesa is confirming your payment. Wait a moment. Do not pay again."
    )
