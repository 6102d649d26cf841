"""A day of each month, and an hour of it, at which a tenant wants to hear of rent that is not paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.rent_day import month_after
from portal.domain.zone import EAST_AFRICA

DAYS = range(1, 29)
"""Those that every month has."""
HOURS = range(7, 21)
"""In East Africa; nobody is woken."""
ON_TIME = timedelta(hours=1)
"""Whoever comes later than that sends no request any more: nobody has the phone in the hand."""
AHEAD = timedelta(days=10)
"""Rent that is due so soon is told of too; who wants to hear of April's rent in January has it in the portal."""


class AppointmentUnfit(ValueError):
    """`field` is day or hour."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """One person has one, with one of their saved phones. `pushes`: the request itself comes, else only a message."""

    person: str
    method: str
    day: int
    hour: int
    pushes: bool

    def next_after(self, now: datetime) -> datetime:
        """When it is next, in aware East Africa Time."""
        here = now.astimezone(EAST_AFRICA)
        this_month = self._in(here.year, here.month)
        return this_month if this_month > here else self._in(*month_after(here.date()))

    def _in(self, year: int, month: int) -> datetime:
        return datetime(year, month, self.day, self.hour, tzinfo=EAST_AFRICA)


def parse_day(typed: str) -> int:
    return _within(DAYS, typed, "day")


def parse_hour(typed: str) -> int:
    return _within(HOURS, typed, "hour")


def _within(numbers: range, typed: str, field: str) -> int:
    """Raises AppointmentUnfit."""
    known = {str(number): number for number in numbers}
    if typed not in known:
        raise AppointmentUnfit(field)
    return known[typed]
