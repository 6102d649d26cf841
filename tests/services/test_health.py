"""Whether the portal can work: asked of a database that stands, one that is empty and one that is away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from portal.services.health import Health, HealthCheck
from portal.store import jobs
from portal.store.types import Tx
from portal.store.writer import open_store
from tests.fakes import TroubledStore
from tests.makers import NOW
from tests.services.desk import Desk


@pytest.fixture
def health(desk: Desk) -> HealthCheck:
    return HealthCheck(desk.portal.tools)


async def test_a_database_with_its_newest_tables_and_nothing_due_can_work(health: HealthCheck) -> None:
    assert await health.look() == Health(database=True, migrated=True)


@pytest.mark.parametrize("due_in, waited", [(-90, 90), (0, 0), (60, 0)])
async def test_work_that_nobody_does_shows_by_how_long_it_waits(
    desk: Desk, health: HealthCheck, due_in: int, waited: int
) -> None:
    await desk.store.write(lambda tx: jobs.enqueue(tx, "send", "a", NOW + timedelta(seconds=due_in)))
    assert (await health.look()).oldest_due_seconds == waited


async def test_work_that_was_laid_aside_is_counted(desk: Desk, health: HealthCheck) -> None:
    def lay_aside(tx: Tx) -> None:
        jobs.enqueue(tx, "send", "a", NOW)
        (job,) = jobs.take(tx, NOW, timedelta(minutes=2), 1)
        jobs.failed(tx, job, "NotDelivered()", NOW, None)

    await desk.store.write(lay_aside)
    assert await health.look() == Health(database=True, migrated=True, dead_jobs=1)


async def test_a_database_without_its_tables_cannot_work_yet(desk: Desk, tmp_path: Path) -> None:
    empty = open_store(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    look = HealthCheck(replace(desk.portal.tools, store=empty)).look
    assert await look() == Health(database=True, migrated=False)
    await empty.close()


async def test_a_database_that_is_away_is_told_and_raises_nothing(desk: Desk) -> None:
    troubled = TroubledStore(desk.store)
    troubled.away = 1
    with capture_logs() as logs:
        found = await HealthCheck(replace(desk.portal.tools, store=troubled)).look()
    assert found == Health(database=False, migrated=False)
    assert [(line["event"], line["error"]) for line in logs] == [("database_unreachable", "OSError")]
