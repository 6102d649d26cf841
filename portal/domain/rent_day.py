"""When rent is due next, as far as the bills that were written so far tell."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from datetime import date

_MONTHS = 12


def next_rent_day(due_on: Collection[date], today: date) -> date | None:
    """The first of the days that is still to come, or else the day of the month on which it was due last."""
    if coming := [day for day in due_on if day >= today]:
        return min(coming)
    return _next_like(max(due_on).day, today) if due_on else None


def _next_like(wanted: int, today: date) -> date:
    this_month = in_month(today.year, today.month, wanted)
    return this_month if this_month >= today else in_month(*month_after(today), wanted)


def month_after(day: date) -> tuple[int, int]:
    """Year and month."""
    return day.year + day.month // _MONTHS, day.month % _MONTHS + 1


def in_month(year: int, month: int, wanted: int) -> date:
    """That day of a month, or its last one where it has not so many."""
    return date(year, month, min(wanted, monthrange(year, month)[1]))
