"""The worker: due work is done once, broken work again and again, and nothing that happens to a job ends the loop."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from portal.store import jobs
from portal.store.jobs import Job
from portal.store.tables import jobs as job_rows
from portal.store.types import Tx
from portal.store.writer import Store
from portal.worker.loop import AT_ONCE, LEASE, RETRIES, Worker
from tests.fakes import TroubledStore
from tests.makers import NOW, FakeClock

BREAKS = RuntimeError("broken")


class Work:
    """Does its jobs, unless `breaks` says otherwise; `done` is what it did, in order."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.done: list[str] = []
        self.breaks: Exception | None = None
        self.waits: asyncio.Event | None = None

    async def __call__(self, job: Job) -> None:
        if self.waits:
            await self.waits.wait()
        self.done.append(job.key)
        if self.breaks:
            raise self.breaks
        await self._store.write(lambda tx: jobs.done(tx, job))


@pytest.fixture
def work(sqlite_store: Store) -> Work:
    return Work(sqlite_store)


@pytest.fixture
def worker(sqlite_store: Store, clock: FakeClock, work: Work) -> Worker:
    return Worker(sqlite_store, clock, {"mail": work, "ask": work}, undying=("ask",))


async def leave(store: Store, key: str, *, kind: str = "mail", after: float = 0) -> None:
    await store.write(lambda tx: jobs.enqueue(tx, kind, key, NOW + timedelta(seconds=after)))


async def rows(store: Store) -> list[Any]:
    return list(await store.read(lambda tx: tx.execute(select(job_rows).order_by(job_rows.c.key)).all()))


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await is_so():  # noqa: ASYNC110  (what is waited for is in a database)
            await asyncio.sleep(0.01)


@pytest.mark.covers("S05", "S15", "D83")
async def test_due_work_is_done_and_other_work_waits_for_its_time(
    sqlite_store: Store, clock: FakeClock, worker: Worker, work: Work
) -> None:
    await leave(sqlite_store, "now")
    await leave(sqlite_store, "later", after=60)
    assert (await worker.run_due(), await worker.run_due()) == (1, 0)
    clock.advance(seconds=60)
    assert await worker.run_due() == 1
    assert work.done == ["mail:now", "mail:later"]
    assert await rows(sqlite_store) == []


@pytest.mark.covers("D65")
async def test_broken_work_is_tried_with_growing_waits_and_then_laid_aside(
    sqlite_store: Store, clock: FakeClock, worker: Worker, work: Work
) -> None:
    work.breaks = BREAKS
    await leave(sqlite_store, "a")
    tried_at = []
    for wait in (timedelta(0), *RETRIES):
        clock.now += wait - timedelta(seconds=0.5)
        assert await worker.run_due() == 0
        clock.advance(seconds=0.5)
        assert await worker.run_due() == 1
        tried_at.append((clock.now - NOW).total_seconds())
    assert tried_at == [0, 1, 6, 21, 81, 381, 1281, 4881]
    (row,) = await rows(sqlite_store)
    assert (row.dead_at, row.last_error) == (clock.now, "RuntimeError('broken')")
    clock.advance(days=30)
    assert await worker.run_due() == 0


async def test_work_about_money_is_never_laid_aside(
    sqlite_store: Store, clock: FakeClock, worker: Worker, work: Work
) -> None:
    work.breaks = BREAKS
    await leave(sqlite_store, "a", kind="ask")
    for _ in range(20):
        await worker.run_due()
        clock.advance(hours=1)
    assert len(work.done) == 20
    work.breaks = None
    await worker.run_due()
    assert await rows(sqlite_store) == []


async def test_work_that_was_laid_aside_is_tried_from_the_first_try_on_when_it_is_revived(
    sqlite_store: Store, clock: FakeClock, worker: Worker, work: Work
) -> None:
    work.breaks = BREAKS
    await leave(sqlite_store, "a")
    for _ in range(8):
        await worker.run_due()
        clock.advance(hours=1)
    assert await sqlite_store.write(lambda tx: jobs.revive(tx, clock.now)) == 1
    await worker.run_due()
    (row,) = await rows(sqlite_store)
    assert (row.dead_at, row.run_after) == (None, clock.now + RETRIES[0])


async def test_a_kind_that_nobody_knows_breaks_like_any_other_work(
    sqlite_store: Store, worker: Worker, work: Work
) -> None:
    await leave(sqlite_store, "a", kind="unheard")
    await leave(sqlite_store, "b")
    assert await worker.run_due() == 2
    assert work.done == ["mail:b"]
    (row,) = await rows(sqlite_store)
    assert (row.key, row.last_error, row.leased_until) == ("unheard:a", "KeyError('unheard')", None)


@pytest.mark.covers("D65", "D81")
async def test_a_broken_try_is_logged_with_its_kind_key_and_number(
    sqlite_store: Store, worker: Worker, work: Work
) -> None:
    work.breaks = BREAKS
    await leave(sqlite_store, "a")
    with capture_logs() as logs:
        await worker.run_due()
    assert [(line["event"], line["kind"], line["key"], line["attempt"]) for line in logs] == [
        ("job_retry", "mail", "mail:a", 1)
    ]


