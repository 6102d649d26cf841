"""One life of the portal in a process of its own, which really ends by SIGKILL at a numbered moment.

The moments lie before and after every commit, and around every call of a provider, a printer or a sink.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from portal.app import Portal, build_portal
from portal.documents.receipt import ReceiptFacts
from portal.domain.outcome import Outcome, StartOutcome
from portal.domain.payment_state import IN_FLIGHT
from portal.providers.mpesa_daraja import Daraja
from portal.providers.mpesa_daraja_config import DarajaConfig
from portal.providers.provider import Inquiry, Instruction
from portal.providers.wire import Breaker, Wire
from portal.settings import Settings, read_settings
from portal.sinks.log import LogSink
from portal.sinks.sink import Letter
from portal.store.types import Tx
from portal.store.writer import Store, open_store
from portal.templating.language import Language
from tests.answering import answering
from tests.makers import NOW, FakeClock
from tests.portal import Front, PlainPaper, an_order
from tests.sandbox.running import Line

Result = TypeVar("Result")
LONGEST = 20
"""Seconds that a life may take."""
PATIENCE = 15
"""Hundredths of a second of silence after which a life lets five seconds of its clock go by."""


@dataclass
class Fuse:
    """Ends the process at the moment of that number, counted from 1."""

    burns_at: int
    passed: int = 0

    def moment(self) -> None:
        self.passed += 1
        if self.passed == self.burns_at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Task:
    """Pay with that phone, and work until the payment is decided, or `to_the_end`: until all that follows is done."""

    msisdn: str
    to_the_end: bool
    begins: datetime = NOW


def exit_code(environment: Mapping[str, str], task: Task, burns_at: int) -> int | None:
    """Of a life from its begin to its end. It is forked from a process that has imported everything already."""
    process = _forks.Process(target=live, args=(dict(environment), task, burns_at))
    process.start()
    process.join(LONGEST)
    process.kill()
    return process.exitcode


def live(environment: Mapping[str, str], task: Task, burns_at: int) -> None:
    """Ends by itself when the task is done before the fuse has burnt."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(_live(read_settings(environment), task, Fuse(burns_at)))


async def _live(settings: Settings, task: Task, fuse: Fuse) -> None:
    clock, front = FakeClock(task.begins), Front()
    portal = mortal(settings, clock, fuse)
    front.app = answering(portal)
    line = Line(front)
    line.port = settings.port
    await line.up()
    reference = await portal.payments.start(an_order(task.msisdn, clock))
    while (await portal.payments.load(reference)).state in IN_FLIGHT:
        if await silence(portal):
            clock.advance(seconds=5)
    while task.to_the_end and await portal.worker.run_due():
        pass
    await line.down()
    await portal.close()


async def silence(portal: Portal) -> bool:
    """Nothing was to do for a while, and nobody called."""
    for _ in range(PATIENCE):
        if await portal.worker.run_due():
            return False
        await asyncio.sleep(0.01)
    return True


def mortal(settings: Settings, clock: FakeClock, fuse: Fuse) -> Portal:
    """The portal with a fuse in everything that writes or calls outside."""
    return build_portal(
        settings,
        clock=clock,
        store=MortalStore(open_store(settings.database_url), fuse),
        providers=[MortalDaraja(settings.providers["MPESA_DARAJA"], clock, fuse)],
        sink=MortalSink(fuse),
        renderer=MortalPaper(fuse),
    )


class MortalStore(Store):
    def __init__(self, store: Store, fuse: Fuse) -> None:
        self._store, self._fuse = store, fuse
        self.jobs_changed = store.jobs_changed

    async def write(self, work: Callable[[Tx], Result]) -> Result:
        def mortal(tx: Tx) -> Result:
            result = work(tx)
            self._fuse.moment()
            return result

        result = await self._store.write(mortal)
        self._fuse.moment()
        return result

    async def read(self, question: Callable[[Tx], Result]) -> Result:
        return await self._store.read(question)

    async def close(self) -> None:
        await self._store.close()


class MortalDaraja(Daraja):
    def __init__(self, config: DarajaConfig, clock: FakeClock, fuse: Fuse) -> None:
        super().__init__(config, Wire(config.base_url, Breaker(lambda: clock().timestamp())), clock)
        self._fuse = fuse

    async def start(self, instruction: Instruction) -> StartOutcome:
        self._fuse.moment()
        outcome = await super().start(instruction)
        self._fuse.moment()
        return outcome

    async def check(self, inquiry: Inquiry) -> Outcome:
        self._fuse.moment()
        outcome = await super().check(inquiry)
        self._fuse.moment()
        return outcome


class MortalSink(LogSink):
    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse

    async def deliver(self, letter: Letter) -> None:
        self._fuse.moment()
        await super().deliver(letter)
        self._fuse.moment()


class MortalPaper(PlainPaper):
    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self._fuse = fuse

    async def render(self, facts: ReceiptFacts, language: Language) -> bytes:
        self._fuse.moment()
        pdf = await super().render(facts, language)
        self._fuse.moment()
        return pdf


@contextmanager
def a_port() -> Iterator[int]:
    """A port of this machine that stays ours from one life to the next, though nobody listens in between."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([__name__])
