"""A refund: its states, the one table of their transitions, and the fold of its events.

It is part of its payment and shares its stream, so that what may still be sent back follows from one locked row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.domain import refund_events as r
from portal.domain.money import Money
from portal.domain.refund_outcome import Cause, RefundRefusal, RefundRoute
from portal.domain.refund_part import Pot, RefundPart, covered
from portal.domain.refund_reason import REASON_OF, RefundReason


class RefundState(StrEnum):
    """Where a refund stands (D55)."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    SUBMITTED = "SUBMITTED"
    UNKNOWN = "UNKNOWN"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    REJECTED = "REJECTED"


_BY_PROVIDER = (RefundState.APPROVED, RefundState.SUBMITTED, RefundState.UNKNOWN)
OPEN_REFUND = (RefundState.REQUESTED, *_BY_PROVIDER)
"""Nobody has ended it yet."""
CALLED_OFF_REFUND = (RefundState.FAILED, RefundState.REJECTED)
"""No money went back, so it can be asked for again."""
ASKED_ABOUT_REFUND = (RefundState.SUBMITTED, RefundState.UNKNOWN)
"""The provider is asked how it ended."""

REFUND_TRANSITIONS: dict[tuple[RefundState | None, type[r.RefundEvent]], RefundState] = {
    (None, r.RefundRequested): RefundState.REQUESTED,
    # It stays where it is as long as a second person has to agree: `refund_state_after` has this fork.
    (RefundState.REQUESTED, r.RefundApproved): RefundState.APPROVED,
    (RefundState.REQUESTED, r.RefundRejected): RefundState.REJECTED,
    (RefundState.APPROVED, r.RefundDispatched): RefundState.APPROVED,
    (RefundState.APPROVED, r.RefundNotSent): RefundState.APPROVED,
    (RefundState.APPROVED, r.RefundUncertain): RefundState.UNKNOWN,
    (RefundState.APPROVED, r.RefundSubmitted): RefundState.SUBMITTED,
    # The same request once more, where the provider takes it once; that it did not leave says nothing of the first.
    (RefundState.UNKNOWN, r.RefundDispatched): RefundState.UNKNOWN,
    (RefundState.UNKNOWN, r.RefundNotSent): RefundState.UNKNOWN,
    (RefundState.UNKNOWN, r.RefundSubmitted): RefundState.SUBMITTED,
    # The callback may overtake the answer.
    **{(state, r.RefundSucceeded): RefundState.SUCCEEDED for state in _BY_PROVIDER},
    **{(state, r.RefundFailed): RefundState.FAILED for state in _BY_PROVIDER},
    # Not one that may be on its way: `_changes` refuses that.
    (RefundState.REQUESTED, r.RefundOvertaken): RefundState.REJECTED,
    (RefundState.APPROVED, r.RefundOvertaken): RefundState.REJECTED,
    # What nobody asked for begins when it has happened; and what came back may go once more.
    (None, r.PaymentReversed): RefundState.SUCCEEDED,
    (RefundState.FAILED, r.PaymentReversed): RefundState.SUCCEEDED,
    (RefundState.SUCCEEDED, r.ReversalCovered): RefundState.SUCCEEDED,
    (RefundState.SUCCEEDED, r.RefundReturned): RefundState.FAILED,
}


