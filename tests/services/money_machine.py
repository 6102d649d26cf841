"""Everybody acts in any order, and after each step every shilling is where the books say.

A `Machine` draws its steps from one `Random`, so a seed is a whole story and the same story again. What a person may
not do at that moment is refused, and then nothing has changed. Crashes happen inside the calls of the provider.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from sqlalchemy import select

from portal.domain.errors import PortalError
from portal.domain.money import shillings
from portal.domain.outcome import Paid, Pending
from portal.domain.payment import Payment
from portal.domain.payment_state import IN_FLIGHT, State
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_outcome import Cause, Refunded, RefundRoute
from portal.providers.provider import Heard
from portal.providers.refund import HeardOfRefund
from portal.services.refund_wish import Typed
from portal.services.refunds import shown_of
from portal.store import ledger_check, payments, replay
from portal.store.tables import payments as payment_rows
from portal.store.types import Tx
from portal.store.writer import open_store
from tests.databases import sqlite_copy
from tests.makers import BILL, FakeClock, a_landlord, a_person, a_reference
from tests.services.bookkeeper import MOODS, TRUTHFUL, Bookkeeper, Killed
from tests.services.desk import RENT, Desk, a_desk
from tests.services.refunding import GRACE, PETER, SALMA, hire

ASHA, JUMA = a_person(), a_landlord()
PEOPLE = (ASHA, JUMA, SALMA, PETER, GRACE)
APRIL = a_reference(23)
BILLS = (BILL, RENT, APRIL)
REASONS = (
    "OTHER",
    "DUPLICATE_PAYMENT",
    "PROPERTY_UNAVAILABLE",
    "CANCELLED_APPLICATION",
    "FRAUDULENT_TRANSACTION",
)
AMOUNTS = ("", "1", "50,000", "100,000", "449,999", "450,000", "900,000", "0", "-5", "10.50", "many")
NEVER_OWED_TO_US = ("deposit:", "suspense", "fee:")
PAUSES = ({"seconds": 5}, {"minutes": 3}, {"hours": 2}, {"days": 1})

IDLE = object()
"""There was nothing to do."""
Act = Callable[["Machine"], Awaitable[object]]


@dataclass
class Machine:
    """`story` tells what was done. Every step is one of `ACTS`."""

    desk: Desk
    bank: Bookkeeper
    chance: Random
    story: list[str] = field(default_factory=list)

    async def step(self) -> None:
        """Something that is not idle; after a few of those that are, whatever comes."""
        for _ in range(4):
            act = self.chance.choices([*ACTS], weights=[*ACTS.values()])[0]
            self.story.append(act.__name__)
            if await self._done(act):
                break
            self.story.pop()
        await _stray_tasks()
        await self.is_sound()

    async def _done(self, act: Act) -> bool:
        try:
            return await act(self) is not IDLE
        except PortalError as refused:
            self.story[-1] += f": {type(refused).__name__} {refused}"
        except Killed:
            self.story[-1] += ": killed"
        return True

    async def calm(self) -> None:
        """The provider says the truth, whoever was asked answers, and a month goes by."""
        self.story.append("calm")
        self.bank.moods = TRUTHFUL
        # What nobody had sent yet is sent now, and answered then.
        for hours in (2, 2, 31 * 24):
            self.bank.decide_all()
            await self.desk.pass_time(hours=hours)
        await self.is_sound()
        await self.all_is_decided()

    async def is_sound(self) -> None:
        report = await self.desk.store.snapshot(replay.check)
        checked = await self.desk.store.snapshot(ledger_check.check)
        assert report.sound, report
        assert checked.sound, checked
        for payment in await self.payments():
            self._is_true_to_the_book(payment)
        for account, balance in (await self.desk.balances()).items():
            is_debit = account == "cash:mpesa"
            assert not is_debit or balance >= 0, (account, balance)
            assert not account.startswith(NEVER_OWED_TO_US) or balance <= 0, (account, balance)

    def _is_true_to_the_book(self, payment: Payment) -> None:
        prompt = self.bank.prompts.get(payment.reference)
        assert payment.state is not State.COMPLETED or (prompt and prompt.moved == 1), payment
        assert self.bank.requests[payment.reference] <= 1, f"{payment.reference}: pushed twice"
        back = [self.bank.back[one.reference] for one in payment.refunds if one.reference in self.bank.back]
        assert all(one.moved <= 1 and self.bank.requests[one.instruction.reference] <= 1 for one in back), (
            back
        )
        gone = sum(one.instruction.amount.minor for one in back if one.moved)
        assert gone <= (payment.received.minor if payment.received else 0), payment
        for refund in payment.refunds:
            if refund.state is RefundState.SUCCEEDED and refund.route and refund.route.name != "BY_HAND":
                assert self.bank.back[refund.reference].moved == 1, refund

    async def all_is_decided(self) -> None:
        """Of a month-old story no question is left, and none was answered wrongly."""
        for payment in await self.payments():
            prompt = self.bank.prompts.get(payment.reference)
            has_moved = prompt is not None and prompt.moved == 1
            assert (payment.state is State.COMPLETED) is has_moved, payment
            assert payment.state not in IN_FLIGHT, payment
            for refund in payment.refunds:
                asked = self.bank.back.get(refund.reference)
                assert refund.state not in (RefundState.SUBMITTED, RefundState.UNKNOWN), refund
                if asked and asked.moved:
                    assert refund.state is RefundState.SUCCEEDED, refund

    async def payments(self) -> list[Payment]:
        def question(tx: Tx) -> list[Payment]:
            rows = tx.execute(select(payment_rows).order_by(payment_rows.c.created_at)).mappings()
            return [payments.payment_of(row) for row in rows]

        return await self.desk.read(question)

    async def a_refund(self, *states: RefundState) -> tuple[Payment, Refund] | None:
        """One that stands in one of the states."""
        found = [
            (payment, refund)
            for payment in await self.payments()
            for refund in payment.refunds
            if refund.state in states
        ]
        return self.chance.choice(found) if found else None


async def pay(machine: Machine) -> object:
    bill = await machine.desk.bill(machine.chance.choice(BILLS))
    amount = machine.chance.choice([bill.rest, bill.rest, shillings(100_000)])
    if amount.minor <= 0:
        return IDLE
    return await machine.desk.start(bill=bill.reference, amount=amount)


async def press(machine: Machine) -> object:
    """Someone takes up a phone: yes mostly, no else; a yes may come long after a no that was not the payer's."""
    prompts = machine.bank.open_prompts
    if not prompts:
        return IDLE
    prompt = machine.chance.choice(prompts)
    return (machine.bank.pay if machine.chance.random() < 0.8 else machine.bank.refuse)(prompt)


