"""Refunds in the store: found by reference and state, folded into the bill, and capped by the database itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError

from portal.domain import refund_events as r
from portal.domain.bill import BillStatus
from portal.domain.money import Money, shillings
from portal.domain.outcome import Source
from portal.domain.payment import Payment
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import RefundRoute
from portal.domain.refund_reason import RefundReason
from portal.domain.transaction import TransactionType
from portal.store import leases, ledger_check, payments, queries, refund_notes, refunds, replay
from portal.store.ledger_check import LedgerReport
from portal.store.refund_notes import About
from portal.store.tables import payments as payment_rows
from portal.store.tables import transactions
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests import makers
from tests.makers import BILL, NOW, PAYMENT, a_bill, a_reference, put_in_store, put_payment
from tests.refunds import PART, REFUND, requested, road

S = RefundState
SECOND = a_reference(9)


@pytest.fixture(autouse=True)
async def paid(store: Store, vault: Vault) -> Payment:
    await put_in_store(store, vault)
    return await put_payment(store)


async def put_refund(
    store: Store,
    state: RefundState,
    *,
    amount: Money = PART,
    reason: RefundReason = RefundReason.OTHER,
    refund: str = REFUND,
) -> Payment:
    """Its events, a minute between two."""

    def work(tx: Tx) -> Payment:
        payment = payments.load(tx, PAYMENT)
        assert payment
        asked = requested(payment, amount, reason=reason, refund=refund)
        for minutes, event in enumerate(road(state, asked), start=1):
            at = NOW + timedelta(minutes=minutes)
            payment = payments.append(tx, payment, [event], at, reference=PAYMENT)
        return payment

    return await store.write(work)


@pytest.mark.covers("D55", "P8", "S20")
@pytest.mark.parametrize("state", [S.REQUESTED, S.UNKNOWN, S.SUCCEEDED, S.FAILED])
async def test_a_refund_is_found_by_its_state_and_all_is_what_the_events_say(
    store: Store, state: RefundState
) -> None:
    payment = await put_refund(store, state, reason=RefundReason.PROPERTY_UNAVAILABLE)
    assert await store.read(lambda tx: payments.load(tx, PAYMENT)) == payment
    assert await store.read(lambda tx: refunds.payment_of(tx, REFUND)) == PAYMENT
    report = await store.snapshot(replay.check)
    assert (report.differences, report.sound) == ([], True)


async def test_a_refund_is_found_by_the_provider_s_name_for_it(store: Store) -> None:
    await put_refund(store, S.SUBMITTED)
    assert await store.read(lambda tx: refunds.with_request(tx, "mpesa", f"re_{REFUND}")) == REFUND
    assert await store.read(lambda tx: refunds.with_request(tx, "airtel", f"re_{REFUND}")) is None


@pytest.mark.covers("P8")
async def test_a_refund_that_no_event_tells_of_is_reported(store: Store) -> None:
    await put_refund(store, S.SUCCEEDED)
    await store.write(lambda tx: tx.execute(update(refunds.refunds).values(state=S.FAILED)))
    (told,) = (await store.snapshot(replay.check)).differences
    assert told.startswith(f"refunds ('{REFUND}',): state is 'FAILED'")


@pytest.mark.covers("F2", "D20")
async def test_the_database_itself_sends_no_more_back_than_came(store: Store, paid: Payment) -> None:
    assert paid.received
    most = paid.received.minor
    await store.write(_reserve(most))
    for beyond in (most + 1, -1):
        with pytest.raises(IntegrityError, match="reserved"):
            await store.write(_reserve(beyond))


@pytest.mark.parametrize(
    "reason,released,rest,status",
    [
        (RefundReason.OTHER, None, 100_000, BillStatus.PART_PAID),
        (RefundReason.LANDLORD_CANCELLATION, 100_000, 0, BillStatus.PAID),
    ],
)
async def test_a_bill_is_open_again_or_not_owed_any_more_once_the_money_went(
    store: Store, reason: RefundReason, released: int | None, rest: int, status: BillStatus
) -> None:
    await put_refund(store, S.SUBMITTED, reason=reason)
    before = await store.read(lambda tx: leases.bill(tx, BILL))
    assert before is not None
    assert (before.rest.minor, before.released) == (0, None)

    def sent(tx: Tx) -> None:
        payment = payments.load(tx, PAYMENT)
        assert payment
        back = r.RefundSucceeded(refund=REFUND, code=None, sent_at=None, source=Source.WORKER)
        payments.append(tx, payment, [back], NOW, reference=PAYMENT)

    await store.write(sent)
    bill = await store.read(lambda tx: leases.bill(tx, BILL))
    assert bill is not None
    assert (bill.rest.minor, bill.status, bill.paid) == (rest, status, shillings(350_000))
    assert bill.released == (shillings(released) if released else None)
    dues = await store.read(lambda tx: leases.open_dues(tx, makers.TENANT))
    assert [due.bill.reference for due in dues] == ([BILL] if rest else [])


async def test_a_bill_of_which_all_went_back_for_good_is_not_owed_at_all(store: Store) -> None:
    whole = shillings(450_000)
    await put_refund(store, S.SUCCEEDED, amount=whole, reason=RefundReason.PROPERTY_UNAVAILABLE)
    bill = await store.read(lambda tx: leases.bill(tx, BILL))
    assert bill is not None
    assert (bill.status, bill.rest, bill.owed) == (BillStatus.NOT_OWED, shillings(0), shillings(0))
    assert a_bill().status is BillStatus.DUE


async def test_a_receipt_of_what_is_paid_anew_knows_what_went_back_before(store: Store) -> None:
    await put_refund(store, S.SUCCEEDED, amount=shillings(450_000))
    half = shillings(200_000)
    later = NOW + timedelta(hours=1)
    again = await put_payment(store, reference=SECOND, begun_at=later, amount=half)

    def balances(tx: Tx) -> dict[str, Money]:
        return queries.balances_after(tx, again, queries.due_of(tx, again))

    assert await store.read(balances) == {BILL: shillings(250_000)}
    first = await store.read(lambda tx: payments.load(tx, PAYMENT))
    assert first is not None
    assert await store.read(lambda tx: queries.balances_after(tx, first, queries.due_of(tx, first))) == {
        BILL: shillings(0)
    }


async def test_how_long_it_took_is_counted_from_the_approval(store: Store) -> None:
    await put_refund(store, S.SUCCEEDED)
    taken = await store.read(lambda tx: refunds.times_taken(tx, "mpesa", RefundRoute.REVERSAL))
    assert taken == [timedelta(minutes=3)]
    assert await store.read(lambda tx: refunds.times_taken(tx, "mpesa", RefundRoute.PAYOUT)) == []


async def test_what_people_write_is_sealed_and_written_once(store: Store, vault: Vault) -> None:
    def write(tx: Tx) -> None:
        for note in ("I paid Juma in cash.", "Something else."):
            refund_notes.keep(tx, vault, REFUND, About.ASKED, note, NOW)

    await store.write(write)
    stored = await store.read(lambda tx: tx.execute(select(text("note_sealed from refund_notes"))).scalar())
    assert "Juma" not in str(stored)
    assert await store.read(lambda tx: refund_notes.of_refund(tx, vault, REFUND)) == {
        About.ASKED: "I paid Juma in cash."
    }


def _reserve(minor: int) -> Callable[[Tx], object]:
    return lambda tx: tx.execute(update(payment_rows).values(reserved=minor))


@pytest.mark.covers("I8", "D18")
async def test_the_ledger_agrees_with_the_tables_and_says_where_it_does_not(store: Store) -> None:
    await put_refund(store, S.SUCCEEDED)
    assert await store.snapshot(ledger_check.check) == LedgerReport({"TZS": 0}, [])
    await store.write(lambda tx: tx.execute(update(refunds.refunds).values(amount=5)))
    report = await store.snapshot(ledger_check.check)
    assert report.differences == [f"{PAYMENT}: the refunds are 5 TZS, the transactions say 100000"]
    assert not report.sound
    gone = delete(transactions).where(transactions.c.type == TransactionType.REFUND)
    await store.write(lambda tx: tx.execute(gone))
    cash = (await store.snapshot(ledger_check.check)).differences[0]
    assert cash == f"{PAYMENT}: the cash of the ledger is 353500 TZS, the transactions say 453500"
