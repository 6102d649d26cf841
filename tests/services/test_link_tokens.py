"""The token of a link: it names one payment until a minute, and only we can write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.services.link_tokens import Link, link_token, link_until, read_link_token
from tests.makers import NOW, PAYMENT, a_reference

OLD, NEW = b"the key of last year", b"the key of this year"
MINE = link_until(PAYMENT, NOW)
TOKEN = link_token([NEW], MINE)

references = st.integers(0, 2**55 - 1).map(a_reference)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
links = st.builds(link_until, references, instants)


@given(links)
def test_what_is_signed_is_read_again(link: Link) -> None:
    assert read_link_token([NEW], link_token([NEW], link)) == link


@given(references, instants)
def test_a_link_ends_at_a_whole_minute_and_never_later_than_it_was_made_for(
    payment: str, ends: datetime
) -> None:
    link = link_until(payment, ends)
    assert (link.ends.second, link.ends.microsecond) == (0, 0)
    assert timedelta(0) <= ends - link.ends < timedelta(minutes=1)


def test_every_flipped_bit_of_a_token_is_refused() -> None:
    for place, letter in enumerate(TOKEN):
        for bit in range(7):
            flipped = chr(ord(letter) ^ 1 << bit)
            assert read_link_token([NEW], TOKEN[:place] + flipped + TOKEN[place + 1 :]) is None, (place, bit)


@given(links, links)
def test_a_signature_is_good_for_its_own_link_alone(one: Link, other: Link) -> None:
    value, _, _ = link_token([NEW], one).rpartition(".")
    _, _, signature = link_token([NEW], other).rpartition(".")
    assert (read_link_token([NEW], f"{value}.{signature}") is not None) is (one == other)


def test_a_token_of_an_older_key_is_still_read_and_new_ones_use_the_newest() -> None:
    before = link_token([OLD], MINE)
    assert read_link_token([NEW, OLD], before) == MINE
    assert read_link_token([NEW], before) is None
    assert link_token([NEW, OLD], MINE) == TOKEN


@pytest.mark.parametrize(
    "change", ["{}=", "{} ", " {}", "{}\n", "{}.", ".{}", "{0}{0}", "{}\u00e9", "{}\ud800"]
)
def test_a_token_spelled_otherwise_is_refused(change: str) -> None:
    assert read_link_token([NEW], change.format(TOKEN)) is None


@given(st.text(max_size=120))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    assert read_link_token([NEW], text) is None
    assert read_link_token([NEW], f"{PAYMENT}.{text}") is None


def test_a_token_is_short_enough_for_a_small_picture() -> None:
    assert len(TOKEN) <= 80
