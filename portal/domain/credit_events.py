"""What happened to money that came beyond its bills, once its payer has chosen to keep it for the next ones.

These stand in the stream of the payment that brought the money.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.domain.bill import PaymentType
from portal.domain.money import Money, sum_of
from portal.domain.refund_part import RefundPart


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditChosen:
    """The payer keeps it as a credit of the lease; the `parts` say out of which bills' excess it comes. It is so by the
    rule, too, where money that had gone back is here again and pays what it paid.
    """

    parts: tuple[RefundPart, ...]
    chosen_by: str

    @property
    def amount(self) -> Money:
        return sum_of([part.amount for part in self.parts])


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditApplied:
    """So much of the credit pays another bill of the lease, whose landlord is the `payee` by now."""

    bill: str
    type: PaymentType
    period: date | None
    amount: Money
    payee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditWithdrawn:
    """The payer wants back what no bill has used of it: it waits for their choice, as it did at first. It is so by the
    rule, too, where money of the payment goes back by itself and takes it along.
    """

    parts: tuple[RefundPart, ...]
    chosen_by: str

    @property
    def amount(self) -> Money:
        return sum_of([part.amount for part in self.parts])


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTakenBack:
    """So much of what a bill has used of the credit has gone back with a `refund`, which nobody here agreed to: the
    bill is owed again, and the `payee` is not owed it any more. It is credit again, which is withdrawn with the rest.
    """

    refund: str
    bill: str
    type: PaymentType
    period: date | None
    amount: Money
    payee: str


CreditEvent = CreditChosen | CreditApplied | CreditWithdrawn | CreditTakenBack
CREDIT_EVENTS: tuple[type[CreditEvent], ...] = CreditEvent.__args__
