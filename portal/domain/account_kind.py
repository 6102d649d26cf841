"""The kinds of accounts that the ledger has, told by their names; templates/why/_words.html has words for each."""

from __future__ import annotations

from enum import StrEnum


class AccountKind(StrEnum):
    """Whose the money of an account is, or where it lies."""

    BANK = "BANK"
    """It stands on a bank account of ours."""
    BY_HAND = "BY_HAND"
    """Sent by the office, and on no statement yet."""
    OWN = "OWN"
    """Ours: where our fees go, apart from other people's money."""
    PROVIDER = "PROVIDER"
    """A provider holds it for us."""
    PAYABLE = "PAYABLE"
    """Owed to a landlord."""
    DEPOSIT = "DEPOSIT"
    """Held for a lease."""
    CREDIT = "CREDIT"
    """A tenant's, for bills to come."""
    SUSPENSE = "SUSPENSE"
    """Waits until it is known whose it is."""
    PLATFORM_FEE = "PLATFORM_FEE"
    PROCESSING_FEE = "PROCESSING_FEE"
    PROVIDER_FEE = "PROVIDER_FEE"
    COST = "COST"
    """What others took of us."""
    LOSS = "LOSS"
    """Gone, and nobody makes it good."""
    OTHER = "OTHER"
    """Of a name that this table does not know."""


_BEGINNINGS = (
    ("cash:bank:", AccountKind.BANK),
    ("cash:by_hand", AccountKind.BY_HAND),
    ("cash:own", AccountKind.OWN),
    ("cash:", AccountKind.PROVIDER),
    ("payable:", AccountKind.PAYABLE),
    ("deposit:", AccountKind.DEPOSIT),
    ("credit:", AccountKind.CREDIT),
    ("suspense", AccountKind.SUSPENSE),
    ("fee:platform", AccountKind.PLATFORM_FEE),
    ("fee:processing", AccountKind.PROCESSING_FEE),
    ("fee:provider", AccountKind.PROVIDER_FEE),
    ("cost", AccountKind.COST),
    ("loss", AccountKind.LOSS),
)
"""The first that fits."""

CASH = frozenset({AccountKind.BANK, AccountKind.BY_HAND, AccountKind.OWN, AccountKind.PROVIDER})
"""Where money really is; every other account says whose it is."""
OWED = frozenset({AccountKind.PAYABLE, AccountKind.DEPOSIT})
"""What a landlord is owed, at once or when a lease ends."""


def kind_of(account: str) -> AccountKind:
    """The kind of the account with that name."""
    fitting = (kind for beginning, kind in _BEGINNINGS if account.startswith(beginning))
    return next(fitting, AccountKind.OTHER)
