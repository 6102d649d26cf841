"""Alive and ready, as those who start and stop the process ask it."""

from __future__ import annotations

from datetime import timedelta

from portal.store import jobs
from portal.store.types import Tx
from tests.web.client import Portal


async def test_a_process_that_answers_is_alive(portal: Portal) -> None:
    answer = await portal.browser().client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_a_portal_with_its_newest_tables_is_ready(portal: Portal) -> None:
    answer = await portal.browser().client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"database": True, "migrated": True, "oldest_due_seconds": 0, "dead_jobs": 0}


async def test_work_that_nobody_does_shows_as_a_growing_age(portal: Portal) -> None:
    now = portal.clock()
    await portal.store.write(lambda tx: jobs.enqueue(tx, "tell", "x", now))
    portal.clock.advance(minutes=7)
    assert (await portal.browser().client.get("/readyz")).json()["oldest_due_seconds"] == 420


async def test_work_for_later_is_not_overdue(portal: Portal) -> None:
    later = portal.clock().replace(hour=23)
    await portal.store.write(lambda tx: jobs.enqueue(tx, "tell", "x", later))
    assert (await portal.browser().client.get("/readyz")).json()["oldest_due_seconds"] == 0


async def test_work_that_broke_too_often_is_counted(portal: Portal) -> None:
    now = portal.clock()

    def lay_aside(tx: Tx) -> None:
        jobs.enqueue(tx, "tell", "x", now)
        (job,) = jobs.take(tx, now, timedelta(minutes=1), 1)
        jobs.failed(tx, job, "broken", now, None)

    await portal.store.write(lay_aside)
    answer = (await portal.browser().client.get("/readyz")).json()
    assert (answer["dead_jobs"], answer["oldest_due_seconds"]) == (1, 0)


async def test_a_portal_on_older_tables_is_not_ready_but_alive(portal: Portal) -> None:
    await portal.store.write(lambda tx: tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'"))
    answer = await portal.browser().client.get("/readyz")
    assert (answer.status_code, answer.json()["migrated"]) == (503, False)
    assert (await portal.browser().client.get("/healthz")).status_code == 200


async def test_a_portal_without_its_database_is_not_ready(portal: Portal) -> None:
    await portal.store.write(lambda tx: tx.exec_driver_sql("DROP TABLE jobs"))
    answer = await portal.browser().client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)
