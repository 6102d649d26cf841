"""Which payments pay a bill: one of them at a time may be in flight, in whatever company."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.domain import events as e
from portal.domain.bill import Bill
from portal.domain.money import shillings
from portal.domain.payment import Payment
from portal.domain.payment_state import IN_FLIGHT, State
from portal.store import allocations, payments, queries, replay
from portal.store.allocations import payment_bills
from portal.store.leases import Basket
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests import makers
from tests.makers import NOW, PAYMENT, a_bill, a_lease, a_reference, all_of, put_in_store, put_payment

BILLS = [a_bill(reference=a_reference(50 + n), amount=shillings(1_000 * n)) for n in (1, 2, 3, 4)]
ONE, TWO, THREE, FOUR = BILLS
OTHER = a_reference(9)


@pytest.fixture(autouse=True)
async def town(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault, bills=BILLS)


async def put(store: Store, state: State, *bills: Bill, reference: str = PAYMENT) -> Payment:
    return await put_payment(store, state, reference=reference, **all_of(*bills))


@pytest.mark.covers("A20", "L8")
async def test_of_baskets_that_share_a_bill_one_is_in_flight(store: Store) -> None:
    baskets = ([ONE, TWO], [TWO, THREE], [THREE, TWO, ONE], [TWO])
    begun = [
        put(store, State.SUBMITTING, *basket, reference=a_reference(100 + number))
        for number, basket in enumerate(baskets)
    ]
    ends = await asyncio.gather(*begun, put(store, State.SUBMITTING, FOUR), return_exceptions=True)
    assert [type(end) for end in ends if not isinstance(end, Payment)] == [IntegrityError] * 3
    assert isinstance(ends[-1], Payment)
    report = await store.snapshot(replay.check)
    assert (report.payments, report.sound) == (2, True)


@pytest.mark.covers("L8")
@pytest.mark.parametrize("state", State)
async def test_a_payment_bars_its_bills_as_long_as_nobody_has_said_how_it_ended(
    store: Store, state: State
) -> None:
    await put(store, state, ONE, TWO)
    rows = await store.read(lambda tx: tx.execute(select(payment_bills.c.in_flight)).scalars().all())
    assert list(rows) == [state in IN_FLIGHT] * 2


async def test_a_payment_that_was_called_off_and_is_in_question_again_bars_no_bill(store: Store) -> None:
    failed = await put(store, State.FAILED, ONE, TWO)
    await put(store, State.AWAITING_PAYER, TWO, reference=OTHER)
    news = makers.mismatch(shillings(5))
    late = await store.write(lambda tx: payments.append(tx, failed, [news], NOW, reference=PAYMENT))
    assert (late.state, late.late) == (State.UNCERTAIN, True)
    in_flight = await store.read(
        lambda tx: queries.attempts_in_flight(tx, [ONE.reference, TWO.reference, THREE.reference])
    )
    assert in_flight == {ONE.reference: PAYMENT, TWO.reference: OTHER}
    assert (await store.snapshot(replay.check)).sound


@pytest.mark.covers("A20", "C9")
async def test_what_each_bill_lacked_after_a_payment_stays_what_it_was(store: Store) -> None:
    both = await put(store, State.COMPLETED, ONE, THREE)
    extra = e.DuplicateSuccess(excess=shillings(400), bill=THREE.reference)
    both = await store.write(lambda tx: payments.append(tx, both, [extra], NOW, reference=PAYMENT))
    part = all_of(TWO) | {"amount": shillings(500), "allocations": ()}
    one_part = await put_payment(store, reference=OTHER, begun_at=NOW + timedelta(minutes=1), **part)

    def left(tx: Tx, payment: Payment, *bills: Bill) -> list[int]:
        balances = queries.balances_after(tx, payment, Basket(bills, a_lease()))
        return [balances[bill.reference].minor for bill in bills]

    assert await store.read(lambda tx: left(tx, both, ONE, THREE)) == [0, 400]
    assert await store.read(lambda tx: left(tx, one_part, TWO)) == [1_500]
    assert await store.read(lambda tx: allocations.credited(tx, [FOUR.reference], until=both)) == {}


async def test_attempts_are_found_by_any_of_their_bills_and_once(store: Store) -> None:
    failed = await put(store, State.FAILED, ONE, TWO)
    paid = await put_payment(
        store, reference=OTHER, begun_at=NOW + timedelta(minutes=1), **all_of(TWO, THREE)
    )
    since = NOW - timedelta(minutes=1)

    async def attempts(*bills: Bill) -> list[Payment]:
        references = [bill.reference for bill in bills]
        return await store.read(lambda tx: queries.attempts_since(tx, references, since))

    assert await attempts(ONE, TWO) == [paid, failed]
    assert await attempts(ONE) == [failed]
    assert await attempts(FOUR) == []
