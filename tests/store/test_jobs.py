"""Jobs: leased, retried, fenced, brought forward, laid aside; and never held by two at once."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.store import jobs
from portal.store.jobs import DeadJob, Job
from portal.store.tables import jobs as rows
from portal.store.types import Tx
from portal.store.writer import Store
from tests.makers import FakeClock

LEASE_TIME = timedelta(seconds=30)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


class Queue:
    """The jobs of a store, worked on by whoever calls."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store, self.clock = store, clock

    async def do(self, act: Callable[..., None], *given: Any, **payload: Any) -> None:
        await self.store.write(lambda tx: act(tx, *given, **payload))

    async def enqueue(self, key: str = "1", after: timedelta = timedelta(0), **payload: Any) -> None:
        await self.do(jobs.enqueue, "ask", key, self.clock() + after, **payload)

    async def take(self, most: int = 10) -> list[Job]:
        return await self.store.write(lambda tx: jobs.take(tx, self.clock(), LEASE_TIME, most))

    async def one(self) -> Job:
        (job,) = await self.take()
        return job

    async def next_due(self) -> datetime | None:
        return await self.store.read(jobs.next_due)

    async def row(self) -> Any:
        return await self.store.read(lambda tx: tx.execute(select(rows)).one())


@pytest.fixture
def queue(store: Store, clock: FakeClock) -> Queue:
    return Queue(store, clock)


@pytest.mark.covers("O5", "D83", "S05")
async def test_work_is_handed_out_when_it_is_due_and_gone_when_it_is_done(queue: Queue) -> None:
    await queue.enqueue(after=5 * SECOND, payment="P")
    assert await queue.take() == []
    queue.clock.advance(seconds=5)
    job = await queue.one()
    assert (job.kind, job.key, job.payload) == ("ask", "ask:1", {"payment": "P"})
    assert (job.attempts, job.failures) == (1, 0)
    await queue.do(jobs.done, job)
    queue.clock.advance(hours=1)
    assert await queue.take() == []
    assert await queue.next_due() is None


async def test_the_earliest_work_comes_first_and_no_more_than_asked_for(queue: Queue) -> None:
    for key, after in [("late", 3), ("early", 1), ("middle", 2)]:
        await queue.enqueue(key, after * SECOND)
    queue.clock.advance(seconds=9)
    assert [job.key for job in await queue.take(2)] == ["ask:early", "ask:middle"]
    assert [job.key for job in await queue.take(2)] == ["ask:late"]


@pytest.mark.covers("O5")
async def test_a_worker_that_died_loses_its_lease_and_cannot_finish_what_another_has_taken(
    queue: Queue,
) -> None:
    await queue.enqueue()
    lost = await queue.one()
    queue.clock.advance(seconds=29)
    assert await queue.take() == []
    queue.clock.advance(seconds=1)
    retaken = await queue.one()
    assert (retaken.id, retaken.attempts) == (lost.id, 2)
    for finish in (jobs.done, lambda tx, job: jobs.again(tx, job, queue.clock()), _fail(queue)):
        await queue.do(finish, lost)
        assert (await queue.row()).attempts == 2
        assert await queue.take() == []
    await queue.do(jobs.done, retaken)
    assert await queue.next_due() is None


def _fail(queue: Queue, retry_at: datetime | None = None) -> Callable[[Tx, Job], None]:
    return lambda tx, job: jobs.failed(tx, job, "boom", queue.clock(), retry_at)


async def test_a_second_enqueue_brings_forward_and_never_puts_off(queue: Queue) -> None:
    start = queue.clock()
    await queue.enqueue(after=HOUR, payment="P")
    for after, due in [(2 * HOUR, HOUR), (5 * SECOND, 5 * SECOND), (HOUR, 5 * SECOND)]:
        await queue.enqueue(after=after, payment="other")
        assert await queue.next_due() == start + due
    queue.clock.advance(seconds=5)
    assert (await queue.one()).payload == {"payment": "P"}


@pytest.mark.parametrize("after", [0, 5, 3_600])
async def test_work_wanted_while_it_is_being_done_is_done_once_more(queue: Queue, after: int) -> None:
    await queue.enqueue()
    job = await queue.one()
    queue.clock.advance(seconds=1)
    await queue.enqueue(after=after * SECOND)
    await queue.enqueue(after=HOUR * 2)
    assert await queue.take() == []
    await queue.do(jobs.done, job)
    assert await queue.next_due() == queue.clock() + after * SECOND
    queue.clock.advance(seconds=after)
    once_more = await queue.one()
    await queue.do(jobs.done, once_more)
    assert await queue.next_due() is None


async def test_work_wanted_sooner_than_it_would_run_again_is_done_sooner(queue: Queue) -> None:
    for wanted, expected in [(5 * SECOND, 5 * SECOND), (2 * HOUR, HOUR)]:
        await queue.enqueue(f"{wanted}")
        job = await queue.one()
        await queue.enqueue(f"{wanted}", wanted)
        await queue.do(jobs.again, job, queue.clock() + HOUR)
        row = await queue.row()
        assert (row.run_after, row.wanted_again) == (queue.clock() + expected, None)
        await queue.do(jobs.drop, "ask", f"{wanted}")


