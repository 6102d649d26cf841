"""The daily job: one for all workers, over restarts, and whatever it is to delete."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, select

from portal.services.housekeeping import EVERY
from portal.store import jobs
from portal.store.purge import BATCH
from portal.store.tables import jobs as job_rows
from portal.store.transients import limit_hits
from tests.makers import NOW, FakeClock
from tests.services.desk import Desk


async def old_tries(desk: Desk, number: int) -> None:
    long_ago = NOW - timedelta(days=30)
    rows = [{"key": "push:phone", "at": long_ago}] * number
    await desk.store.write(lambda tx: tx.execute(insert(limit_hits), rows))


async def test_the_purge_runs_when_a_worker_starts_and_then_daily(desk: Desk, clock: FakeClock) -> None:
    await old_tries(desk, 1)
    await desk.portal.housekeeping.plan()
    await desk.work()
    assert await desk.count(limit_hits) == [0]
    assert await desk.read(jobs.next_due) == NOW + EVERY
    await old_tries(desk, 1)
    await desk.pass_time(hours=23)
    assert await desk.count(limit_hits) == [1]
    await desk.pass_time(hours=1)
    assert await desk.count(limit_hits) == [0]


async def test_however_often_workers_start_one_job_waits(desk: Desk) -> None:
    for _ in range(3):
        await desk.portal.housekeeping.plan()
    await desk.work()
    await desk.portal.housekeeping.plan()
    assert await desk.job_kinds() == ["purge"]


async def test_more_than_a_batch_goes_batch_by_batch(desk: Desk) -> None:
    await old_tries(desk, 2 * BATCH + 1)
    await desk.portal.housekeeping.plan()
    left = []
    while await desk.portal.worker.run_due():
        left += await desk.count(limit_hits)
    assert left == [BATCH + 1, 1, 0]


async def test_a_month_is_thirty_purges_and_no_more(desk: Desk) -> None:
    await desk.portal.housekeeping.plan()
    await desk.work()
    await desk.pass_time(days=30)
    (attempts,) = await desk.read(lambda tx: tx.execute(select(job_rows.c.attempts)).scalars().all())
    assert attempts == 31
