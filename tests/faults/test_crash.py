"""The process is really killed before and after every commit and around every call outside, and another takes over."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from signal import SIGKILL

import pytest

from portal.domain.payment import State
from portal.sandbox.fates import NUMBER_OF
from tests.faults.lives import Task, a_port, exit_code
from tests.faults.soundness import ending, world_is_sound
from tests.makers import NOW, FakeClock
from tests.portal import NOTHING, RunningPortal, environment_at, running_portal
from tests.sandbox.merchant import Gate
from tests.sandbox.running import RunningSandbox, running_sandbox

CALLBACK = 0.02
RESTARTED_AFTER = 60
FEWEST = 30
"""A sweep over fewer moments has lost its way."""


@pytest.mark.covers("D06", "D09", "D15", "D27")
@pytest.mark.parametrize(
    "fate, end, is_held",
    [
        ("approves", State.COMPLETED, False),
        ("approves", State.COMPLETED, True),
        ("wrong-pin", State.FAILED, False),
    ],
    ids=["paid", "paid, and told only by asking", "not paid"],
)
async def test_a_process_killed_at_any_moment_loses_doubles_and_misreports_nothing(
    prepared: Path, tmp_path: Path, fate: str, end: State, *, is_held: bool
) -> None:
    clock, gate = FakeClock(), Gate(CALLBACK if is_held else NOTHING)
    task = Task(NUMBER_OF[fate], to_the_end=not is_held)
    async with running_sandbox(clock=clock, sleep=gate.sleep, callback_delay=CALLBACK) as sandbox:
        sweep = Sweep(prepared, tmp_path, sandbox, clock, gate, task, end)
        moments = await sweep.moments()
    assert moments > FEWEST


@dataclass
class Sweep:
    """One life after another, each killed a moment later than the one before, until one lives to its end.

    With a gate that holds it, the callback comes after the restart; otherwise it comes once, perhaps to nobody.
    """

    prepared: Path
    folder: Path
    sandbox: RunningSandbox
    clock: FakeClock
    gate: Gate
    task: Task
    end: State

    async def moments(self) -> int:
        """How many there were."""
        with a_port() as port:
            for moment in count(1):
                if not await self._was_killed(moment, port):
                    break
        return moment

    async def _was_killed(self, moment: int, port: int) -> bool:
        url = self._database(moment)
        await self._begin_anew()
        told = environment_at(f"http://127.0.0.1:{port}", url, self.sandbox.base_url, self.sandbox.settings)
        code = await asyncio.to_thread(exit_code, told, self.task, moment)
        assert code in (0, -SIGKILL)
        self.clock.advance(seconds=RESTARTED_AFTER)
        async with running_portal(self.sandbox, url, self.clock, port=port) as portal:
            portal.gate = self.gate
            await self._another_takes_over(portal)
        return code != 0

    async def _begin_anew(self) -> None:
        await self.sandbox.reset()
        self.gate.opened.clear()
        self.clock.now = NOW

    def _database(self, moment: int) -> str:
        path = self.folder / f"{moment}.sqlite3"
        shutil.copyfile(self.prepared, path)
        return f"sqlite:///{path}"

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
