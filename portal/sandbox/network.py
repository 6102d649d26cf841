"""The simulated network: one prompt per subscriber, ended by fates and people, and the money moved."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.sandbox import refusals
from portal.sandbox.book import Book, Movement
from portal.sandbox.callbacks import Courier
from portal.sandbox.errands import Errands
from portal.sandbox.fates import BY_NUMBER, PERSON, Fate, Query, Twist, When
from portal.sandbox.prompt import Prompt, prompt_text
from portal.sandbox.results import ABOVE_MAXIMUM, NO_ANSWER, NOT_PERMITTED, PAID, PUSH_NOT_SENT, RULE_LIMITED
from portal.sandbox.settings import EAT, SandboxSettings
from portal.sandbox.validation import PAYBILL, Push, limit_per_push

LONGEST_PROMPT = 182
SAME_AMOUNT_WITHIN = timedelta(minutes=2)


@dataclass
class Switches:
    """For all numbers: provider down; share (0 to 1) of queries that know nothing; code 17 in force."""

    down: bool = False
    query_errors: float = 0.0
    rule_limit: bool = False
    expires_as_text: bool = False


@dataclass
class Network:
    settings: SandboxSettings
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    token_source: Callable[[int], str]
    book: Book
    courier: Courier
    errands: Errands
    switches: Switches = field(default_factory=Switches)
    prompts: dict[str, Prompt] = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)
    next_twists: dict[str, set[Twist]] = field(default_factory=dict)

    def fate_of(self, msisdn: str) -> Fate:
        return self.fates.get(msisdn) or BY_NUMBER.get(msisdn, PERSON)

    def accept(self, push: Push) -> Prompt:
        """Every accepted push is a prompt of its own: Daraja knows no idempotency."""
        if any(prompt.in_flight for prompt in self.prompts_of(push.msisdn)):
            raise refusals.subscriber_locked()
        now = self.clock()
        fate = self._network_rule(push, now) or self.fate_of(push.msisdn)
        expires_at = now + timedelta(seconds=self.settings.prompt_lifetime)
        ids = (self._checkout_id(now), self._merchant_id())
        lag = self.settings.query_lag if fate.query is Query.LAGS else 0
        prompt = Prompt(*ids, push, fate, now, expires_at, twists=fate.twists, lag=lag)
        self.prompts[prompt.checkout_id] = prompt
        return prompt

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

    def prompts_of(self, msisdn: str) -> list[Prompt]:
        return [prompt for prompt in self.prompts.values() if prompt.push.msisdn == msisdn]

    def live_prompt(self, msisdn: str) -> Prompt | None:
        """The prompt that stands on this phone's screen."""
        return next((p for p in self.prompts_of(msisdn) if p.waits_for_a_person), None)

    async def reset(self) -> None:
        await self.errands.cancel()
        self.switches = Switches()
        for kept in (self.prompts, self.fates, self.next_twists, self.courier.deliveries):
            kept.clear()
        self.book.clear()

    def _network_rule(self, push: Push, now: datetime) -> Fate | None:
        """What the network itself refuses after acceptance, before anything shows on a phone."""
        broken = self._broken_rule(push, now)
        return Fate("refused", "The network's own rule.", result=broken) if broken else None

    def _broken_rule(self, push: Push, now: datetime) -> str | None:
        if push.payee != self.settings.short_code or push.transaction_type != PAYBILL:
            return NOT_PERMITTED
        if push.amount > limit_per_push(now):
            return ABOVE_MAXIMUM
        if len(prompt_text(push, self.settings.business_name)) > LONGEST_PROMPT:
            return PUSH_NOT_SENT
        return RULE_LIMITED if self.switches.rule_limit and self._paid_the_same(push, now) else None

    def _paid_the_same(self, push: Push, now: datetime) -> bool:
        moved = [m for m in self.book.movements if m.msisdn == push.msisdn and m.amount == push.amount]
        return any(now - movement.at < SAME_AMOUNT_WITHIN for movement in moved)

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
        prompt.result = result
        prompt.ended_at = self.clock()
        prompt.twists |= self.next_twists.pop(prompt.push.msisdn, set())
        if result == PAID:
            prompt.movement = self._move(prompt)

    def _move(self, prompt: Prompt) -> Movement:
        push = prompt.push
        amount = max(1, push.amount // 2) if Twist.SMALLER_AMOUNT in prompt.twists else push.amount
        movement = self.book.move(prompt.checkout_id, push.msisdn, amount, push.reference, self.clock())
        prompt.texts.append(_confirmation(movement, self.settings.business_name))
        return movement

    def _checkout_id(self, now: datetime) -> str:
        number = int(self.token_source(8), 16) % 10**12
        return f"ws_CO_{now.astimezone(EAT):%d%m%Y%H%M%S}{number:012}"

    def _merchant_id(self) -> str:
        token = self.token_source(14)
        return f"{token[:4]}-{token[4:8]}-{token[8:12]}-{token[12:]}"


def _confirmation(movement: Movement, business_name: str) -> str:
    at = movement.at.astimezone(EAT)
    return (
        f"{movement.receipt} Confirmed. TZS {movement.amount:,} sent to {business_name} "
        f"for account {movement.account_reference} on {at.day}/{at.month}/{at:%y} at {at:%H:%M}."
    )
