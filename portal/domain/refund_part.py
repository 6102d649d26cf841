"""Out of which money of a payment a refund is taken."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portal.domain.money import Money


class Pot(StrEnum):
    """Where money of a payment lies."""

    BILL = "BILL"
    """A bill was credited with it."""
    EXCESS = "EXCESS"
    """It came beyond a bill and waits in suspense: to send it back touches no bill."""
    FEE = "FEE"
    """Our own fee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPart:
    """So much out of one pot. `uncredited` is what the `bill` loses by it, in its own currency."""

    pot: Pot
    amount: Money
    bill: str | None = None
    uncredited: Money | None = None
