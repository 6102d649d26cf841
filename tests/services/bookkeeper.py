"""A provider that keeps a true book of what it did, whatever it answered, and says the truth once it is calm."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random
from typing import TypeVar

from portal.domain.outcome import (
    Accepted,
    NotPaid,
    NotSent,
    Outcome,
    Paid,
    Pending,
    Reason,
    StartOutcome,
    Unknown,
)
from portal.domain.refund_outcome import (
    NotRefunded,
    RefundAccepted,
    RefundAnswer,
    Refunded,
    RefundOutcome,
    RefundRefusal,
    RefundRoute,
)
from portal.providers.provider import Capabilities, Inquiry, Instruction
from portal.providers.refund import RefundInquiry, RefundInstruction, SendsBack
from tests.fakes import FakeProvider
from tests.makers import FakeClock

Answer = TypeVar("Answer", StartOutcome, RefundAnswer)
WAYS = tuple(
    SendsBack(route=route, part=True, again=True, answers_questions=True, known_by_our_reference=True)
    for route in (RefundRoute.REVERSAL, RefundRoute.PAYOUT)
)
LOST = Unknown(Reason.AMBIGUOUS, "read timeout")
NEVER_LEFT = NotSent("connection refused")


class Killed(BaseException):
    """The process that called is gone: nothing after the call happens in it."""


class Mood(Enum):
    """What becomes of one call."""

    WELL = auto()
    LOST = auto()
    """It was done, and the answer never came."""
    NEVER = auto()
    """It never left."""
    KILLED_BEFORE = auto()
    KILLED_AFTER = auto()


MOODS = (*[Mood.WELL] * 12, Mood.LOST, Mood.LOST, Mood.NEVER, Mood.KILLED_BEFORE, Mood.KILLED_AFTER)
TRUTHFUL = (Mood.WELL,)


@dataclass
class Asked:
    """A prompt, or a refund: what was asked for, how it ended, and how often its money moved."""

    instruction: Instruction | RefundInstruction
    request_id: str
    outcome: Outcome | RefundOutcome = field(default_factory=Pending)
    moved: int = 0


class Bookkeeper(FakeProvider):
    """`prompts` and `back` are the book, by our references; `chance` makes its `moods`."""

    def __init__(self, chance: Random, clock: FakeClock) -> None:
        super().__init__(capabilities=Capabilities(sends_back=WAYS, known_by_our_reference=True))
        self.chance, self.clock, self.moods = chance, clock, MOODS
        self.prompts: dict[str, Asked] = {}
        self.back: dict[str, Asked] = {}
        self.requests: Counter[str] = Counter()

    @property
    def open_prompts(self) -> list[Asked]:
        """What a phone still shows, or showed: a late yes may follow a no that is not of the payer."""
        return [one for one in self.prompts.values() if not isinstance(one.outcome, Paid)]

    @property
    def open_refunds(self) -> list[Asked]:
        return [one for one in self.back.values() if isinstance(one.outcome, Pending)]

    def pay(self, prompt: Asked) -> None:
        """The money moves."""
        prompt.moved += 1
        code = f"UC{prompt.instruction.reference[:8]}"
        prompt.outcome = Paid(prompt.instruction.amount, code, self.clock())

    def refuse(self, prompt: Asked) -> None:
        prompt.outcome = NotPaid(Reason.NO_RESPONSE, "1037")

    def send_back(self, refund: Asked) -> None:
        refund.moved += 1
        refund.outcome = Refunded(
            f"RC{refund.instruction.reference[:8]}", refund.instruction.amount, self.clock()
        )

    def keep(self, refund: Asked) -> None:
        """The wallet takes it not."""
        refund.outcome = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "full")

    def decide_all(self) -> None:
        """Nobody takes up a phone any more, and every wallet takes its money."""
        for prompt in self.prompts.values():
            if isinstance(prompt.outcome, Pending):
                self.refuse(prompt)
        for refund in self.open_refunds:
            self.send_back(refund)

    async def start(self, instruction: Instruction) -> StartOutcome:
        mood = self._mood()
        if mood is Mood.NEVER:
            return NEVER_LEFT
        name = self._noted(self.prompts, instruction)
        return LOST if mood is Mood.LOST else self._alive(mood, Accepted(name, f"merchant-{name}"))

    async def check(self, inquiry: Inquiry) -> Outcome:
        known = self.prompts.get(inquiry.reference)
        if self._mood() is not Mood.WELL:
            return LOST
        return known.outcome if known else NotPaid(Reason.NO_RESPONSE, "no such request")

    async def refund(self, instruction: RefundInstruction) -> RefundAnswer:
        mood = self._mood()
        if mood is Mood.NEVER:
            return NEVER_LEFT
        name = self._noted(self.back, instruction)
        return LOST if mood is Mood.LOST else self._alive(mood, RefundAccepted(name))

    async def check_refund(self, inquiry: RefundInquiry) -> RefundOutcome:
        known = self.back.get(inquiry.reference)
        if self._mood() is not Mood.WELL:
            return LOST
        return known.outcome if known else NotRefunded(RefundRefusal.NOT_FOUND, "no such request")

    def _mood(self) -> Mood:
        mood = self.chance.choice(self.moods)
        if mood is Mood.KILLED_BEFORE:
            raise Killed
        return mood

    def _noted(self, book: dict[str, Asked], instruction: Instruction | RefundInstruction) -> str:
        self.requests[instruction.reference] += 1
        name = f"request-{len(self.prompts) + len(self.back) + 1}"
        return book.setdefault(instruction.reference, Asked(instruction, name)).request_id

    def _alive(self, mood: Mood, answer: Answer) -> Answer:
        if mood is Mood.KILLED_AFTER:
            raise Killed
        return answer
