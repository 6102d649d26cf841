"""Refunds for tests: each event with good defaults, and a payment whose refund stands in a state."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from portal.domain import refund_desk_events as d
from portal.domain import refund_events as r
from portal.domain.events import Event
from portal.domain.fold import apply
from portal.domain.money import Money, shillings
from portal.domain.outcome import Source
from portal.domain.payment import Payment
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_outcome import Cause, RefundRefusal, RefundRoute
from portal.domain.refund_pots import forced_parts, parts_of
from portal.domain.refund_reason import RefundReason
from tests.makers import LANDLORD, NOW, OFFICE, TENANT, a_payment, a_reference

REFUND = a_reference(500)
REFUND_ID = "re_1"
FINDING = a_reference(590)
PART = shillings(100_000)


def requested(payment: Payment, amount: Money = PART, **changes: Any) -> r.RefundRequested:
    """Asha asks for a part of her payment, for a reason that leaves the bill open again."""
    reason = changes.get("reason", RefundReason.OTHER)
    parts = parts_of(payment, reason, amount)
    event = r.RefundRequested(
        refund=REFUND,
        reason=reason,
        amount=sum((part.amount for part in parts), shillings(0)),
        parts=parts,
        requested_by=TENANT,
    )
    return replace(event, **changes)


def approved(refund: Refund, **changes: Any) -> r.RefundApproved:
    event = r.RefundApproved(
        refund=refund.reference,
        amount=refund.amount,
        parts=refund.parts,
        approved_by=LANDLORD,
        route=RefundRoute.REVERSAL,
    )
    return replace(event, **changes)


def submitted(refund: str = REFUND, request_id: str = REFUND_ID) -> r.RefundSubmitted:
    return r.RefundSubmitted(refund=refund, request_id=request_id)


def succeeded(refund: str = REFUND, **changes: Any) -> r.RefundSucceeded:
    event = r.RefundSucceeded(refund=refund, code="RC35T8K2QX", sent_at=NOW, source=Source.WORKER)
    return replace(event, **changes)


def refund_failed(refund: str = REFUND) -> r.RefundFailed:
    return r.RefundFailed(
        refund=refund, reason=RefundRefusal.PAYEE_CANNOT_RECEIVE, code="full", source=Source.WORKER
    )


def found(*, went: bool, refund: str = REFUND, finding: str = FINDING) -> d.RefundFindingProposed:
    """Somebody of the office knows how it ended."""
    code = "RC99FOUND1" if went else None
    return d.RefundFindingProposed(refund=refund, finding=finding, went=went, code=code, found_by=OFFICE)


def every_event(refund: Refund, step: int = 0) -> list[r.RefundEvent]:
    """One of each that may follow its beginning."""
    name = refund.reference
    route = (None, RefundRoute.PAYOUT, RefundRoute.BY_HAND)[step % 3]
    finding = refund.finding.name if refund.finding else FINDING
    return [
        approved(refund, approved_by=OFFICE if step % 2 else LANDLORD, route=route),
        r.RefundRejected(refund=name, rejected_by=OFFICE),
        r.RefundDispatched(refund=name),
        r.RefundNotSent(refund=name, code="connect"),
        r.RefundSubmitted(refund=name, request_id=name),
        r.RefundUncertain(refund=name, code="timeout"),
        succeeded(name, code=f"RC{name}"),
        refund_failed(name),
        returned(name),
        r.RefundContradicted(refund=name, says_sent=bool(step % 2), code="E1"),
        r.RefundEndConfirmed(refund=name),
        d.RefundTaken(refund=name, taken_by=OFFICE),
        d.RefundLaidBack(refund=name, laid_back_by=OFFICE),
        found(went=bool(step % 2), refund=name),
        d.RefundFindingDropped(refund=name, finding=finding, dropped_by=OFFICE),
        d.RefundClosed(refund=name, closed_by=OFFICE, note=FINDING),
    ]


def reversed_by_itself(payment: Payment, amount: Money, **changes: Any) -> r.PaymentReversed:
    """Somebody has sent so much back in the provider's console."""
    event = r.PaymentReversed(
        refund=REFUND,
        cause=Cause.ELSEWHERE,
        amount=amount,
        parts=forced_parts(payment, amount),
        request_id=REFUND_ID,
        code="RC35T8K2QX",
        sent_at=NOW,
        source=Source.CALLBACK,
    )
    return replace(event, **changes)


def returned(refund: str = REFUND, **changes: Any) -> r.RefundReturned:
    event = r.RefundReturned(
        refund=refund, reason=RefundRefusal.CALLED_OFF, code="won", returned_at=NOW, source=Source.CALLBACK
    )
    return replace(event, **changes)


def with_refund(
    state: RefundState, payment: Payment | None = None, amount: Money = PART, **changes: Any
) -> Payment:
    """A completed payment whose refund came to `state` on the straight road; `changes` are those of `requested`."""
    payment = payment or a_payment()
    asked = requested(payment, amount, **changes)
    return told(payment, *road(state, asked))


def road(state: RefundState, asked: r.RefundRequested) -> list[r.RefundEvent]:
    agreed = r.RefundApproved(
        refund=asked.refund,
        amount=asked.amount,
        parts=asked.parts,
        approved_by=LANDLORD,
        route=RefundRoute.REVERSAL,
    )
    sent = r.RefundDispatched(refund=asked.refund)
    named = submitted(asked.refund, f"re_{asked.refund}")
    rest: dict[RefundState, list[r.RefundEvent]] = {
        RefundState.REQUESTED: [],
        RefundState.REJECTED: [r.RefundRejected(refund=asked.refund, rejected_by=LANDLORD)],
        RefundState.APPROVED: [agreed],
        RefundState.UNKNOWN: [agreed, sent, r.RefundUncertain(refund=asked.refund, code="read timeout")],
        RefundState.SUBMITTED: [agreed, sent, named],
        RefundState.SUCCEEDED: [agreed, sent, named, succeeded(asked.refund)],
        RefundState.FAILED: [agreed, sent, named, refund_failed(asked.refund)],
    }
    return [asked, *rest[state]]


def told(payment: Payment, *events: Event, at: datetime = NOW) -> Payment:
    """The payment after these events."""
    for event in events:
        payment = apply(payment, event, at, reference=payment.reference)
    return payment