async def tell(machine: Machine) -> object:
    """A callback comes, perhaps again, about what has been decided or not; sometimes it lies."""
    if not machine.bank.prompts:
        return IDLE
    prompt = machine.chance.choice([*machine.bank.prompts.values()])
    told = prompt.outcome
    if machine.chance.random() < 0.1:
        told = Paid(prompt.instruction.amount, None, None)
    return await machine.desk.receive(
        prompt.instruction.reference, machine.bank.callback(Heard(prompt.request_id, told, "0"))
    )


async def ask_back(machine: Machine) -> object:
    found = [one for one in await machine.payments() if one.state is State.COMPLETED]
    if not found:
        return IDLE
    chance = machine.chance
    wish = Typed(
        reason=chance.choice(REASONS),
        whole=chance.random() < 0.15,
        amount=chance.choice(AMOUNTS),
        notes="I paid it before.",
    )
    who = ASHA if chance.random() < 0.9 else JUMA
    return await machine.desk.portal.refunds.ask(
        who, chance.choice(found).reference, wish, f"key {chance.random()}"
    )


async def decide(machine: Machine) -> object:
    found = await machine.a_refund(*[RefundState.REQUESTED] * 3, machine.chance.choice([*RefundState]))
    if found is None:
        return IDLE
    refund, chance = found[1], machine.chance
    person = chance.choice((JUMA, JUMA, *PEOPLE))
    shown = shown_of(refund) if chance.random() < 0.9 else "1-0"
    if chance.random() < 0.15:
        return await machine.desk.portal.refunds.decline(person, refund.reference, "It was used.")
    return await machine.desk.portal.refunds.approve(
        person,
        refund.reference,
        shown=shown,
        less=chance.choice([None, None, None, "40,000"]),
        by_hand=chance.random() < 0.2,
    )


