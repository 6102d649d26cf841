"""Days on which Tanzanian banks work, and deadlines counted in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from holidays import country_holidays

from portal.domain.zone import EAST_AFRICA

_FIRST_OF_WEEKEND = 5
_CLOSES = time(16, 0)
"""What is sent later is booked on the next banking day."""


def is_banking_day(day: date) -> bool:
    """Monday to Friday, but for public holidays; those that follow the moon stand as they are expected."""
    return day.weekday() < _FIRST_OF_WEEKEND and day not in _holidays(day.year)


def deadline(now: datetime, days: int) -> datetime:
    """When the banks close on the banking day that many banking days after `now`; aware UTC."""
    local = now.astimezone(EAST_AFRICA)
    day, left = local.date(), days
    while left:
        day += timedelta(days=1)
        left -= is_banking_day(day)
    return datetime.combine(day, _CLOSES, EAST_AFRICA).astimezone(UTC)


@lru_cache(maxsize=16)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(country_holidays("TZ", years=year))
