"""Which outcomes tell the office that a provider needs a person, which tell that it works, and what payers are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.outcome import (
    Accepted,
    NotPaid,
    NotSent,
    Outcome,
    Paid,
    Pending,
    Reason,
    Rejected,
    StartOutcome,
    Unknown,
)
from portal.domain.trouble import CERTAIN, FELT_BY_PAYERS, LINE, Trouble

FRESH = timedelta(minutes=15)
MANY = 3
_NONE: frozenset[Trouble] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A trouble of a provider, once for however often it is met. `operation` and `code` are those of the last time.

    It is closed by somebody with a note, or by nobody, when the provider works again.
    """

    id: int
    provider: str
    trouble: Trouble
    operation: str
    code: str
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None
    note: str | None = None


def trouble_in(outcome: Outcome | StartOutcome) -> Trouble | None:
    """What an outcome tells of the provider, which says more than what it tells of the payment."""
    match outcome:
        case NotSent() | Rejected() | Unknown() if outcome.trouble:
            return outcome.trouble
        case Unknown(mapped=False):
            return Trouble.UNKNOWN_CODE
        case Rejected(reason=Reason.PAYEE_PROBLEM) | NotPaid(reason=Reason.PAYEE_PROBLEM):
            return Trouble.ACCOUNT_REFUSED
        case Accepted(ended=NotPaid() as ended):
            return trouble_in(ended)
        case _:
            return None


def mended_by(outcome: Outcome | StartOutcome) -> frozenset[Trouble]:
    """What is over once a provider has said this. A code that we do not know is over only when a person says so."""
    trouble = trouble_in(outcome)
    match outcome:
        case Paid() | Accepted() if trouble is None:
            return LINE | {Trouble.CREDENTIALS_REFUSED, Trouble.ACCOUNT_REFUSED}
        case NotPaid() | Pending() | Rejected() if trouble is None:
            return LINE | {Trouble.CREDENTIALS_REFUSED}
        case NotPaid() | Accepted() | Rejected() if trouble is Trouble.ACCOUNT_REFUSED:
            return LINE
        case _:
            return _NONE


def is_felt(alerts: Iterable[Alert], now: datetime) -> bool:
    """Whether payers are told of it: something open that they meet, met just now, and more than once or for certain."""
    return any(
        alert.trouble in FELT_BY_PAYERS
        and now - alert.last_seen_at < FRESH
        and (alert.count >= MANY or alert.trouble in CERTAIN)
        for alert in alerts
    )
