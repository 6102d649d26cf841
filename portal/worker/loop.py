"""The worker: any number of them may run; a job that one dies over is taken by another when its lease ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta

from portal.store import jobs
from portal.store.jobs import Job
from portal.store.writer import Store
from portal.telemetry.counters import jobs_broken
from portal.telemetry.log import get_log

LEASE = timedelta(minutes=2)
AT_ONCE = 20
LONGEST_SLEEP = 1.0
RETRIES = tuple(timedelta(seconds=s) for s in (1, 5, 15, 60, 300, 900, 3600))
"""After these a job is dead and waits for a person; one that must not be given up is tried hourly."""

Work = Callable[[Job], Awaitable[None]]
log = get_log("worker")


class Worker:
    """`work` maps the kind of a job to what does it; each finishes its own job in its own transaction.

    Kinds in `undying` are about money: they are never laid aside.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        work: Mapping[str, Work],
        undying: Collection[str] = (),
    ) -> None:
        self._store, self._clock, self._work, self._undying = store, clock, work, undying

    async def run(self) -> None:
        """Until cancelled: a slow job holds up its own slot and nothing else."""
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                self._store.jobs_changed.clear()
                running |= {asyncio.create_task(self._run_one(job)) for job in await self._more(running)}
                running = await self._news(running)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def run_due(self) -> int:
        """Run everything that is due now and wait for it; how many jobs that was."""
        taken = await self._take(AT_ONCE)
        await asyncio.gather(*(self._run_one(job) for job in taken))
        return len(taken)

    async def _more(self, running: Collection[object]) -> list[Job]:
        try:
            return await self._take(AT_ONCE - len(running))
        except Exception:
            log.exception("worker_round")
            return []

    async def _take(self, most: int) -> list[Job]:
        """Asked by a read first: an idle worker must not take the writer's turn every second."""
        now = self._clock()
        due = await self._store.read(jobs.next_due)
        if not most or due is None or due > now:
            return []
        return await self._store.write(lambda tx: jobs.take(tx, now, LEASE, most))

    async def _run_one(self, job: Job) -> None:
        try:
            await self._work[job.kind](job)
        except Exception as error:  # noqa: BLE001  (whatever broke, the job must be retried or laid aside)
            await self._broke(job, error)

    async def _broke(self, job: Job, error: Exception) -> None:
        now = self._clock()
        jobs_broken.labels(job.kind).inc()
        delay: timedelta | None = RETRIES[min(job.failures, len(RETRIES) - 1)]
        if job.failures >= len(RETRIES) and job.kind not in self._undying:
            delay = None
        log.error(
            "job_retry" if delay else "job_dead",
            kind=job.kind,
            key=job.key,
            attempt=job.failures + 1,
            exc_info=error,
        )
        retry_at = now + delay if delay else None
        try:
            await self._store.write(lambda tx: jobs.failed(tx, job, repr(error), now, retry_at))
        except Exception:
            log.exception("job_not_put_back", key=job.key)

    async def _news(self, running: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        """Wait for new work here, a free slot, or a second: other processes enqueue too. The tasks still running."""
        new_work = asyncio.create_task(self._store.jobs_changed.wait())
        await asyncio.wait({new_work, *running}, timeout=LONGEST_SLEEP, return_when=asyncio.FIRST_COMPLETED)
        new_work.cancel()
        return {task for task in running if not task.done()}
