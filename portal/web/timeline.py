"""What happened to a payment, one line for each event; templates/payments/_timeline.html has the sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.domain import events as e
from portal.domain.payment import FINAL, State, state_after

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


@dataclass(frozen=True, slots=True)
class Moment:
    """One line: `name` picks the sentence and `event` fills it."""

    name: str
    at: datetime
    kind: str
    event: e.Event


def moments(history: Iterable[tuple[e.Event, datetime]]) -> list[Moment]:
    """The lines of a payment's history, oldest first."""
    lines, state = [], None
    for event, at in history:
        lines.append(Moment(_name(event, state), at, KINDS.get(type(event), "info"), event))
        state = state_after(state, event)
    return lines


def _name(event: e.Event, state: State | None) -> str:
    """A provider that speaks after the end announces nothing that is still open."""
    if isinstance(event, e.ProviderEventReceived) and state in FINAL:
        return "LATER_NEWS"
    if isinstance(event, e.AmountMismatch) and state is State.COMPLETED:
        return "LATER_AMOUNT"
    return e.event_name(type(event))
