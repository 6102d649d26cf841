"""A charge of a card that its owner keeps at Stripe: nobody is asked, and the bank answers at once."""

from dataclasses import dataclass

from portal.sandbox.results import CANCELLED
from portal.sandbox.stripe.attempt import Attempt
from portal.sandbox.stripe.codes import EXPIRED, UNDOCUMENTED


@dataclass(kw_only=True)
class Charge(Attempt):
    """`closed`: the merchant took it back."""

    closed: bool = False

    def declined_by(self, result: str | None) -> str | None:
        """A result that is the end of a page means, where there is no page, a bank that says no."""
        if result is not None and self.word_of(result) == EXPIRED:
            return None if self.closed else "generic_decline"
        return super().declined_by(result)

    def intent_status(self, result: str | None) -> str:
        if result is None:
            return "processing"
        if self.is_paid_by(result):
            return "succeeded"
        if self.word_of(result) == UNDOCUMENTED:
            return UNDOCUMENTED
        return "canceled" if self.closed else "requires_payment_method"

    def close(self) -> str:
        """The result that this is."""
        self.closed = True
        return CANCELLED
