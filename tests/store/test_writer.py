"""The store: one way to write, one way to read, and what becomes of work that breaks or is left alone."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError, OperationalError

from portal.store import jobs
from portal.store.transients import limit_hits
from portal.store.types import Tx
from portal.store.writer import Store, StoreClosed, VersionConflict, open_store
from tests.makers import NOW

Work = Callable[[Tx], None]


def leave_mark(name: str) -> Work:
    """The smallest write there is."""

    def work(tx: Tx) -> None:
        tx.execute(insert(limit_hits).values(key=name, at=NOW))

    return work


def marks(tx: Tx) -> int:
    return tx.execute(select(func.count()).select_from(limit_hits)).scalar_one()


def slowly(name: str) -> Work:
    """A write that keeps PostgreSQL's transaction open for a while."""

    def work(tx: Tx) -> None:
        leave_mark(name)(tx)
        tx.exec_driver_sql("SELECT pg_sleep(0.3)")

    return work


async def test_every_commit_of_sqlite_reaches_the_disk_and_keeps_its_references(sqlite_store: Store) -> None:
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")

    def settings(tx: Tx) -> list[object]:
        return [tx.exec_driver_sql(f"PRAGMA {pragma}").scalar() for pragma in pragmas]

    assert await sqlite_store.write(settings) == ["wal", 2, 1, 5_000]


async def test_a_question_cannot_write_on_sqlite(sqlite_store: Store) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        await sqlite_store.read(leave_mark("no"))
    assert await sqlite_store.read(marks) == 0


async def test_what_was_written_can_be_read_at_once(store: Store) -> None:
    await store.write(leave_mark("one"))
    assert await store.read(marks) == 1


async def test_an_answer_comes_only_after_the_commit(sqlite_store: Store, sqlite_url: str) -> None:
    await sqlite_store.write(leave_mark("one"))
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    assert other.execute("SELECT count(*) FROM limit_hits").fetchone() == (1,)
    other.close()


@pytest.mark.covers("D54")
async def test_work_that_breaks_leaves_nothing_and_the_writer_goes_on(store: Store) -> None:
    def breaks(tx: Tx) -> None:
        leave_mark("half")(tx)
        raise KeyError("broken")

    for _ in range(3):
        with pytest.raises(KeyError, match="broken"):
            await store.write(breaks)
    await store.write(leave_mark("whole"))
    assert await store.read(marks) == 1


async def test_work_that_stops_like_a_process_leaves_nothing_either(sqlite_store: Store) -> None:
    def stops(tx: Tx) -> None:
        leave_mark("half")(tx)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await sqlite_store.write(stops)
    assert await sqlite_store.read(marks) == 0


async def test_a_question_does_not_wait_for_a_write_on_sqlite(sqlite_store: Store) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def waits(tx: Tx) -> None:
        leave_mark("slow")(tx)
        begun.set()
        assert go_on.wait(timeout=10)

    slow = asyncio.create_task(sqlite_store.write(waits))
    assert await asyncio.to_thread(begun.wait, 10)
    assert await asyncio.wait_for(sqlite_store.read(marks), timeout=5) == 0
    go_on.set()
    await slow
    assert await sqlite_store.read(marks) == 1


async def test_a_question_does_not_wait_for_a_write_on_postgresql(postgres_store: Store) -> None:
    slow = asyncio.create_task(postgres_store.write(slowly("slow")))
    await asyncio.sleep(0.1)
    assert await postgres_store.read(marks) == 0
    assert not slow.done()
    await slow
    assert await postgres_store.read(marks) == 1


async def test_who_goes_away_does_not_stop_the_commit_on_sqlite(sqlite_store: Store) -> None:
    go_on = threading.Event()

    def waits(tx: Tx) -> None:
        assert go_on.wait(timeout=10)
        leave_mark("kept")(tx)

    asked = asyncio.create_task(sqlite_store.write(waits))
    await asyncio.sleep(0.05)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    go_on.set()
    await sqlite_store.write(leave_mark("next"))
    assert await sqlite_store.read(marks) == 2


async def test_who_goes_away_does_not_stop_the_commit_on_postgresql(
    postgres_store: Store, postgres_url: str
) -> None:
    asked = asyncio.create_task(postgres_store.write(slowly("kept")))
    await asyncio.sleep(0.1)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await postgres_store.close()
    again = open_store(postgres_url)
    assert await again.read(marks) == 1
    await again.close()


