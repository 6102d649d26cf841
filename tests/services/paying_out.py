"""Payouts at a desk: our bank accounts, landlords with accounts of theirs, and the office."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from portal.domain.money import shillings
from portal.domain.outcome import Paid
from portal.domain.payout import OURSELVES, Payout
from portal.domain.person import Person
from portal.domain.refund_outcome import Refunded
from portal.providers.bank_transfer import BankTransfer
from portal.services.books import Books
from portal.store import payouts
from portal.store.writer import Store
from tests.makers import LANDLORD_CODE, FakeClock, some_fees
from tests.services.bank import CRDB, NMB
from tests.services.desk import Desk, a_desk
from tests.services.refunding import ASHA, PETER, REVERSAL, SALMA, approve, hire, provider_that, typed

NUMBER, OUR_NUMBER = "0150998877600", "0150112233400"


@asynccontextmanager
async def a_paying_desk(store: Store, clock: FakeClock, *, accounts: bool = True) -> AsyncIterator[Desk]:
    """Juma's account and our own are confirmed, unless `accounts` says otherwise."""
    banks = BankTransfer((CRDB, NMB))
    async with a_desk(store, clock, provider=provider_that(REVERSAL), others=[banks]) as desk:
        await hire(desk)
        if accounts:
            await give_account(desk, LANDLORD_CODE, "Juma Mollel", NUMBER)
            await give_account(desk, OURSELVES, "Nest Pay Limited", OUR_NUMBER)
        yield desk


def office(desk: Desk) -> Books:
    return desk.portal.books


async def give_account(desk: Desk, code: str, holder: str, number: str) -> None:
    """Entered by Salma, confirmed by Peter."""
    desk_of = office(desk).payees
    await desk_of.enter(SALMA, code, "CRDB", holder, number)
    await confirm_account(desk, code)


async def confirm_account(desk: Desk, code: str, person: Person = PETER) -> None:
    waiting = (await office(desk).payees.of(person, code)).waiting
    assert waiting
    await office(desk).payees.confirm(person, code, waiting.id)


async def prepare(desk: Desk, person: Person = SALMA, account: str = "CRDB", currency: str = "TZS") -> str:
    return (await office(desk).payouts.prepare(person, account, currency)).reference


async def payout_of(desk: Desk, reference: str) -> Payout:
    found = await desk.read(lambda tx: payouts.load(tx, reference))
    assert found
    return found


async def do(desk: Desk, what: str, reference: str, *more: Any, person: Person = SALMA) -> None:
    """By somebody who sees how it stands now."""
    shown = str((await payout_of(desk, reference)).version)
    await getattr(office(desk).payouts, what)(person, reference, shown, *more)


async def sent_off(desk: Desk, bank_reference: str = "FT26062ABC") -> str:
    """A payout that went all the way."""
    reference = await prepare(desk)
    await do(desk, "approve", reference, person=PETER)
    await do(desk, "sent", reference)
    await do(desk, "paid", reference, bank_reference)
    return reference


async def rent(desk: Desk, amount: int = 450_000) -> str:
    """Asha pays one more rent; the payment's reference."""
    desk.clock.advance(minutes=10)
    bill = await desk.add_bill(reference=desk.portal.tools.reference(), amount=shillings(amount))
    code = f"UC{desk.portal.tools.reference()[:8]}"
    paid = shillings(amount) + some_fees(shillings(amount)).total
    payment = await desk.start_and_settle(
        Paid(paid, code, desk.clock()), bill=bill.reference, amount=shillings(amount)
    )
    await desk.work()
    return payment


async def give_back(desk: Desk, payment: str, amount: str, available: str = "450000") -> None:
    """Asked for by Asha, agreed to by Juma, and sent."""
    key = f"{payment} {amount}"
    refund = await desk.portal.refunds.ask(ASHA, payment, typed(amount=amount, available=available), key)
    await approve(desk, refund)
    desk.provider.will_refund(Refunded("RV1234"))
    await desk.work()
