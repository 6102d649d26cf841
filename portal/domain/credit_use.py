"""What a tenant keeps with us for the next bills of a lease, and what of it has paid which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from portal.domain.bill import PaymentType
from portal.domain.money import Currency, Money
from portal.domain.refund_part import Pot, RefundPart


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditUse:
    """So much of it paid a bill, which another payment than that one was for, and whose landlord was the `payee`.

    Below zero it was taken out of that bill again; as long as a `refund` is named, by money that went back with it.
    """

    bill: str
    type: PaymentType
    period: date | None
    amount: Money
    payee: str
    at: datetime
    refund: str | None = None


def kept_parts(moved: Iterable[RefundPart]) -> tuple[RefundPart, ...]:
    """What of the money that left its pots is kept, whether or not it has paid anything yet."""
    return tuple(part for part in moved if part.pot is Pot.EXCESS)


def standing_uses(uses: Iterable[CreditUse]) -> list[CreditUse]:
    """Those that stand, with what is left of each, the oldest first. What was taken out of a bill is missing in the
    newest that paid it.
    """
    standing: list[CreditUse] = []
    for use in uses:
        if use.amount.minor > 0:
            standing.append(use)
        else:
            standing = _less(standing, use)
    return standing


def _less(standing: list[CreditUse], taken: CreditUse) -> list[CreditUse]:
    newest = next(each for each in reversed(standing) if each.bill == taken.bill)
    left = replace(newest, amount=newest.amount + taken.amount)
    lessened = [left if each is newest else each for each in standing]
    return [each for each in lessened if each.amount]


def returned_uses(uses: Iterable[CreditUse], refund: str) -> tuple[CreditUse, ...]:
    """Once the money of that refund is here again, what was taken out of bills for it is not with it any more."""
    return tuple(replace(use, refund=None) if use.refund == refund else use for use in uses)


def unused(moved: Iterable[RefundPart], uses: Iterable[CreditUse], currency: Currency) -> Money:
    """What the payer keeps for the next bills of the lease, and none has used yet."""
    kept, used = (part.amount for part in kept_parts(moved)), (-use.amount for use in uses)
    return sum([*kept, *used], Money(0, currency))
