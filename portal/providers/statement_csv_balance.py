"""The running balance of a CSV export, checked from row to row, whether the oldest or the newest comes first."""

from __future__ import annotations

from decimal import Decimal


class RunningBalance:
    def __init__(self) -> None:
        self._before: tuple[Decimal, Decimal] | None = None
        self._newest_first: bool | None = None

    def breaks(self) -> None:
        """A row that nobody can read: the next one begins anew."""
        self._before = None

    def leads_to(self, balance: Decimal | None, moved: Decimal) -> bool:
        """`balance` after `moved`; an opening or closing balance moves nothing."""
        before, self._before = self._before, None if balance is None else (balance, moved)
        if balance is None or before is None:
            return True
        fits = {False: before[0] + moved == balance, True: balance + before[1] == before[0]}
        if self._newest_first is None and fits[True] != fits[False]:
            self._newest_first = fits[True]
        return any(fits.values()) if self._newest_first is None else fits[self._newest_first]
