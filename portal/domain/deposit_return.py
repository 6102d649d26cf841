"""The return of a deposit when a lease ends: its states, the table of their transitions, and the fold of its events.

A deposit is held, not earned. What goes back, what the landlord keeps and what still waits are the deposit, always.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from portal.domain import deposit_events as d
from portal.domain.deposit_line import SETTLED_LINE, IllegalLine, Line, LineState, lines_after
from portal.domain.money import Money, sum_of
from portal.domain.refund_terms import needs_second_person

MOST_LINES = 10
LANDLORD_ANSWERS_WITHIN = timedelta(days=14)
TENANT_ANSWERS_WITHIN = timedelta(days=14)


class ReturnState(StrEnum):
    """Where it stands."""

    ASKED = "ASKED"
    """The tenant asked, and the landlord has not answered."""
    UNANSWERED = "UNANSWERED"
    """The landlord let their time pass: the office answers in their place."""
    ITEMISED = "ITEMISED"
    """Some line waits for the tenant."""
    WITH_OFFICE = "WITH_OFFICE"
    """The tenant has answered, or let the time pass, and the office has to decide some line."""
    SETTLED = "SETTLED"
    """Every shilling is the tenant's or the landlord's."""


_S = ReturnState
OPEN_RETURN = (_S.ASKED, _S.UNANSWERED, _S.ITEMISED, _S.WITH_OFFICE)
WAITS_FOR_SOMEBODY = (_S.ASKED, _S.ITEMISED)
"""Here a time limit runs."""
TO_ITEMISE = (None, _S.ASKED, _S.UNANSWERED)

RETURN_TRANSITIONS: dict[tuple[ReturnState | None, type[d.ReturnEvent]], tuple[ReturnState, ...]] = {
    (None, d.DepositAskedBack): (_S.ASKED,),
    (_S.ASKED, d.LandlordSilent): (_S.UNANSWERED,),
    # Without a line nothing is left to agree on. Which end it is, the lines say: `_by_lines`.
    **{(state, d.DepositItemised): (_S.ITEMISED, _S.SETTLED) for state in TO_ITEMISE},
    (_S.ITEMISED, d.DeductionAgreed): (_S.ITEMISED, _S.WITH_OFFICE, _S.SETTLED),
    (_S.ITEMISED, d.DeductionDisputed): (_S.ITEMISED, _S.WITH_OFFICE),
    (_S.ITEMISED, d.TenantSilent): (_S.WITH_OFFICE,),
    **{(state, d.AnswerTimeMoved): (state,) for state in WAITS_FOR_SOMEBODY},
    # Until the office has decided, a tenant may still agree, or say why not.
    (_S.WITH_OFFICE, d.DeductionAgreed): (_S.WITH_OFFICE, _S.SETTLED),
    (_S.WITH_OFFICE, d.DeductionDisputed): (_S.WITH_OFFICE,),
    (_S.WITH_OFFICE, d.DeductionProposed): (_S.WITH_OFFICE,),
    (_S.WITH_OFFICE, d.DeductionTurnedDown): (_S.WITH_OFFICE,),
    (_S.WITH_OFFICE, d.DeductionDecided): (_S.WITH_OFFICE, _S.SETTLED),
    **{(state, d.DepositGone): (_S.SETTLED,) for state in OPEN_RETURN},
}


class IllegalReturn(ValueError):
    """No edge of the table, or sums that are not the deposit: a fault of ours, so its transaction is undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositReturn:
    """The fold of its events. `answer_by` is when whoever has to answer now must have done so."""

    reference: str
    lease: str
    tenant: str
    landlord: str
    shares: tuple[d.Share, ...]
    state: ReturnState
    version: int
    begun_at: datetime
    updated_at: datetime
    answer_by: datetime
    lines: tuple[Line, ...] = ()
    waived: tuple[d.Waiver, ...] = ()
    itemised_by: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_RETURN

    @property
    def is_itemised(self) -> bool:
        return self.itemised_by is not None

    @property
    def is_gone(self) -> bool:
        """It ended because nothing of it was held any more, before everything was decided."""
        lapsed = any(line.state is LineState.LAPSED for line in self.lines)
        return not self.is_open and (lapsed or not self.is_itemised)

    def wants_second_person(self, first: str) -> bool:
        """Much is claimed in all, or whoever answered in the landlord's place would decide about it alone."""
        return needs_second_person(self.claimed) or self.itemised_by == first

    @property
    def deposit(self) -> Money:
        """All that it is about."""
        return sum_of([share.amount for share in self.shares])

    @property
    def claimed(self) -> Money:
        """What the landlord asked for, whatever came of it."""
        return self._sum(line.claimed for line in self.lines)

    @property
    def deducted(self) -> Money:
        """What is the landlord's by now."""
        return self._sum(line.deducted for line in self.lines if line.deducted)

    @property
    def waiting(self) -> Money:
        """What is claimed, and nobody has agreed to or decided."""
        return self._sum(line.claimed for line in self.lines if line.is_open)

    @property
    def to_go_back(self) -> Money:
        """What is the tenant's by now; nothing before the landlord has answered."""
        if self.is_open and not self.is_itemised:
            return self._sum(())
        return self.deposit - self.deducted - self.waiting

    def line(self, number: int) -> Line:
        """Raises LookupError."""
        found = next((line for line in self.lines if line.number == number), None)
        if found is None:
            raise LookupError(number)
        return found

    def _sum(self, amounts: Iterable[Money]) -> Money:
        return sum(amounts, Money(0, self.shares[0].amount.currency))


