"""A Checkout Session as the twin holds it: a request for money whose payer has a page in the place of a phone."""

from dataclasses import dataclass
from datetime import datetime

from portal.sandbox.operators import Operator
from portal.sandbox.prompt import Prompt
from portal.sandbox.receipts import stripe
from portal.sandbox.stripe.cards import KnownCard
from portal.sandbox.stripe.codes import ENDS, EXPIRED, PAID

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


@dataclass(frozen=True)
class Shown:
    """What may be known of a card that was tried. `wallet` is the one whose button was pressed."""

    brand: str
    last4: str
    funding: str = "credit"
    wallet: str | None = None


@dataclass(frozen=True)
class Challenge:
    """A card that waits for its owner's yes at the bank."""

    card: KnownCard
    shown: Shown


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a merchant asked for. `hundredths` of the currency, whatever its coins are."""

    reference: str
    label: str
    hundredths: int
    currency: str
    success_url: str
    cancel_url: str
    locale: str
    expires_at: datetime
    metadata: dict[str, str]
    intent_metadata: dict[str, str]
    description: str | None = None


@dataclass(kw_only=True)
class Session(Prompt):
    """`tried`: the word of the bank that did not approve the last card; `shown`: what may be known of that card."""

    asked: Asked
    charge_id: str
    tried: str | None = None
    shown: Shown | None = None
    challenge: Challenge | None = None

    def status_of(self, result: str | None) -> str:
        """As the API words it, if that is the result."""
        if result is None:
            return OPEN
        return EXPIRED if self.word_of(result) not in ENDS or self.word_of(result) == EXPIRED else COMPLETE

    def word_of(self, result: str) -> str:
        return self.twin.code(result)

    def declined_by(self, result: str | None) -> str | None:
        """The bank's word, where it did not approve."""
        word = self.word_of(result) if result else None
        return self.tried if word is None or word in ENDS else word

    def is_paid_by(self, result: str | None) -> bool:
        return result is not None and self.word_of(result) == PAID

    def has_begun(self, result: str | None) -> bool:
        """A card has been tried, or there is an end: from then on the PaymentIntent is shown."""
        return result is not None or self.tried is not None
