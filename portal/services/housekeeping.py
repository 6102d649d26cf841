"""What is done once a day, whether or not anybody pays: the rows that are past their use go."""

from __future__ import annotations

from datetime import timedelta

from portal.services.tools import Tools
from portal.store import jobs
from portal.store.purge import purge
from portal.store.types import Tx

EVERY = timedelta(days=1)


class Housekeeping:
    """`plan` when a worker starts, `purge` in the worker: one job for all of them, which plans its own next run."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def plan(self) -> None:
        """However many workers start, and however often, one job waits."""
        now = self._tools.clock()
        await self._tools.store.write(lambda tx: jobs.enqueue(tx, "purge", "daily", now))

    async def purge(self, job: jobs.Job) -> None:
        """A batch at a time, each in its own transaction, until nothing is left of what is past; then tomorrow."""
        await self._tools.store.write(lambda tx: self._purge(tx, job))

    def _purge(self, tx: Tx, job: jobs.Job) -> None:
        now = self._tools.clock()
        more = purge(tx, now)
        jobs.again(tx, job, now if more else now + EVERY, failures=0)
