"""Stand-ins written by hand: a provider, a sink and a printer that do what they are told and log what was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count
from typing import TypeVar

from portal.documents.receipt import ReceiptFacts
from portal.documents.renderer import Renderer
from portal.domain.method import PaymentMethod
from portal.domain.outcome import Accepted, Outcome, Pending, StartOutcome
from portal.domain.refund_outcome import RefundAccepted, RefundAnswer, RefundOutcome
from portal.providers.provider import (
    NO_HEADERS,
    CallbackForged,
    CallbackUnreadable,
    Capabilities,
    Heard,
    Inquiry,
    Instruction,
    NotOffered,
)
from portal.providers.refund import RefundInquiry, RefundInstruction
from portal.sinks.sink import Letter
from portal.store.types import Tx
from portal.store.writer import Store
from portal.templating.language import Language

Answer = TypeVar("Answer")

SIGNED = {"signature": "made with the key that only the provider has"}
"""The headers of a true callback of a fake that signs."""


class FakeProvider:
    """Accepts every push and says of each that it is pending, unless it is told otherwise.

    With the capability `signs` its callbacks are true only with the headers `SIGNED`.
    `pushes`, `checks` and `codes` (of receipts, asked about) are the log of calls, `refunds` and `traced` that of money
    that goes back. `on_push` and `on_refund` are awaited while a request is under way, before it is answered.
    """

    def __init__(
        self,
        name: str = "mpesa",
        methods: tuple[PaymentMethod, ...] = (PaymentMethod.MPESA,),
        capabilities: Capabilities = Capabilities(),  # noqa: B008  (frozen)
        callback_key: str | None = None,
    ) -> None:
        self.webhook, self.callback_key = "mpesa", callback_key
        self.name, self.methods, self.capabilities = name, methods, capabilities
        self.pushes: list[Instruction] = []
        self.checks: list[str | None] = []
        self.codes: list[str] = []
        self.on_push: Callable[[Instruction], Awaitable[None]] | None = None
        self.refunds: list[RefundInstruction] = []
        self.traced: list[RefundInquiry] = []
        self.on_refund: Callable[[RefundInstruction], Awaitable[None]] | None = None
        self._refund_answers: list[RefundAnswer | NotOffered] = []
        self._traces: list[RefundOutcome] = [Pending()]
        self.closed = False
        self._push_answers: list[StartOutcome | Exception] = []
        self._check_answers: list[Outcome | Exception] = [Pending()]
        self._known_codes: dict[str, Outcome] = {}
        self._callbacks: dict[str, Sequence[Heard]] = {}
        self._numbers = count(1)

    def will_answer(self, *answers: StartOutcome | Exception) -> None:
        """To the next pushes, in this order; after the last one it accepts again."""
        self._push_answers = list(answers)

    def will_say(self, *answers: Outcome | Exception) -> None:
        """To the next questions, in this order; the last answer stays."""
        self._check_answers = list(answers)

    def will_know(self, code: str, answer: Outcome) -> None:
        """Whoever asks about that receipt code from now on is told so; of all others nothing is known."""
        self._known_codes[code] = answer

    def callback(self, *heard: Heard) -> str:
        """A body that says so, each time another one."""
        body = json.dumps({"callback": next(self._numbers)})
        self._callbacks[body] = heard
        return body

    def will_refund(self, *answers: RefundAnswer | NotOffered) -> None:
        """To the next requests to send money back, in this order; after the last one it accepts again."""
        self._refund_answers = list(answers)

    def will_trace(self, *answers: RefundOutcome) -> None:
        """To the next questions about a refund, in this order; the last answer stays."""
        self._traces = list(answers)

    async def start(self, instruction: Instruction) -> StartOutcome:
        self.pushes.append(instruction)
        await asyncio.sleep(0)
        if self.on_push:
            await self.on_push(instruction)
        accepted = Accepted(f"request-{len(self.pushes)}", f"merchant-{len(self.pushes)}")
        answer = self._push_answers.pop(0) if self._push_answers else accepted
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def check(self, inquiry: Inquiry) -> Outcome:
        if inquiry.receipt_code:
            self.codes.append(inquiry.receipt_code)
            return self._known_codes.get(inquiry.receipt_code, Pending("not found"))
        self.checks.append(inquiry.request_id)
        await asyncio.sleep(0)
        answer = self._check_answers.pop(0) if len(self._check_answers) > 1 else self._check_answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def refund(self, instruction: RefundInstruction) -> RefundAnswer | NotOffered:
        self.refunds.append(instruction)
        if self.on_refund:
            await self.on_refund(instruction)
        answers = self._refund_answers
        return answers.pop(0) if answers else RefundAccepted(f"refund-{len(self.refunds)}")

    async def check_refund(self, inquiry: RefundInquiry) -> RefundOutcome:
        self.traced.append(inquiry)
        return self._traces.pop(0) if len(self._traces) > 1 else self._traces[0]

    def verify(self, body: str, headers: Mapping[str, str] = NO_HEADERS) -> None:
        if self.capabilities.signs and headers.get("signature") != SIGNED["signature"]:
            raise CallbackForged
        self.translate(body)

    def translate(self, body: str) -> Sequence[Heard]:
        if body not in self._callbacks:
            raise CallbackUnreadable("not a callback of the fake")
        return self._callbacks[body]

    async def close(self) -> None:
        self.closed = True


class TroubledStore(Store):
    """A store whose database is away for the next `away` reads and writes."""

    def __init__(self, real: Store) -> None:
        self._real, self.jobs_changed = real, real.jobs_changed
        self.away = 0

    async def read(self, question: Callable[[Tx], Answer]) -> Answer:
        self._is_away()
        return await self._real.read(question)

    async def write(self, work: Callable[[Tx], Answer]) -> Answer:
        self._is_away()
        return await self._real.write(work)

    def _is_away(self) -> None:
        if self.away:
            self.away -= 1
            self.jobs_changed.set()
            raise OSError("the database is away")


class FakeSink:
    """Takes every letter, unless `refuses` says why not."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.refuses: Exception | None = None
        self.closed = False

    async def deliver(self, letter: Letter) -> None:
        if self.refuses:
            raise self.refuses
        self.letters.append(letter)

    async def close(self) -> None:
        self.closed = True


class FakeRenderer(Renderer):
    """Prints at once, a few bytes per receipt, unless `breaks` says why not. `on_print` is awaited before."""

    def __init__(self) -> None:
        self.printed: list[tuple[ReceiptFacts, Language]] = []
        self.warmed = False
        self.breaks: Exception | None = None
        self.waiting = 0
        self.on_print: Callable[[ReceiptFacts], Awaitable[object]] | None = None

    async def render(self, facts: ReceiptFacts, language: Language) -> bytes:
        if self.breaks:
            raise self.breaks
        if self.on_print:
            self.waiting += 1
            await self.on_print(facts)
        self.printed.append((facts, language))
        return f"%PDF {facts.number.address} {language}".encode()

    async def warm(self) -> None:
        if self.breaks:
            raise self.breaks
        self.warmed = True

    async def close(self) -> None:
        return None
