"""Replay: after any history the read tables are what the events say; whatever is changed behind their back shows."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import date, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import JSON, Column, Table, delete, insert, select, text, update

from portal.domain import events as e
from portal.domain.bill import Bill
from portal.domain.money import shillings
from portal.domain.payment_state import IN_FLIGHT, State
from portal.store import leases, payments, receipts, replay
from portal.store.allocations import payment_bills
from portal.store.receipts import ReceiptFile, receipt_files
from portal.store.replay import Report
from portal.store.tables import (
    bills,
    ledger_entries,
    payment_events,
    receipt_counters,
    transactions,
)
from portal.store.tables import payments as payment_rows
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests import makers
from tests.chance import tries
from tests.facts import Fact, Tale, facts, fitting
from tests.makers import NOW, PAYMENT, a_bill, a_reference, put_in_store, put_payment

OTHER = a_reference(9)
Work = Callable[[Tx], object]


class _Undone(Exception):
    """Carries a report out of a transaction that must not last."""

    def __init__(self, report: Report) -> None:
        self.report = report


async def report_after(store: Store, *changes: Work) -> Report:
    """What replay finds after the changes, which are undone."""

    def work(tx: Tx) -> None:
        for change in changes:
            change(tx)
        raise _Undone(replay.check(tx))

    with pytest.raises(_Undone) as undone:
        await store.write(work)
    return undone.value.report


def unlocked(tx: Tx) -> None:
    """Whoever owns the database can take the triggers away; the chain of hashes is for him."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("ALTER TABLE payment_events DISABLE TRIGGER USER"))
        return
    tx.execute(text("DROP TRIGGER payment_events_no_update"))
    tx.execute(text("DROP TRIGGER payment_events_no_delete"))


@pytest.fixture
async def peopled(store: Store, vault: Vault) -> Store:
    """A paid and an open payment, told by nine events."""
    await put_in_store(store, vault, bills=[a_bill(), a_bill(reference=a_reference(50))])
    await put_payment(store)
    await put_payment(store, State.AWAITING_PAYER, reference=OTHER, bill=a_reference(50))
    return store


@pytest.mark.covers("P8")
async def test_what_nobody_touched_is_identical_and_the_ledger_zero(peopled: Store) -> None:
    report = await peopled.snapshot(replay.check)
    assert report == Report(payments=2, events=9, differences=[], ledger={"TZS": 0})
    assert report.sound


async def test_an_empty_portal_is_sound(store: Store) -> None:
    assert await store.snapshot(replay.check) == Report(0, 0, [], {})


@pytest.fixture
def numbers() -> Iterator[int]:
    return count(1_000)


@pytest.mark.covers("P8", "D54")
@tries()
@given(first=st.lists(facts, max_size=8), second=st.lists(facts, max_size=8))
async def test_after_any_history_the_read_tables_are_what_the_events_say(
    store: Store, vault: Vault, numbers: Iterator[int], first: list[Fact], second: list[Fact]
) -> None:
    await _once(store, vault)
    bill = a_bill(reference=a_reference(next(numbers)))
    tale = _told(bill, first, a_reference(next(numbers)))
    tales = [tale]
    if tale.payment.state not in IN_FLIGHT or tale.payment.late:
        tales.append(_told(tale.bill, second, a_reference(next(numbers))))
    await store.write(lambda tx: _write(tx, [bill], tales))
    for one in tales:
        assert await store.read(partial(payments.load, reference=one.reference)) == one.payment
    assert await store.read(lambda tx: leases.bill(tx, bill.reference)) == tales[-1].bill
    report = await store.snapshot(replay.check)
    assert report.differences == []
    assert report.sound


