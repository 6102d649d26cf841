"""When payouts are prepared by themselves: early on banking days, so that the office finds them in the morning."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from portal.domain.banking_day import is_banking_day
from portal.domain.zone import EAST_AFRICA

_AT = time(6, 0)


def next_run(now: datetime) -> datetime:
    """The next such morning after `now`; aware UTC."""
    local = now.astimezone(EAST_AFRICA)
    day = local.date()
    while not is_banking_day(day) or datetime.combine(day, _AT, EAST_AFRICA) <= local:
        day += timedelta(days=1)
    return datetime.combine(day, _AT, EAST_AFRICA).astimezone(UTC)
