"""A provider that keeps a true book of what it did, whatever it answered, and says the truth once it is calm."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from random import Random
from typing import TypeVar

from portal.domain.dispute import DisputeVerdict
from portal.domain.money import Money, shillings
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
    Cause,
    NotRefunded,
    RefundAccepted,
    RefundAnswer,
    Refunded,
    RefundOutcome,
    RefundRefusal,
    RefundRoute,
)
from portal.providers.provider import Capabilities, Inquiry, Instruction
from portal.providers.refund import Claim, HeardOfRefund, RefundInquiry, RefundInstruction, SendsBack
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
class Prompt:
    """How it ended, and how often its money moved."""

    instruction: Instruction
    request_id: str
    outcome: Outcome = field(default_factory=Pending)
    moved: int = 0


@dataclass
class AskedBack:
    """A refund that was asked for: how it ended, how often its money moved, and whether it came back."""

    instruction: RefundInstruction
    request_id: str
    outcome: RefundOutcome = field(default_factory=Pending)
    moved: int = 0
    returned: bool = False

    @property
    def is_gone(self) -> bool:
        return self.moved == 1 and not self.returned


@dataclass
class Taken:
    """Money that its provider moves by itself: `words` are all that was true of it, the newest last."""

    payment: str
    request_id: str
    amount: Money
    cause: Cause
    gone: bool
    verdict: DisputeVerdict | None = None
    words: list[HeardOfRefund] = field(default_factory=list)

    @property
    def outcome(self) -> RefundOutcome:
        if self.gone:
            return Refunded(self.request_id, self.amount)
        over = self.verdict is not None or self.cause is Cause.ELSEWHERE
        return NotRefunded(RefundRefusal.CALLED_OFF, "it stays") if over else Pending()

    def note(self, now: datetime) -> None:
        """No two words are of the same moment."""
        last = self.words[-1].at if self.words else None
        at = max(now, last + timedelta(seconds=1)) if last else now
        claim = Claim(amount=self.amount, verdict=self.verdict) if self.cause is Cause.DISPUTE else None
        word = HeardOfRefund(
            cause=self.cause, outcome=self.outcome, request_id=self.request_id, at=at, claim=claim
        )
        self.words.append(word)


class Bookkeeper(FakeProvider):
    """`prompts` and `back` are the book, by our references; `chance` makes its `moods`."""

    def __init__(self, chance: Random, clock: FakeClock) -> None:
        super().__init__(capabilities=Capabilities(sends_back=WAYS, known_by_our_reference=True))
        self.chance, self.clock, self.moods = chance, clock, MOODS
        self.prompts: dict[str, Prompt] = {}
        self.back: dict[str, AskedBack] = {}
        self.requests: Counter[str] = Counter()
        self.taken: dict[str, Taken] = {}
        self.costs: dict[str, int] = {}

    @property
    def open_prompts(self) -> list[Prompt]:
        """What a phone still shows, or showed: a late yes may follow a no that is not of the payer."""
        return [one for one in self.prompts.values() if not isinstance(one.outcome, Paid)]

    @property
    def open_refunds(self) -> list[AskedBack]:
        return [one for one in self.back.values() if isinstance(one.outcome, Pending)]

    def pay(self, prompt: Prompt) -> None:
        """The money moves."""
        prompt.moved += 1
        code = f"UC{prompt.instruction.reference[:8]}"
        prompt.outcome = Paid(prompt.instruction.amount, code, self.clock())

    def refuse(self, prompt: Prompt) -> None:
        prompt.outcome = NotPaid(Reason.NO_RESPONSE, "1037")

    def send_back(self, refund: AskedBack) -> None:
        """Nothing is reversed that is not here any more; what is paid out comes from what others paid."""
        asked = refund.instruction
        if asked.route is RefundRoute.REVERSAL and self.left_of(asked.payment) < asked.amount:
            self.keep(refund)
            return
        refund.moved += 1
        refund.outcome = Refunded(
            f"RC{refund.instruction.reference[:8]}", refund.instruction.amount, self.clock()
        )

    def keep(self, refund: AskedBack) -> None:
        """The wallet takes it not."""
        refund.outcome = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "full")

    def bounce(self, refund: AskedBack) -> None:
        refund.returned = True
        refund.outcome = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "returned")

    def take(self, payment: str, amount: Money, cause: Cause, *, gone: bool) -> None:
        name = f"by itself {len(self.taken) + 1}"
        self.taken[name] = Taken(payment, name, amount, cause, gone=gone)
        self.taken[name].note(self.clock())

    def give_up(self, taken: Taken) -> None:
        """What was taken is ours again."""
        taken.gone = False
        taken.note(self.clock())

    def judge(self, taken: Taken, verdict: DisputeVerdict) -> None:
        taken.verdict, taken.gone = verdict, verdict is DisputeVerdict.LOST
        taken.note(self.clock())

    def charge(self, payment: str) -> int:
        """In shillings; asked again it is the same."""
        return self.costs.setdefault(payment, 1_000 + len(self.costs))

    def left_of(self, payment: str) -> Money:
        """What of a payment is here, or would be, had nothing been sent beyond it."""
        prompt = self.prompts[payment]
        came = prompt.instruction.amount if prompt.moved else shillings(0)
        return came - self.gone_of(payment)

    def gone_of(self, payment: str) -> Money:
        went = [one.instruction for one in self.back.values() if one.is_gone]
        sent = [one.amount for one in went if one.payment == payment]
        taken = [one.amount for one in self.taken.values() if one.gone and one.payment == payment]
        return sum([*sent, *taken], shillings(0))

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
        noted = self.prompts.setdefault(
            instruction.reference, Prompt(instruction, self._name(instruction.reference))
        )
        name = noted.request_id
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
        noted = self.back.setdefault(
            instruction.reference, AskedBack(instruction, self._name(instruction.reference))
        )
        name = noted.request_id
        return LOST if mood is Mood.LOST else self._alive(mood, RefundAccepted(name))

    async def find_refund(self, request_id: str, receipt_code: str) -> RefundOutcome:
        known = self.taken.get(request_id)
        if self._mood() is not Mood.WELL or known is None:
            return LOST
        return known.outcome

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

    def _name(self, reference: str) -> str:
        self.requests[reference] += 1
        return f"request-{len(self.prompts) + len(self.back) + 1}"

    def _alive(self, mood: Mood, answer: Answer) -> Answer:
        if mood is Mood.KILLED_AFTER:
            raise Killed
        return answer
