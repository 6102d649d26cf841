"""Counters that hold under parallel requests: each try is a row, counted and added in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from portal.domain.errors import TooMany
from portal.store.transients import limit_hits
from portal.store.types import Tx, hold


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` of `what` in any `window`, per subject."""

    what: str
    most: int
    window: timedelta


def hit(tx: Tx, limit: Limit, subject: str, now: datetime) -> None:
    """Count one try; raises TooMany, with the time of the next free one, when the window is full."""
    hold(tx, _key(limit, subject))
    check(tx, limit, subject, now)
    tx.execute(insert(limit_hits).values(key=_key(limit, subject), at=now))


def check(tx: Tx, limit: Limit, subject: str, now: datetime) -> None:
    """Raise TooMany if the window is full, without counting."""
    key, since = _key(limit, subject), now - limit.window
    tx.execute(delete(limit_hits).where(limit_hits.c.key == key, limit_hits.c.at <= since))
    newest = select(limit_hits.c.at).where(limit_hits.c.key == key).order_by(limit_hits.c.at.desc())
    times = tx.execute(newest.limit(limit.most)).scalars().all()
    if len(times) >= limit.most:
        raise TooMany(limit.what, times[-1] + limit.window)


def _key(limit: Limit, subject: str) -> str:
    return f"{limit.what}:{subject}"
