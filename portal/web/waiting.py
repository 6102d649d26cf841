"""How long a page waits: how often it asks again, and what it says while nothing comes (features.md §5.3, §5.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain.payment import Payment
from portal.domain.payment_state import OPEN, State
from portal.web.faces import PROMPTED_AFTER

PACES = (
    (timedelta(seconds=30), 3),
    (timedelta(seconds=90), 5),
    (timedelta(minutes=5), 15),
)
"""Until a page has been open so long, it asks every so many seconds; after the last it rests."""
SLOWEST_PACE = 15
SLOW = (State.UNCERTAIN, State.AWAITING_BANK)
"""Nothing comes within seconds."""
SPREAD = 0.2


class Patience(StrEnum):
    """What a waiting payer is told by its age."""

    SHORT = "short"
    LONGER = "longer"
    LONG = "long"


PATIENCE = ((timedelta(seconds=60), Patience.SHORT), (timedelta(seconds=120), Patience.LONGER))


@dataclass(frozen=True, slots=True)
class Poll:
    """Ask every so many seconds. The page looks different from `until` on, even if nothing has happened."""

    every: float
    until: datetime


def poll_of(payment: Payment, opened_at: datetime, now: datetime, jitter: float) -> Poll | None:
    """How the page goes on asking, None when it need not; `jitter` in [0, 1) spreads the pace by a fifth each way."""
    if payment.state not in OPEN:
        return None
    slowest = payment.state in SLOW
    poll = pace_of(opened_at, now, jitter, at_least=SLOWEST_PACE if slowest else 0)
    return poll and Poll(poll.every, min([poll.until, *_other_words(payment, now)]))


def pace_of(opened_at: datetime, now: datetime, jitter: float, *, at_least: int = 0) -> Poll | None:
    """How a page that has been open since then goes on asking, whatever it asks; None once it rests."""
    for end, seconds in PACES:
        if now - opened_at < end:
            every = round(max(seconds, at_least) * (1 - SPREAD + 2 * SPREAD * jitter), 1)
            return Poll(every, opened_at + end)
    return None


def patience_of(payment: Payment, now: datetime) -> Patience:
    """By the age of the payment, however often its page is opened."""
    age = now - payment.created_at
    return next((patience for end, patience in PATIENCE if age < end), Patience.LONG)


def _other_words(payment: Payment, now: datetime) -> list[datetime]:
    """When the page will say something else."""
    ends = [PROMPTED_AFTER] if payment.state is State.SUBMITTING else []
    ends += [end for end, _ in PATIENCE]
    return [payment.created_at + end for end in ends if payment.created_at + end > now]
