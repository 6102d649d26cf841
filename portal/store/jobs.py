"""Durable work to do after a commit: left in the payment's own transaction, leased, retried, or laid aside as dead."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, literal, or_, select, update

from portal.store.tables import jobs
from portal.store.types import NEW_JOBS, Instant, Tx, upsert


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work, leased to us. `attempts` counts this one; it is also the fence against a late finisher."""

    id: int
    kind: str
    key: str
    payload: dict[str, Any]
    run_after: datetime
    attempts: int

    @property
    def failures(self) -> int:
        """How many attempts in a row broke before this one."""
        return int(self.payload.get("failures", 0))


@dataclass(frozen=True, slots=True)
class DeadJob:
    """Work that broke too often, and what it broke on."""

    kind: str
    key: str
    dead_at: datetime
    last_error: str | None


def enqueue(tx: Tx, kind: str, key: str, run_after: datetime, **payload: Any) -> None:
    """Leave work of `kind`; a second enqueue under the same key only brings it forward, or back from the dead.

    Work that is being done just now may have seen the world as it was before: it is done once more, at that time.
    """
    row = {"kind": kind, "key": f"{kind}:{key}", "payload": json.dumps(payload), "run_after": run_after}
    new = upsert(tx, jobs).values(**row, attempts=0)
    sooner, idle = new.excluded.run_after, jobs.c.leased_until.is_(None)
    earlier_of = case((jobs.c.wanted_again < sooner, jobs.c.wanted_again), else_=sooner)
    dead = jobs.c.dead_at.is_not(None)
    changes = {
        "run_after": case((dead | (idle & (sooner < jobs.c.run_after)), sooner), else_=jobs.c.run_after),
        "payload": case((dead, new.excluded.payload), else_=jobs.c.payload),
        "wanted_again": case((idle, None), else_=earlier_of),
        "dead_at": None,
    }
    tx.execute(new.on_conflict_do_update(index_elements=["key"], set_=changes))
    tx.info[NEW_JOBS] = True


def put(tx: Tx, kind: str, key: str, run_after: datetime, **payload: Any) -> None:
    """Leave work in place of whatever waits, or is held, under the key."""
    row = {"kind": kind, "key": f"{kind}:{key}", "payload": json.dumps(payload), "run_after": run_after}
    new = upsert(tx, jobs).values(**row, attempts=0)
    changes = {"run_after": run_after, "payload": row["payload"], "leased_until": None, "dead_at": None}
    # The attempts grow, so that whoever held the job before is fenced off.
    changes |= {"attempts": jobs.c.attempts + 1, "wanted_again": None}
    tx.execute(new.on_conflict_do_update(index_elements=["key"], set_=changes))
    tx.info[NEW_JOBS] = True


def drop(tx: Tx, kind: str, key: str) -> None:
    """The work is not wanted any more."""
    tx.execute(delete(jobs).where(jobs.c.key == f"{kind}:{key}"))


def take(tx: Tx, now: datetime, lease: timedelta, most: int) -> list[Job]:
    """Lease what is due; a lease that ran out (its worker died) is due again."""
    due = (
        select(jobs)
        .where(
            jobs.c.run_after <= now,
            jobs.c.dead_at.is_(None),
            or_(jobs.c.leased_until.is_(None), jobs.c.leased_until <= now),
        )
        .order_by(jobs.c.run_after)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(due).all()
    if rows:
        taken = jobs.c.id.in_([row.id for row in rows])
        tx.execute(update(jobs).where(taken).values(leased_until=now + lease, attempts=jobs.c.attempts + 1))
    return [_job(row, row.attempts + 1) for row in rows]


def held(tx: Tx, job: Job) -> bool:
    """Whether it is still ours: no other worker took it when our lease ended, and nothing was put in its place."""
    return tx.execute(select(jobs.c.id).where(*_still_ours(job))).first() is not None


def waits(tx: Tx, kind: str, key: str) -> bool:
    """Whether there is such work, and it is not laid aside."""
    question = select(jobs.c.id).where(jobs.c.key == f"{kind}:{key}", jobs.c.dead_at.is_(None))
    return tx.execute(question).first() is not None


def next_due(tx: Tx) -> datetime | None:
    """When the earliest waiting job wants to run."""
    waits_until = func.coalesce(jobs.c.leased_until, jobs.c.run_after)
    earliest = select(func.min(waits_until)).where(jobs.c.dead_at.is_(None))
    return tx.execute(earliest).scalar()


def done(tx: Tx, job: Job) -> None:
    """The work is done; where it was wanted again while it ran, it waits for its next run."""
    finished = tx.execute(delete(jobs).where(*_still_ours(job), jobs.c.wanted_again.is_(None)))
    if finished.rowcount == 0:
        next_run = {"run_after": jobs.c.wanted_again, "wanted_again": None, "leased_until": None}
        tx.execute(update(jobs).where(*_still_ours(job)).values(**next_run))
        tx.info[NEW_JOBS] = True


def again(tx: Tx, job: Job, run_after: datetime, **payload: Any) -> None:
    """Not finished: run again then, or sooner if somebody wants it, with a fresh payload where one is given."""
    later = literal(run_after, Instant)
    then = case((jobs.c.wanted_again < later, jobs.c.wanted_again), else_=later)
    changes = {"run_after": then, "leased_until": None, "payload": json.dumps(payload or job.payload)}
    tx.execute(update(jobs).where(*_still_ours(job)).values(**changes, wanted_again=None))
    tx.info[NEW_JOBS] = True


def failed(tx: Tx, job: Job, error: str, now: datetime, retry_at: datetime | None) -> None:
    """An attempt broke: retry then, or lay the job aside as dead for a person."""
    payload = json.dumps(job.payload | {"failures": job.failures + 1})
    changes: dict[str, Any] = {"last_error": error[:500], "leased_until": None, "payload": payload}
    changes |= {"run_after": retry_at} if retry_at else {"dead_at": now}
    tx.execute(update(jobs).where(*_still_ours(job)).values(**changes))


def dead_count(tx: Tx) -> int:
    """How many jobs wait for a person."""
    return tx.execute(select(func.count()).where(jobs.c.dead_at.is_not(None))).scalar_one()


def dead_jobs(tx: Tx, most: int = 100) -> list[DeadJob]:
    """What was laid aside, oldest first."""
    columns = jobs.c
    question = select(columns.kind, columns.key, columns.dead_at, columns.last_error)
    rows = tx.execute(question.where(columns.dead_at.is_not(None)).order_by(columns.dead_at).limit(most))
    return [DeadJob(*row) for row in rows]


def revive(tx: Tx, now: datetime) -> int:
    """Try everything that was laid aside once more, from the first try on; how many jobs that is."""
    dead = tx.execute(select(jobs.c.id, jobs.c.payload).where(jobs.c.dead_at.is_not(None))).all()
    for row in dead:
        payload = json.dumps(json.loads(row.payload) | {"failures": 0})
        fresh = {"dead_at": None, "run_after": now, "payload": payload}
        tx.execute(update(jobs).where(jobs.c.id == row.id).values(**fresh))
    tx.info[NEW_JOBS] = True
    return len(dead)


def _still_ours(job: Job) -> tuple[Any, ...]:
    return jobs.c.id == job.id, jobs.c.attempts == job.attempts


def _job(row: Any, attempts: int) -> Job:
    return Job(row.id, row.kind, row.key, json.loads(row.payload), row.run_after, attempts)
