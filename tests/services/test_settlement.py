"""What follows from money: ledger, bill, receipt number, notices and jobs, all in the transaction that settles."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from portal.domain.bill import BillStatus, PaymentType
from portal.domain.errors import NotFound
from portal.domain.money import shillings
from portal.domain.outcome import Paid, Pending, Source
from portal.domain.payment_state import PaymentStatus, State
from portal.domain.receipt import ReceiptNumber
from portal.store import leases, queries
from portal.store.tables import bills, transactions
from portal.store.types import Tx
from tests.makers import LANDLORD, LEASE, FakeClock, a_bill, a_reference
from tests.notices import told_to_lease
from tests.services.desk import (
    CODE,
    NEIGHBOUR_BILL,
    NO_RESPONSE,
    PAID,
    RENT,
    STRANGE_PHONE,
    WRONG_PIN,
    Desk,
)


@pytest.mark.covers("D18", "D19", "S36", "S18")
async def test_a_deposit_is_held_and_its_fees_are_ours(desk: Desk) -> None:
    reference = await desk.start_and_settle(PAID)
    assert await desk.balances() == {
        "cash:mpesa": 453_500,
        f"deposit:{LEASE}": -450_000,
        "fee:platform": -2_250,
        "fee:processing": -250,
        "fee:provider": -1_000,
    }
    moved = await desk.read(lambda tx: queries.transactions_of(tx, reference))
    assert [(row.type, row.kind, row.amount) for row in moved] == [
        ("CHARGE", "gross", 453_500),
        ("FEE", "platform", 2_250),
        ("FEE", "processing", 250),
        ("FEE", "provider", 1_000),
    ]


@pytest.mark.covers("D18")
async def test_a_rent_is_owed_to_the_landlord(desk: Desk) -> None:
    await desk.add_bill()
    await desk.start_and_settle(PAID, bill=RENT)
    assert (await desk.balances())[f"payable:{LANDLORD}"] == -450_000


async def test_the_bill_turns_paid_in_the_payment_s_own_transaction(desk: Desk) -> None:
    await desk.start_and_settle(PAID)
    bill = await desk.bill()
    assert (bill.paid, bill.status) == (shillings(450_000), BillStatus.PAID)


@pytest.mark.covers("C9")
async def test_a_part_leaves_the_bill_part_paid_and_the_rest_completes_it(desk: Desk) -> None:
    await desk.start_and_settle(Paid(receipt_code=CODE), amount=shillings(300_000))
    assert ((await desk.bill()).status, (await desk.bill()).rest) == (
        BillStatus.PART_PAID,
        shillings(150_000),
    )
    await desk.start_and_settle(Paid(receipt_code="SECOND1234"), amount=shillings(150_000))
    assert (await desk.bill()).status is BillStatus.PAID


async def test_what_is_not_paid_moves_nothing(desk: Desk) -> None:
    await desk.start_and_settle(WRONG_PIN)
    assert await desk.balances() == {}
    assert await desk.count(transactions) == [0]
    assert (await desk.bill()).status is BillStatus.DUE


@pytest.mark.covers("C1", "D75")
async def test_receipt_numbers_run_without_a_gap_and_failures_take_none(desk: Desk) -> None:
    numbers = []
    for part, outcome in ((10_000, PAID), (20_000, WRONG_PIN), (30_000, PAID), (40_000, PAID)):
        paid = Paid(receipt_code=f"CODE{part}") if isinstance(outcome, Paid) else outcome
        payment = await desk.payment(await desk.start_and_settle(paid, amount=shillings(part)))
        desk.clock.advance(minutes=11)
        numbers.append(payment.receipt)
    assert numbers == [
        ReceiptNumber("MOL", 2026, 1),
        None,
        ReceiptNumber("MOL", 2026, 2),
        ReceiptNumber("MOL", 2026, 3),
    ]


@pytest.mark.covers("C1", "D75")
async def test_a_receipt_s_number_and_code_are_given_with_completion(desk: Desk) -> None:
    reference = await desk.start_and_settle(PAID)
    names = await desk.names(reference)
    assert names[names.index("PaymentCompleted") + 1] == "ReceiptAllocated"
    payment = await desk.payment(reference)
    assert payment.receipt == ReceiptNumber("MOL", 2026, 1)
    assert payment.receipt_check
    assert payment.receipt_check != reference


@pytest.mark.covers("C11")
async def test_the_year_of_a_receipt_turns_at_midnight_in_dar_es_salaam(desk: Desk, clock: FakeClock) -> None:
    clock.now = datetime(2026, 12, 31, 20, 59, 50, tzinfo=UTC)
    first = await desk.start_and_settle(Paid(receipt_code="OLDYEAR123"), amount=shillings(10_000))
    second = await desk.start(amount=shillings(20_000))
    desk.provider.will_say(Paid())
    await desk.ask(second)
    numbers = [(await desk.payment(reference)).receipt for reference in (first, second)]
    assert numbers == [ReceiptNumber("MOL", 2026, 1), ReceiptNumber("MOL", 2027, 1)]


@pytest.mark.covers("C1")
async def test_receipts_given_at_once_have_no_gap(each_desk: Desk) -> None:
    references = []
    for number in range(8):
        bill = await each_desk.add_bill(reference=a_reference(100 + number), amount=shillings(10_000))
        each_desk.clock.advance(minutes=4)
        references.append(
            await each_desk.start(
                bill=bill.reference,
                amount=shillings(10_000),
                phone=replace(STRANGE_PHONE, digits=f"25571300000{number}"),
                agreed=True,
            )
        )
    door = each_desk.portal.payments.record_outcome
    paid = [Paid(receipt_code=f"CODE{number}") for number in range(8)]
    pairs = zip(references, paid, strict=True)
    settled = await asyncio.gather(*(door(reference, outcome, Source.WORKER) for reference, outcome in pairs))
    assert sorted(payment.receipt.serial for payment in settled if payment.receipt) == list(range(1, 9))


@pytest.mark.covers("B11", "D78")
async def test_money_that_came_twice_waits_in_suspense_for_the_payer(desk: Desk) -> None:
    """The first prompt is approved late, when the second has paid the bill already."""
    first = await desk.start_and_settle(NO_RESPONSE)
    second = await desk.start()
    await desk.portal.payments.record_outcome(second, PAID, Source.CALLBACK)
    late = await desk.portal.payments.record_outcome(first, Paid(receipt_code="LATE123456"), Source.WORKER)
    assert (late.state, late.late, late.excess) == (State.COMPLETED, True, shillings(450_000))
    assert (await desk.names(first))[-3:] == ["LateSuccessReceived", "DuplicateSuccess", "ReceiptAllocated"]
    balances = await desk.balances()
    assert balances["cash:mpesa"] == 2 * 453_500
    assert balances["suspense"] == -450_000
    assert balances[f"deposit:{LEASE}"] == -450_000
    assert (await desk.bill()).paid == shillings(450_000)
    assert first in [listed.payment.reference for listed in await desk.portal.views.for_the_office()]


async def test_of_a_part_that_came_too_much_only_the_excess_waits(desk: Desk) -> None:
    first = await desk.start_and_settle(NO_RESPONSE, amount=shillings(300_000))
    second = await desk.start(amount=shillings(400_000))
    await desk.portal.payments.record_outcome(second, Paid(receipt_code=CODE), Source.CALLBACK)
    late = await desk.portal.payments.record_outcome(first, Paid(receipt_code="LATE123456"), Source.WORKER)
    assert late.excess == shillings(250_000)
    assert (await desk.balances())["suspense"] == -250_000
    assert (await desk.bill()).status is BillStatus.PAID


@pytest.mark.covers("D09")
async def test_two_payments_of_one_bill_that_settle_at_once_credit_it_once(each_desk: Desk) -> None:
    first = await each_desk.start_and_settle(NO_RESPONSE)
    second = await each_desk.start()
    door = each_desk.portal.payments.record_outcome
    await asyncio.gather(
        door(first, Paid(receipt_code="FIRST12345"), Source.WORKER),
        door(second, Paid(receipt_code="SECOND1234"), Source.CALLBACK),
    )
    assert (await each_desk.bill()).paid == shillings(450_000)
    balances = await each_desk.balances()
    assert (balances["cash:mpesa"], balances["suspense"]) == (2 * 453_500, -450_000)


@pytest.mark.covers("D68", "S42")
async def test_the_customer_s_status_follows_the_state(desk: Desk) -> None:
    reference = await desk.start()
    assert (await desk.payment(reference)).status is PaymentStatus.PENDING
    await desk.hear(reference, PAID)
    assert (await desk.payment(reference)).status is PaymentStatus.PROCESSING
    desk.provider.will_say(PAID)
    assert (await desk.ask(reference)).status is PaymentStatus.COMPLETED


async def test_an_outcome_that_tells_nothing_new_writes_nothing(desk: Desk) -> None:
    reference = await desk.start()
    before = await desk.payment(reference)
    after = await desk.portal.payments.record_outcome(reference, Pending(), Source.RETURN)
    assert after == before


async def test_an_outcome_for_no_payment_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.portal.payments.record_outcome(a_reference(99), PAID, Source.WORKER)


@pytest.mark.covers("S50", "D49", "D13")
@pytest.mark.parametrize(
    "kind, period, notice",
    [
        (PaymentType.DEPOSIT, None, "DEPOSIT_PAID"),
        (PaymentType.SECURITY_DEPOSIT, None, "SECURITY_DEPOSIT_PAID"),
        (PaymentType.RENT, date(2026, 3, 1), "RENT_PAID"),
        (PaymentType.SERVICE_FEE, date(2026, 3, 1), "SERVICE_FEE_PAID"),
    ],
)
async def test_the_lease_is_told_once_by_kind_and_period(
    desk: Desk, kind: PaymentType, period: date | None, notice: str
) -> None:
    await desk.add_bill(type=kind, period=period)
    reference = await desk.start_and_settle(PAID, bill=RENT)
    await desk.hear(reference, PAID)
    await desk.work()
    assert await desk.read(told_to_lease) == [(notice, period, reference)]


@pytest.mark.covers("S50")
async def test_the_lease_is_told_when_the_last_part_has_come(desk: Desk) -> None:
    await desk.start_and_settle(Paid(receipt_code=CODE), amount=shillings(300_000))
    assert await desk.read(told_to_lease) == []
    last = await desk.start_and_settle(Paid(receipt_code="SECOND1234"), amount=shillings(150_000))
    assert await desk.read(told_to_lease) == [("DEPOSIT_PAID", None, last)]


@pytest.mark.covers("S50")
async def test_money_that_came_twice_tells_the_lease_once(desk: Desk) -> None:
    first = await desk.start_and_settle(NO_RESPONSE)
    second = await desk.start()
    await desk.portal.payments.record_outcome(second, PAID, Source.CALLBACK)
    await desk.portal.payments.record_outcome(first, Paid(receipt_code="LATE123456"), Source.WORKER)
    await desk.work()
    assert len(await desk.read(told_to_lease)) == 1


async def test_each_lease_hears_of_its_own_bill(desk: Desk) -> None:
    neighbour = await desk.add_neighbour()
    await desk.start_and_settle(PAID, payer=neighbour, bill=NEIGHBOUR_BILL, phone=STRANGE_PHONE, agreed=True)
    assert await desk.read(told_to_lease) == []


async def test_a_bill_that_is_gone_undoes_the_settling(desk: Desk) -> None:
    """Nothing of ours removes one; if it ever happened, money must not be booked against nothing."""
    reference = await desk.start()

    def forget(tx: Tx) -> None:
        tx.execute(bills.delete())

    await desk.store.write(forget)
    with pytest.raises(LookupError):
        await desk.portal.payments.record_outcome(reference, PAID, Source.WORKER)
    assert await desk.balances() == {}
    await desk.store.write(lambda tx: leases.add_bill(tx, a_bill()))
