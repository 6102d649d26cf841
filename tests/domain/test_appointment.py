"""Appointments: a day and an hour that every month has, in East Africa."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.appointment import (
    DAYS,
    HOURS,
    Appointment,
    AppointmentUnfit,
    parse_day,
    parse_hour,
)
from portal.domain.zone import EAST_AFRICA
from tests.makers import NOW, TENANT, a_reference


def an_appointment(day: int = 1, hour: int = 9) -> Appointment:
    return Appointment(person=TENANT, method=a_reference(), day=day, hour=hour, pushes=True)


@pytest.mark.covers("E10")
@pytest.mark.parametrize(
    "day, hour, expected",
    [
        (1, 9, datetime(2026, 4, 1, 9, tzinfo=EAST_AFRICA)),
        (3, 13, datetime(2026, 3, 3, 13, tzinfo=EAST_AFRICA)),
        (3, 12, datetime(2026, 4, 3, 12, tzinfo=EAST_AFRICA)),
        (28, 20, datetime(2026, 3, 28, 20, tzinfo=EAST_AFRICA)),
    ],
)
def test_the_next_one_is_this_month_s_or_the_next_month_s(day: int, hour: int, expected: datetime) -> None:
    assert an_appointment(day, hour).next_after(NOW) == expected


def test_after_december_comes_january() -> None:
    late = datetime(2026, 12, 31, 22, tzinfo=UTC)
    assert an_appointment().next_after(late) == datetime(2027, 1, 1, 9, tzinfo=EAST_AFRICA)


@given(st.sampled_from(DAYS), st.sampled_from(HOURS), st.integers(0, 15 * 365 * 24 * 60))
def test_the_next_one_is_always_to_come_within_a_month_and_the_one_after_it_too(
    day: int, hour: int, minutes: int
) -> None:
    appointment, here = an_appointment(day, hour), NOW + timedelta(minutes=minutes)
    first = appointment.next_after(here)
    assert here < first <= here + timedelta(days=31)
    assert (first.day, first.hour) == (day, hour)
    second = appointment.next_after(first)
    assert (second.year * 12 + second.month) - (first.year * 12 + first.month) == 1


@pytest.mark.parametrize("typed", ["", "0", "29", "01", "1.5", " 1", "-1", "٣", "x"])
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(AppointmentUnfit) as caught:
        parse_day(typed)
    assert caught.value.field == "day"


@pytest.mark.parametrize("typed", ["", "6", "21", "09", "9:00"])
def test_what_is_no_waking_hour_is_refused(typed: str) -> None:
    with pytest.raises(AppointmentUnfit) as caught:
        parse_hour(typed)
    assert caught.value.field == "hour"


def test_every_day_and_hour_there_is_can_be_chosen() -> None:
    assert [parse_day(str(day)) for day in DAYS] == list(DAYS)
    assert [parse_hour(str(hour)) for hour in HOURS] == list(HOURS)
