"""What can be wrong with a provider, or between it and us: if it stays so, a person has to see to it."""

from __future__ import annotations

from enum import StrEnum


class Trouble(StrEnum):
    """One kind of it."""

    CREDENTIALS_REFUSED = "CREDENTIALS_REFUSED"
    """Our key, name or password is not taken."""
    TOKEN_REFUSED = "TOKEN_REFUSED"  # noqa: S105  (a name)
    """It gives us tokens or sessions, and then does not take them."""
    ACCOUNT_REFUSED = "ACCOUNT_REFUSED"
    """Our account there, or how it is set up, lets nobody pay us."""
    UNREACHABLE = "UNREACHABLE"
    TOO_SLOW = "TOO_SLOW"
    DOWN = "DOWN"
    """It says itself that it does not work: HTTP 5xx without an answer."""
    UNREADABLE = "UNREADABLE"
    """It answers what is none of its documented answers, such as a page of HTML."""
    REDIRECTED = "REDIRECTED"
    BREAKER_OPEN = "BREAKER_OPEN"
    """So much broke that we call it no more for a while."""
    UNKNOWN_CODE = "UNKNOWN_CODE"
    """It says something that stands in no table of ours."""
    CALLBACK_UNREADABLE = "CALLBACK_UNREADABLE"
    CALLBACK_UNPROVED = "CALLBACK_UNPROVED"
    """Its signature is not the one that our key makes."""
    ID_REUSED = "ID_REUSED"
    """It calls with an id that it gave to something else before."""
    CANNOT_SEND_BACK = "CANNOT_SEND_BACK"
    """Our account there, its rights or what is in it let no money go back."""
    CONTRADICTED = "CONTRADICTED"
    """It says another end of a refund than it said before."""
    SETTINGS_MISSING = "SETTINGS_MISSING"
    """Payments are in flight there, and its settings are gone."""


LINE = frozenset(
    {
        Trouble.UNREACHABLE,
        Trouble.TOO_SLOW,
        Trouble.DOWN,
        Trouble.UNREADABLE,
        Trouble.REDIRECTED,
        Trouble.BREAKER_OPEN,
        Trouble.TOKEN_REFUSED,
        Trouble.SETTINGS_MISSING,
    }
)
"""Any answer that we can read shows that these are over."""
FELT_BY_PAYERS = LINE | {Trouble.CREDENTIALS_REFUSED, Trouble.ACCOUNT_REFUSED}
CERTAIN = frozenset({Trouble.CREDENTIALS_REFUSED, Trouble.BREAKER_OPEN})
"""Once is enough to say so; the others may be one payer's bad luck."""
