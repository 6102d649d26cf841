"""What a lease owes: a bill of one type for one period, and how much of it is paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.domain.money import Money


class PaymentType(StrEnum):
    """The customer's types. REFUND is only ever a transaction of ours, never something to ask for (D11)."""

    DEPOSIT = "DEPOSIT"
    RENT = "RENT"
    SERVICE_FEE = "SERVICE_FEE"
    SECURITY_DEPOSIT = "SECURITY_DEPOSIT"
    REFUND = "REFUND"


HELD = frozenset({PaymentType.DEPOSIT, PaymentType.SECURITY_DEPOSIT})


class BillStatus(StrEnum):
    """Follows from the amount paid, and from what was released."""

    DUE = "DUE"
    PART_PAID = "PART_PAID"
    PAID = "PAID"
    NOT_OWED = "NOT_OWED"


class PartPolicy(StrEnum):
    """What the landlord accepts for a bill of this lease, beside all that is left of it."""

    FULL_ONLY = "FULL_ONLY"
    RENT_OR_MORE = "RENT_OR_MORE"
    """A part as large as the rent of a month, or larger."""
    ANY_PART = "ANY_PART"


@dataclass(frozen=True, slots=True)
class Bill:
    """One thing owed. `period` is the first day of the month it is for, if it is for a month.

    `released` is what is not owed any more because it was sent back for a reason that ends it.
    """

    reference: str
    lease: str
    type: PaymentType
    amount: Money
    paid: Money
    due_on: date
    period: date | None = None
    released: Money | None = None

    def __post_init__(self) -> None:
        if self.type is PaymentType.REFUND:
            raise ValueError("a refund is nothing that anybody owes us")

    @property
    def rest(self) -> Money:
        """Still owed; never below zero, however much came in."""
        return Money(max(0, self.owed.minor - self.paid.minor), self.amount.currency)

    @property
    def owed(self) -> Money:
        """All that it comes to, whatever of it is paid."""
        return self.amount - self.released if self.released else self.amount

    @property
    def status(self) -> BillStatus:
        if not self.owed:
            return BillStatus.NOT_OWED
        if not self.rest:
            return BillStatus.PAID
        return BillStatus.PART_PAID if self.paid else BillStatus.DUE


SMALLEST_PART = 1_000
"""In minor units: a thousand shillings, ten dollars.

Also the least that a part may leave: no way to pay takes less, so a smaller rest would be owed for ever.
"""


class PartRefused(ValueError):
    """`problem` is full_only, whole_by_rent, whole_only, less_than_rent, range or leaves_too_little.

    A part from `smallest` to `largest` would do, and so would the `whole`.
    """

    def __init__(self, problem: str, smallest: Money, largest: Money, whole: Money) -> None:
        super().__init__(problem)
        self.problem, self.smallest, self.largest, self.whole = problem, smallest, largest, whole


@dataclass(frozen=True, slots=True)
class PartTerms:
    """What the lease says of parts. `rent` is that of a month, where the policy needs it."""

    policy: PartPolicy
    rent: Money | None = None

    def __post_init__(self) -> None:
        if self.policy is PartPolicy.RENT_OR_MORE and self.rent is None:
            raise ValueError("a policy by the rent needs the rent")

    def smallest_of(self, bill: Bill) -> Money | None:
        """The least part that may be paid of a bill; None where it is all or nothing."""
        least = Money(SMALLEST_PART, bill.rest.currency)
        smallest = self._smallest(least)
        return smallest if smallest and smallest + least <= bill.rest else None

    def _smallest(self, least: Money) -> Money | None:
        if self.policy is PartPolicy.FULL_ONLY:
            return None
        if self.policy is PartPolicy.ANY_PART or self.rent is None:
            return least
        return max(least, self.rent) if self.rent.currency is least.currency else None


def agreed_part(bill: Bill, terms: PartTerms, wanted: Money | None) -> Money:
    """The amount to pay: the whole rest, or the part the payer wants where the landlord accepts parts."""
    rest, least, smallest = bill.rest, Money(SMALLEST_PART, bill.rest.currency), terms.smallest_of(bill)
    if wanted is None or wanted == rest:
        return rest
    if smallest is None:
        raise PartRefused(_WHOLE[terms.policy], rest, rest, rest)
    if terms.policy is PartPolicy.RENT_OR_MORE and wanted < smallest:
        raise PartRefused("less_than_rent", smallest, rest - least, rest)
    if not smallest <= wanted <= rest:
        raise PartRefused("range", smallest, rest, rest)
    if rest - wanted < least:
        raise PartRefused("leaves_too_little", smallest, rest - least, rest)
    return wanted


_WHOLE = {
    PartPolicy.FULL_ONLY: "full_only",
    PartPolicy.RENT_OR_MORE: "whole_by_rent",
    PartPolicy.ANY_PART: "whole_only",
}


def paid_notice(kind: PaymentType, *, paid: bool = True) -> str:
    """What the lease is told when a bill of this type is paid, and when it was and is not any more."""
    return f"{kind}_PAID" if paid else f"{kind}_UNPAID"
