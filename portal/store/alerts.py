"""What keeps providers from serving us: an open row for each trouble of each, and the closed ones for a while.

Notes are sealed, for people write names.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Row,
    func,
    select,
    text,
    update,
)

from portal.domain.alert import Alert
from portal.domain.trouble import Trouble
from portal.store.transients import OPEN_ALERT_SQL, provider_alerts
from portal.store.types import Tx, upsert
from portal.store.vault import Vault

LONGEST_CODE = 200


def meet(tx: Tx, provider: str, trouble: Trouble, operation: str, code: str, now: datetime) -> None:
    """Open an alert, or count it once more where it is open."""
    seen = {"operation": operation, "code": code[:LONGEST_CODE], "last_seen_at": now}
    new = upsert(tx, provider_alerts).values(
        provider=provider, trouble=trouble, times=1, first_seen_at=now, **seen
    )
    again = seen | {"times": provider_alerts.c.times + 1}
    tx.execute(
        new.on_conflict_do_update(
            index_elements=["provider", "trouble"], index_where=text(OPEN_ALERT_SQL), set_=again
        )
    )


def mend(tx: Tx, provider: str, operation: str, mended: Collection[Trouble], now: datetime) -> None:
    """Close, by nobody, what was last met in that operation and is over."""
    columns = provider_alerts.c
    tx.execute(
        update(provider_alerts)
        .where(
            columns.provider == provider,
            columns.operation == operation,
            columns.trouble.in_(mended),
            columns.closed_at.is_(None),
        )
        .values(closed_at=now)
    )


def close(tx: Tx, vault: Vault, alert: Alert, person: str, note: str, now: datetime) -> None:
    closed = {"closed_at": now, "closed_by": person, "note_sealed": vault.seal(note, at=_place(alert.id))}
    tx.execute(update(provider_alerts).where(provider_alerts.c.id == alert.id).values(**closed))


def open_alerts(tx: Tx) -> list[Alert]:
    """Of all providers, the oldest first; there are never more than a few."""
    columns = provider_alerts.c
    question = select(provider_alerts).where(columns.closed_at.is_(None))
    rows = tx.execute(question.order_by(columns.first_seen_at, columns.id))
    return [_alert(row) for row in rows]


def open_count(tx: Tx) -> int:
    question = select(func.count()).where(provider_alerts.c.closed_at.is_(None))
    return tx.execute(question).scalar_one()


def closed_of(tx: Tx, vault: Vault, provider: str, most: int = 20) -> list[Alert]:
    """The last that were closed, the newest first."""
    columns = provider_alerts.c
    question = select(provider_alerts).where(columns.provider == provider, columns.closed_at.is_not(None))
    rows = tx.execute(question.order_by(columns.closed_at.desc(), columns.id.desc()).limit(most))
    return [_alert(row, vault) for row in rows]


def _alert(row: Row[Any], vault: Vault | None = None) -> Alert:
    note = vault.unseal(row.note_sealed, at=_place(row.id)) if vault and row.note_sealed else None
    return Alert(
        id=row.id,
        provider=row.provider,
        trouble=Trouble(row.trouble),
        operation=row.operation,
        code=row.code,
        count=row.times,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        note=note,
    )


def _place(alert: int) -> str:
    return f"provider_alerts.note:{alert}"
