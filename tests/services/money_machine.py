"""Everybody acts in any order, and after each step every shilling is where the books say.

A `Machine` draws its steps from one `Random`, so a seed is a whole story and the same story again. What a person may
not do at that moment is refused, and then nothing has changed. Crashes happen inside the calls of the provider.
"""

# mypy: disable-error-code="func-returns-value"
# An act returns whatever its use case does: nothing, mostly.

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from random import Random

from sqlalchemy import select

from portal.domain.errors import PortalError
from portal.domain.money import shillings
from portal.domain.outcome import Outcome, Paid, Pending
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.payout import OURSELVES
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_outcome import Cause, Refunded, RefundOutcome, RefundRoute
from portal.providers.bank_transfer import BankTransfer
from portal.providers.provider import Heard
from portal.providers.refund import HeardOfRefund
from portal.services.refund_wish import Typed
from portal.services.refunds import shown_of
from portal.store import payments
from portal.store.tables import payments as payment_rows
from portal.store.types import Tx
from portal.store.writer import open_store
from tests.databases import sqlite_copy
from tests.makers import BILL, LANDLORD_CODE, FakeClock, a_reference
from tests.services.bank import CRDB
from tests.services.bookkeeper import MOODS, TRUTHFUL, AskedBack, Bookkeeper, Killed
from tests.services.desk import RENT, Desk, a_desk
from tests.services.money_acts import (
    IDLE,
    PEOPLE,
    bounce,
    charge,
    choose_extra,
    end_lease,
    find_out,
    hear_outcome,
    hear_taken,
    pay_out,
    pay_twice,
    send_again,
    take_back,
    tell_taken,
)
from tests.services.money_truth import all_is_decided, is_sound
from tests.services.paying_out import NUMBER, OUR_NUMBER, give_account
from tests.services.refunding import ASHA, JUMA, hire

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
PAUSES = (
    {"seconds": 5},
    {"minutes": 3},
    {"minutes": 3},
    {"hours": 2},
    {"hours": 2},
    {"days": 1},
    {"days": 15},
)

Act = Callable[["Machine"], Awaitable[object]]


@dataclass
class Machine:
    """`story` tells what was done. Every step is one of `ACTS`."""

    desk: Desk
    bank: Bookkeeper
    chance: Random
    bills: tuple[str, ...] = BILLS
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
        await is_sound(self)

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
        await _stray_tasks()
        # What nobody had sent yet is sent now, and answered then.
        for hours in (2, 2, 31 * 24):
            self.bank.decide_all()
            await self._all_is_told()
            await self.desk.pass_time(hours=hours)
        await is_sound(self)
        await all_is_decided(self)

    async def _all_is_told(self) -> None:
        """What moves by itself, comes back or comes late, nobody hears of but by the provider's word."""
        for prompt in self.bank.prompts.values():
            if prompt.moved:
                await hear_outcome(self, prompt, prompt.outcome)
        for taken in self.bank.taken.values():
            await hear_taken(self, taken.payment, replace(taken.words[-1], proved=True))
        for asked in self.bank.back.values():
            await tell_of(self, asked, asked.outcome)

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
    told: Outcome = prompt.outcome
    if machine.chance.random() < 0.1:
        told = Paid(prompt.instruction.amount, None, None)
    return await hear_outcome(machine, prompt, told)


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
    is_true = machine.chance.random() < 0.9
    told = asked.outcome if is_true else Refunded("RC0", asked.instruction.amount)
    return await tell_of(machine, asked, told, proved=is_true and machine.chance.random() < 0.3)


async def tell_of(machine: Machine, asked: AskedBack, told: RefundOutcome, *, proved: bool = False) -> None:
    instruction = asked.instruction
    heard = HeardOfRefund(
        cause=Cause.OURS,
        outcome=told,
        reference=instruction.reference,
        request_id=asked.request_id,
        proved=proved,
    )
    body = machine.bank.callback(Heard(None, Pending(), "refund", refund=heard))
    await machine.desk.receive(instruction.payment, body)


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
    pay_twice: 5,
    choose_extra: 8,
    take_back: 3,
    tell_taken: 6,
    bounce: 2,
    find_out: 6,
    send_again: 5,
    end_lease: 9,
    pay_out: 8,
    charge: 2,
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
        async with a_desk(store, clock, provider=bank, others=[BankTransfer((CRDB,))]) as desk:
            await hire(desk)
            await give_account(desk, LANDLORD_CODE, "Juma Mollel", NUMBER)
            await give_account(desk, OURSELVES, "Nest Pay Limited", OUR_NUMBER)
            await desk.portal.books.plan()
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
