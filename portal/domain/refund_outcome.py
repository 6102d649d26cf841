"""What a provider says of money that goes back, in one small vocabulary; nothing here knows any provider.

`NotSent`, `Pending` and `Unknown` mean here what they mean of a payment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from portal.domain.money import Money
from portal.domain.outcome import NotSent, Pending, Unknown
from portal.domain.trouble import Trouble


class RefundRoute(StrEnum):
    """How money goes back."""

    REVERSAL = "REVERSAL"
    """The payment itself is taken back, to where it came from."""
    PAYOUT = "PAYOUT"
    """A payment of its own, to the number that paid."""
    BY_HAND = "BY_HAND"
    """The office sends it, from our own bank account."""


class RefundRefusal(StrEnum):
    """Why no money went back, in the office's terms."""

    OUR_BALANCE = "OUR_BALANCE"
    """We have not enough money at the provider."""
    NOT_FOUND = "NOT_FOUND"
    """It knows no such payment of ours."""
    ALREADY_DONE = "ALREADY_DONE"
    """Nothing is left of the payment that could go back."""
    AMOUNT = "AMOUNT"
    """More than is left, or a sum that cannot be sent this way."""
    PAYEE_CANNOT_RECEIVE = "PAYEE_CANNOT_RECEIVE"
    """The wallet is closed, barred or too full, or the card's bank takes it no more."""
    LIMIT = "LIMIT"
    """A limit of theirs for one sum, or for a day."""
    NOT_ALLOWED = "NOT_ALLOWED"
    """Our account there, its rights, its PIN or its credentials."""
    DISPUTED = "DISPUTED"
    """The payer's bank already claims the same money back."""
    CALLED_OFF = "CALLED_OFF"
    """Someone withdrew it at the provider, or a dispute ended in our favour: the money is ours again."""
    STOPPED = "STOPPED"
    """Our office stopped what could not leave: that its provider was not reached says nothing against that way."""
    REFUSED = "REFUSED"
    """Certainly not sent, and the provider does not say why."""


class Cause(StrEnum):
    """Who wanted that money goes back."""

    OURS = "OURS"
    """We asked for it: the refund is known by our reference or by the provider's name for it."""
    ELSEWHERE = "ELSEWHERE"
    """Somebody at the provider: in its own console, or the payer by its reversal."""
    DISPUTE = "DISPUTE"
    """The payer's bank claims it; `NotRefunded` says that it was given back to us."""


@dataclass(frozen=True, slots=True)
class RefundAccepted:
    """The request reached the provider: nothing is decided yet. `request_id` is its own name for the refund."""

    request_id: str
    provider_reference: str | None = None


@dataclass(frozen=True, slots=True)
class Refunded:
    """Money went back. `code` is the provider's own for it, `amount` and `at` (aware UTC) where it tells them.

    Of a card it can still come to nothing: where the payer's bank returns the money, `NotRefunded` follows.
    """

    code: str | None
    amount: Money | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotRefunded:
    """Definitively no money went back, and why; `trouble` is what that tells of the provider."""

    reason: RefundRefusal
    code: str
    trouble: Trouble | None = field(default=None, compare=False)


RefundOutcome = Refunded | NotRefunded | Pending | Unknown
"""How a refund stands. One that is `Unknown` is asked about, and never sent a second time."""
RefundAnswer = RefundAccepted | Refunded | NotRefunded | NotSent | Unknown
"""What the request for a refund is answered. Only `NotSent` may be followed by the same request again."""
