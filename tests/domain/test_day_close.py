"""The close of a day: midnight is that of Dar es Salaam, and every account counts in its digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.day_close import AccountSum, DayClose, day_of, digest_of, ends_at, together
from tests.makers import NOW

DAY = date(2026, 3, 3)


def a_sum(account: str = "payable:A", count: int = 1, total: int = 5) -> AccountSum:
    return AccountSum(account=account, currency="TZS", count=count, sum=total)


SUMS = [a_sum(), a_sum("payable:B"), a_sum("deposit:L", 2, 7), a_sum("cash:mpesa", 4, -17)]


def a_close(**changes: object) -> DayClose:
    close = DayClose(
        day=DAY,
        closed_at=NOW,
        sums=together(SUMS),
        digest=digest_of(SUMS),
        balance={"TZS": 0},
        differences=(),
    )
    return replace(close, **changes)  # type: ignore[arg-type]


@pytest.mark.covers("I10")
def test_a_day_ends_at_midnight_in_dar_es_salaam() -> None:
    assert ends_at(DAY) == datetime(2026, 3, 3, 21, tzinfo=UTC)
    assert day_of(ends_at(DAY) - timedelta(microseconds=1)) == DAY
    assert day_of(ends_at(DAY)) == DAY + timedelta(days=1)


def test_the_accounts_of_landlords_and_leases_are_shown_as_one() -> None:
    assert [(one.account, one.count, one.sum) for one in together(SUMS)] == [
        ("cash:mpesa", 4, -17),
        ("deposit", 2, 7),
        ("payable", 2, 10),
    ]


@pytest.mark.covers("I10")
def test_a_close_is_sound_only_where_nothing_differs() -> None:
    assert a_close().is_sound
    assert a_close().entries == 8
    assert not a_close(balance={"TZS": 0, "USD": 1}).is_sound
    assert not a_close(differences=("a payment differs",)).is_sound


@pytest.mark.covers("I10")
@given(which=st.integers(0, 3), more=st.integers(1, 9), count=st.booleans())
def test_whatever_changes_in_any_account_changes_the_digest(which: int, more: int, *, count: bool) -> None:
    one = SUMS[which]
    changed = replace(one, count=one.count + more) if count else replace(one, sum=one.sum + more)
    others = [each for each in SUMS if each is not one]
    assert digest_of([*others, changed]) != digest_of(SUMS)
    assert digest_of([*others, one]) == digest_of(SUMS)
