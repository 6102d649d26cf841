"""Out of which money of a payment a refund is taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from portal.domain.money import Money


class Pot(StrEnum):
    """Where money of a payment lies."""

    BILL = "BILL"
    """A bill was credited with it."""
    EXCESS = "EXCESS"
    """It came beyond a bill and waits in suspense: to send it back touches no bill."""
    FEE = "FEE"
    """Our own fee."""
    LOST = "LOST"
    """None of them: what left the provider beyond all that the payment had left there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPart:
    """So much out of one pot. `uncredited` is what the `bill` loses by it, in its own currency."""

    pot: Pot
    amount: Money
    bill: str | None = None
    uncredited: Money | None = None


def covered(parts: Iterable[RefundPart], found: Iterable[RefundPart]) -> tuple[RefundPart, ...]:
    """The parts once these were found in pots: so much less is lost. Raises ValueError where that is more than all."""
    found = tuple(found)
    kept = [part for part in parts if part.pot is not Pot.LOST]
    lost = [part for part in parts if part.pot is Pot.LOST]
    missing = sum((-part.amount for part in found), lost[0].amount) if lost else None
    if missing is None or missing.minor < 0:
        raise ValueError("more is found than was lost")
    rest = (replace(lost[0], amount=missing),) if missing else ()
    return (*_merged((*kept, *found)), *rest)


def _merged(parts: Iterable[RefundPart]) -> tuple[RefundPart, ...]:
    """One for each pot of each bill."""
    by_pot: dict[tuple[Pot, str | None], RefundPart] = {}
    for part in parts:
        before = by_pot.get((part.pot, part.bill))
        by_pot[part.pot, part.bill] = _both(before, part) if before else part
    return tuple(by_pot.values())


def _both(one: RefundPart, other: RefundPart) -> RefundPart:
    credit = [each.uncredited for each in (one, other) if each.uncredited]
    uncredited = sum(credit[1:], credit[0]) if credit else one.uncredited
    return replace(one, amount=one.amount + other.amount, uncredited=uncredited)
