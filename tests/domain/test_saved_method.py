"""Saved ways to pay: their kinds, and the names that their owners give them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.method import CARDS, WALLETS, PaymentMethod
from portal.domain.saved_method import (
    LONGEST_NICKNAME,
    Kind,
    NicknameUnfit,
    SavedMethod,
    kind_of,
    parse_nickname,
)
from tests.makers import NOW, TENANT, a_reference


@pytest.mark.covers("E1")
@pytest.mark.parametrize("method", list(PaymentMethod))
def test_every_way_to_pay_is_saved_as_one_of_three_kinds(method: PaymentMethod) -> None:
    expected = Kind.PHONE if method in WALLETS else Kind.CARD if method in CARDS else Kind.BANK_ACCOUNT
    saved = SavedMethod(
        id=a_reference(),
        person=TENANT,
        method=method,
        masked="0754•••456",
        nickname=None,
        card=None,
        is_default=False,
        created_at=NOW,
        verified_at=None,
        last_used_at=None,
    )
    assert saved.kind is kind_of(method) is expected


@pytest.mark.covers("E4")
@pytest.mark.parametrize(
    "typed, name",
    [
        ("Mama", "Mama"),
        ("  My   work phone ", "My work phone"),
        ("", None),
        ("\u202e \u200b", None),
        ("a\u202eb", "ab"),
        ("é" * 30, "é" * 30),
        ("a" * 30 + "\u200b", "a" * 30),
    ],
)
def test_a_nickname_is_read_as_it_is_shown(typed: str, name: str | None) -> None:
    assert parse_nickname(typed) == name


@pytest.mark.covers("E4", "E6")
@pytest.mark.parametrize("typed, problem", [("a" * 31, "too_long"), ("4242 4242 4242 4242", "card")])
def test_a_nickname_that_will_not_do_has_its_problem(typed: str, problem: str) -> None:
    with pytest.raises(NicknameUnfit) as caught:
        parse_nickname(typed)
    assert caught.value.problem == problem


@given(st.text())
def test_a_nickname_is_always_short_and_printable_and_stays_itself(typed: str) -> None:
    try:
        name = parse_nickname(typed)
    except NicknameUnfit:
        return
    if name is not None:
        assert len(name) <= LONGEST_NICKNAME
        assert name.isprintable()
        assert parse_nickname(name) == name
