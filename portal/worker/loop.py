"""The worker: any number of them may run; a job that one dies over is taken by another when its lease ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
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
"""After these a job is dead and waits for a person."""

Work = Callable[[Job], Awaitable[None]]
log = get_log("worker")


class Worker:
    """`work` maps the kind of a job to what does it; each finishes its own job in its own transaction."""

    def __init__(self, store: Store, clock: Callable[[], datetime], work: Mapping[str, Work]) -> None:
        self._store, self._clock, self._work = store, clock, work

    async def run(self) -> None:
        """Until cancelled: work as it becomes due, and sleep in between."""
        while True:
            self._store.jobs_changed.clear()
            try:
                busy = await self.run_due()
            except Exception:  # noqa: BLE001  (a database that is away for a minute must not end the worker)
                log.exception("worker_round")
                busy = 0
            if not busy:
                await self._sleep()

    async def run_due(self) -> int:
        """Run everything that is due now; how many jobs that was."""
        now = self._clock()
        taken = await self._store.write(lambda tx: jobs.take(tx, now, LEASE, AT_ONCE))
        await asyncio.gather(*(self._run_one(job) for job in taken))
        return len(taken)

    async def _run_one(self, job: Job) -> None:
        try:
            await self._work[job.kind](job)
        except Exception as error:  # noqa: BLE001  (whatever broke, the job must be retried or laid aside)
            await self._broke(job, error)

    async def _broke(self, job: Job, error: Exception) -> None:
        now = self._clock()
        jobs_broken.labels(job.kind).inc()
        delay = RETRIES[job.failures] if job.failures < len(RETRIES) else None
        log.error(
            "job_retry" if delay else "job_dead",
            kind=job.kind,
            key=job.key,
            attempt=job.failures + 1,
            exc_info=error,
        )
        retry_at = now + delay if delay else None
        await self._store.write(lambda tx: jobs.failed(tx, job, repr(error), now, retry_at))

    async def _sleep(self) -> None:
        """Until new work is enqueued here, or a second has passed: other processes enqueue too."""
        try:
            await asyncio.wait_for(self._store.jobs_changed.wait(), LONGEST_SLEEP)
        except TimeoutError:
            return
