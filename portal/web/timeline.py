"""What happened to a payment, one line for each event; templates/payments/_timeline.html has the sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.domain import events as e
from portal.domain import refund_events as r
from portal.domain.allocation import Allocation
from portal.domain.credit_events import CreditApplied, CreditChosen, CreditTakenBack, CreditWithdrawn
from portal.domain.dispute import DisputeCharged, DisputeLost, DisputeOpened, DisputeWon
from portal.domain.method import PaymentMethod
from portal.domain.money import Money
from portal.domain.payment_state import FINAL, State, state_after
from portal.domain.refund_second import BY_RULE

KINDS: dict[type[e.Event], str] = {
    e.PaymentCompleted: "good",
    e.LateSuccessReceived: "good",
    e.ReceiptAllocated: "good",
    e.PushRejected: "bad",
    e.PaymentFailed: "bad",
    CreditApplied: "good",
    CreditTakenBack: "bad",
    e.AmountMismatch: "bad",
    e.OutcomeUncertain: "wait",
    r.RefundSucceeded: "good",
    r.RefundFailed: "bad",
    r.RefundRejected: "bad",
    r.RefundOvertaken: "bad",
    r.PaymentReversed: "bad",
    r.RefundReturned: "good",
    DisputeOpened: "wait",
    DisputeWon: "good",
    DisputeLost: "bad",
}
"""How a line looks; the others are plain."""

OF_TRANSFERS: dict[type[e.Event], str | None] = {
    e.PushRequested: None,
    e.PushAccepted: "TRANSFER_EXPECTED",
    e.PaymentExpired: "TRANSFER_EXPIRED",
}
"""What is told otherwise where the payer pays by bank."""

TOLD_OF_A_REFUND = (
    r.RefundRequested,
    r.RefundRejected,
    r.RefundOvertaken,
    r.RefundSucceeded,
    r.PaymentReversed,
    r.RefundFailed,
    r.RefundReturned,
)
UNTOLD = (
    *(kind for kind in r.REFUND_EVENTS if kind not in TOLD_OF_A_REFUND),
    e.ProviderCharged,
    DisputeCharged,
)
"""Steps on the way of a refund, which has a page of its own, and what a provider costs us."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line: `name` picks the sentence and `event` fills it. `of`: the one of several bills that it speaks of.

    `less`: what of a refund was agreed to, where that was not all that was asked for.
    """

    name: str
    at: datetime
    kind: str
    event: e.Event
    of: Allocation | None = None
    less: Money | None = None


def moments(history: Iterable[tuple[e.Event, datetime]]) -> list[Moment]:
    """The lines of a payment's history, oldest first."""
    lines, state, by_bank, payer = [], None, False, None
    asked: dict[str, Money] = {}
    less: dict[str, Money] = {}
    bills: dict[str, Allocation] = {}
    for event, at in history:
        if isinstance(event, e.PaymentInitiated) and len(event.allocations) > 1:
            bills = {each.bill: each for each in event.allocations}
        by_bank = by_bank or getattr(event, "method", None) is PaymentMethod.BANK_TRANSFER
        payer = payer or getattr(event, "payer", None)
        name = _by_whom(_name(event, state, by_bank=by_bank), event, payer)
        if isinstance(event, r.RefundRequested):
            asked[event.refund] = event.amount
        elif isinstance(event, r.RefundApproved) and event.amount < asked[event.refund]:
            less[event.refund] = event.amount
        if name is not None:
            kind, agreed = KINDS.get(type(event), "info"), less.get(getattr(event, "refund", ""))
            lines.append(Moment(name, at, kind, event, _bill_of(event, bills), agreed))
        state = state_after(state, event)
    return lines


def _bill_of(event: e.Event, bills: Mapping[str, Allocation]) -> Allocation | None:
    return bills.get(event.bill or "") if isinstance(event, e.DuplicateSuccess) else None


def _by_whom(name: str | None, event: e.Event, payer: str | None) -> str | None:
    """What the office chose, because the payer told it so."""
    by_word = isinstance(event, CreditChosen | CreditWithdrawn) and event.chosen_by not in (BY_RULE, payer)
    return f"{name}_BY_WORD" if by_word else name


def _name(event: e.Event, state: State | None, *, by_bank: bool) -> str | None:
    """A provider that speaks after the end announces nothing that is still open.

    None for what nobody would see: of a transfer nothing is sent, for the payer sends it; what was paid in a menu came
    with the news of it; and of a refund only its beginning and its end.
    """
    if by_bank and type(event) in OF_TRANSFERS:
        return OF_TRANSFERS[type(event)]
    if isinstance(event, e.ProviderEventReceived) and state is State.CREATED:
        return None
    if type(event) in UNTOLD:
        return None
    if isinstance(event, e.ProviderEventReceived) and state in FINAL:
        return "LATER_NEWS"
    if isinstance(event, e.AmountMismatch) and state is State.COMPLETED:
        return "LATER_AMOUNT"
    return e.event_name(type(event))
