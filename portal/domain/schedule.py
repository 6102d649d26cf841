"""When to ask a provider about a silent payment, and when a person is told."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_ASKS = tuple(timedelta(seconds=s) for s in (5, 15, 30, 60, 120))
GIVE_UP = timedelta(days=30)
TELL_THE_OFFICE = timedelta(minutes=15)
_STEPS = (
    (timedelta(hours=1), timedelta(minutes=5)),
    (timedelta(days=1), timedelta(hours=1)),
    (GIVE_UP, timedelta(days=1)),
)

LOOKS_BACK = tuple(timedelta(hours=h) for h in (1, 6, 24, 72))
"""After a payment: when a provider is asked whether its payer had it sent back, of which it tells nobody by itself."""
RETRY_DELAYS = tuple(timedelta(seconds=s) for s in (1, 5, 15))
"""The customer's three tries, for reads and for calls that provably never reached the provider."""


def next_ask(asked_since: datetime, now: datetime, minimum_wait: timedelta = timedelta(0)) -> datetime | None:
    """After 5, 15, 30, 60 and 120 seconds, every 5 minutes to an hour, hourly to a day, daily to 30 days; then None.

    A provider's own minimum wait goes first.
    """
    age = now - asked_since
    for first in FIRST_ASKS:
        if first > age:
            return asked_since + max(first, minimum_wait)
    for end, step in _STEPS:
        if age < end:
            return max(now + step, asked_since + minimum_wait)
    return None


def retry_delay(attempt: int, jitter: float) -> timedelta | None:
    """The wait after the attempt of that number (from 1), or None; `jitter` in [0, 1) adds up to a fifth."""
    if attempt > len(RETRY_DELAYS):
        return None
    return RETRY_DELAYS[attempt - 1] * (1 + jitter / 5)
