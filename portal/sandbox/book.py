"""The book of money: what really moved, over every network. Tests hold the portal's ledger against it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from portal.sandbox.operators import MPESA, Operator

PAYMENT, REVERSAL, PAYOUT, DISPUTE = "payment", "reversal", "payout", "dispute"


@dataclass(frozen=True)
class Movement:
    """`amount` is in whole shillings, below zero when they leave the merchant; `of` is the receipt that a reversal or a
    dispute undoes.
    """

    request_id: str
    msisdn: str
    amount: int
    receipt: str
    account_reference: str
    at: datetime
    provider: str = "daraja"
    kind: str = PAYMENT
    of: str = ""


@dataclass
class Book:
    """`token_source(n)` gives n random bytes as hexadecimal digits."""

    token_source: Callable[[int], str]
    movements: list[Movement] = field(default_factory=list)
    _receipts: set[str] = field(default_factory=set)

    def move(self, movement: Movement) -> Movement:
        self.movements.append(movement)
        return movement

    def receipt(self, at: datetime, operator: Operator = MPESA) -> str:
        """A receipt never given before, in the operator's form."""
        code = operator.receipt(at, self.token_source(8))
        while code in self._receipts:
            code = operator.receipt(at, self.token_source(8))
        self._receipts.add(code)
        return code

    def payment(self, receipt: str) -> Movement | None:
        return next((m for m in self.movements if m.receipt == receipt and m.kind == PAYMENT), None)

    def left_of(self, payment: Movement) -> int:
        """What no reversal has taken back yet."""
        return payment.amount + sum(m.amount for m in self.movements if m.of == payment.receipt)

    def clear(self) -> None:
        self.movements.clear()
