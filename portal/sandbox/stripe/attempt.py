"""Money that a merchant asks of a card, on a page or without one: a PaymentIntent, as Stripe calls it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from portal.sandbox.prompt import Prompt
from portal.sandbox.stripe.cards import KnownCard
from portal.sandbox.stripe.codes import ENDS, PAID


@dataclass(frozen=True)
class Shown:
    """What may be known of a card. `wallet` is the one whose button was pressed; the same card has the same `mark`."""

    brand: str
    last4: str
    funding: str = "credit"
    wallet: str | None = None
    month: int = 12
    year: int = 2034
    mark: str = ""


@dataclass(frozen=True)
class Challenge:
    """A card that waits for its owner's yes at the bank."""

    card: KnownCard
    shown: Shown


@dataclass(frozen=True, kw_only=True)
class Sum:
    """How much is asked for: `hundredths` of the currency, whatever its coins are."""

    reference: str
    hundredths: int
    currency: str
    intent_metadata: dict[str, str]
    description: str | None = None


@dataclass(kw_only=True)
class Attempt(Prompt, ABC):
    """`tried`: the word of the bank that did not approve the last card; `shown`: what may be known of that card.

    Of a card that its owner keeps at Stripe, `customer` and `method` are the ids.
    """

    asked: Sum
    charge_id: str
    tried: str | None = None
    shown: Shown | None = None
    customer: str | None = None
    method: str | None = None

    def word_of(self, result: str) -> str:
        return self.twin.code(result)

    def is_paid_by(self, result: str | None) -> bool:
        return result is not None and self.word_of(result) == PAID

    def declined_by(self, result: str | None) -> str | None:
        """The bank's word, where it did not approve."""
        word = self.word_of(result) if result else None
        return self.tried if word is None or word in ENDS else word

    @abstractmethod
    def intent_status(self, result: str | None) -> str:
        """As the API words it, if that is the result."""
