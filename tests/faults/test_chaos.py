"""A minute of chaos, and then the question whether every shilling is where the provider's book says it went."""

from __future__ import annotations

import asyncio
import gc
import sys
from datetime import UTC, datetime
from random import Random

import pytest

from portal.sandbox.settings import SandboxSettings
from tests.faults.chaos import Chaos
from tests.faults.copies import Files
from tests.faults.roads import MAY_SEND
from tests.faults.soundness import what_can_be_told_is_decided, world_is_sound
from tests.faults.town import move_in
from tests.makers import NOW, FakeClock
from tests.portal import environment_at, playing, running_portal

NEW_YEAR = datetime(2026, 12, 31, 20, 50, tzinfo=UTC)
"""Ten minutes before midnight in Dar es Salaam."""
CALM_TAKES = 180
"""Seconds, at most; it takes a few."""

# A call that runs out of time just as its connection stands leaves the socket to be collected: asyncio's own doing.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.mark.parametrize("seed, begins", [(1, NOW), (2, NEW_YEAR)])
async def test_in_half_a_minute_of_chaos_no_shilling_is_lost_doubled_or_misreported(
    files: Files, seed: int, begins: datetime
) -> None:
    async with files.one() as url:
        await rage(url, seed, begins, seconds=20)
        assert "all read tables are identical\nledger TZS: 0\nthe ledger is zero\n" in await replayed(url)


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(3, 13))
async def test_in_ten_minutes_of_chaos_no_shilling_is_lost_doubled_or_misreported(
    database_url: str, seed: int
) -> None:
    await rage(database_url, seed, NOW, seconds=60)


async def rage(database_url: str, seed: int, begins: datetime, seconds: float) -> None:
    clock = FakeClock(begins)
    async with (
        playing(database_url, clock, patience=0.3, slow_answer=0.4, told=MAY_SEND) as portal,
        running_portal(portal.sandbox, database_url, clock, patience=0.3, told=MAY_SEND) as other,
    ):
        await portal.portal.store.write(lambda tx: move_in(tx, portal.portal.tools.vault))
        chaos = Chaos([portal, other], Random(seed))  # noqa: S311  (it must be the same again)
        try:
            async with asyncio.timeout(seconds + CALM_TAKES):
                await chaos.rage(seconds)
                await chaos.calm()
                await world_is_sound(portal)
                await what_can_be_told_is_decided(portal)
        except Exception as fault:
            fault.add_note("\n".join([f"seed {seed}", *chaos.story, *waiting()]))
            raise
        finally:
            await chaos.give_up()
            # Here, and not while some later test runs, which would be told of it.
            gc.collect()


def waiting() -> list[str]:
    """What everybody else waits for: of a play that hangs, the traceback shows only its own place."""
    return [repr(task) for task in asyncio.all_tasks()]


async def replayed(url: str) -> str:
    """What `portal replay --check` prints."""
    told = environment_at("http://127.0.0.1:1", url, "http://127.0.0.1:2", SandboxSettings())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "portal", "replay", "--check", env=told, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()
