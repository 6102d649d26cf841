"""Money: whole minor units with their currency. A rate is a `Decimal`; a float never comes near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum


class Currency(StrEnum):
    """The customer's two currencies."""

    TZS = "TZS"
    USD = "USD"


# ISO 4217 gives the shilling two decimals, but no coin, note or wallet has them: we count whole shillings,
# and only the card provider's edge multiplies by a hundred.
EXPONENT = {Currency.TZS: 0, Currency.USD: 2}


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units: whole shillings for TZS, cents for USD."""

    minor: int
    currency: Currency

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"money counts whole minor units, not {self.minor!r}")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    @property
    def major(self) -> Decimal:
        """The amount as people write it: shillings, dollars."""
        return Decimal(self.minor).scaleb(-EXPONENT[self.currency])

    def times(self, rate: Decimal) -> Decimal:
        """The exact product in minor units; round it once, at the end, with `rounded`."""
        return self.minor * rate

    def _same(self, other: Money) -> Money:
        if other.currency is not self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other


def sum_of(amounts: Sequence[Money]) -> Money:
    """Of at least one, and all of one currency."""
    first, *others = amounts
    return sum(others, start=first)


def shillings(amount: int) -> Money:
    """Whole Tanzanian shillings."""
    return Money(amount, Currency.TZS)


def rounded(exact: Decimal) -> int:
    """Half a minor unit goes up (D84)."""
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


class AmountUnreadable(ValueError):
    """What a person typed is not an amount; `problem` is one of empty, not_a_number, decimals."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


LONGEST_AMOUNT = 20
_MOST_DECIMALS = max(EXPONENT.values())
_MARKS = {Currency.TZS: ("TSh", "TZS"), Currency.USD: ("US$", "USD", "$")}


def parse_amount(typed: str, currency: Currency) -> Money:
    """Read `450000`, `450,000` or `TSh 450,000/=`: ASCII digits, commas or spaces between thousands, no sign.

    `450.000` is refused, for half of its readers mean thousands by it.
    """
    text = _bare(typed.strip(), currency)
    if not text:
        raise AmountUnreadable("empty")
    whole, dot, fraction = text.partition(".")
    if not _grouped(whole) or (dot and not (fraction.isascii() and fraction.isdigit())):
        raise AmountUnreadable("not_a_number")
    places = EXPONENT[currency]
    if len(fraction.rstrip("0")) > places or len(fraction) > _MOST_DECIMALS:
        raise AmountUnreadable("decimals")
    digits = "".join(c for c in whole if c.isdigit()) + fraction[:places].ljust(places, "0")
    return Money(int(digits), currency)


def _bare(text: str, currency: Currency) -> str:
    text = text.removesuffix("/=")
    for mark in _MARKS[currency]:
        text = text.removeprefix(mark).removesuffix(mark).strip()
    return text


def _grouped(whole: str) -> bool:
    if len(whole) > LONGEST_AMOUNT or not whole.isascii():
        return False
    groups = whole.replace(" ", ",").split(",")
    if not all(group.isdigit() for group in groups):
        return False
    return len(groups) == 1 or (len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]))  # noqa: PLR2004
