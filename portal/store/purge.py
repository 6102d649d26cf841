"""How long what passes is kept, and its end.

Payments, events, receipts, the ledger, the inbox and what menus were answered are never purged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Table, delete, select, tuple_

from portal.store.transients import (
    card_setups,
    drafts,
    idempotency_keys,
    limit_hits,
    provider_alerts,
    sessions,
    sign_in_codes,
    unverified_phones,
)
from portal.store.types import Tx

BATCH = 500
"""Rows of one table in one transaction: whoever pays meanwhile waits no longer than for that."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Rows of the table go when `since` is `kept` ago."""

    table: Table
    since: Column[datetime]
    kept: timedelta


RETENTIONS = (
    Retention(sessions, sessions.c.expires_at, timedelta(days=1)),
    Retention(sign_in_codes, sign_in_codes.c.expires_at, timedelta(days=1)),
    Retention(limit_hits, limit_hits.c.at, timedelta(days=2)),
    Retention(drafts, drafts.c.created_at, timedelta(days=7)),
    Retention(card_setups, card_setups.c.created_at, timedelta(days=7)),
    Retention(unverified_phones, unverified_phones.c.created_at, timedelta(days=7)),
    # One that is open has no end yet, and stays.
    Retention(provider_alerts, provider_alerts.c.closed_at, timedelta(days=90)),
    # Longer than any draft: as long as one can be sent, the key says that it was sent before.
    Retention(idempotency_keys, idempotency_keys.c.created_at, timedelta(days=30)),
)


def purge(tx: Tx, now: datetime, most: int = BATCH) -> bool:
    """Delete at most so many rows of each table that are past their time; True if some may be left."""
    taken = [_purge_one(tx, retention, now, most) for retention in RETENTIONS]
    return most in taken


def _purge_one(tx: Tx, retention: Retention, now: datetime, most: int) -> int:
    key = retention.table.primary_key.columns
    past = select(*key).where(retention.since <= now - retention.kept).limit(most)
    named: Any = tuple_(*key)
    return tx.execute(delete(retention.table).where(named.in_(past))).rowcount
