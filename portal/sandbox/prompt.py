"""What a merchant has asked for, as the network holds it from acceptance to its end: a prompt on a phone, or money
sent back.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from portal.sandbox.book import REVERSAL, Movement
from portal.sandbox.fates import Fate, Twist
from portal.sandbox.operators import Operator
from portal.sandbox.twin import Twin

RECEIPT = "receipt"
"""The name, among a transaction's ids, of a receipt that it has before any money moves."""


@dataclass(frozen=True)
class Push:
    """Who asks which phone, over which network, for how many whole shillings and for what. The result is told at
    `callback_url`; nobody is told where that is empty. Where there is no phone, `msisdn` is the merchant's reference.
    """

    operator: Operator
    merchant: str
    msisdn: str
    amount: int
    reference: str
    callback_url: str = ""

    @property
    def text(self) -> str:
        """What the network writes on the payer's screen."""
        return self.operator.text(self.amount, self.merchant, self.reference)


@dataclass(kw_only=True)
class Transaction:
    """`request_id` is the provider's own, `ids` are its further ones. `result` is a word of `results` or a raw code,
    and None in flight; `over` is set with the first result. `twists` bend what is told.
    """

    twin: Twin
    request_id: str
    push: Push
    ids: dict[str, str] = field(default_factory=dict)
    twists: frozenset[Twist] = frozenset()
    result: str | None = None
    movement: Movement | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def in_flight(self) -> bool:
        return self.result is None

    @property
    def code(self) -> str | None:
        """The result in the provider's own code."""
        return self.twin.code(self.result) if self.result else None

    def end(self, result: str) -> None:
        self.result = result
        self.over.set()


@dataclass(kw_only=True)
class Prompt(Transaction):
    """`twists` come from fate and phone; `lag` more queries hear no result. `page`: the path of what its payer has in
    the place of a phone.
    """

    fate: Fate
    asked_at: datetime
    expires_at: datetime
    ignored: bool = False
    queries: int = 0
    lag: int = 0
    page: str = ""
    texts: list[str] = field(default_factory=list)

    @property
    def waits_for_a_person(self) -> bool:
        return self.in_flight and not self.ignored and self.fate.result is None

    def result_for_query(self) -> str | None:
        """None in flight, and for as many queries more as lag behind."""
        if self.result is None or self.lag > 0:
            self.lag -= self.result is not None
            return None
        return self.result


@dataclass(kw_only=True)
class Refund(Transaction):
    """Money that the merchant sends to `push.msisdn`: a reversal of the payment with the receipt `of`, or a payout.

    One that was taken and cannot succeed ends in what it is `refused` for.
    """

    kind: str = REVERSAL
    of: str = ""
    refused: str | None = None
