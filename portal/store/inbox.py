"""Callbacks as they came, kept before they are understood; the body is sealed, for it holds numbers and names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from portal.store import jobs
from portal.store.tables import inbox
from portal.store.types import Tx, upsert
from portal.store.vault import Vault


@dataclass(frozen=True, slots=True)
class StoredCallback:
    """One callback. `body` is the raw text, as it came; `payment` is None as long as nobody knows whose it is."""

    id: int
    provider: str
    payment: str | None
    body: str
    received_at: datetime
    handled: bool


@dataclass(frozen=True, slots=True)
class Parked:
    """A callback without a place. `payment` is whose it would be, where that is known."""

    provider: str
    verdict: str
    payment: str | None
    received_at: datetime


_IS_PARKED = (inbox.c.handled_at.is_(None), inbox.c.verdict.is_not(None))


def keep(tx: Tx, vault: Vault, provider: str, payment: str | None, body: str, now: datetime) -> bool:
    """Store a callback and leave the work of understanding it; False for one that stands already.

    One that stands and was never understood, or never placed, is a reminder: its work is left once more.
    """
    digest = _digest(provider, payment, body)
    row = {
        "provider": provider,
        "payment": payment,
        "digest": digest,
        "body_sealed": vault.seal(body, at=_place(digest)),
        "received_at": now,
    }
    added = upsert(tx, inbox).values(**row).on_conflict_do_nothing().returning(inbox.c.id)
    new_id = tx.execute(added).scalar()
    unhandled = new_id or _unhandled(tx, digest)
    if unhandled is not None:
        _leave_work(tx, unhandled, now)
    return new_id is not None


def keep_answered(
    tx: Tx, vault: Vault, provider: str, body: str, verdict: str, payment: str | None, now: datetime
) -> None:
    """Store what was understood and answered when it came: no work is left."""
    keep(tx, vault, provider, None, body, now)
    row = waiting(tx, provider, None, body)
    if row is not None:
        handled_at_once(tx, row, verdict, payment, now)


def waiting(tx: Tx, provider: str, payment: str | None, body: str) -> int | None:
    """The row of a callback that is kept, and that nobody has handled yet."""
    return _unhandled(tx, _digest(provider, payment, body))


def load(tx: Tx, vault: Vault, inbox_id: int) -> StoredCallback:
    row = tx.execute(select(inbox).where(inbox.c.id == inbox_id)).one()
    body = vault.unseal(row.body_sealed, at=_place(row.digest))
    return StoredCallback(
        row.id, row.provider, row.payment, body, row.received_at, row.handled_at is not None
    )


def handled(tx: Tx, inbox_id: int, verdict: str, payment: str | None, now: datetime) -> None:
    """`verdict` says in a word what came of it, `payment` whose it was found to be."""
    _note(tx, inbox_id, verdict, payment, handled_at=now)


def handled_at_once(tx: Tx, inbox_id: int, verdict: str, payment: str | None, now: datetime) -> None:
    """In the transaction that keeps it: no work is left."""
    handled(tx, inbox_id, verdict, payment, now)
    jobs.drop(tx, "callback", str(inbox_id))


def park(tx: Tx, inbox_id: int, verdict: str, payment: str | None) -> None:
    """It has no place yet, and may be all that ever tells of somebody's money: kept without work, for another try."""
    _note(tx, inbox_id, verdict, payment)


def parked(tx: Tx, most: int = 20) -> list[Parked]:
    """What has no place yet, the newest first."""
    columns = inbox.c
    question = select(columns.provider, columns.verdict, columns.payment, columns.received_at).where(
        *_IS_PARKED
    )
    return [Parked(*row) for row in tx.execute(question.order_by(columns.id.desc()).limit(most))]


def revive(tx: Tx, now: datetime) -> int:
    """Try once more to place everything that is parked; how many callbacks that is."""
    ids = tx.execute(select(inbox.c.id).where(*_IS_PARKED)).scalars().all()
    for inbox_id in ids:
        _leave_work(tx, inbox_id, now)
    return len(ids)


def revive_of(tx: Tx, provider: str, payment: str, verdict: str, now: datetime, most: int = 50) -> None:
    """Try once more what is parked of a payment, and what has that verdict and is of none that anybody knows."""
    of_nobody = inbox.c.payment.is_(None) & (inbox.c.verdict == verdict)
    question = select(inbox.c.id).where(
        *_IS_PARKED, inbox.c.provider == provider, of_nobody | (inbox.c.payment == payment)
    )
    for inbox_id in tx.execute(question.order_by(inbox.c.id.desc()).limit(most)).scalars().all():
        _leave_work(tx, inbox_id, now)


def _leave_work(tx: Tx, inbox_id: int, now: datetime) -> None:
    jobs.enqueue(tx, "callback", str(inbox_id), now, inbox=inbox_id)


def _digest(provider: str, payment: str | None, body: str) -> str:
    return hashlib.sha256(f"{provider}\x1f{payment or ''}\x1f{body}".encode()).hexdigest()


def _note(tx: Tx, inbox_id: int, verdict: str, payment: str | None, **changes: datetime) -> None:
    whose = func.coalesce(inbox.c.payment, payment)
    row = update(inbox).where(inbox.c.id == inbox_id)
    tx.execute(row.values(verdict=verdict, payment=whose, **changes))


def _unhandled(tx: Tx, digest: str) -> int | None:
    return tx.execute(
        select(inbox.c.id).where(inbox.c.digest == digest, inbox.c.handled_at.is_(None))
    ).scalar()


def _place(digest: str) -> str:
    return f"inbox.body:{digest}"
