"""When somebody hears again of what waits for their word: a few times, ever further apart, and never at night."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from portal.domain.appointment import HOURS
from portal.domain.zone import EAST_AFRICA

DAYS = (3, 10, 30)
"""After it began to wait; whoever has said nothing then is called."""
FORENOON = time(10, tzinfo=EAST_AFRICA)


def next_reminder(since: datetime, now: datetime) -> datetime | None:
    """The next one that is not due yet; those that were missed are left out. None when there is no more."""
    first = since.astimezone(EAST_AFRICA).date()
    times = (datetime.combine(first + timedelta(days=days), FORENOON) for days in DAYS)
    return next((at for at in times if at > now), None)


def when_awake(now: datetime) -> datetime:
    """Now, or the next forenoon where it is night in East Africa."""
    here = now.astimezone(EAST_AFRICA)
    if here.hour in HOURS:
        return now
    forenoon = datetime.combine(here.date(), FORENOON)
    return forenoon if here < forenoon else forenoon + timedelta(days=1)
