"""How a waiting page asks again: the pace, its spread, and what it says while nothing comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.payment_state import FINAL, OPEN, State
from portal.web.waiting import Patience, patience_of, poll_of
from tests.makers import NOW, a_payment
from tests.web.standings import a_standing, drawn, drawn_card, words

OPENED_LATER = NOW + timedelta(days=3)


@pytest.mark.covers("B16")
@pytest.mark.parametrize(
    "open_for, every", [(0, 3), (29, 3), (30, 5), (89, 5), (90, 15), (299, 15), (300, None), (9_999, None)]
)
def test_the_longer_a_page_is_open_the_less_often_it_asks(open_for: int, every: int | None) -> None:
    payment = a_payment(State.AWAITING_PAYER)
    now = OPENED_LATER + timedelta(seconds=open_for)
    poll = poll_of(payment, OPENED_LATER, now, jitter=0.5)
    assert (poll.every if poll else None) == every


def test_a_payment_without_an_answer_is_asked_about_at_the_slowest_pace() -> None:
    poll = poll_of(a_payment(State.UNCERTAIN), NOW, NOW, jitter=0.5)
    assert poll is not None
    assert poll.every == 15


def test_no_page_asks_more_than_forty_times() -> None:
    payment, now, asked = a_payment(State.AWAITING_PAYER), OPENED_LATER, 0
    while poll := poll_of(payment, OPENED_LATER, now, jitter=0.5):
        now += timedelta(seconds=poll.every)
        asked += 1
    assert asked <= 40


@given(jitter=st.floats(0, 1, exclude_max=True), open_for=st.integers(0, 299))
def test_pages_spread_their_questions_by_a_fifth_each_way(jitter: float, open_for: int) -> None:
    payment, now = a_payment(State.AWAITING_PAYER), OPENED_LATER + timedelta(seconds=open_for)
    spread, even = poll_of(payment, OPENED_LATER, now, jitter), poll_of(payment, OPENED_LATER, now, 0.5)
    assert spread
    assert even
    assert 0.8 * even.every - 0.05 <= spread.every <= 1.2 * even.every + 0.05


@pytest.mark.covers("B3")
@pytest.mark.parametrize("state", FINAL)
def test_a_final_state_asks_no_more(state: State) -> None:
    assert poll_of(a_payment(state), NOW, NOW, 0.5) is None
    for document in (drawn(a_standing(state)), drawn_card(a_standing(state, seen=1))):
        assert not document.xpath("//@hx-trigger | //@hx-get")


@pytest.mark.covers("B1")
@pytest.mark.parametrize("state", OPEN)
def test_an_open_state_asks_for_its_own_card_with_what_it_shows(state: State) -> None:
    standing = a_standing(state)
    (card,) = drawn(standing).xpath("//*[@hx-get]")
    address, _, query = card.get("hx-get").partition("?")
    assert (card.get("id"), address) == ("status", f"/pay/{standing.payment.reference}/card")
    seen = f"v={standing.payment.version}&rest={standing.due.rest.minor}"
    assert query.startswith(f"{seen}&since={int(NOW.timestamp())}&until=")
    assert card.get("hx-swap") == "outerHTML"
    assert "[" not in card.get("hx-trigger")


@pytest.mark.covers("B7")
@pytest.mark.parametrize(
    "age, patience, sentence",
    [
        (0, Patience.SHORT, "This usually takes less than a minute."),
        (60, Patience.LONGER, "Still waiting. If there is no message on the phone, read the help below."),
        (
            120,
            Patience.LONG,
            "It is taking longer than usual. If nobody answers, this request ends at 12:05.",
        ),
    ],
)
def test_the_longer_it_takes_the_more_is_said(age: int, patience: Patience, sentence: str) -> None:
    standing = a_standing(State.AWAITING_PAYER, age=age)
    assert patience_of(standing.payment, NOW + timedelta(seconds=age)) is patience
    page = drawn(standing)
    assert sentence in words(page)
    assert bool(page.xpath("//details[@id='no-message']/@open")) is (patience is not Patience.SHORT)


@pytest.mark.parametrize("age", [0, 29, 31, 61, 100, 121])
def test_a_card_is_renewed_when_its_words_no_longer_hold(age: int) -> None:
    """Otherwise a page that hears nothing new would never slow down."""
    payment = a_payment(State.AWAITING_PAYER)
    now = NOW + timedelta(seconds=age)
    poll = poll_of(payment, NOW, now, 0.5)
    assert poll
    assert now < poll.until
    before, after = poll.until - timedelta(seconds=1), poll.until
    same = poll_of(payment, NOW, before, 0.5)
    assert same
    assert (same.every, patience_of(payment, before)) == (poll.every, patience_of(payment, now))
    later = poll_of(payment, NOW, after, 0.5)
    assert (later and later.every, patience_of(payment, after)) != (poll.every, patience_of(payment, now))


def test_a_page_that_has_rested_says_so_and_can_still_check() -> None:
    page = drawn(a_standing(State.UNCERTAIN, opened_at=NOW, age=301))
    assert not page.xpath("//@hx-trigger")
    assert "This page no longer looks by itself. Press Check now." in words(page)
    assert page.xpath("//form[@id='check-now']")


def test_the_end_of_a_request_is_told_in_the_time_of_east_africa() -> None:
    assert a_payment(State.AWAITING_PAYER).expires_at == datetime(2026, 3, 3, 9, 5, tzinfo=UTC)
    page = drawn(a_standing(State.AWAITING_PAYER, cancel_wanted=True))
    assert "wait until it ends at 12:05" in words(page)
