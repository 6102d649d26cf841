"""The simulated network: one prompt per subscriber, ended by fates and people, and the money moved."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from portal.sandbox.book import PAYMENT, REVERSAL, Book, Movement
from portal.sandbox.callbacks import Courier
from portal.sandbox.errands import Errands
from portal.sandbox.fates import BY_NUMBER, PERSON, Answer, Fate, Query, Twist, When
from portal.sandbox.limits import limit_per_push
from portal.sandbox.operators import operator_of
from portal.sandbox.prompt import RECEIPT, Prompt, Push, Refund, Transaction
from portal.sandbox.results import ABOVE_MAXIMUM, CANCELLED, NO_ANSWER, PAID, REPEATED
from portal.sandbox.settings import EAT, SandboxSettings
from portal.sandbox.twin import Twin

SAME_AMOUNT_WITHIN = timedelta(minutes=2)


@dataclass
class Switches:
    """For all numbers: providers down; what stands in front of them and answers every request, tokens too, with one of
    `Answer` (unavailable, redirected, html or late); share (0 to 1) of queries that know nothing; the same amount
    refused for two minutes; a token's lifetime told as text; how reversals and payouts end, how they are answered,
    and what happens to the callbacks that tell of them: words of `Twist`. Raises ValueError for any other.
    """

    down: bool = False
    gateway: str = ""
    query_errors: float = 0.0
    rule_limit: bool = False
    expires_as_text: bool = False
    refund: str = PAID
    refund_answer: str = Answer.ACCEPTED
    refund_twists: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.refund_twists = tuple(Twist(word) for word in self.refund_twists)


@dataclass
class Network:
    """`notices` are what it wrote on each phone that belongs to no prompt."""

    settings: SandboxSettings
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    book: Book
    courier: Courier
    errands: Errands
    switches: Switches = field(default_factory=Switches)
    prompts: dict[str, Prompt] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)
    next_twists: dict[str, set[Twist]] = field(default_factory=dict)
    notices: dict[str, list[str]] = field(default_factory=dict)

    def fate_of(self, msisdn: str) -> Fate:
        return self.fates.get(msisdn) or BY_NUMBER.get(msisdn, PERSON)

    def is_locked(self, msisdn: str) -> bool:
        """A prompt is in flight on this phone, whoever asked."""
        return any(prompt.in_flight for prompt in self.prompts_of(msisdn))

    def broken_rule(self, push: Push) -> str | None:
        """The result with which the network ends such a push before anything shows on a phone."""
        if push.amount > limit_per_push(self.clock()):
            return ABOVE_MAXIMUM
        return REPEATED if self.switches.rule_limit and self._paid_the_same(push) else None

    def accept(
        self,
        twin: Twin,
        push: Push,
        request_id: str,
        *,
        ids: Mapping[str, str] | None = None,
        fate: Fate | None = None,
        broken_rule: str | None = None,
    ) -> Prompt:
        """A prompt that `play` then lives through. `fate`: another than the number's own."""
        chosen = fate or self.fate_of(push.msisdn)
        if broken_rule:
            chosen = Fate("refused", "The network's own rule.", result=broken_rule)
        now = self.clock()
        prompt = Prompt(
            twin=twin,
            request_id=request_id,
            ids=dict(ids or {}),
            push=push,
            fate=chosen,
            asked_at=now,
            expires_at=now + timedelta(seconds=self.settings.prompt_lifetime),
            twists=chosen.twists,
            lag=self.settings.query_lag if chosen.query is Query.LAGS else 0,
        )
        self.prompts[request_id] = prompt
        return prompt

    async def begin(self, prompt: Prompt) -> None:
        """The payer acts in the background, except where the callback must overtake the answer."""
        if Twist.EARLY in prompt.twists:
            await self.play(prompt)
        else:
            self.errands.start(self.play(prompt))

    async def play(self, prompt: Prompt) -> None:
        """Lives the prompt through to its end, callback included."""
        if prompt.fate.result is None or prompt.fate.when is not When.AT_ONCE:
            await self._expire(prompt)
            return
        if Twist.EARLY not in prompt.twists:
            await self.sleep(self.settings.result_delay)
        await self._end(prompt, prompt.fate.result)

    def act(self, prompt: Prompt, result: str) -> None:
        """A person ends the prompt; the callback follows by itself."""
        self._settle(prompt, result)
        self.errands.start(self.courier.deliver(prompt))

    def send_back(self, refund: Refund) -> None:
        """Accepts a reversal or payout; its end and its callback follow by themselves."""
        self._hold(refund)
        self.errands.start(self._play_refund(refund))

    def send_back_at_once(self, refund: Refund) -> None:
        """The same where its end is known with the answer."""
        self._hold(refund)
        self._settle_refund(refund)
        self.errands.start(self.courier.deliver(refund))

    def take_back(self, payment: Movement) -> Movement:
        """The payer has the operator undo what they paid; the merchant is neither asked nor told."""
        now = self.clock()
        receipt = self.book.receipt(now, operator_of(payment.msisdn))
        left = self.left_of(payment)
        return self.book.move(
            replace(payment, amount=-left, receipt=receipt, at=now, kind=REVERSAL, of=payment.receipt)
        )

    def left_of(self, payment: Movement) -> int:
        """What no reversal has taken back yet, or is about to."""
        on_their_way = [r for r in self.refunds.values() if r.of == payment.receipt and r.in_flight]
        return self.book.left_of(payment) - sum(refund.push.amount for refund in on_their_way)

    def prompts_of(self, msisdn: str) -> list[Prompt]:
        return [prompt for prompt in self.prompts.values() if prompt.push.msisdn == msisdn]

    def live_prompt(self, msisdn: str) -> Prompt | None:
        """The prompt that stands on this phone's screen."""
        return next((p for p in self.prompts_of(msisdn) if p.waits_for_a_person), None)

    async def reset(self) -> None:
        await self.errands.cancel()
        self.switches = Switches()
        self.prompts.clear()
        self.refunds.clear()
        self.fates.clear()
        self.next_twists.clear()
        self.notices.clear()
        self.courier.deliveries.clear()
        self.book.clear()

    def _paid_the_same(self, push: Push) -> bool:
        moved = [m for m in self.book.movements if m.msisdn == push.msisdn and m.amount == push.amount]
        return any(self.clock() - movement.at < SAME_AMOUNT_WITHIN for movement in moved)

    async def _expire(self, prompt: Prompt) -> None:
        await self.sleep(self.settings.prompt_lifetime)
        if not prompt.in_flight:
            return
        if prompt.fate.when is not When.AFTER_EXPIRY:
            await self._end(prompt, NO_ANSWER)
        else:
            await self._pay_after_expiry(prompt)

    async def _pay_after_expiry(self, prompt: Prompt) -> None:
        self._settle(prompt, NO_ANSWER)
        if Twist.FAILURE_FIRST in prompt.twists:
            await self.courier.deliver(prompt)
        await self.sleep(self.settings.late_after)
        await self._end(prompt, prompt.fate.result or PAID)

    async def _end(self, prompt: Prompt, result: str) -> None:
        self._settle(prompt, result)
        await self.courier.deliver(prompt)

    def _settle(self, prompt: Prompt, result: str) -> None:
        """What was paid stays paid, and only once."""
        if prompt.movement:
            return
        prompt.twists |= self.next_twists.pop(prompt.push.msisdn, set())
        if result == PAID:
            amount = prompt.push.amount
            is_less = Twist.SMALLER_AMOUNT in prompt.twists
            prompt.movement = self._move(prompt, max(1, amount // 2) if is_less else amount)
            prompt.texts.append(_confirmation(prompt.push, prompt.movement))
        prompt.end(result)

    def _hold(self, refund: Refund) -> None:
        refund.twists = frozenset(map(Twist, self.switches.refund_twists))
        self.refunds[refund.request_id] = refund

    async def _play_refund(self, refund: Refund) -> None:
        await self.sleep(self.settings.result_delay)
        if Twist.FAILURE_FIRST in refund.twists:
            refund.end(CANCELLED)
            await self.courier.deliver(refund)
            await self.sleep(self.settings.late_after)
        self._settle_refund(refund)
        await self.courier.deliver(refund)

    def _settle_refund(self, refund: Refund) -> None:
        result = refund.refused or self.switches.refund
        if result == PAID:
            refund.movement = self._move(refund, -refund.push.amount, kind=refund.kind, of=refund.of)
        refund.end(result)

    def _move(self, transaction: Transaction, amount: int, kind: str = PAYMENT, of: str = "") -> Movement:
        now, push = self.clock(), transaction.push
        return self.book.move(
            Movement(
                request_id=transaction.request_id,
                msisdn=push.msisdn,
                amount=amount,
                receipt=transaction.ids.get(RECEIPT) or self.book.receipt(now, push.operator),
                account_reference=push.reference,
                at=now,
                provider=transaction.twin.name,
                kind=kind,
                of=of,
            )
        )


def _confirmation(push: Push, movement: Movement) -> str:
    at = movement.at.astimezone(EAT)
    return push.operator.confirms.format(
        receipt=movement.receipt,
        amount=movement.amount,
        merchant=push.merchant,
        reference=push.reference,
        day=f"{at.day}/{at.month}/{at:%y}",
        time=f"{at:%H:%M}",
    )
