"""Bank lines in both databases: counted once, folded from events that nobody can rewrite, and found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.domain.bank_line import BankLine, Held, LineCancelledOut, LineEvent, LineHeld
from portal.domain.money import Currency, Money
from portal.store import bank_lines, replay
from portal.store.bank_lines import NewLine, Written, key_of
from portal.store.bank_tables import bank_allocations, bank_line_events, bank_line_texts
from portal.store.bank_tables import bank_lines as line_rows
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store, VersionConflict
from tests.domain.test_bank_line import LINE, OTHER, allocation, booked, held
from tests.makers import NOW, PAYMENT
from tests.store.test_replay import report_after

TEXT = Written("TIPS CREDIT FROM 255754123456 JOHN DOE", "JOHN DOE 0150123456700")


def new(*events: LineEvent, id_: str = LINE, written: Written = TEXT) -> NewLine:
    return NewLine(id_, events or (booked(), held()), written)


async def put(store: Store, vault: Vault, *lines: NewLine) -> list[BankLine]:
    return await store.write(lambda tx: bank_lines.book(tx, vault, lines, NOW))


async def then(store: Store, id_: str, *events: LineEvent) -> BankLine:
    def work(tx: Tx) -> BankLine:
        line = bank_lines.load(tx, id_, lock=True)
        assert line
        return bank_lines.append(tx, line, events, NOW + timedelta(minutes=1))

    return await store.write(work)


@pytest.mark.covers("D54")
async def test_a_line_is_what_its_events_say(store: Store, vault: Vault) -> None:
    (line,) = await put(store, vault, new())
    assert line.held is Held.TOO_LITTLE
    assert await store.read(lambda tx: bank_lines.load(tx, LINE)) == line
    after = await then(store, LINE, allocation(453_500))
    assert await store.read(lambda tx: bank_lines.load(tx, LINE)) == after
    history = await store.read(lambda tx: bank_lines.history(tx, LINE))
    assert [event for event, _ in history] == [booked(), held(), allocation(453_500)]
    assert await store.read(lambda tx: bank_lines.allocated(tx, PAYMENT))
    assert not await store.read(lambda tx: bank_lines.allocated(tx, OTHER))
    report = await store.snapshot(replay.check)
    assert (report.sound, report.bank_lines, report.events) == (True, 1, 3)


async def test_no_such_line_is_none(store: Store) -> None:
    assert await store.read(lambda tx: bank_lines.load(tx, LINE)) is None


async def test_what_the_payer_wrote_is_sealed_and_read_again(store: Store, vault: Vault) -> None:
    unnamed = new(booked(5), id_=OTHER, written=Written("CASH", None))
    await put(store, vault, new(), unnamed)
    rows = await store.read(lambda tx: tx.execute(select(bank_line_texts)).all())
    assert not [row for row in rows if "JOHN" in str(row) or "CASH" in str(row)]
    read = await store.read(lambda tx: bank_lines.written(tx, vault, [LINE, OTHER]))
    assert read == {LINE: TEXT, OTHER: Written("CASH", None)}


@pytest.mark.covers("D26")
async def test_the_same_money_cannot_stand_twice(store: Store, vault: Vault) -> None:
    await put(store, vault, new())
    with pytest.raises(IntegrityError):
        await put(store, vault, new(id_=OTHER))
    other_ways = [replace(booked(), account="NMB"), booked(5), replace(booked(), bank_reference="FT2")]
    dollars = replace(booked(), amount=Money(453_500, Currency.USD))
    for number, event in enumerate([*other_ways, dollars, booked(-453_500)]):
        await put(store, vault, new(event, id_=f"{number:012d}"))
    assert (await store.snapshot(replay.check)).bank_lines == 6


async def test_a_line_is_known_again_with_the_references_that_it_names(store: Store, vault: Vault) -> None:
    await put(store, vault, new(), new(replace(booked(5), names=()), id_=OTHER))
    one, two = (key_of("CRDB", "FT26062ABCDE", booked(amount).amount) for amount in (453_500, 5))
    strange = key_of("NMB", "FT26062ABCDE", booked().amount)
    assert await store.read(lambda tx: bank_lines.known(tx, [one, two, strange])) == {
        one: (PAYMENT,),
        two: (),
    }
    assert await store.read(lambda tx: bank_lines.known(tx, [])) == {}


async def test_what_waits_for_the_rest_of_a_payment_comes_oldest_first(store: Store, vault: Vault) -> None:
    await put(
        store,
        vault,
        new(booked(5), held(), id_=OTHER),
        new(replace(booked(7), booked_on=booked().booked_on - timedelta(days=1)), held(), id_=LINE),
        new(booked(9), held(Held.TOO_MUCH), id_="9"),
        new(booked(11), held(payment=OTHER), id_="11"),
    )
    waiting = await store.read(lambda tx: bank_lines.toward(tx, PAYMENT))
    assert [line.id for line in waiting] == [LINE, OTHER]


async def test_a_credit_and_its_reversal_find_each_other_while_nothing_is_used(
    store: Store, vault: Vault
) -> None:
    credit, back = await put(store, vault, new(), new(booked(-453_500), held(Held.REVERSED), id_=OTHER))
    assert await store.read(lambda tx: bank_lines.counterpart(tx, credit)) == back
    assert await store.read(lambda tx: bank_lines.counterpart(tx, back)) == credit
    await then(store, LINE, allocation(1))
    assert await store.read(lambda tx: bank_lines.counterpart(tx, back)) is None
    await then(store, OTHER, LineCancelledOut(line=LINE))
    assert await store.read(lambda tx: bank_lines.counterpart(tx, credit)) is None


async def test_two_who_write_one_line_at_once_do_not_both_stand(store: Store, vault: Vault) -> None:
    (line,) = await put(store, vault, new())
    await then(store, LINE, allocation(453_500))
    with pytest.raises(VersionConflict):
        await store.write(lambda tx: bank_lines.append(tx, line, [allocation(453_500)], NOW))


@pytest.mark.covers("J10")
@pytest.mark.parametrize("statement", ["UPDATE bank_line_events SET seq = 9", "DELETE FROM bank_line_events"])
async def test_nobody_can_rewrite_an_event_of_a_line(store: Store, vault: Vault, statement: str) -> None:
    await put(store, vault, new())
    with pytest.raises(DBAPIError, match="append-only"):
        await store.write(lambda tx: tx.execute(text(statement)))


async def test_the_events_of_lines_cannot_be_emptied(postgres_store: Store) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        await postgres_store.write(lambda tx: tx.execute(text("TRUNCATE bank_line_events")))


async def test_no_more_can_wait_than_came(store: Store, vault: Vault) -> None:
    await put(store, vault, new())
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: tx.execute(update(line_rows).values(waiting=453_501)))


def _unlocked(tx: Tx) -> None:
    if tx.dialect.name == "postgresql":
        tx.execute(text("ALTER TABLE bank_line_events DISABLE TRIGGER USER"))
        return
    tx.execute(text("DROP TRIGGER bank_line_events_no_update"))
    tx.execute(text("DROP TRIGGER bank_line_events_no_delete"))


@pytest.mark.covers("P8", "D54")
@pytest.mark.parametrize(
    "column, value",
    [("waiting", 1), ("held", "DUPLICATE"), ("payment", OTHER), ("account", "NMB"), ("names", ""),
     ("statement", OTHER), ("is_reversal", True), ("bank_reference", "FT")],
)  # fmt: skip
async def test_a_changed_line_is_reported(store: Store, vault: Vault, column: str, value: Any) -> None:
    await put(store, vault, new())
    report = await report_after(store, lambda tx: tx.execute(update(line_rows).values({column: value})))
    assert any(told.startswith(f"bank_lines ('{LINE}',): {column} is") for told in report.differences)


@pytest.mark.covers("P8", "D54")
async def test_whatever_is_changed_behind_the_events_of_a_line_is_reported(
    store: Store, vault: Vault
) -> None:
    await put(store, vault, new())
    await then(store, LINE, allocation(453_500))
    columns = bank_line_events.c
    changes: Sequence[Any] = [
        [lambda tx: tx.execute(update(bank_allocations).values(amount=1))],
        [lambda tx: tx.execute(bank_allocations.delete())],
        [_unlocked, lambda tx: tx.execute(update(bank_line_events).values(at=NOW + timedelta(days=1)))],
        [_unlocked, lambda tx: tx.execute(bank_line_events.delete().where(columns.seq == 2))],
        [_unlocked, lambda tx: tx.execute(bank_line_events.delete())],
        [lambda tx: bank_lines.LOG.write(tx, _forged(tx))],
        [lambda tx: bank_lines.LOG.write(tx, _forged(tx) | {"type": "LINE_INVENTED"})],
    ]
    for change in changes:
        assert not (await report_after(store, *change)).sound
    assert (await store.snapshot(replay.check)).sound


def _forged(tx: Tx) -> dict[str, Any]:
    """Well chained, and impossible: nothing is left to wait."""
    return bank_lines.LOG.row(
        LINE, 4, LineHeld(reason=Held.TOO_MUCH, payment=None), NOW, bank_lines.LOG.tip(tx, LINE, 3)
    )
