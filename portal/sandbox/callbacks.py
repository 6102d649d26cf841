"""Sends results to callback addresses: once, in the provider's own words, unless a twist bends it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

import httpx

from portal.sandbox.book import Book, Movement
from portal.sandbox.fates import Twist
from portal.sandbox.prompt import Transaction
from portal.sandbox.results import CANCELLED, PAID
from portal.sandbox.settings import SandboxSettings
from portal.sandbox.twin import Letter, TellsInParts

AT_ONCE_COUNT = 5
DEPTH = 100_000
LONGEST_ANSWER = 500


@dataclass(frozen=True)
class Delivery:
    """One callback as it went out, and what was answered. `status` is None when nobody did."""

    request_id: str
    at: datetime
    status: int | None
    answer: str = ""


@dataclass
class Courier:
    settings: SandboxSettings
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    book: Book
    client: httpx.AsyncClient
    deliveries: list[Delivery] = field(default_factory=list)

    async def deliver(self, transaction: Transaction) -> None:
        """Tells the present result, twisted."""
        if transaction.push.callback_url:
            await self.carry(
                self._letters(transaction),
                transaction.push.callback_url,
                transaction.request_id,
                transaction.twists,
            )

    async def carry(
        self, letters: Iterable[Letter], url: str, request_id: str, twists: frozenset[Twist] = frozenset()
    ) -> list[str]:
        """Any letters, late, often, spoilt or never: for twins whose requests are no transactions too.

        What was answered to each; nothing where nobody did.
        """
        if Twist.LOST in twists:
            return []
        if Twist.EARLY not in twists:
            await self.sleep(self.settings.callback_delay)
        if Twist.LATE in twists:
            await self.sleep(self.settings.late_after)
        copies = AT_ONCE_COUNT if Twist.DUPLICATE in twists else 1
        bodies = [(letter, self._spoilt(letter.body, twists)) for letter in letters]
        return await asyncio.gather(*(self._send(url, request_id, *pair) for pair in bodies * copies))

    def _letters(self, transaction: Transaction) -> list[Letter]:
        result = _told_result(transaction)
        receipts = 2 if Twist.TWO_RECEIPTS in transaction.twists else 1
        movements = [_told_movement(transaction)] + [None] * (receipts - 1)
        told = (self._letters_of(transaction, result, movement) for movement in movements)
        return [letter for letters in told for letter in letters]

    def _letters_of(
        self, transaction: Transaction, result: str, movement: Movement | None
    ) -> Sequence[Letter]:
        told = (movement or self._invented(transaction)) if result == PAID else None
        twin = transaction.twin
        if isinstance(twin, TellsInParts):
            return twin.letters(transaction, result, told)
        return [twin.letter(transaction, result, told)]

    def _invented(self, transaction: Transaction) -> Movement:
        """Money that never moved, with a receipt that no book knows."""
        now, push = self.clock(), transaction.push
        receipt = self.book.receipt(now, push.operator)
        return Movement(transaction.request_id, push.msisdn, push.amount, receipt, push.reference, now)

    def _spoilt(self, body: bytes, twists: frozenset[Twist]) -> bytes:
        if Twist.MALFORMED in twists:
            return body[: len(body) // 2]
        if Twist.OVERSIZED in twists:
            return body + b" " * self.settings.oversized_bytes
        if Twist.DEEP in twists:
            return b'{"Body":' * DEPTH + body + b"}" * DEPTH
        return body

    async def _send(self, url: str, request_id: str, letter: Letter, body: bytes) -> str:
        status, answer = None, ""
        try:
            headers = {**letter.headers, **letter.signs(body)}
            response = await self.client.request(letter.method, url, content=body, headers=headers)
            status, answer = response.status_code, response.text
        except httpx.HTTPError:
            pass
        self.deliveries.append(Delivery(request_id, self.clock(), status, answer[:LONGEST_ANSWER]))
        return answer

    def sent(self) -> list[dict[str, object]]:
        return [asdict(delivery) for delivery in self.deliveries]


def _told_movement(transaction: Transaction) -> Movement | None:
    return None if Twist.CONTRADICTORY in transaction.twists else transaction.movement


def _told_result(transaction: Transaction) -> str:
    result = transaction.result or PAID
    if Twist.CONTRADICTORY in transaction.twists:
        return CANCELLED if result == PAID else PAID
    return result