@pytest.mark.covers("A20", "P8")
@tries()
@given(first=st.lists(facts, max_size=6), second=st.lists(facts, max_size=6))
async def test_after_any_history_of_two_baskets_that_share_a_bill_the_read_tables_are_what_the_events_say(
    store: Store, vault: Vault, numbers: Iterator[int], first: list[Fact], second: list[Fact]
) -> None:
    await _once(store, vault)
    owed = [a_bill(reference=a_reference(next(numbers)), amount=shillings(n)) for n in (5_000, 300, 70)]
    tale = _told_of(owed[:2], first, a_reference(next(numbers)))
    tales, left = [tale], [*tale.bills.values(), owed[2]]
    if tale.payment.state not in IN_FLIGHT or tale.payment.late:
        open_bills = [bill for bill in left[1:] if bill.rest]
        tales.append(_told_of(open_bills, second, a_reference(next(numbers))))
    await store.write(lambda tx: _write(tx, owed, tales))
    paid = {reference: bill for tale in tales for reference, bill in tale.bills.items()}
    for reference, bill in paid.items():
        assert await store.read(partial(leases.bill, reference=reference)) == bill
    report = await store.snapshot(replay.check)
    assert report.differences == []
    assert report.sound


def _told_of(owed: list[Bill], given_: list[Fact], reference: str) -> Tale:
    tale = Tale(*owed, asked=makers.initiated(**makers.all_of(*owed)), reference=reference)
    for fact in given_:
        tale.tell(_of(fitting(fact, tale.payment.total), reference))
    return tale


async def _once(store: Store, vault: Vault) -> None:
    if await store.read(lambda tx: leases.bill(tx, makers.BILL)) is None:
        await put_in_store(store, vault)


def _told(bill: Bill, given_: list[Fact], reference: str) -> Tale:
    tale = Tale(bill, reference=reference)
    for fact in given_:
        tale.tell(_of(fact, reference))
    return tale


def _of(fact: Any, reference: str) -> Any:
    """The fact with an id and a code that no other payment has."""
    own = {"request_id": f"ws_CO_{reference}", "receipt_code": f"U{reference[3:]}"}
    given_ = {field.name for field in fields(fact)} & set(own)
    return replace(fact, **{name: own[name] for name in given_ if getattr(fact, name) is not None})


def _write(tx: Tx, owed: list[Bill], tales: list[Tale]) -> None:
    for bill in owed:
        leases.add_bill(tx, bill)
    for tale in tales:
        payment = None
        for event, at in tale.history:
            payment = payments.append(tx, payment, [event], at, reference=tale.reference)


@pytest.mark.covers("P8")
@pytest.mark.parametrize("table", [payment_rows, payment_bills, transactions, ledger_entries], ids=str)
async def test_a_changed_value_in_any_column_of_a_read_table_is_reported(
    peopled: Store, table: Table
) -> None:
    for column in [column for column in table.columns if not column.primary_key]:
        changed = _Changed(table, column)
        report = await report_after(peopled, changed)
        assert not report.sound
        place = f"{table.name} {changed.key}: {column.name} is "
        assert any(difference.startswith(place) for difference in report.differences), column


class _Changed:
    """Puts something else into one column of the table's first row."""

    def __init__(self, table: Table, column: Column[Any]) -> None:
        self.table, self.column = table, column
        self.key: tuple[Any, ...] = ()

    def __call__(self, tx: Tx) -> None:
        keys = list(self.table.primary_key)
        row = tx.execute(select(self.table).order_by(*keys)).mappings().first()
        assert row is not None
        self.key = tuple(row[key.name] for key in keys)
        other = {self.column.name: _other(row[self.column.name], self.column)}
        tx.execute(update(self.table).where(*(key == row[key.name] for key in keys)).values(other))


def _other(value: Any, column: Column[Any]) -> Any:
    """Something else that the column can hold."""
    if isinstance(column.type, JSON):
        return [] if value else [0]
    kind = column.type.python_type
    if kind is bool:
        return not value
    if kind is str:
        return "x" if value != "x" else "y"
    if kind is int:
        return (value or 0) + 1
    return date(2031, 1, 1) if kind is date else NOW + timedelta(days=1_000)


