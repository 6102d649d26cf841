"""What a tenant keeps with us for the next bills of a lease, and what of it has paid which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from portal.domain.bill import PaymentType
from portal.domain.money import Currency, Money
from portal.domain.refund_part import Pot, RefundPart


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditUse:
    """So much of it paid a bill, which another payment than that one was for."""

    bill: str
    type: PaymentType
    period: date | None
    amount: Money
    at: datetime


def kept_parts(moved: Iterable[RefundPart]) -> tuple[RefundPart, ...]:
    """What of the money that left its pots is kept, whether or not it has paid anything yet."""
    return tuple(part for part in moved if part.pot is Pot.EXCESS)


def unused(moved: Iterable[RefundPart], uses: Iterable[CreditUse], currency: Currency) -> Money:
    """What the payer keeps for the next bills of the lease, and none has used yet."""
    kept, used = (part.amount for part in kept_parts(moved)), (-use.amount for use in uses)
    return sum([*kept, *used], Money(0, currency))
