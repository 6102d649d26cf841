"""What happened to a payment, one line for each event; templates/payments/_timeline.html has the sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.domain import events as e

KINDS: dict[type[e.Event], str] = {
    e.PaymentCompleted: "good",
    e.LateSuccessReceived: "good",
    e.ReceiptAllocated: "good",
    e.PushRejected: "bad",
    e.PaymentFailed: "bad",
    e.AmountMismatch: "bad",
    e.OutcomeUncertain: "wait",
}
"""How a line looks; the others are plain."""

_ENDS = (e.PaymentCompleted, e.LateSuccessReceived, e.PaymentFailed, e.PaymentCancelled, e.PaymentExpired)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line: `name` picks the sentence and `event` fills it."""

    name: str
    at: datetime
    kind: str
    event: e.Event


def moments(history: Iterable[tuple[e.Event, datetime]]) -> list[Moment]:
    """The lines of a payment's history, oldest first."""
    lines, ended = [], False
    for event, at in history:
        lines.append(Moment(_name(event, ended=ended), at, KINDS.get(type(event), "info"), event))
        ended = ended or isinstance(event, _ENDS)
    return lines


def _name(event: e.Event, *, ended: bool) -> str:
    """A provider that speaks after the end announces nothing that is still to be checked."""
    if ended and isinstance(event, e.ProviderEventReceived):
        return "LATER_NEWS"
    return e.event_name(type(event))
