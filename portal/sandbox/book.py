"""The book of money: what really moved. Tests hold the portal's ledger against it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from portal.sandbox.settings import EAT

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIGNS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Movement:
    checkout_id: str
    msisdn: str
    amount: int
    receipt: str
    account_reference: str
    at: datetime


@dataclass
class Book:
    """`token_source(n)` gives n random bytes as hexadecimal digits."""

    token_source: Callable[[int], str]
    movements: list[Movement] = field(default_factory=list)
    _receipts: set[str] = field(default_factory=set)

    def move(self, checkout_id: str, msisdn: str, amount: int, reference: str, at: datetime) -> Movement:
        movement = Movement(checkout_id, msisdn, amount, self.receipt(at), reference, at)
        self.movements.append(movement)
        return movement

    def receipt(self, at: datetime) -> str:
        """A receipt never given before, such as NLJ7RT61SV: year, month, day, seven signs."""
        day = at.astimezone(EAT)
        head = LETTERS[(day.year - 2006) % 26] + LETTERS[day.month - 1] + SIGNS[day.day]
        code = head + self._signs(7)
        while code in self._receipts:
            code = head + self._signs(7)
        self._receipts.add(code)
        return code

    def _signs(self, count: int) -> str:
        number = int(self.token_source(8), 16)
        return "".join(SIGNS[number // len(SIGNS) ** place % len(SIGNS)] for place in range(count))

    def clear(self) -> None:
        self.movements.clear()
