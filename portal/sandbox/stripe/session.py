"""A Checkout Session as the twin holds it: a request for money whose payer has a page in the place of a phone."""

from dataclasses import dataclass
from datetime import datetime

from portal.sandbox.operators import Operator
from portal.sandbox.receipts import stripe
from portal.sandbox.stripe.attempt import Attempt, Challenge, Sum
from portal.sandbox.stripe.codes import ENDS, EXPIRED, UNDOCUMENTED

OPEN, COMPLETE = "open", "complete"
CARDS = Operator(
    name="Stripe",
    wallet="Card",
    prefixes=(),
    fated="",
    asks="Pay {amount:,} to {merchant} for {reference}.",
    confirms="{receipt}: {amount:,} paid to {merchant}, {reference}, on {day} at {time}.",
    receipt=stripe,
)
ANY_SESSION = "card"
"""Whose fate is that of every session without one of its own."""


@dataclass(frozen=True, kw_only=True)
class Asked(Sum):
    """What a merchant asked for."""

    label: str
    success_url: str
    cancel_url: str
    locale: str
    expires_at: datetime
    metadata: dict[str, str]


@dataclass(kw_only=True)
class Session(Attempt):
    asked: Asked
    challenge: Challenge | None = None

    def status_of(self, result: str | None) -> str:
        """As the API words it, if that is the result."""
        if result is None:
            return OPEN
        return EXPIRED if self.word_of(result) not in ENDS or self.word_of(result) == EXPIRED else COMPLETE

    def intent_status(self, result: str | None) -> str:
        if self.is_paid_by(result):
            return "succeeded"
        if result and self.word_of(result) == UNDOCUMENTED:
            return UNDOCUMENTED
        if self.status_of(result) == EXPIRED:
            return "canceled"
        return "requires_action" if self.challenge else "requires_payment_method"

    def has_begun(self, result: str | None) -> bool:
        """A card has been tried, or there is an end: from then on the PaymentIntent is shown."""
        return result is not None or self.tried is not None