async def test_work_that_goes_on_runs_again_with_its_new_payload(queue: Queue) -> None:
    await queue.enqueue(step=1)
    await queue.do(jobs.again, await queue.one(), queue.clock() + 5 * SECOND, step=2)
    assert await queue.take() == []
    queue.clock.advance(seconds=5)
    job = await queue.one()
    assert (job.payload, job.attempts) == ({"step": 2}, 2)
    await queue.do(jobs.again, job, queue.clock())
    assert (await queue.one()).payload == {"step": 2}


@pytest.mark.covers("D65", "O5")
async def test_work_that_breaks_is_tried_again_and_counts_its_failures(queue: Queue) -> None:
    await queue.enqueue(payment="P")
    for failures in (0, 1):
        job = await queue.one()
        assert job.failures == failures
        await queue.do(_fail(queue, queue.clock() + SECOND), job)
        assert await queue.take() == []
        queue.clock.advance(seconds=1)
    assert (await queue.row()).last_error == "boom"
    assert (await queue.one()).payload == {"payment": "P", "failures": 2}


@pytest.mark.covers("O5")
async def test_work_that_cannot_be_done_is_laid_aside_for_a_person(queue: Queue) -> None:
    await queue.enqueue()
    job = await queue.one()
    await queue.do(jobs.failed, job, "x" * 9_999, queue.clock(), None)
    died_at = queue.clock()
    queue.clock.advance(days=99)
    assert await queue.take() == []
    assert await queue.next_due() is None
    assert await queue.store.read(jobs.dead_count) == 1
    assert await queue.store.read(jobs.dead_jobs) == [DeadJob("ask", "ask:1", died_at, "x" * 500)]


async def test_work_that_was_laid_aside_comes_back_when_it_is_wanted_again(queue: Queue) -> None:
    await queue.enqueue(step=1)
    await queue.do(jobs.failed, await queue.one(), "boom", queue.clock(), None)
    await queue.enqueue(after=HOUR, step=2)
    assert await queue.store.read(jobs.dead_count) == 0
    assert await queue.next_due() == queue.clock() + HOUR
    queue.clock.advance(hours=1)
    job = await queue.one()
    assert (job.payload, job.failures) == ({"step": 2}, 0)


async def test_a_person_can_have_all_that_was_laid_aside_tried_once_more(queue: Queue) -> None:
    for key in ("1", "2", "3"):
        await queue.enqueue(key)
    for job in await queue.take(2):
        await queue.do(jobs.failed, job, "boom", queue.clock(), None)
        queue.clock.advance(seconds=1)
    assert [job.key for job in await queue.store.read(jobs.dead_jobs)] == ["ask:1", "ask:2"]
    assert await queue.store.write(lambda tx: jobs.revive(tx, queue.clock())) == 2
    assert await queue.store.read(jobs.dead_jobs) == []
    assert sorted(job.key for job in await queue.take()) == ["ask:1", "ask:2", "ask:3"]


async def test_work_put_in_place_of_another_fences_off_whoever_held_it(queue: Queue) -> None:
    await queue.enqueue(step=1)
    held = await queue.one()
    await queue.do(jobs.put, "ask", "1", queue.clock(), step=2)
    fresh = await queue.one()
    assert fresh.payload == {"step": 2}
    await queue.do(jobs.done, held)
    assert (await queue.row()).attempts == fresh.attempts
    await queue.do(jobs.done, fresh)
    await queue.do(jobs.put, "ask", "1", queue.clock(), step=3)
    assert (await queue.one()).payload == {"step": 3}


async def test_work_that_is_dropped_is_gone_even_while_it_is_held(queue: Queue) -> None:
    await queue.enqueue()
    held = await queue.one()
    await queue.do(jobs.drop, "ask", "1")
    await queue.do(jobs.again, held, queue.clock())
    assert await queue.take() == []


async def test_the_next_work_is_due_at_its_time_or_when_its_lease_ends(queue: Queue) -> None:
    await queue.enqueue("later", HOUR)
    assert await queue.next_due() == queue.clock() + HOUR
    await queue.enqueue("now")
    assert await queue.next_due() == queue.clock()
    await queue.one()
    assert await queue.next_due() == queue.clock() + LEASE_TIME


async def test_two_takers_never_get_the_same_work(queue: Queue) -> None:
    for number in range(12):
        await queue.enqueue(f"{number}")
    taken = [job.id for part in await asyncio.gather(*(queue.take(3) for _ in range(6))) for job in part]
    assert len(taken) == len(set(taken)) == 12


async def test_a_taker_does_not_wait_for_another_that_has_not_committed(
    postgres_store: Store, clock: FakeClock
) -> None:
    queue = Queue(postgres_store, clock)
    for number in range(4):
        await queue.enqueue(f"{number}")

    def slowly(tx: Tx) -> list[Job]:
        taken = jobs.take(tx, clock(), LEASE_TIME, most=2)
        tx.exec_driver_sql("SELECT pg_sleep(0.5)")
        return taken

    first = asyncio.create_task(postgres_store.write(slowly))
    await asyncio.sleep(0.2)
    meanwhile = await queue.take()
    assert not first.done()
    assert len(meanwhile) == 2
    assert {job.id for job in meanwhile}.isdisjoint({job.id for job in await first})