async def send_by_hand(machine: Machine) -> object:
    found = await machine.a_refund(RefundState.APPROVED)
    if found is None or found[1].route is not RefundRoute.BY_HAND:
        return IDLE
    refunds, refund, person = machine.desk.portal.refunds, found[1].reference, machine.chance.choice(PEOPLE)
    taken_by = found[1].taken_by
    if taken_by is None:
        return await machine.desk.portal.refund_desk.take(person, refund)
    if machine.chance.random() < 0.1:
        return await machine.desk.portal.refund_desk.lay_back(person, refund, taken_by)
    person = machine.chance.choice([person, *[one for one in PEOPLE if one.id == taken_by]])
    if machine.chance.random() < 0.7:
        return await refunds.sent_by_hand(person, refund, f"FT26{machine.chance.randrange(30):04}")
    return await refunds.cannot_be_sent(person, refund, "The account is closed.")


async def carry_back(machine: Machine) -> object:
    """The provider ends what it was asked to send back."""
    if not machine.bank.open_refunds:
        return IDLE
    refund = machine.chance.choice(machine.bank.open_refunds)
    return (machine.bank.send_back if machine.chance.random() < 0.75 else machine.bank.keep)(refund)


async def tell_back(machine: Machine) -> object:
    """A callback about a refund, perhaps again; sometimes it lies, for which it is asked about."""
    if not machine.bank.back:
        return IDLE
    asked = machine.chance.choice([*machine.bank.back.values()])
    outcome = asked.outcome if machine.chance.random() < 0.9 else Refunded("RC0", asked.instruction.amount)
    heard = HeardOfRefund(
        cause=Cause.OURS, outcome=outcome, reference=asked.instruction.reference, request_id=asked.request_id
    )
    body = machine.bank.callback(Heard(None, Pending(), "refund", refund=heard))
    return await machine.desk.receive(asked.instruction.payment, body)


async def work(machine: Machine) -> object:
    return await machine.desk.work()


async def wait(machine: Machine) -> object:
    return await machine.desk.pass_time(**machine.chance.choice(PAUSES))


async def begin(machine: Machine) -> None:
    """Asha has paid her deposit already, as most have."""
    bank, machine.bank.moods = machine.bank, TRUTHFUL
    await machine.desk.start()
    bank.pay(*bank.open_prompts)
    await machine.desk.pass_time(minutes=1)
    bank.moods = MOODS


ACTS: dict[Act, int] = {
    pay: 10,
    press: 14,
    tell: 5,
    ask_back: 14,
    decide: 14,
    send_by_hand: 4,
    carry_back: 8,
    tell_back: 6,
    work: 10,
    wait: 6,
}


async def play(template: Path, folder: Path, seed: int, steps: int) -> None:
    """One story from its first step to its calm end; a failure carries it."""
    async with machine_of(template, folder, seed) as machine:
        try:
            for _ in range(steps):
                await machine.step()
            await machine.calm()
        except BaseException as fault:
            fault.add_note("\n".join([f"seed {seed}", *machine.story]))
            raise


@asynccontextmanager
async def machine_of(template: Path, folder: Path, seed: int) -> AsyncIterator[Machine]:
    chance, clock = Random(seed), FakeClock()  # noqa: S311  (it must be the same again)
    bank = Bookkeeper(chance, clock)
    store = open_store(sqlite_copy(template, folder))
    try:
        async with a_desk(store, clock, provider=bank) as desk:
            await hire(desk)
            await desk.add_bill()
            await desk.add_bill(reference=APRIL, period=date(2026, 4, 1), amount=shillings(1_500_000))
            machine = Machine(desk, bank, chance)
            await begin(machine)
            yield machine
    finally:
        await store.close()


async def _stray_tasks() -> None:
    """Of a worker that was killed inside one job, the others come to their end first."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
