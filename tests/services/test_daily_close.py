"""The daily close: each day once, after its midnight, and an alarm where the books do not agree or change later."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from sqlalchemy import text, update

from portal.domain.errors import NotFound
from portal.services.daily_close import SHOWN
from portal.store import day_closes, ledger_check
from portal.store.tables import ledger_entries, transactions
from portal.store.types import Tx
from portal.store.writer import Store
from tests.makers import FakeClock
from tests.services.desk import TOTAL, Desk, a_desk
from tests.services.refunding import ASHA, JUMA, SALMA, hire

TODAY = date(2026, 3, 3)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_store, clock) as desk:
        await hire(desk)
        await desk.portal.books.close.plan()
        yield desk


async def days(desk: Desk) -> list[date]:
    return [close.day for close in (await desk.portal.books.close.newest(SALMA)).closes]


@pytest.mark.covers("I10")
async def test_each_day_is_closed_once_after_its_midnight(desk: Desk) -> None:
    await desk.start_and_settle()
    await desk.work()
    await desk.pass_time(hours=11)
    assert await days(desk) == []
    await desk.pass_time(hours=2)
    assert await days(desk) == [TODAY]
    (close,) = (await desk.portal.books.close.newest(SALMA)).closes
    assert close.is_sound
    sums = {one.account: one.sum for one in close.sums}
    assert sums["cash:mpesa"] == TOTAL.minor
    assert sum(sums.values()) == 0
    await desk.pass_time(days=2)
    assert await days(desk) == [date(2026, 3, 5), TOMORROW, TODAY]
    empty = await desk.portal.books.close.of(SALMA, TOMORROW)
    assert (empty.close.entries, empty.drifted) == (0, False)
    assert await desk.portal.books.close.alarm() is None


@pytest.mark.covers("I10")
async def test_a_day_on_which_no_worker_ran_is_closed_when_one_runs_again(desk: Desk) -> None:
    await desk.start_and_settle()
    desk.clock.advance(days=3, hours=14)
    await desk.portal.books.close.plan()
    await desk.work()
    assert await days(desk) == [date(2026, 3, 6), date(2026, 3, 5), TOMORROW, TODAY]


async def test_whoever_plans_between_midnight_and_the_grace_waits_for_its_end(desk: Desk) -> None:
    await desk.start_and_settle()
    await desk.work()
    desk.clock.now = desk.clock.now.replace(hour=21, minute=2)
    await desk.portal.books.close.plan()
    await desk.work()
    assert await days(desk) == []
    await desk.pass_time(minutes=10)
    assert await days(desk) == [TODAY]


async def test_where_nothing_was_ever_booked_no_day_is_closed(desk: Desk) -> None:
    await desk.pass_time(days=3)
    assert await days(desk) == []


@pytest.mark.covers("I10")
async def test_a_closed_day_that_changes_afterwards_raises_the_alarm(desk: Desk) -> None:
    await desk.start_and_settle()
    await desk.pass_time(days=1)
    assert (await desk.read(ledger_check.check)).sound
    entries = await desk.read(lambda tx: tx.execute(ledger_entries.select()).mappings().all())
    await desk.store.write(lambda tx: _move(tx, 7))
    report = await desk.read(ledger_check.check)
    assert report.differences[-1] == (
        "2026-03-03: the ledger says something else of this day than when it was closed"
    )
    assert (await desk.portal.books.close.of(SALMA, TODAY)).drifted
    await desk.pass_time(days=1)
    alarm = await desk.portal.books.close.alarm()
    assert alarm
    assert (alarm.day, alarm.is_sound) == (TOMORROW, False)
    await desk.store.write(lambda tx: _restore(tx, entries))
    await desk.pass_time(days=1)
    assert await desk.portal.books.close.alarm() is None


@pytest.mark.covers("I10")
async def test_a_table_that_does_not_agree_with_the_ledger_is_found_by_the_close(desk: Desk) -> None:
    await desk.start_and_settle()
    await desk.work()
    charges = transactions.c.type == "CHARGE"
    await desk.store.write(lambda tx: tx.execute(update(transactions).where(charges).values(amount=5)))
    await desk.pass_time(days=1)
    alarm = await desk.portal.books.close.alarm()
    assert alarm
    assert "the transactions say 5" in alarm.differences[0]
    amount = TOTAL.minor
    await desk.store.write(lambda tx: tx.execute(update(transactions).where(charges).values(amount=amount)))


async def test_a_close_is_never_rewritten(desk: Desk) -> None:
    await desk.start_and_settle()
    await desk.pass_time(days=1)
    (close,) = (await desk.portal.books.close.newest(SALMA)).closes
    assert not await desk.store.write(lambda tx: day_closes.keep(tx, close))
    with pytest.raises(Exception, match="append-only"):
        await desk.store.write(lambda tx: tx.execute(update(day_closes.day_closes).values(digest="x")))


async def test_the_days_are_shown_a_month_at_a_time(desk: Desk) -> None:
    await desk.start_and_settle()
    await desk.pass_time(days=SHOWN + 3)
    first = await desk.portal.books.close.newest(SALMA)
    assert len(first.closes) == SHOWN
    second = await desk.portal.books.close.newest(SALMA, first.older)
    assert [close.day for close in second.closes] == [date(2026, 3, 5), TOMORROW, TODAY]
    assert second.older is None


async def test_only_the_office_sees_the_closed_days(desk: Desk) -> None:
    for person in (ASHA, JUMA):
        with pytest.raises(NotFound):
            await desk.portal.books.close.newest(person)
        with pytest.raises(NotFound):
            await desk.portal.books.close.of(person, TODAY)
    with pytest.raises(NotFound):
        await desk.portal.books.close.of(SALMA, TODAY)


def _move(tx: Tx, minor: int) -> None:
    """From one account to another, so that the sum stays zero."""
    for line, more in ((0, minor), (1, -minor)):
        its = ledger_entries.c.line == line
        tx.execute(update(ledger_entries).where(its).values(amount=ledger_entries.c.amount + more))


def _restore(tx: Tx, entries: object) -> None:
    tx.execute(text("DELETE FROM ledger_entries"))
    tx.execute(ledger_entries.insert(), [dict(row) for row in entries])  # type: ignore[attr-defined]
