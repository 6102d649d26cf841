"""The cards that people keep at Stripe, each with a customer of its own: what may be known of them, and no number."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from portal.sandbox.stripe import refusals
from portal.sandbox.stripe.attempt import Shown
from portal.sandbox.stripe.cards import KnownCard


@dataclass
class Kept:
    """`customer` is None once the card is kept no longer."""

    method: str
    card: KnownCard
    shown: Shown
    customer: str | None


@dataclass
class Vault:
    """`token_source(n)` gives n random bytes as hexadecimal digits."""

    token_source: Callable[[int], str]
    _secret: bytes = b""
    _by_method: dict[str, Kept] = field(default_factory=dict)

    def mark(self, digits: str) -> str:
        """The same for the same number; from it nobody finds the number, which is not kept."""
        self._secret = self._secret or self.token_source(32).encode()
        return hmac.digest(self._secret, digits.encode(), "sha256").hex()[:16]

    def keep(self, card: KnownCard, shown: Shown) -> Kept:
        customer, method = f"cus_{self.token_source(7)}", f"pm_1{self.token_source(11)}"
        return self._by_method.setdefault(method, Kept(method, card, shown, customer))

    def find(self, method: str) -> Kept:
        """Also one that is kept no longer. Raises RefusedError."""
        kept = self._by_method.get(method)
        if kept is None:
            raise refusals.no_such("PaymentMethod", method, param="payment_method")
        return kept

    def is_known(self, customer: str) -> bool:
        return any(kept.customer == customer for kept in self._by_method.values())

    def chargeable(self, customer: str, method: str) -> Kept:
        """Raises RefusedError."""
        if not self.is_known(customer):
            raise refusals.no_such("customer", customer, param="customer", status=400)
        kept = self._by_method.get(method)
        if kept is None or kept.customer != customer:
            raise refusals.no_such("PaymentMethod", method, param="payment_method", status=400)
        return kept

    def forget(self, customer: str) -> None:
        """Raises RefusedError."""
        theirs = [kept for kept in self._by_method.values() if kept.customer == customer]
        if not theirs:
            raise refusals.no_such("customer", customer)
        for kept in theirs:
            kept.customer = None

    def clear(self) -> None:
        self._by_method.clear()
