"""What every wallet wants of an amount."""

from __future__ import annotations

from portal.domain.money import Currency, Money


def whole_shillings(amount: Money) -> int:
    """The number that travels. Raises ValueError for another currency: no bill of a wallet is in one."""
    if amount.currency is not Currency.TZS:
        raise ValueError("a wallet takes whole shillings")
    return amount.minor
