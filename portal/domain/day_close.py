"""The close of a day: what the ledger had gained by its end, kept so that a past that changes afterwards is seen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from portal.domain.zone import EAST_AFRICA

GRACE = timedelta(minutes=5)
"""After midnight: whatever was begun before it has been written by then."""
_ONE_FOR_ALL = ("payable", "deposit")
"""There is an account of these for every landlord and lease; a close shows one sum for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSum:
    """How many entries an account, or a kind of account, gained that day, and their sum in minor units."""

    account: str
    currency: str
    count: int
    sum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClose:
    """`balance` is the trial balance at the close of all that was ever booked, and `differences` what was wrong then.

    `digest` is over every single account, of which `sums` shows some together.
    """

    day: date
    closed_at: datetime
    sums: tuple[AccountSum, ...]
    digest: str
    balance: dict[str, int]
    differences: tuple[str, ...]

    @property
    def entries(self) -> int:
        return sum(one.count for one in self.sums)

    @property
    def is_sound(self) -> bool:
        return not self.differences and not any(self.balance.values())


def ends_at(day: date) -> datetime:
    """Midnight in Dar es Salaam, as aware UTC."""
    return datetime.combine(day + timedelta(days=1), time(), EAST_AFRICA).astimezone(UTC)


def day_of(at: datetime) -> date:
    """The day in Dar es Salaam."""
    return at.astimezone(EAST_AFRICA).date()


def together(sums: Iterable[AccountSum]) -> tuple[AccountSum, ...]:
    """By kind of account, in the order of their names."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for one in sums:
        kind = one.account.partition(":")[0]
        name = kind if kind in _ONE_FOR_ALL else one.account
        count, total = found.get((name, one.currency), (0, 0))
        found[name, one.currency] = (count + one.count, total + one.sum)
    return tuple(
        AccountSum(account=account, currency=currency, count=count, sum=total)
        for (account, currency), (count, total) in sorted(found.items())
    )


def digest_of(sums: Iterable[AccountSum]) -> str:
    """SHA-256 over every account of a day, in the order of their names."""
    lines = sorted(f"{one.account} {one.currency} {one.count} {one.sum}" for one in sums)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
