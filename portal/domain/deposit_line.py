"""One deduction that a landlord claims: where it stands, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from portal.domain import deposit_events as d
from portal.domain.money import Money
from portal.domain.refund_terms import needs_second_person


class LineState(StrEnum):
    """Where a line stands."""

    OPEN = "OPEN"
    """The tenant has not answered."""
    AGREED = "AGREED"
    DISPUTED = "DISPUTED"
    UNANSWERED = "UNANSWERED"
    """The tenant let the time pass: that is no yes."""
    DECIDED = "DECIDED"
    LAPSED = "LAPSED"
    """Nothing of the deposit was held any more when it would have been decided."""


_S = LineState
SETTLED_LINE = (_S.AGREED, _S.DECIDED, _S.LAPSED)
FOR_THE_OFFICE = (_S.DISPUTED, _S.UNANSWERED)

LINE_TRANSITIONS: dict[tuple[LineState, type[d.ReturnEvent]], LineState] = {
    (_S.OPEN, d.DeductionAgreed): _S.AGREED,
    (_S.OPEN, d.DeductionDisputed): _S.DISPUTED,
    (_S.OPEN, d.TenantSilent): _S.UNANSWERED,
    **{(state, d.DeductionAgreed): _S.AGREED for state in FOR_THE_OFFICE},
    (_S.UNANSWERED, d.DeductionDisputed): _S.DISPUTED,
    **{(state, d.DeductionProposed): state for state in FOR_THE_OFFICE},
    **{(state, d.DeductionTurnedDown): state for state in FOR_THE_OFFICE},
    **{(state, d.DeductionDecided): _S.DECIDED for state in FOR_THE_OFFICE},
    **{(state, d.DepositGone): _S.LAPSED for state in (_S.OPEN, *FOR_THE_OFFICE)},
}


class IllegalLine(ValueError):
    """No edge of the table, more than was claimed, or one person where two are needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`number` counts from one; `proposed` is what one person of the office would leave the landlord."""

    number: int
    kind: d.DeductionKind
    claimed: Money
    state: LineState
    deducted: Money | None = None
    proposed: Money | None = None
    proposed_by: str | None = None
    decided_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Nobody has agreed to it or decided it."""
        return self.state not in SETTLED_LINE

    @property
    def is_for_the_office(self) -> bool:
        return self.state in FOR_THE_OFFICE

    @property
    def needs_second(self) -> bool:
        """So much is decided by two people."""
        return needs_second_person(self.claimed)


def lines_after(lines: tuple[Line, ...], event: d.ReturnEvent) -> tuple[Line, ...]:
    """The lines after an event that is about one of them, or about all that nobody has answered. Raises IllegalLine."""
    if isinstance(event, d.TenantSilent):
        return tuple(_after(line, event) if line.state is LineState.OPEN else line for line in lines)
    if isinstance(event, d.DepositGone):
        return tuple(_after(line, event) if line.is_open else line for line in lines)
    number = getattr(event, "line", None)
    if number not in {line.number for line in lines}:
        raise IllegalLine(f"no line {number}")
    return tuple(_after(line, event) if line.number == number else line for line in lines)


def _after(line: Line, event: d.ReturnEvent) -> Line:
    try:
        state = LINE_TRANSITIONS[line.state, type(event)]
    except KeyError:
        raise IllegalLine(f"{type(event).__name__} of a line that is {line.state}") from None
    return replace(line, state=state, **_changes(line, event))


def _changes(line: Line, event: d.ReturnEvent) -> dict[str, Any]:
    match event:
        case d.DepositGone():
            return {"deducted": Money(0, line.claimed.currency)} | _NO_PROPOSAL
        case d.DeductionAgreed():
            return {"deducted": line.claimed} | _NO_PROPOSAL
        case d.DeductionProposed():
            if line.proposed is not None:
                raise IllegalLine("another proposal waits")
            return {"proposed": _within(line, event.deducted), "proposed_by": event.proposed_by}
        case d.DeductionTurnedDown():
            if line.proposed is None:
                raise IllegalLine("nothing is proposed")
            return _NO_PROPOSAL
        case d.DeductionDecided():
            _enough_people(line, event)
            return {"deducted": _within(line, event.deducted), "decided_by": event.decided_by}
        case _:
            return {}


_NO_PROPOSAL: dict[str, Any] = {"proposed": None, "proposed_by": None}


def _within(line: Line, deducted: Money) -> Money:
    if not Money(0, line.claimed.currency) <= deducted <= line.claimed:
        raise IllegalLine("more than was claimed, or less than nothing")
    return deducted


def _enough_people(line: Line, event: d.DeductionDecided) -> None:
    if line.proposed is None and line.needs_second:
        raise IllegalLine("so much is decided by two")
    if line.proposed not in (None, event.deducted):
        raise IllegalLine("not what was proposed")
    if line.proposed_by == event.decided_by:
        raise IllegalLine("nobody agrees to what they proposed themselves")