class IllegalRefund(ValueError):
    """No edge of the table, or money that the payment has not: a fault of ours, so its transaction is undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """The fold of a refund's events. `amount` is all that goes back, our fee included.

    `in_the_air`: a request was begun whose answer nobody has; it must not be sent again by itself. What nobody here
    asked for has another `cause`, and `sent_at` is when the provider says that its money last moved.
    """

    reference: str
    reason: RefundReason
    amount: Money
    parts: tuple[RefundPart, ...]
    state: RefundState
    requested_by: str | None
    requested_at: datetime
    updated_at: datetime
    approved_by: tuple[str, ...] = ()
    approved_at: datetime | None = None
    route: RefundRoute | None = None
    in_the_air: bool = False
    request_id: str | None = None
    provider_reference: str | None = None
    code: str | None = None
    """The provider's own for the money that went back, or what it said when none did."""
    refusal: RefundRefusal | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None
    cause: Cause = Cause.OURS
    sent_at: datetime | None = None
    returned_at: datetime | None = None
    """When the money that had gone was ours again."""

    @property
    def by_itself(self) -> bool:
        """The provider moved it, and nobody here had agreed to that."""
        return self.cause is not Cause.OURS

    @property
    def is_live(self) -> bool:
        """Its money is reserved, or gone."""
        return self.state not in CALLED_OFF_REFUND

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_REFUND

    @property
    def agreed_route(self) -> RefundRoute:
        """The one that it goes; raises LookupError as long as nobody has agreed."""
        if self.route is None:
            raise LookupError(self.reference)
        return self.route

    @property
    def by_hand(self) -> bool:
        """The office has to send it."""
        return self.state is RefundState.APPROVED and self.route is RefundRoute.BY_HAND

    @property
    def bank_reference(self) -> str | None:
        """Of the transfer by which the office has sent it."""
        by_hand = self.route is RefundRoute.BY_HAND and self.state is RefundState.SUCCEEDED
        return self.code if by_hand else None

    @property
    def fee(self) -> Money:
        """What of it is our fee."""
        return self.of(Pot.FEE)

    @property
    def without_fee(self) -> Money:
        """What was asked for: the money of the bills, and beyond them."""
        return self.amount - self.fee

    @property
    def lost(self) -> Money:
        """What of it is in no pot of its payment."""
        return self.of(Pot.LOST)

    @property
    def out_of_pots(self) -> Money:
        return self.amount - self.lost

    def of(self, pot: Pot, bill: str | None = None) -> Money:
        """What of it comes out of a pot, or out of that of one bill."""
        taken = [part.amount for part in self.parts if part.pot is pot and bill in (None, part.bill)]
        return sum(taken, Money(0, self.amount.currency))


def next_refund_state(state: RefundState | None, kind: type[r.RefundEvent]) -> RefundState:
    """The table's answer; raises IllegalRefund where it has none."""
    try:
        return REFUND_TRANSITIONS[state, kind]
    except KeyError:
        raise IllegalRefund(f"{kind.__name__} in {state}") from None


def refund_state_after(state: RefundState | None, event: r.RefundEvent) -> RefundState:
    """The state that `event` leads to; raises IllegalRefund."""
    following = next_refund_state(state, type(event))
    waits = isinstance(event, r.RefundApproved) and event.route is None
    return RefundState.REQUESTED if waits else following


def ends_of_refund(state: RefundState | None, kind: type[r.RefundEvent]) -> tuple[RefundState, ...]:
    """Every state that an event of that kind may lead to; raises IllegalRefund."""
    following = next_refund_state(state, kind)
    return (following, RefundState.REQUESTED) if kind is r.RefundApproved else (following,)


def after(refund: Refund | None, event: r.RefundEvent, at: datetime) -> Refund:
    """A refund after one more event, the first of which makes it. Raises IllegalRefund."""
    if refund is None:
        return _reversed(event, at) if isinstance(event, r.PaymentReversed) else _requested(event, at)
    state = refund_state_after(refund.state, event)
    return _sound(replace(refund, state=state, updated_at=at, **_changes(refund, event, at)))


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
            return {"in_the_air": True}
        case r.RefundNotSent():
            # Of a request that was sent before, nobody has an answer still.
            return {"in_the_air": before.state is RefundState.UNKNOWN, "code": event.code}
        case r.RefundSubmitted():
            named = {"request_id": event.request_id, "provider_reference": event.provider_reference}
            return {"in_the_air": False, "code": None} | named
        case r.RefundSucceeded():
            sent = {"code": event.code, "sent_at": event.sent_at}
            return sent | {"in_the_air": False, "ended_by": event.sent_by, "ended_at": at}
        case r.RefundFailed():
            return {"in_the_air": False, "code": event.code, "refusal": event.reason, "ended_at": at}
        case r.RefundOvertaken():
            return _overtaken(before, at)
        case r.PaymentReversed():
            again = {"amount": event.amount, "parts": event.parts, "refusal": None, "returned_at": None}
            return _gone(event, at) | again
        case r.ReversalCovered():
            return {"parts": covered(before.parts, event.parts)}
        case r.RefundReturned():
            told = {"code": event.code, "refusal": event.reason, "sent_at": event.returned_at}
            return told | {"returned_at": at, "ended_at": at}
        case _:
            return {}


def _overtaken(before: Refund, at: datetime) -> dict[str, Any]:
    if before.in_the_air:
        raise IllegalRefund(f"{before.reference}: may be on its way")
    return {"refusal": RefundRefusal.ALREADY_DONE, "ended_at": at}


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