def _gone(table: Table, **where: Any) -> Work:
    mine = [table.c[name] == value for name, value in where.items()]
    return lambda tx: tx.execute(delete(table).where(*mine))


def _set(table: Table, **values: Any) -> Work:
    return lambda tx: tx.execute(update(table).values(**values))


def _extra_entry(tx: Tx) -> None:
    row = {
        "stream": OTHER,
        "seq": 1,
        "line": 0,
        "account": "suspense",
        "amount": 5,
        "currency": "TZS",
        "at": NOW,
    }
    tx.execute(insert(ledger_entries).values(**row))


@pytest.mark.covers("P8")
@pytest.mark.parametrize(
    "change,told_",
    [
        (_gone(payment_rows, reference=PAYMENT), f"payments ('{PAYMENT}',): missing"),
        (_gone(payment_bills, payment=OTHER), f"payment_bills ('{OTHER}', '{a_reference(50)}'): missing"),
        (_gone(transactions, line=1), f"transactions ('{PAYMENT}', 5, 1): missing"),
        (_gone(ledger_entries, line=0), f"ledger_entries ('{PAYMENT}', 5, 0): missing"),
        (_extra_entry, f"ledger_entries ('{OTHER}', 1, 0): no event tells of it"),
        (_set(bills, paid=1), f"bills {makers.BILL}: paid is 1, the events say 450000"),
        (_gone(bills, reference=makers.BILL), f"bills {makers.BILL}: paid is None, the events say 450000"),
        (_set(receipt_counters, last=2), "receipt_counters ('MOL', 2026): differs"),
        (_gone(receipt_counters), "receipt_counters ('MOL', 2026): differs"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_row_that_is_missing_or_too_many_is_reported(
    peopled: Store, change: Work, told_: str
) -> None:
    assert told_ in (await report_after(peopled, change)).differences


async def test_a_receipt_that_is_left_out_of_the_count_is_reported(store: Store, vault: Vault) -> None:
    await put_in_store(store, vault)
    await store.write(lambda tx: receipts.next_number(tx, "MOL", 2026))
    await put_payment(store)
    differences = (await store.snapshot(replay.check)).differences
    assert differences == ["receipts MOL 2026: the numbers have a gap"]


@pytest.mark.covers("C8")
async def test_a_receipt_file_that_is_not_the_one_told_of_is_reported(peopled: Store) -> None:
    pdf = b"%PDF-1.7"
    file = ReceiptFile(1, hashlib.sha256(pdf).hexdigest(), pdf, NOW)
    rendered = e.ReceiptRendered(version=1, sha256=file.sha256)
    unlike = f"receipt_files {PAYMENT}: not the file that the events tell of"

    def keep(tx: Tx) -> None:
        receipts.keep_file(tx, PAYMENT, file)

    def tell(tx: Tx) -> None:
        payments.append(tx, payments.load(tx, PAYMENT), [rendered], NOW, reference=PAYMENT)

    for changes in ([keep], [tell], [keep, tell, _set(receipt_files, pdf=b"%PDF-1.8")]):
        assert (await report_after(peopled, *changes)).differences == [unlike]
    assert (await report_after(peopled, keep, tell)).sound


async def test_a_ledger_that_is_not_zero_is_never_sound(peopled: Store) -> None:
    report = await report_after(peopled, _extra_entry)
    assert report.ledger == {"TZS": 5}
    assert not Report(2, 9, [], {"TZS": 5}).sound


@pytest.mark.covers("D54", "J10")
@tries()
@given(
    row=st.integers(0, 8),
    column=st.sampled_from(["type", "data", "hash"]),
    place=st.integers(0, 2_000),
    bit=st.integers(0, 6),
)
async def test_any_flipped_bit_of_an_event_is_reported(
    sqlite_store: Store, vault: Vault, row: int, column: str, place: int, bit: int
) -> None:
    await _nine_events(sqlite_store, vault)

    def flip(tx: Tx) -> None:
        event = tx.execute(select(payment_events).order_by(payment_events.c.position)).mappings().all()[row]
        changed = {column: _flipped(event[column], place, bit)}
        tx.execute(
            update(payment_events).where(payment_events.c.position == event["position"]).values(changed)
        )

    report = await report_after(sqlite_store, unlocked, flip)
    assert any("the chain is broken" in difference for difference in report.differences)


async def _nine_events(store: Store, vault: Vault) -> None:
    if await store.read(lambda tx: leases.bill(tx, makers.BILL)) is None:
        await put_in_store(store, vault, bills=[a_bill(), a_bill(reference=a_reference(50))])
        await put_payment(store)
        await put_payment(store, State.AWAITING_PAYER, reference=OTHER, bill=a_reference(50))


def _flipped(value: Any, place: int, bit: int) -> Any:
    if isinstance(value, bytes):
        place %= len(value)
        return value[:place] + bytes([value[place] ^ 1 << bit]) + value[place + 1 :]
    place %= len(value)
    return value[:place] + chr(ord(value[place]) ^ 1 << bit) + value[place + 1 :]


def _of_event(seq: int) -> Any:
    return (payment_events.c.payment == PAYMENT) & (payment_events.c.seq == seq)


@pytest.mark.parametrize(
    "change",
    [
        lambda tx: tx.execute(update(payment_events).where(_of_event(3)).values(at=NOW)),
        lambda tx: tx.execute(update(payment_events).where(_of_event(3)).values(version=2)),
        lambda tx: tx.execute(update(payment_events).where(_of_event(6)).values(seq=7)),
        lambda tx: tx.execute(update(payment_events).where(_of_event(6)).values(payment=a_reference(77))),
        lambda tx: tx.execute(delete(payment_events).where(_of_event(1))),
        lambda tx: tx.execute(delete(payment_events).where(_of_event(3))),
        lambda tx: tx.execute(delete(payment_events).where(_of_event(6))),
        lambda tx: tx.execute(delete(payment_events).where(payment_events.c.payment == PAYMENT)),
    ],
    ids=["instant", "version", "number", "payment", "first gone", "one gone", "last gone", "all gone"],
)
async def test_an_event_that_was_moved_or_taken_away_is_reported(peopled: Store, change: Work) -> None:
    assert (await report_after(peopled, unlocked, change)).differences


async def test_a_well_chained_event_that_cannot_be_is_reported(peopled: Store) -> None:
    def forge(tx: Tx) -> None:
        payment = payments.load(tx, OTHER)
        assert payment is not None
        row = payments.row_of(replace(payment, state=State.COMPLETED))
        tx.execute(update(payment_rows).where(payment_rows.c.reference == OTHER).values(row))
        forged = payments.load(tx, OTHER)
        payments.append(tx, forged, [e.ReceiptRendered(version=1, sha256="ab")], NOW, reference=OTHER)

    def from_the_future(tx: Tx) -> None:
        tx.execute(update(payment_events).where(_of_event(6)).values(version=2))

    differences = (await report_after(peopled, forge)).differences
    assert f"payment_events {OTHER} seq 4: ReceiptRendered in AWAITING_PAYER" in differences
    assert (await report_after(peopled, unlocked, from_the_future)).differences


@pytest.mark.covers("P8")
async def test_a_portal_at_work_is_found_sound(store: Store, vault: Vault) -> None:
    all_bills = [a_bill(reference=a_reference(200 + n)) for n in range(12)]
    await put_in_store(store, vault, bills=all_bills)

    async def work() -> None:
        for number, bill in enumerate(all_bills):
            await put_payment(store, reference=a_reference(300 + number), bill=bill.reference)

    at_work = asyncio.create_task(work())
    while not at_work.done():
        assert (await store.snapshot(replay.check)).sound
    await at_work
    assert (await store.snapshot(replay.check)).payments == 12
