"""When rent is due next, from the bills there are."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.rent_day import in_month, month_after, next_rent_day

TODAY = date(2026, 3, 3)
days = st.dates(date(2024, 1, 1), date(2030, 12, 31))


@pytest.mark.covers("E9")
@pytest.mark.parametrize(
    "due_on, expected",
    [
        ([], None),
        ([date(2026, 4, 1), date(2026, 3, 10), date(2026, 2, 1)], date(2026, 3, 10)),
        ([TODAY], TODAY),
        ([date(2026, 2, 1)], date(2026, 4, 1)),
        ([date(2026, 2, 5), date(2026, 1, 5)], date(2026, 3, 5)),
        ([date(2026, 1, 31)], date(2026, 3, 31)),
    ],
    ids=str,
)
def test_the_next_rent_day_is_the_next_bill_s_or_like_the_last_one_s(
    due_on: list[date], expected: date | None
) -> None:
    assert next_rent_day(due_on, TODAY) == expected


def test_a_month_that_is_too_short_ends_with_its_last_day() -> None:
    assert next_rent_day([date(2026, 1, 31)], date(2026, 2, 3)) == date(2026, 2, 28)
    assert in_month(2028, 2, 31) == date(2028, 2, 29)


def test_after_december_comes_january_of_the_next_year() -> None:
    assert month_after(date(2026, 12, 31)) == (2027, 1)
    assert next_rent_day([date(2026, 12, 1)], date(2026, 12, 2)) == date(2027, 1, 1)


@given(st.lists(days, min_size=1, max_size=5), days)
def test_the_next_rent_day_is_never_past_and_at_most_a_month_ahead_unless_a_bill_says_so(
    due_on: list[date], today: date
) -> None:
    found = next_rent_day(due_on, today)
    assert found
    assert found >= today
    assert found in due_on or found <= today + timedelta(days=31)
