"""How much a method takes in one push: a dated table, from what the operators publish (providers.md §0.5, §9.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.domain.method import CARDS, WALLETS, PaymentMethod
from portal.domain.money import Currency, Money


@dataclass(frozen=True, slots=True)
class PushLimit:
    """Both ends count the total the payer is asked for, fees included, in minor units."""

    method: PaymentMethod
    currency: Currency
    valid_from: date
    smallest: int
    largest: int
    source: str

    @property
    def range(self) -> tuple[Money, Money]:
        return Money(self.smallest, self.currency), Money(self.largest, self.currency)

    def admits(self, total: Money) -> bool:
        smallest, largest = self.range
        return smallest <= total <= largest


_WALLETS = tuple(
    PushLimit(
        wallet,
        Currency.TZS,
        date(2026, 1, 1),
        1_000,
        3_000_000,
        "tier 2 per transfer, the same at all operators, providers.md §9.6",
    )
    for wallet in WALLETS
)
_CARDS = tuple(
    PushLimit(
        card,
        Currency.TZS,
        date(2026, 1, 1),
        1_300,
        999_999,
        "half a dollar to eight digits of hundredths, providers.md §5.2",
    )
    for card in sorted(CARDS)
)
PUSH_LIMITS = _WALLETS + _CARDS
"""A bank transfer has none: each bank has its own."""


def push_limit(
    method: PaymentMethod, currency: Currency, on: date, limits: tuple[PushLimit, ...] = PUSH_LIMITS
) -> PushLimit | None:
    """The youngest limit in force on that day, or None where the method has none for the currency."""
    fitting = [x for x in limits if (x.method, x.currency) == (method, currency) and x.valid_from <= on]
    return max(fitting, key=lambda limit: limit.valid_from, default=None)
