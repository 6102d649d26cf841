"""The fold of a refund's events: each changes what the table of transitions and this file say, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from portal.domain import refund_desk_events as d
from portal.domain import refund_events as r
from portal.domain.money import Money
from portal.domain.outcome import Source
from portal.domain.refund import IllegalRefund, Refund, RefundState, refund_state_after
from portal.domain.refund_finding import RefundFinding
from portal.domain.refund_outcome import RefundRefusal
from portal.domain.refund_part import covered
from portal.domain.refund_reason import REASON_OF


def after(refund: Refund | None, event: r.RefundEvent, at: datetime) -> Refund:
    """A refund after one more event, the first of which makes it. Raises IllegalRefund."""
    if refund is None:
        return _reversed(event, at) if isinstance(event, r.PaymentReversed) else _requested(event, at)
    state = refund_state_after(refund.state, event, refund.in_the_air)
    # What was found about it, or said against it, was about the state that it has left.
    news = {} if state is refund.state else {"finding": None, "contradicted_by": None}
    return _sound(replace(refund, state=state, updated_at=at, **news | _changes(refund, event, at)))


def _requested(event: r.RefundEvent, at: datetime) -> Refund:
    if not isinstance(event, r.RefundRequested):
        raise IllegalRefund(f"a refund does not begin with {type(event).__name__}")
    return _sound(
        Refund(
            reference=event.refund,
            reason=event.reason,
            amount=event.amount,
            parts=event.parts,
            state=RefundState.REQUESTED,
            requested_by=event.requested_by,
            requested_at=at,
            updated_at=at,
            instead_of=event.instead_of,
        )
    )


def _reversed(event: r.PaymentReversed, at: datetime) -> Refund:
    return _sound(
        Refund(
            reference=event.refund,
            reason=REASON_OF[event.cause],
            amount=event.amount,
            parts=event.parts,
            state=RefundState.SUCCEEDED,
            requested_by=None,
            requested_at=at,
            updated_at=at,
            request_id=event.request_id,
            **_gone(event, at),
        )
    )


def _gone(event: r.PaymentReversed, at: datetime) -> dict[str, Any]:
    return {
        "cause": event.cause,
        "code": event.code,
        "sent_at": event.sent_at,
        "ended_by": event.confirmed_by,
        "ended_at": at,
    }


def _changes(before: Refund, event: r.RefundEvent, at: datetime) -> dict[str, Any]:
    match event:
        case r.RefundApproved():
            return _agreed(before, event, at)
        case r.RefundRejected():
            return {"ended_by": event.rejected_by, "ended_at": at}
        case r.RefundDispatched():
            return {"in_the_air": before.in_the_air + 1}
        case r.RefundNotSent():
            return {"in_the_air": max(0, before.in_the_air - 1), "code": event.code}
        case r.RefundSubmitted():
            named = {"request_id": event.request_id, "provider_reference": event.provider_reference}
            return {"in_the_air": 0, "code": None} | named
        case r.RefundContradicted():
            return {"contradicted_by": event.code, "doubtful": event.says_sent}
        case r.RefundEndConfirmed():
            return _confirmed(event)
        case r.RefundSucceeded() | r.RefundFailed() | r.RefundReturned():
            return _ended(event, at)
        case r.RefundOvertaken() | r.PaymentReversed() | r.ReversalCovered():
            return _by_itself(before, event, at)
        case _:
            return _seen_to(before, event, at)


def _ended(event: r.RefundSucceeded | r.RefundFailed | r.RefundReturned, at: datetime) -> dict[str, Any]:
    over = _NOT_CLOSED | {"in_the_air": 0, "code": event.code, "ended_at": at, "doubtful": False}
    if isinstance(event, r.RefundSucceeded):
        by = event.sent_by or event.confirmed_by
        return over | {"sent_at": event.sent_at, "ended_by": by, "refusal": None, "returned_at": None}
    over |= {"sent_at": None, "ended_by": event.confirmed_by, "refusal": event.reason}
    over |= {"doubtful": event.source is Source.CALLBACK}
    if isinstance(event, r.RefundReturned):
        return over | {"sent_at": event.returned_at, "returned_at": at}
    return over


def _confirmed(event: r.RefundEndConfirmed) -> dict[str, Any]:
    stands = {"contradicted_by": None, "doubtful": False}
    return stands | {"finding": None, "ended_by": event.confirmed_by} if event.confirmed_by else stands


def _by_itself(
    before: Refund, event: r.RefundOvertaken | r.PaymentReversed | r.ReversalCovered, at: datetime
) -> dict[str, Any]:
    match event:
        case r.PaymentReversed():
            again = {"amount": event.amount, "parts": event.parts, "refusal": None, "returned_at": None}
            return _NOT_CLOSED | _gone(event, at) | again
        case r.ReversalCovered():
            return {"parts": covered(before.parts, event.parts)}
        case _ if before.in_the_air or before.taken_by:
            raise IllegalRefund(f"{before.reference}: may be on its way")
        case _:
            return {"refusal": RefundRefusal.ALREADY_DONE, "ended_at": at}


_NOT_CLOSED: dict[str, Any] = {"closed_by": None, "closed_at": None}
"""Whatever the office had closed before, it was another end."""


def _seen_to(before: Refund, event: r.RefundEvent, at: datetime) -> dict[str, Any]:
    match event:
        case d.RefundTaken():
            return _taken(before, event, at)
        case d.RefundLaidBack():
            return {"taken_by": None, "taken_at": None}
        case d.RefundFindingProposed():
            return {"finding": _found(before, event, at)}
        case d.RefundFindingDropped():
            return {"finding": None}
        case d.RefundClosed():
            closed = {"closed_by": event.closed_by, "closed_at": at, "contradicted_by": None}
            return closed | {"closing_note": event.note, "instead": event.instead or before.instead}
        case _:
            return {}


def _taken(before: Refund, event: d.RefundTaken, at: datetime) -> dict[str, Any]:
    if before.taken_by is not None or not before.by_hand:
        raise IllegalRefund(f"{before.reference}: only one person sends it by hand")
    return {"taken_by": event.taken_by, "taken_at": at}


def _found(before: Refund, event: d.RefundFindingProposed, at: datetime) -> RefundFinding:
    if before.finding is not None:
        raise IllegalRefund(f"{before.reference}: one finding after the other")
    return RefundFinding(
        name=event.finding, went=event.went, code=event.code, found_by=event.found_by, found_at=at
    )


def _agreed(before: Refund, event: r.RefundApproved, at: datetime) -> dict[str, Any]:
    if before.amount < event.amount:
        raise IllegalRefund(f"{before.reference}: more than was asked for")
    if event.approved_by in (*before.approved_by, before.requested_by):
        raise IllegalRefund(f"{before.reference}: nobody agrees twice, or to what they asked for themselves")
    return {
        "amount": event.amount,
        "parts": event.parts,
        "approved_by": (*before.approved_by, event.approved_by),
        "approved_at": at,
        "route": event.route,
    }


def _sound(refund: Refund) -> Refund:
    taken = [part.amount for part in refund.parts]
    if refund.amount.minor <= 0 or any(amount.minor <= 0 for amount in taken):
        raise IllegalRefund(f"{refund.reference}: nothing is no refund")
    if sum(taken, Money(0, refund.amount.currency)) != refund.amount:
        raise IllegalRefund(f"{refund.reference}: its parts are not its amount")
    return refund