@pytest.mark.covers("S05")
async def test_work_of_a_worker_that_died_is_taken_by_another_when_its_lease_ends(
    sqlite_store: Store, clock: FakeClock, worker: Worker, work: Work
) -> None:
    await leave(sqlite_store, "a")
    await sqlite_store.write(lambda tx: jobs.take(tx, clock.now, LEASE, 5))
    clock.now = NOW + LEASE - timedelta(seconds=1)
    assert await worker.run_due() == 0
    clock.advance(seconds=1)
    assert await worker.run_due() == 1
    assert work.done == ["mail:a"]


async def test_a_worker_that_comes_back_after_its_lease_finishes_nothing_of_another_s(
    sqlite_store: Store, clock: FakeClock, worker: Worker, work: Work
) -> None:
    await leave(sqlite_store, "a")
    work.waits = asyncio.Event()
    slow = asyncio.create_task(worker.run_due())
    await until(lambda: _is_leased(sqlite_store))
    clock.advance(minutes=2)
    (taken,) = await sqlite_store.write(lambda tx: jobs.take(tx, clock.now, LEASE, 5))
    work.waits.set()
    await slow
    assert await sqlite_store.read(lambda tx: jobs.held(tx, taken))


async def _is_leased(store: Store) -> bool:
    return any(row.leased_until for row in await rows(store))


@pytest.mark.covers("S02", "S05")
async def test_many_workers_do_each_piece_of_work_once(store: Store, clock: FakeClock) -> None:
    work = Work(store)

    def leave_many(tx: Tx) -> None:
        for number in range(60):
            jobs.enqueue(tx, "mail", f"{number:02d}", NOW)

    await store.write(leave_many)
    workers = [Worker(store, clock, {"mail": work}) for _ in range(4)]

    async def work_off(worker: Worker) -> None:
        while await worker.run_due():
            pass

    await asyncio.gather(*map(work_off, workers))
    assert Counter(work.done) == Counter(f"mail:{number:02d}" for number in range(60))


async def test_a_round_takes_no_more_than_it_can_hold(sqlite_store: Store, worker: Worker) -> None:
    for number in range(AT_ONCE + 5):
        await leave(sqlite_store, f"{number}")
    assert [await worker.run_due(), await worker.run_due()] == [AT_ONCE, 5]


@pytest.mark.covers("D83")
async def test_the_loop_takes_up_new_work_at_once(sqlite_store: Store, worker: Worker, work: Work) -> None:
    async with running(worker):
        await asyncio.sleep(0)
        await leave(sqlite_store, "a")
        await until(lambda: _are_done(work, 1))
        await leave(sqlite_store, "b")
        await until(lambda: _are_done(work, 2))


async def _are_done(work: Work, count: int) -> bool:
    return len(work.done) >= count


async def test_a_slow_piece_of_work_holds_up_no_other(
    sqlite_store: Store, clock: FakeClock, work: Work
) -> None:
    never = asyncio.Event()

    async def wait(_: Job) -> None:
        await never.wait()

    worker = Worker(sqlite_store, clock, {"mail": work, "slow": wait})
    await leave(sqlite_store, "a", kind="slow")
    async with running(worker):
        await until(lambda: _is_leased(sqlite_store))
        await leave(sqlite_store, "b")
        await until(lambda: _are_done(work, 1))


async def test_what_is_being_done_when_the_worker_is_ended_is_left_to_another(
    sqlite_store: Store, clock: FakeClock
) -> None:
    ended = asyncio.Event()

    async def wait(_: Job) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    await leave(sqlite_store, "a", kind="slow")
    async with running(Worker(sqlite_store, clock, {"slow": wait})):
        await until(lambda: _is_leased(sqlite_store))
    assert ended.is_set()
    (row,) = await rows(sqlite_store)
    assert row.leased_until == NOW + LEASE


async def test_a_database_that_is_away_for_a_while_does_not_end_the_loop(
    sqlite_store: Store, clock: FakeClock, work: Work
) -> None:
    troubled = TroubledStore(sqlite_store)
    await leave(sqlite_store, "a")
    troubled.away = 3
    with capture_logs() as logs:
        async with running(Worker(troubled, clock, {"mail": work})):
            await until(lambda: _are_done(work, 1))
    assert [line["event"] for line in logs] == ["worker_round"] * 3


async def test_work_that_breaks_while_the_database_is_away_comes_back_with_its_lease(
    sqlite_store: Store, clock: FakeClock, work: Work
) -> None:
    troubled = TroubledStore(sqlite_store)
    worker = Worker(troubled, clock, {"mail": work})

    async def break_both(_: Job) -> None:
        troubled.away = 1
        raise BREAKS

    await leave(sqlite_store, "a")
    with capture_logs() as logs:
        await Worker(troubled, clock, {"mail": break_both}).run_due()
    assert [line["event"] for line in logs] == ["job_retry", "job_not_put_back"]
    clock.advance(minutes=2)
    assert await worker.run_due() == 1
    assert work.done == ["mail:a"]
