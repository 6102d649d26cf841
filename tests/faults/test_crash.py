"""The process is really killed before and after every commit and around every call outside, and another takes over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from signal import SIGKILL

import pytest

from portal.domain.payment_state import State
from portal.sandbox.fates import NUMBER_OF
from tests.faults.copies import Copies
from tests.faults.lives import Task, a_port, exit_code
from tests.faults.soundness import ending, world_is_sound
from tests.makers import NOW, FakeClock
from tests.portal import NOTHING, RunningPortal, environment_at, running_portal
from tests.sandbox.merchant import Gate
from tests.sandbox.running import RunningSandbox, running_sandbox

CALLBACK = 0.02
RESTARTED_AFTER = 180
FEWEST = 12
"""A sweep over fewer moments has lost its way."""


full = pytest.mark.full


@pytest.mark.covers("D06", "D09", "D15", "D27")
@pytest.mark.parametrize(
    "fate, end, is_held",
    [
        pytest.param("approves", State.COMPLETED, False, id="paid"),
        pytest.param("approves", State.COMPLETED, True, id="paid, and told only by asking"),
        pytest.param("wrong-pin", State.FAILED, False, id="not paid"),
        pytest.param("callback-first", State.COMPLETED, False, id="told before the answer", marks=full),
        pytest.param("answer-lost", State.COMPLETED, False, id="never answered", marks=full),
        pytest.param("callback-five-times", State.COMPLETED, False, id="told five times", marks=full),
    ],
)
async def test_a_process_killed_at_any_moment_loses_doubles_and_misreports_nothing(
    copies: Copies, fate: str, end: State, *, is_held: bool
) -> None:
    task = Task(NUMBER_OF[fate], to_the_end=not is_held)
    async with sweeping(copies, task, end, held=CALLBACK if is_held else NOTHING) as sweep:
        assert await sweep.moments() > FEWEST


@full
@pytest.mark.parametrize("soon", [1, 2, 3, 5, 8, 13])
async def test_a_process_killed_again_soon_after_its_restart_loses_doubles_and_misreports_nothing(
    copies: Copies, soon: int
) -> None:
    task = Task(NUMBER_OF["approves"], to_the_end=True)
    async with sweeping(copies, task, State.COMPLETED) as sweep:
        sweep.second_death = soon
        assert await sweep.moments() > FEWEST


@asynccontextmanager
async def sweeping(copies: Copies, task: Task, end: State, held: float = NOTHING) -> AsyncIterator[Sweep]:
    clock, gate = FakeClock(), Gate(held)
    async with running_sandbox(clock=clock, sleep=gate.sleep, callback_delay=CALLBACK) as sandbox:
        yield Sweep(copies, sandbox, clock, gate, task, end)


@dataclass
class Sweep:
    """One life after another, each killed a moment later than the one before, until one lives to its end.

    With a gate that holds it, the callback comes after the restart; otherwise it comes once, perhaps to nobody.
    """

    copies: Copies
    sandbox: RunningSandbox
    clock: FakeClock
    gate: Gate
    task: Task
    end: State
    second_death: int = 0

    async def moments(self) -> int:
        """How many there were."""
        with a_port() as port:
            for moment in count(1):
                async with self.copies.one() as url:
                    if not await self._was_killed(moment, url, port):
                        break
        return moment

    async def _was_killed(self, moment: int, url: str, port: int) -> bool:
        await self._begin_anew()
        told = environment_at(f"http://127.0.0.1:{port}", url, self.sandbox.base_url, self.sandbox.settings)
        code = await self._lived(told, moment)
        if self.second_death:
            await self._lived(told, self.second_death)
        async with running_portal(self.sandbox, url, self.clock, port=port) as portal:
            portal.gate = self.gate
            await self._another_takes_over(portal)
        return code != 0

    async def _lived(self, told: Mapping[str, str], moment: int) -> int:
        task = replace(self.task, begins=self.clock.now)
        code = await asyncio.to_thread(exit_code, told, task, moment)
        assert code in (0, -SIGKILL)
        self.clock.advance(seconds=RESTARTED_AFTER)
        return code

    async def _begin_anew(self) -> None:
        await self.sandbox.reset()
        self.gate.opened.clear()
        self.clock.now = NOW

    async def _another_takes_over(self, portal: RunningPortal) -> None:
        """All becomes quiet by itself; only then the payer presses Pay again, on the page that still stands open."""
        await portal.quiet()
        await world_is_sound(portal)
        sent = await portal.sandbox.pushes()
        reference = await portal.pay(self.task.msisdn, key="one draft")
        is_new = await portal.sandbox.pushes() > sent
        payment = await (ending(portal, reference) if is_new else portal.payment(reference))
        prompts = list(portal.sandbox.world.network.prompts.values())
        is_known = self.gate.held == CALLBACK or payment.request_id is not None
        assert payment.state is (self.end if prompts and is_known else State.UNCERTAIN)
        assert await portal.sandbox.pushes() == len(prompts)
