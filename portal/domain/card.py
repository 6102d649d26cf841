"""What may be known of a card, and the numbers of cards, which may stand nowhere here."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFace:
    """What may be shown of a card. It can be paid with until the last day of its month."""

    brand: str
    last4: str
    month: int
    year: int

    @property
    def masked(self) -> str:
        return f"{self.brand} ••••\u00a0{self.last4}"

    @property
    def last_day(self) -> date:
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def ends_before(self, day: date) -> bool:
        """It cannot be paid with on that day any more."""
        return self.last_day < day


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOnFile:
    """A card that a provider keeps for its owner: by the `token` it can be charged again.

    The `fingerprint` is the same for the same card, however often it is saved.
    """

    face: CardFace
    provider: str
    token: str = field(repr=False)
    fingerprint: str = field(repr=False)


_DIGITS = re.compile(r"\d(?:[ \u00a0.-]?\d){12,18}", re.ASCII)
_MASTERCARD = r"5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
_SCHEMES = re.compile(rf"4\d{{12}}(?:\d{{3}}){{0,2}}|{_MASTERCARD}|3[47]\d{{13}}|6\d{{15,18}}", re.ASCII)
"""Visa, Mastercard, American Express, and what begins with 6 (UnionPay, Maestro, Discover)."""


def holds_card_number(text: str) -> bool:
    """The number of a card of a known scheme, check digit and all, so that its owner can be stopped in time."""
    found = ("".join(c for c in digits if c.isdigit()) for digits in _DIGITS.findall(text))
    return any(_SCHEMES.fullmatch(number) and luhn(number) for number in found)


def luhn(digits: str) -> bool:
    """The check digit of cards: every second digit from the right is doubled, and all of them add up to tens."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004
