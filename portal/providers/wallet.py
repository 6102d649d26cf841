"""What wallets want of an amount and of a number."""

from __future__ import annotations

from portal.domain.money import Currency, Money
from portal.domain.phone import Phone

COUNTRY_CODE = "255"


def whole_shillings(amount: Money) -> int:
    """The number that travels. Raises ValueError for another currency: no bill of a wallet is in one."""
    if amount.currency is not Currency.TZS:
        raise ValueError("a wallet takes whole shillings")
    return amount.minor


def national_number(phone: Phone) -> str:
    """Nine digits, for whoever finds nobody by the country's code in front."""
    return phone.digits.removeprefix(COUNTRY_CODE)
