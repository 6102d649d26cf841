"""Which landlord holds what of a payment: a deposit whoever lets the home now, all else whoever it was paid to."""

from __future__ import annotations

from collections.abc import Iterable

from portal.domain.allocation import Allocation
from portal.domain.bill import HELD
from portal.domain.payment import Payment
from portal.domain.refund_part import Pot, RefundPart


def holder_of(payment: Payment, allocation: Allocation, lets: str) -> str:
    """`lets` is who lets the home of the lease now."""
    return lets if allocation.type in HELD else payment.payee


def one_holder(payment: Payment, parts: Iterable[RefundPart], lets: str) -> str | None:
    """The landlord out of whose pots alone these are taken, who agrees to it. None where they take no landlord's money,
    or that of two: neither of them gives away what the other holds.
    """
    bills = {part.bill for part in parts if part.pot is Pot.BILL and part.amount}
    holders = {holder_of(payment, payment.allocation_of(bill), lets) for bill in bills}
    return holders.pop() if len(holders) == 1 else None