def ends_of_return(state: ReturnState | None, kind: type[d.ReturnEvent]) -> tuple[ReturnState, ...]:
    """Every state that an event of that kind may lead to; raises IllegalReturn."""
    try:
        return RETURN_TRANSITIONS[state, kind]
    except KeyError:
        raise IllegalReturn(f"{kind.__name__} in {state}") from None


def apply_return(
    before: DepositReturn | None, event: d.ReturnEvent, at: datetime, *, reference: str
) -> DepositReturn:
    """It after one more event, the first of which makes it. Raises IllegalReturn."""
    after = _after(before, event, at, reference)
    ends_of_return(before.state if before else None, type(event))
    told = d.DepositAskedBack | d.LandlordSilent | d.AnswerTimeMoved
    state = after.state if isinstance(event, told) else _by_lines(after)
    version = before.version + 1 if before else 1
    return _sound(replace(after, state=state, version=version, updated_at=at))


def _after(before: DepositReturn | None, event: d.ReturnEvent, at: datetime, reference: str) -> DepositReturn:
    if isinstance(event, d.DepositAskedBack | d.DepositItemised):
        return _stated(before, event, at, reference)
    if before is None:
        raise IllegalReturn(f"it does not begin with {type(event).__name__}")
    return replace(before, **_changes(before, event))


def _stated(
    before: DepositReturn | None, event: d.DepositAskedBack | d.DepositItemised, at: datetime, reference: str
) -> DepositReturn:
    asked = DepositReturn(
        reference=reference,
        lease=event.lease,
        tenant=event.tenant,
        landlord=event.landlord,
        shares=event.shares,
        state=ReturnState.ASKED,
        version=0,
        begun_at=before.begun_at if before else at,
        updated_at=at,
        answer_by=event.answer_by,
    )
    if isinstance(event, d.DepositAskedBack):
        return asked
    lines = _claimed(event.claims)
    return replace(asked, lines=lines, waived=event.waived, itemised_by=event.itemised_by)


def _claimed(claims: Iterable[d.Claim]) -> tuple[Line, ...]:
    return tuple(
        Line(number=number, kind=claim.kind, claimed=claim.amount, state=LineState.OPEN)
        for number, claim in enumerate(claims, start=1)
    )


def _changes(before: DepositReturn, event: d.ReturnEvent) -> dict[str, Any]:
    if isinstance(event, d.LandlordSilent):
        return {"state": ReturnState.UNANSWERED}
    if isinstance(event, d.AnswerTimeMoved):
        return {"answer_by": event.answer_by}
    try:
        return {"lines": lines_after(before.lines, event)}
    except IllegalLine as illegal:
        raise IllegalReturn(f"{before.reference}: {illegal}") from None


def _by_lines(after: DepositReturn) -> ReturnState:
    states = {line.state for line in after.lines}
    if LineState.OPEN in states:
        return ReturnState.ITEMISED
    return ReturnState.SETTLED if states <= set(SETTLED_LINE) else ReturnState.WITH_OFFICE


def _sound(after: DepositReturn) -> DepositReturn:
    amounts = [*(share.amount for share in after.shares), *(line.claimed for line in after.lines)]
    if not after.shares or any(amount.minor <= 0 for amount in amounts):
        raise IllegalReturn(f"{after.reference}: nothing is no deposit, and no line")
    if after.deposit < after.claimed or len(after.lines) > MOST_LINES:
        raise IllegalReturn(f"{after.reference}: more is claimed than there is")
    return after