async def test_closing_waits_for_what_was_asked_before(sqlite_store: Store, sqlite_url: str) -> None:
    asked = [asyncio.create_task(sqlite_store.write(leave_mark(f"{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    await sqlite_store.close()
    await asyncio.gather(*asked)
    again = open_store(sqlite_url)
    assert await again.read(marks) == 20
    await again.close()


@pytest.mark.covers("D09")
async def test_work_that_met_another_writer_runs_again_from_a_fresh_read(store: Store) -> None:
    tries: list[int] = []

    def second_time_lucky(tx: Tx) -> int:
        leave_mark("once")(tx)
        tries.append(1)
        if len(tries) < 3:
            raise VersionConflict
        return len(tries)

    assert await store.write(second_time_lucky) == 3
    assert await store.read(marks) == 1


@pytest.mark.parametrize("code", ["40001", "40P01"])
async def test_work_that_was_in_another_s_way_runs_again_on_postgresql(
    postgres_store: Store, code: str
) -> None:
    tries: list[int] = []

    def second_time_lucky(tx: Tx) -> None:
        tries.append(1)
        if len(tries) == 1:
            tx.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = '{code}'; END $$")
        leave_mark("once")(tx)

    await postgres_store.write(second_time_lucky)
    assert await postgres_store.read(marks) == 1


async def test_work_that_waits_for_another_process_runs_again_on_sqlite(
    sqlite_store: Store, sqlite_url: str
) -> None:
    await sqlite_store.write(lambda tx: tx.exec_driver_sql("PRAGMA busy_timeout=50"))
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    asked = asyncio.create_task(sqlite_store.write(leave_mark("kept")))
    await asyncio.sleep(0.12)
    other.execute("COMMIT")
    other.close()
    await asked
    assert await sqlite_store.read(marks) == 1


async def test_work_that_is_wrong_is_tried_once(store: Store) -> None:
    tries: list[int] = []

    def wrong(tx: Tx) -> None:
        tries.append(1)
        tx.exec_driver_sql("SELECT * FROM nowhere")

    with pytest.raises(DBAPIError):
        await store.write(wrong)
    assert len(tries) == 1


async def test_work_that_always_meets_another_writer_gives_up_after_five_tries(store: Store) -> None:
    tries: list[int] = []

    def unlucky(tx: Tx) -> None:
        tries.append(1)
        raise VersionConflict("again")

    with pytest.raises(VersionConflict, match="again"):
        await store.write(unlucky)
    assert len(tries) == 5


async def test_the_worker_hears_of_new_work_after_the_commit(store: Store) -> None:
    await store.write(leave_mark("no work"))
    assert not store.jobs_changed.is_set()
    await store.write(lambda tx: jobs.enqueue(tx, "ask", "1", NOW + timedelta(seconds=5)))
    assert store.jobs_changed.is_set()


async def test_a_snapshot_sees_one_instant_on_sqlite(sqlite_store: Store, sqlite_url: str) -> None:
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), check_same_thread=False)

    def twice(tx: Tx) -> tuple[int, int]:
        before = marks(tx)
        with other:
            other.execute("INSERT INTO limit_hits (key, at) VALUES ('meanwhile', 0)")
        return before, marks(tx)

    assert await sqlite_store.snapshot(twice) == (0, 0)
    assert await sqlite_store.read(twice) == (1, 2)
    other.close()


async def test_a_snapshot_sees_one_instant_on_postgresql(postgres_store: Store) -> None:
    def twice(tx: Tx) -> tuple[int, int]:
        before = marks(tx)
        tx.exec_driver_sql("SELECT pg_sleep(0.3)")
        return before, marks(tx)

    for question, seen in [(postgres_store.snapshot, (0, 0)), (postgres_store.read, (1, 2))]:
        asked = asyncio.create_task(question(twice))
        await asyncio.sleep(0.1)
        await postgres_store.write(leave_mark("meanwhile"))
        assert await asked == seen


async def test_a_snapshot_that_breaks_hands_back_a_clean_connection(store: Store) -> None:
    def breaks(tx: Tx) -> None:
        raise KeyError("broken")

    for _ in range(8):
        with pytest.raises(KeyError):
            await store.snapshot(breaks)
    await store.write(leave_mark("one"))
    assert await store.snapshot(marks) == await store.read(marks) == 1


async def test_a_snapshot_whose_sql_is_wrong_leaves_no_reader_in_the_past(store: Store) -> None:
    for _ in range(8):
        with pytest.raises(DBAPIError):
            await store.snapshot(lambda tx: tx.exec_driver_sql("SELECT nothing FROM nowhere"))
    await store.write(leave_mark("one"))
    assert await store.snapshot(marks) == await store.read(marks) == 1


async def test_a_snapshot_that_nobody_waits_for_any_more_ends_as_cancelled(store: Store) -> None:
    began = asyncio.Event()

    def is_slow(tx: Tx) -> None:
        began.set()
        for _ in range(100_000):
            marks(tx)

    for _ in range(8):
        asked = asyncio.create_task(store.snapshot(is_slow))
        await began.wait()
        await asyncio.sleep(0.01)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    await store.write(leave_mark("one"))
    assert await store.snapshot(marks) == await store.read(marks) == 1


async def test_work_that_comes_after_the_end_is_refused_and_waits_for_nobody(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    await store.close()
    async with asyncio.timeout(5):
        with pytest.raises(StoreClosed):
            await store.write(leave_mark("too late"))
