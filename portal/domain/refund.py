"""A refund: its states and the one table of their transitions. What its events make of it stands in `refund_fold.py`.

It is part of its payment and shares its stream, so that what may still be sent back follows from one locked row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.domain import refund_desk_events as d
from portal.domain import refund_events as r
from portal.domain.money import Money
from portal.domain.refund_finding import RefundFinding
from portal.domain.refund_outcome import Cause, RefundRefusal, RefundRoute
from portal.domain.refund_part import Pot, RefundPart
from portal.domain.refund_reason import RefundReason


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
ENDED_REFUND = (RefundState.SUCCEEDED, RefundState.FAILED)
"""Over as far as anybody knows; a later word may turn one into the other."""
_FOUND_OUT = (*ASKED_ABOUT_REFUND, *ENDED_REFUND)

REFUND_TRANSITIONS: dict[tuple[RefundState | None, type[r.RefundEvent]], RefundState] = {
    (None, r.RefundRequested): RefundState.REQUESTED,
    # It stays where it is as long as a second person has to agree: `refund_state_after` has this fork.
    (RefundState.REQUESTED, r.RefundApproved): RefundState.APPROVED,
    (RefundState.REQUESTED, r.RefundRejected): RefundState.REJECTED,
    (RefundState.APPROVED, r.RefundDispatched): RefundState.APPROVED,
    (RefundState.APPROVED, r.RefundNotSent): RefundState.APPROVED,
    (RefundState.APPROVED, r.RefundUncertain): RefundState.UNKNOWN,
    (RefundState.APPROVED, r.RefundSubmitted): RefundState.SUBMITTED,
    # The same request once more, where the provider takes it once. That one did not leave says nothing of the others;
    # where there is no other, nothing was ever sent: `refund_state_after` has this fork, too.
    (RefundState.UNKNOWN, r.RefundDispatched): RefundState.UNKNOWN,
    (RefundState.UNKNOWN, r.RefundNotSent): RefundState.UNKNOWN,
    (RefundState.UNKNOWN, r.RefundSubmitted): RefundState.SUBMITTED,
    # The callback may overtake the answer.
    **{(state, r.RefundSucceeded): RefundState.SUCCEEDED for state in _BY_PROVIDER},
    **{(state, r.RefundFailed): RefundState.FAILED for state in _BY_PROVIDER},
    # A later word against the end that it had, where it is proved or two people found it: the books follow.
    (RefundState.SUCCEEDED, r.RefundReturned): RefundState.FAILED,
    (RefundState.FAILED, r.RefundSucceeded): RefundState.SUCCEEDED,
    **{(state, r.RefundContradicted): state for state in ENDED_REFUND},
    **{(state, r.RefundEndConfirmed): state for state in ENDED_REFUND},
    **{(state, d.RefundClosed): state for state in ENDED_REFUND},
    **{(state, d.RefundFindingProposed): state for state in _FOUND_OUT},
    **{(state, d.RefundFindingDropped): state for state in _FOUND_OUT},
    (RefundState.APPROVED, d.RefundTaken): RefundState.APPROVED,
    (RefundState.APPROVED, d.RefundLaidBack): RefundState.APPROVED,
    # Not one that may be on its way: the fold refuses that.
    (RefundState.REQUESTED, r.RefundOvertaken): RefundState.REJECTED,
    (RefundState.APPROVED, r.RefundOvertaken): RefundState.REJECTED,
    # What nobody asked for begins when it has happened; and what came back may go once more.
    (None, r.PaymentReversed): RefundState.SUCCEEDED,
    (RefundState.FAILED, r.PaymentReversed): RefundState.SUCCEEDED,
    (RefundState.SUCCEEDED, r.ReversalCovered): RefundState.SUCCEEDED,
}


class IllegalRefund(ValueError):
    """No edge of the table, or money that the payment has not: a fault of ours, so its transaction is undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """The fold of a refund's events. `amount` is all that goes back, our fee included.

    `in_the_air`: how many requests were begun whose answer nobody has; while there is one, no other is sent by itself.
    What nobody here asked for has another `cause`.
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
    in_the_air: int = 0
    request_id: str | None = None
    provider_reference: str | None = None
    code: str | None = None
    """The provider's own for the money that went back, or what it said when none did."""
    refusal: RefundRefusal | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None
    sent_at: datetime | None = None
    """When the money last moved, where the provider tells it."""
    instead_of: str | None = None
    """One that failed, of which it is another try."""
    taken_by: str | None = None
    """Whoever of the office is about to send it by hand, since `taken_at`."""
    taken_at: datetime | None = None
    finding: RefundFinding | None = None
    """What waits for a second person to confirm it."""
    contradicted_by: str | None = None
    """The provider's word against the end that it had, while the office has not dealt with it."""
    closed_by: str | None = None
    closed_at: datetime | None = None
    closing_note: str | None = None
    instead: str | None = None
    """The other try."""
    cause: Cause = Cause.OURS
    returned_at: datetime | None = None
    """When the money that had gone was ours again."""
    doubtful: bool = False
    """That no money went only a message said, or the provider says otherwise by now; nobody has asked or looked since.
    """

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
    def waits_for_office(self) -> bool:
        """It is over, and somebody of the office has to see to it all the same."""
        return self.can_go_again or self.contradicted_by is not None or self.finding is not None

    @property
    def can_go_again(self) -> bool:
        """It failed, and nobody has seen to that yet. What moved by itself nobody sends."""
        return self.state is RefundState.FAILED and self.closed_at is None and not self.by_itself

    @property
    def may_have_gone(self) -> bool:
        """It failed, as far as anybody knows: not to be sent again before somebody knows better."""
        return self.state is RefundState.FAILED and self.doubtful and not self.by_itself

    @property
    def went_at(self) -> datetime | None:
        """When the money went: as its sender says, and where that is not known, when we heard of it."""
        return self.sent_at or self.ended_at if self.state is RefundState.SUCCEEDED else None

    @property
    def agreed_route(self) -> RefundRoute:
        """The one that it goes; raises LookupError as long as nobody has agreed."""
        if self.route is None:
            raise LookupError(self.reference)
        return self.route

    @property
    def beyond_bills(self) -> bool:
        """No bill loses by it: it came beyond them, so no landlord has a say in it."""
        return all(part.pot is not Pot.BILL for part in self.parts)

    @property
    def by_hand(self) -> bool:
        """The office has to send it."""
        return self.state is RefundState.APPROVED and self.route is RefundRoute.BY_HAND

    @property
    def cannot_leave(self) -> bool:
        """Its provider could not be reached: nothing is on its way, and it is tried again."""
        by_provider = self.route not in (None, RefundRoute.BY_HAND)
        waits = self.state is RefundState.APPROVED and not self.in_the_air
        return waits and by_provider and self.code is not None

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


def refund_state_after(state: RefundState | None, event: r.RefundEvent, in_the_air: int = 0) -> RefundState:
    """The state that `event` leads to, where so many requests were in the air; raises IllegalRefund."""
    following = next_refund_state(state, type(event))
    if isinstance(event, r.RefundApproved) and event.route is None:
        return RefundState.REQUESTED
    never_left = isinstance(event, r.RefundNotSent) and in_the_air == 1
    return RefundState.APPROVED if never_left else following


def ends_of_refund(state: RefundState | None, kind: type[r.RefundEvent]) -> tuple[RefundState, ...]:
    """Every state that an event of that kind may lead to; raises IllegalRefund."""
    following = next_refund_state(state, kind)
    forks = {r.RefundApproved: (RefundState.REQUESTED,), r.RefundNotSent: (RefundState.APPROVED,)}
    return (following, *(end for end in forks.get(kind, ()) if end is not following))
