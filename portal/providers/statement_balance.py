"""Whether the entries of a statement lead from its opening balance to its closing one, and each statement of a file
to the next.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from portal.providers.statement_line import Fault


class BalanceCheck:
    """One for each file; `begins` and `ends` stand around each statement in it."""

    def __init__(self) -> None:
        self._before: _Ended | None = None
        self.begins()

    def begins(self) -> None:
        self._sum, self._is_sure = Decimal(0), True

    def moves(self, amount: Decimal | None, *, is_credit: bool | None) -> None:
        """A booked entry. One that nobody can read leaves the sum open, and is reported anyway."""
        if amount is None or is_credit is None:
            self._is_sure = False
        else:
            self._sum += amount if is_credit else -amount

    def ends(self, account: str, opening: Decimal | None, closing: Decimal | None) -> Fault | None:
        if opening is None or closing is None:
            return None
        before, self._before = self._before, _Ended(account, opening, closing)
        if self._is_sure and opening + self._sum != closing:
            return Fault.BALANCE_DIFFERS
        return None if before is None or self._before.adjoins(before) else Fault.PAGE_MISSING


class _Ended(NamedTuple):
    account: str
    opening: Decimal
    closing: Decimal

    def adjoins(self, before: _Ended) -> bool:
        """Some banks put the newest page first."""
        is_next = before.closing == self.opening or before.opening == self.closing
        return before.account != self.account or is_next
