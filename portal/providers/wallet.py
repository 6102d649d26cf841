"""What wallets want of an amount and of a number, and say of an amount."""

from __future__ import annotations

import re

from portal.domain.money import Currency, Money
from portal.domain.phone import Phone

COUNTRY_CODE = "255"

NOT_AN_AMOUNT = Money(0, Currency.TZS)
"""A stated amount that nobody can have been asked for: it is never what we asked, so a person looks at it."""
_SHILLINGS = re.compile(r"([0-9]{1,13})(?:\.0{1,9})?")


def whole_shillings(amount: Money) -> int:
    """The number that travels. Raises ValueError for another currency: no bill of a wallet is in one."""
    if amount.currency is not Currency.TZS:
        raise ValueError("a wallet takes whole shillings")
    return amount.minor


def stated_shillings(written: object) -> Money:
    """Whole shillings, as they are written. One that is missing is no amount either, for nothing else would tell it."""
    exact = _SHILLINGS.fullmatch(written) if isinstance(written, str) else None
    return Money(int(exact[1]), Currency.TZS) if exact else NOT_AN_AMOUNT


def national_number(phone: Phone) -> str:
    """Nine digits, for whoever finds nobody by the country's code in front."""
    return phone.digits.removeprefix(COUNTRY_CODE)
