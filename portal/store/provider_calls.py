"""When a provider last answered so that we could read it, and when it last did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, String, Table, select

from portal.store.tables import metadata
from portal.store.types import Instant, Tx, upsert

provider_calls = Table(
    "provider_calls",
    metadata,
    Column("provider", String(20), primary_key=True),
    Column("worked_at", Instant),
    Column("failed_at", Instant),
)


@dataclass(frozen=True, slots=True)
class Calls:
    worked_at: datetime | None = None
    failed_at: datetime | None = None


def note(tx: Tx, provider: str, now: datetime, *, worked: bool) -> None:
    column = "worked_at" if worked else "failed_at"
    new = upsert(tx, provider_calls).values(provider=provider, **{column: now})
    tx.execute(new.on_conflict_do_update(index_elements=["provider"], set_={column: now}))


def of_all(tx: Tx) -> dict[str, Calls]:
    """By the provider's name."""
    rows = tx.execute(select(provider_calls))
    return {row.provider: Calls(row.worked_at, row.failed_at) for row in rows}
