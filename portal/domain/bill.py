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
    """Follows from the amount paid."""

    DUE = "DUE"
    PART_PAID = "PART_PAID"
    PAID = "PAID"


class PartPolicy(StrEnum):
    """What the landlord accepts for a bill of this lease."""

    FULL_ONLY = "FULL_ONLY"
    ANY_PART = "ANY_PART"


@dataclass(frozen=True, slots=True)
class Bill:
    """One thing owed. `period` is the first day of the month it is for, if it is for a month."""

    reference: str
    lease: str
    type: PaymentType
    amount: Money
    paid: Money
    due_on: date
    period: date | None = None

    def __post_init__(self) -> None:
        if self.type is PaymentType.REFUND:
            raise ValueError("a refund is nothing that anybody owes us")

    @property
    def rest(self) -> Money:
        """Still owed; never below zero, however much came in."""
        return Money(max(0, self.amount.minor - self.paid.minor), self.amount.currency)

    @property
    def status(self) -> BillStatus:
        if not self.rest:
            return BillStatus.PAID
        return BillStatus.PART_PAID if self.paid else BillStatus.DUE


SMALLEST_PART = 1_000
"""Also the least that a part may leave: no way to pay takes less, so a smaller rest would be owed for ever."""


class PartRefused(ValueError):
    """`problem` is full_only, whole_only, range or leaves_too_little.

    A part from `smallest` to `largest` would do, and so would the `whole`.
    """

    def __init__(self, problem: str, smallest: Money, largest: Money, whole: Money) -> None:
        super().__init__(problem)
        self.problem, self.smallest, self.largest, self.whole = problem, smallest, largest, whole


def agreed_part(bill: Bill, policy: PartPolicy, wanted: Money | None) -> Money:
    """The amount to pay: the whole rest, or the part the payer wants where the landlord accepts parts."""
    rest, smallest = bill.rest, Money(SMALLEST_PART, bill.rest.currency)
    if wanted is None or wanted == rest:
        return rest
    if policy is PartPolicy.FULL_ONLY:
        raise PartRefused("full_only", rest, rest, rest)
    if rest < smallest + smallest:
        raise PartRefused("whole_only", rest, rest, rest)
    if not smallest <= wanted <= rest:
        raise PartRefused("range", smallest, rest, rest)
    if rest - wanted < smallest:
        raise PartRefused("leaves_too_little", smallest, rest - smallest, rest)
    return wanted


def paid_notice(kind: PaymentType) -> str:
    """What the lease is told when a bill of this type is paid."""
    return f"{kind}_PAID"
