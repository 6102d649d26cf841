"""A tenant's credit: money that came beyond its bills, kept for the next bills of the lease because its payer said so.

What no bill has used can be asked back at any time. Nobody can use more of it than there is, whatever races.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from portal.domain import credit_events as c
from portal.domain.bill import SMALLEST_PART, Bill
from portal.domain.credit_use import CreditUse, kept_parts
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.refund_part import Pot, RefundPart
from portal.domain.refund_pots import pots_left


class IllegalCredit(ValueError):
    """More than there is, or nothing: a fault of ours, so its transaction is undone."""


def waiting_parts(payment: Payment) -> tuple[RefundPart, ...]:
    """All that waits for the payer's choice, pot by pot."""
    return tuple(pot for pot in pots_left(payment) if pot.pot is Pot.EXCESS and pot.amount.minor > 0)


def unused_parts(payment: Payment, most: Money | None = None) -> tuple[RefundPart, ...]:
    """What of the credit no bill has used, all or at `most` so much, out of the pots that it came from; the last one
    gives first.
    """
    missing, parts = payment.credit_left if most is None else min(most, payment.credit_left), []
    for part in reversed(kept_parts(payment.moved)):
        taken = min(part.amount, missing)
        if taken:
            parts.append(replace(part, amount=taken))
            missing -= taken
    return tuple(parts)


def uses(credit: Money, bills: Iterable[Bill]) -> list[tuple[Bill, Money]]:
    """What of a credit pays which of these bills, in their order.

    No bill is left with so little that no way to pay would take it.
    """
    used, left = [], credit
    for bill in bills:
        if (taken := _taken(left, bill.rest)).minor > 0:
            used.append((bill, taken))
            left -= taken
    return used


def credit_changes(payment: Payment, event: c.CreditEvent, at: datetime) -> dict[str, Any]:
    """What an event changes of the payment. Raises IllegalCredit."""
    changes: dict[str, Any]
    if isinstance(event, c.CreditApplied):
        changes = {"credit_uses": (*payment.credit_uses, _use(event, at))}
    else:
        sign = +1 if isinstance(event, c.CreditChosen) else -1
        changes = {"moved": _changed(payment.moved, event.parts, sign)}
    after = replace(payment, **changes)
    if any(pot.amount.minor < 0 for pot in pots_left(after)) or after.credit_left.minor < 0:
        raise IllegalCredit(f"{payment.reference}: more than there is")
    if isinstance(event, c.CreditApplied) and event.amount.minor <= 0:
        raise IllegalCredit(f"{payment.reference}: nothing pays no bill")
    return changes


def _use(event: c.CreditApplied, at: datetime) -> CreditUse:
    return CreditUse(bill=event.bill, type=event.type, period=event.period, amount=event.amount, at=at)


def _taken(credit: Money, rest: Money) -> Money:
    if credit.minor >= rest.minor:
        return rest
    least = Money(SMALLEST_PART, rest.currency)
    return min(credit, rest - least)


def _sound(parts: Sequence[RefundPart]) -> Sequence[RefundPart]:
    if not parts or any(part.pot is not Pot.EXCESS or part.amount.minor <= 0 for part in parts):
        raise IllegalCredit("a credit is made of what came beyond bills")
    return parts


def _changed(moved: Sequence[RefundPart], parts: Iterable[RefundPart], sign: int) -> tuple[RefundPart, ...]:
    """With these more, or less; each pot stands once in it, and not at all where nothing is left.

    What the landlord kept of a deposit is no credit, and stays as it is.
    """
    others = tuple(part for part in moved if part.pot is not Pot.EXCESS)
    by_pot = {(part.pot, part.bill): part for part in kept_parts(moved)}
    for part in _sound(tuple(parts)):
        pot = (part.pot, part.bill)
        before = by_pot.get(pot, replace(part, amount=part.amount - part.amount))
        change = part.amount if sign > 0 else -part.amount
        by_pot[pot] = replace(before, amount=before.amount + change)
    if any(part.amount.minor < 0 for part in by_pot.values()):
        raise IllegalCredit("more than was kept")
    return (*others, *(part for part in by_pot.values() if part.amount))
