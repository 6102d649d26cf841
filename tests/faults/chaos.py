"""Many people, a provider in every mood, two portals on one database, and chance."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from random import Random
from typing import TypeVar

from sqlalchemy import ColumnElement, select

from portal.domain.errors import PortalError
from portal.domain.money import Money, shillings
from portal.domain.payment import Payment
from portal.domain.payment_state import IN_FLIGHT, State
from portal.domain.person import Person
from portal.sandbox.acts import act
from portal.sandbox.daraja.codes import CODES
from portal.sandbox.fates import PERSON, Answer, Fate, Query, Twist, When
from portal.sandbox.results import (
    CANCELLED,
    EXPIRED,
    LIMIT,
    NO_ANSWER,
    NO_BALANCE,
    PAID,
    PAYEE_FULL,
    PIN_LOCKED,
    REPEATED,
    UNDOCUMENTED,
    WRONG_PIN,
)
from portal.services.refund_wish import Typed
from portal.services.refunds import shown_of
from portal.services.tokens import callback_token
from portal.store.payments import payment_of
from portal.store.tables import payments
from tests.faults.callbacks import told
from tests.faults.town import CLERK, Household, households
from tests.makers import FakeClock
from tests.portal import RunningPortal
from tests.sandbox.running import RunningSandbox, basic

RESULTS = (
    *[PAID] * 16,
    CANCELLED,
    WRONG_PIN,
    NO_BALANCE,
    NO_ANSWER,
    EXPIRED,
    PIN_LOCKED,
    UNDOCUMENTED,
    REPEATED,
)
WELL: dict[str, object] = {"down": False, "query_errors": 0.0, "rule_limit": False}
SENDS_BACK: dict[str, object] = {"refund": PAID, "refund_answer": Answer.ACCEPTED, "refund_twists": ()}
ODD_ANSWERS: list[dict[str, object]] = [{"refund_answer": answer} for answer in Answer]
REFUSALS: list[dict[str, object]] = [
    {"refund": result} for result in (NO_BALANCE, LIMIT, PAYEE_FULL, UNDOCUMENTED)
]
ODD_RESULTS: list[dict[str, object]] = [
    {"refund_twists": (twist,)} for twist in (Twist.LATE, Twist.LOST, Twist.DUPLICATE, Twist.MALFORMED)
]
MOODS_OF_SENDING = ({}, {}, {}, {}, *ODD_ANSWERS, *REFUSALS, *ODD_RESULTS)
"""Not a provider that lies about money where nobody can be asked: against that no books help."""
MOODS: tuple[dict[str, object], ...] = (
    *({} for _ in range(5)),
    {"down": True},
    {"query_errors": 0.5},
    {"rule_limit": True},
)
TWISTS = tuple(twist for twist in Twist if twist not in (Twist.OVERSIZED, Twist.SMALLER_AMOUNT))
TAKEN_BACK = (NO_ANSWER, CANCELLED, WRONG_PIN)
UNHEARD = frozenset({Twist.LOST, Twist.DEEP, Twist.MALFORMED, Twist.CONTRADICTORY})
REASONS = ("OTHER", "PROPERTY_UNAVAILABLE", "CANCELLED_APPLICATION", "DUPLICATE_PAYMENT")
Mood = TypeVar("Mood", When, Answer, Query)
PRESSES = ("approve", "approve", "wrong-pin", "cancel", "ignore")


@dataclass
class Chaos:
    """`story` tells what was done; two runs of one seed differ only in how their messages cross."""

    portals: list[RunningPortal]
    random: Random
    people: list[Household] = field(default_factory=households)
    pressing: set[asyncio.Task[None]] = field(default_factory=set)
    story: list[str] = field(default_factory=list)
    orders: int = 0

    @property
    def portal(self) -> RunningPortal:
        return self.random.choice(self.portals)

    @property
    def sandbox(self) -> RunningSandbox:
        return self.portals[0].sandbox

    @property
    def clock(self) -> FakeClock:
        return self.portals[0].clock

    async def rage(self, seconds: float) -> None:
        """Does one thing after another for that long, while what was begun goes on."""
        acts: dict[Callable[[], Awaitable[None]], int] = {
            self.press_pay: 40,
            self.press_pay_twice: 4,
            self.use_a_phone: 8,
            self.approve_late: 4,
            self.cancel: 4,
            self.check_now: 3,
            self.forge: 6,
            self.work: 25,
            self.wait_a_little: 12,
            self.wait_long: 2,
            self.provider_goes_away: 1,
            self.provider_changes_its_mood: 5,
            self.provider_ends_the_token: 2,
            self.ask_back: 10,
            self.agree: 10,
            self.sending_changes_its_mood: 4,
        }
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            (next_act,) = self.random.choices(list(acts), list(acts.values()))
            self.story.append(f"{self.clock():%d %H:%M:%S} {next_act.__name__}")
            await next_act()
            await asyncio.sleep(0)

    async def calm(self) -> None:
        """Everybody who began has ended, and the provider is well and tells the truth."""
        await asyncio.gather(*self.pressing)
        network = self.sandbox.world.network
        await self.sandbox.switch(**WELL | SENDS_BACK)
        for prompt in network.prompts.values():
            prompt.fate = replace(prompt.fate, query=Query.TRUE)
            prompt.lag = 0
        network.fates = {m: replace(fate, query=Query.TRUE) for m, fate in network.fates.items()}
        await self.portals[0].quiet()

    async def give_up(self) -> None:
        """Nobody waits for anything any more."""
        for task in self.pressing:
            task.cancel()
        await asyncio.gather(*self.pressing, return_exceptions=True)

    async def press_pay(self) -> None:
        self._press(self._new_key(), 1)

    async def press_pay_twice(self) -> None:
        self._press(self._new_key(), self.random.randint(2, 4))

    async def use_a_phone(self) -> None:
        network = self.sandbox.world.network
        waiting = [prompt.push.msisdn for prompt in network.prompts.values() if prompt.waits_for_a_person]
        if waiting:
            act(network, self.random.choice(waiting), self.random.choice(PRESSES))

    async def approve_late(self) -> None:
        """A prompt that was over is paid after all, and its callback says so: nobody asks about a no for ever."""
        network = self.sandbox.world.network
        over = [p for p in network.prompts.values() if p.result in TAKEN_BACK and not p.twists & UNHEARD]
        if over:
            network.act(self.random.choice(over), PAID)

    async def cancel(self) -> None:
        for household, payment in await self._somebody_waiting():
            await self.portal.portal.payments.cancel(household.tenant, payment.reference)

    async def check_now(self) -> None:
        for household, payment in await self._somebody_waiting():
            await self.portal.portal.payments.look_again(household.tenant, payment.reference)

    async def forge(self) -> None:
        """Right or wrong address, right or wrong request, a lie or a copy of the truth."""
        known = self.sandbox.world.network.prompts.values()
        prompts = [prompt for prompt in known if Twist.SMALLER_AMOUNT not in prompt.twists]
        if not prompts:
            return
        portal, prompt, other = self.portal, self.random.choice(prompts), self.random.choice(prompts)
        token = callback_token(portal.settings.signing_keys, "mpesa", prompt.push.reference)
        address = f"/webhooks/mpesa/{token if self.random.random() < 0.8 else token[::-1]}"
        about = prompt.request_id if self.random.random() < 0.8 else other.request_id
        body = json.dumps(
            told(about, int(CODES[self.random.choice(RESULTS)]), items=self._claims(prompt.push.amount))
        )
        if self.random.random() < 0.2:
            body = body[: self.random.randrange(len(body))]
        answer = await portal.client.post(address, content=body)
        assert answer.status_code in (200, 404), answer.text

    async def ask_back(self) -> None:
        """Some or all of a payment that came, whether or not others ask at the same time: twice, now and then."""
        for household, payment in await self._one_of(payments.c.state == State.COMPLETED):
            whole, key = self.random.random() < 0.3, self._new_key()
            amount = str(self.random.randint(-100, payment.amount.minor + 500))
            wish = Typed(reason=self.random.choice(REASONS), whole=whole, amount=amount, notes="So it is.")
            for portal in self.portals[: self.random.choice((1, 1, 2))]:
                self._in_the_background(
                    self._ask_back(portal, household.tenant, payment.reference, wish, key)
                )
                key = self._new_key() if self.random.random() < 0.5 else key

    async def agree(self) -> None:
        """Somebody of the office, to all or to less, or they decline."""
        portal = self.portal.portal
        waiting = [
            one for one in (await portal.reads.refund_lists.queue(CLERK, None)).rows if one.refund.is_open
        ]
        if not waiting:
            return
        refund = self.random.choice(waiting).refund
        try:
            if self.random.random() < 0.1:
                await portal.refunds.decline(CLERK, refund.reference, "Nobody paid twice.")
            else:
                await portal.refunds.approve(CLERK, refund.reference, shown=shown_of(refund))
        except PortalError as refusal:
            self.story.append(f"refund {refund.reference}: {refusal.code}")

    async def sending_changes_its_mood(self) -> None:
        await self.sandbox.switch(**SENDS_BACK | self.random.choice(MOODS_OF_SENDING))

    async def work(self) -> None:
        await asyncio.gather(*(portal.portal.worker.run_due() for portal in self.portals))

    async def wait_a_little(self) -> None:
        self.clock.advance(seconds=self.random.expovariate(1 / 20))
        await asyncio.sleep(0.01)

    async def wait_long(self) -> None:
        self.clock.advance(hours=self.random.expovariate(1))
        await self.work()

    async def provider_goes_away(self) -> None:
        await self.sandbox.line.down()
        self.clock.advance(seconds=self.random.expovariate(1 / 10))
        await self.work()
        await self.sandbox.line.up()

    async def provider_changes_its_mood(self) -> None:
        await self.sandbox.switch(**WELL | self.random.choice(MOODS))

    async def provider_ends_the_token(self) -> None:
        self.sandbox.daraja.tokens.issue(basic(self.sandbox.settings), "client_credentials")

    def _press(self, key: str, times: int) -> None:
        household = self.random.choice(self.people)
        amounts = self._amounts(household)
        msisdn = household.msisdn if self.random.random() < 0.8 else self.random.choice(self.people).msisdn
        self.sandbox.world.network.fates[msisdn] = self._fate()
        for _ in range(times):
            self._in_the_background(self._pay(household, msisdn, amounts, key))

    def _in_the_background(self, act: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(act)
        self.pressing.add(task)
        task.add_done_callback(self.pressing.discard)

    async def _ask_back(
        self, portal: RunningPortal, tenant: Person, payment: str, wish: Typed, key: str
    ) -> None:
        try:
            refund = await portal.portal.refunds.ask(tenant, payment, wish, key)
            self.story.append(f"{key} asks for refund {refund} of {payment}")
        except PortalError as refusal:
            self.story.append(f"{key} about {payment}: {refusal.code}")

    def _amounts(self, household: Household) -> dict[str, Money]:
        """A bill, a part of one, or several in one push."""
        several = self.random.choice((1, 1, 1, 2, 3, 5))
        bills = self.random.sample(household.bills, several)
        if several == 1 and self.random.random() < 0.3:
            return {bills[0].reference: shillings(self.random.randint(1_000, 8_000))}
        return {bill.reference: bill.amount for bill in bills}

    async def _pay(self, household: Household, msisdn: str, amounts: dict[str, Money], key: str) -> None:
        try:
            reference = await self.portal.pay(msisdn, amounts=amounts, payer=household.tenant, key=key)
            self.story.append(f"{key} of {household.tenant.name} is {reference}")
        except PortalError as refusal:
            self.story.append(f"{key} of {household.tenant.name}: {refusal.code}")

    def _fate(self) -> Fate:
        if self.random.random() < 0.15:
            return PERSON
        twists: list[Twist] = [twist for twist in TWISTS if self.random.random() < 0.07]
        return Fate(
            "drawn",
            "Drawn by chance.",
            result=self.random.choice(RESULTS),
            when=self._mostly(When.AT_ONCE),
            answer=self._mostly(Answer.ACCEPTED),
            # Alone, for a query tells no amount: only the callback can say that it was another one.
            twists=frozenset(twists or [Twist.SMALLER_AMOUNT] * (self.random.random() < 0.03)),
            query=self._mostly(Query.TRUE),
        )

    def _mostly(self, usual: Mood) -> Mood:
        return usual if self.random.random() < 0.8 else self.random.choice(list(type(usual)))

    def _claims(self, amount: int) -> dict[str, object] | None:
        if self.random.random() < 0.3:
            return None
        told_amount = amount if self.random.random() < 0.8 else self.random.randint(-5, 10**7)
        return {"Amount": told_amount, "MpesaReceiptNumber": f"FORGED{self.random.randint(0, 5)}"}

    def _new_key(self) -> str:
        self.orders += 1
        return f"order {self.orders}"

    async def _somebody_waiting(self) -> list[tuple[Household, Payment]]:
        return await self._one_of(payments.c.state.in_(IN_FLIGHT))

    async def _one_of(self, which: ColumnElement[bool]) -> list[tuple[Household, Payment]]:
        """One of those payments, with whoever paid, if there are any."""
        question = select(payments).where(which)
        rows = await self.portal.portal.store.read(lambda tx: list(tx.execute(question).mappings()))
        if not rows:
            return []
        payment = payment_of(self.random.choice(rows))
        return [(household, payment) for household in self.people if household.tenant.id == payment.payer]
