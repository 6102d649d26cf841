"""Sends results to the callback address: once, unsigned, as Daraja does, unless a twist bends it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from random import Random

import httpx

from portal.sandbox.book import Book, Movement
from portal.sandbox.fates import Twist
from portal.sandbox.prompt import Prompt
from portal.sandbox.results import CANCELLED, PAID, words
from portal.sandbox.settings import EAT, SandboxSettings

AT_ONCE_COUNT = 5
DEPTH = 100_000


@dataclass(frozen=True)
class Delivery:
    """One callback as it went out. `status` is None when nobody answered."""

    checkout_id: str
    at: datetime
    status: int | None


@dataclass
class Courier:
    settings: SandboxSettings
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    book: Book
    client: httpx.AsyncClient
    random: Random
    deliveries: list[Delivery] = field(default_factory=list)

    async def deliver(self, prompt: Prompt) -> None:
        """Tells the prompt's present result, twisted."""
        if Twist.LOST in prompt.twists:
            return
        bodies = self._bodies(prompt)
        if Twist.EARLY not in prompt.twists:
            await self.sleep(self.settings.callback_delay)
        if Twist.LATE in prompt.twists:
            await self.sleep(self.settings.late_after)
        copies = AT_ONCE_COUNT if Twist.DUPLICATE in prompt.twists else 1
        await asyncio.gather(*(self._send(prompt, body) for body in bodies * copies))

    def _bodies(self, prompt: Prompt) -> list[bytes]:
        receipts = 2 if Twist.TWO_RECEIPTS in prompt.twists else 1
        told = [_told(prompt)] + [None] * (receipts - 1)
        results = [self._result(prompt, movement) for movement in told]
        return [_spoilt(json.dumps(result).encode(), prompt, self.settings) for result in results]

    def _result(self, prompt: Prompt, movement: Movement | None) -> dict[str, object]:
        code = _told_code(prompt)
        callback: dict[str, object] = {
            "MerchantRequestID": prompt.merchant_id,
            "CheckoutRequestID": prompt.checkout_id,
            "ResultCode": int(code) if code.isdecimal() else code,
            "ResultDesc": words(code),
        }
        if code == PAID:
            callback["CallbackMetadata"] = {"Item": self._items(movement or self._invented(prompt))}
        return {"Body": {"stkCallback": callback}}

    def _items(self, movement: Movement) -> list[dict[str, object]]:
        """In any order and sometimes with a Balance that has no value: they are to be read by name."""
        items: list[dict[str, object]] = [
            {"Name": "Amount", "Value": float(movement.amount)},
            {"Name": "MpesaReceiptNumber", "Value": movement.receipt},
            {"Name": "TransactionDate", "Value": int(movement.at.astimezone(EAT).strftime("%Y%m%d%H%M%S"))},
            {"Name": "PhoneNumber", "Value": int(movement.msisdn)},
        ]
        if self.random.random() < 0.5:
            items.append({"Name": "Balance"})
            self.random.shuffle(items)
        return items

    def _invented(self, prompt: Prompt) -> Movement:
        """Money that never moved, with a receipt that no book knows."""
        now = self.clock()
        push = prompt.push
        return Movement(
            prompt.checkout_id, push.msisdn, push.amount, self.book.receipt(now), push.reference, now
        )

    async def _send(self, prompt: Prompt, body: bytes) -> None:
        headers = {
            "Content-Type": "application/json;charset=UTF-8",
            "Businessshortcode": self.settings.short_code,
        }
        try:
            response = await self.client.post(prompt.push.callback_url, content=body, headers=headers)
            status = response.status_code
        except httpx.HTTPError:
            status = None
        self.deliveries.append(Delivery(prompt.checkout_id, self.clock(), status))

    def sent(self) -> list[dict[str, object]]:
        return [asdict(delivery) for delivery in self.deliveries]


def _told(prompt: Prompt) -> Movement | None:
    return None if Twist.CONTRADICTORY in prompt.twists else prompt.movement


def _told_code(prompt: Prompt) -> str:
    result = prompt.result or PAID
    if Twist.CONTRADICTORY in prompt.twists:
        return CANCELLED if result == PAID else PAID
    return result


def _spoilt(body: bytes, prompt: Prompt, settings: SandboxSettings) -> bytes:
    if Twist.MALFORMED in prompt.twists:
        return body[: len(body) // 2]
    if Twist.OVERSIZED in prompt.twists:
        return body + b" " * settings.oversized_bytes
    if Twist.DEEP in prompt.twists:
        return b'{"Body":' * DEPTH + body + b"}" * DEPTH
    return body
