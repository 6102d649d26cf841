"""A tenant's credit: money that came beyond its bills, kept for the next bills of the lease because its payer said so.

What no bill has used can be asked back at any time. Nobody can use more of it than there is, whatever races. Where the
money itself goes back, no bill stays paid with it: what was used last is taken out of its bill first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from portal.domain import credit_events as c
from portal.domain.bill import SMALLEST_PART, Bill
from portal.domain.credit_use import CreditUse, kept_parts, standing_uses
from portal.domain.money import Money, sum_of
from portal.domain.payment import Payment
from portal.domain.refund_part import Pot, RefundPart
from portal.domain.refund_pots import pots_left, taken_out_of
from portal.domain.refund_second import BY_RULE


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


def taken_back(payment: Payment, most: Money, refund: str) -> list[c.CreditTakenBack]:
    """So much of what bills have used, or all of it where that is less; what was used last is taken first."""
    events: list[c.CreditTakenBack] = []
    for use in reversed(standing_uses(payment.credit_uses)):
        amount = min(use.amount, most)
        if amount:
            events.append(
                c.CreditTakenBack(
                    refund=refund,
                    bill=use.bill,
                    type=use.type,
                    period=use.period,
                    amount=amount,
                    payee=use.payee,
                )
            )
            most -= amount
    return events


def paid_again(
    payment: Payment, taken: Sequence[CreditUse], bills: Mapping[str, Bill]
) -> list[c.CreditChosen | c.CreditApplied]:
    """Money that was `taken` out of bills is here again and waits: it pays of them what nobody has paid meanwhile, what
    was used first before the others. What they do not need goes on waiting for the payer.
    """
    now, applied = dict(bills), []
    for use in reversed(taken):
        bill = now[use.bill]
        amount = _taken(-use.amount, bill.rest)
        if amount.minor > 0:
            now[use.bill] = replace(bill, paid=bill.paid + amount)
            applied.append(
                c.CreditApplied(
                    bill=use.bill, type=use.type, period=use.period, amount=amount, payee=use.payee
                )
            )
    if not applied:
        return []
    needed = sum_of([event.amount for event in applied])
    kept = taken_out_of(waiting_parts(payment), needed, payment)
    return [c.CreditChosen(parts=kept, chosen_by=BY_RULE), *applied]


def credit_changes(payment: Payment, event: c.CreditEvent, at: datetime) -> dict[str, Any]:
    """What an event changes of the payment. Raises IllegalCredit."""
    changes: dict[str, Any]
    if isinstance(event, c.CreditApplied | c.CreditTakenBack):
        changes = {"credit_uses": (*payment.credit_uses, _use(payment, event, at))}
    else:
        sign = +1 if isinstance(event, c.CreditChosen) else -1
        changes = {"moved": _changed(payment.moved, event.parts, sign)}
    after = replace(payment, **changes)
    if any(pot.amount.minor < 0 for pot in pots_left(after)) or after.credit_left.minor < 0:
        raise IllegalCredit(f"{payment.reference}: more than there is")
    return changes


def _use(payment: Payment, event: c.CreditApplied | c.CreditTakenBack, at: datetime) -> CreditUse:
    if event.amount.minor <= 0:
        raise IllegalCredit(f"{payment.reference}: nothing pays no bill")
    use = CreditUse(
        bill=event.bill, type=event.type, period=event.period, amount=event.amount, payee=event.payee, at=at
    )
    if isinstance(event, c.CreditApplied):
        return use
    of_bill = [one.amount for one in standing_uses(payment.credit_uses) if one.bill == event.bill]
    if not of_bill or of_bill[-1] < event.amount:
        raise IllegalCredit(f"{payment.reference}: the bill has not used so much")
    return replace(use, amount=-event.amount, refund=event.refund)


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
