"""Banking days: no weekend, no public holiday, and a deadline that is always one of them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.banking_day import deadline, is_banking_day
from portal.domain.zone import EAST_AFRICA

moments = st.datetimes(datetime(2026, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    "day, works",
    [
        (date(2026, 3, 3), True),
        (date(2026, 3, 7), False),
        (date(2026, 3, 8), False),
        (date(2026, 12, 9), False),
        (date(2026, 12, 25), False),
        (date(2026, 12, 28), True),
    ],
)
def test_banks_rest_at_weekends_and_on_public_holidays(day: date, works: bool) -> None:  # noqa: FBT001
    assert is_banking_day(day) is works


def test_a_deadline_over_christmas_leaves_out_what_the_banks_do() -> None:
    wednesday = datetime(2026, 12, 23, 9, 0, tzinfo=UTC)
    assert deadline(wednesday, 2).astimezone(EAST_AFRICA) == datetime(2026, 12, 28, 16, tzinfo=EAST_AFRICA)


def test_late_in_the_evening_it_is_tomorrow_in_dar_es_salaam() -> None:
    monday_night = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
    assert deadline(monday_night, 1) == datetime(2026, 3, 4, 13, 0, tzinfo=UTC)


@given(moments, st.integers(1, 10))
def test_between_now_and_the_deadline_lie_that_many_banking_days(now: datetime, days: int) -> None:
    today, end = now.astimezone(EAST_AFRICA).date(), deadline(now, days).astimezone(EAST_AFRICA)
    after = [today + timedelta(days=ahead) for ahead in range(1, (end.date() - today).days + 1)]
    assert sum(map(is_banking_day, after)) == days
    assert is_banking_day(end.date())
    assert deadline(now, days) > now
