"""What a reason for sending money back does to the bills and to the fees: one table, shown before anybody confirms.

The processing fee and the operator's were earned, or paid on, when the money came. They never go back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from portal.domain.money import Currency, Money
from portal.domain.refund_reason import RefundReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTerms:
    """`owed_again`: the bills are open again by what goes back of them; otherwise that is not owed any more.

    `fee_back`: our own fee goes back with it. `beyond_first`: what came beyond the bills goes before what paid them.
    """

    owed_again: bool
    fee_back: bool
    beyond_first: bool


TERMS: Mapping[RefundReason, RefundTerms] = MappingProxyType(
    {
        # Nothing is rented, so nothing is owed; our fee goes back unless it was the tenant who changed plans.
        RefundReason.CANCELLED_APPLICATION: RefundTerms(owed_again=False, fee_back=False, beyond_first=False),
        RefundReason.PROPERTY_UNAVAILABLE: RefundTerms(owed_again=False, fee_back=True, beyond_first=False),
        RefundReason.LANDLORD_CANCELLATION: RefundTerms(owed_again=False, fee_back=True, beyond_first=False),
        RefundReason.LEASE_ENDED: RefundTerms(owed_again=False, fee_back=False, beyond_first=False),
        # The home is rented, and the rent is owed by whoever rents it.
        RefundReason.DUPLICATE_PAYMENT: RefundTerms(owed_again=True, fee_back=True, beyond_first=True),
        RefundReason.FRAUDULENT_TRANSACTION: RefundTerms(owed_again=True, fee_back=True, beyond_first=True),
        RefundReason.OTHER: RefundTerms(owed_again=True, fee_back=False, beyond_first=True),
    }
)

SECOND_PERSON_ABOVE: Mapping[Currency, Money] = MappingProxyType(
    {Currency.TZS: Money(1_000_000, Currency.TZS), Currency.USD: Money(40_000, Currency.USD)}
)
"""More than this goes back only when a second person has agreed, who is not the first."""


def needs_second_person(amount: Money) -> bool:
    return SECOND_PERSON_ABOVE[amount.currency] < amount
