"""Work that outlives its request: payers thinking, callbacks under way. It is cancelled together."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field


@dataclass
class Errands:
    _tasks: set[asyncio.Task[object]] = field(default_factory=set)

    @property
    def under_way(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[None, None, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def cancel(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
