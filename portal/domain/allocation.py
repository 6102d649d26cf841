"""What of a payment goes to which bill: one allocation for every bill that it pays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.domain.bill import Bill, PaymentType
from portal.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """So much of a payment is for this bill; `excess` is what the bill did not need any more when the money came.

    Both are in the bill's own currency, whatever the payer is asked for.
    """

    bill: str
    type: PaymentType
    period: date | None
    amount: Money
    excess: Money | None = None

    @property
    def applied(self) -> Money:
        """What the bill is credited with."""
        return self.amount - self.excess if self.excess else self.amount


def allocated_to(bill: Bill, amount: Money) -> Allocation:
    """So much for that bill."""
    return Allocation(bill=bill.reference, type=bill.type, period=bill.period, amount=amount)
