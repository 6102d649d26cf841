"""The tables of payouts. `payout_events` is the truth; the rest, and their entries in the ledger, are folds of it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    text,
)

from portal.store.event_table import event_table
from portal.store.tables import metadata
from portal.store.types import Instant

payout_events = event_table("payout_events", metadata, "payout")

WAITING_SQL = "state IN ('PREPARED', 'APPROVED')"

payouts = Table(
    "payouts",
    metadata,
    Column("reference", String(12), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("account", String(20), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("passed", JSON, nullable=False),
    Column("prepared_by", String(12)),
    Column("prepared_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("approved_by", String(12)),
    Column("approved_at", Instant),
    Column("sent_by", String(12)),
    Column("sent_at", Instant),
    Column("dropped_by", String(12)),
    # One debit at the bank is one payout here.
    Column("bank_reference", String(40), unique=True),
    Column("paid_at", Instant),
    CheckConstraint("amount > 0", name="amount"),
    Index("ix_payouts_prepared_at", "prepared_at", "reference"),
    # Two people who prepare at once prepare one payout.
    Index(
        "uq_payouts_waiting",
        "account",
        "currency",
        unique=True,
        sqlite_where=text(WAITING_SQL),
        postgresql_where=text(WAITING_SQL),
    ),
)

payout_lines = Table(
    "payout_lines",
    metadata,
    Column("payout", String(12), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("payee", String(12), nullable=False, index=True),
    Column("destination", String(12), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("returned", String(16)),
    CheckConstraint("amount > 0", name="amount"),
)

payout_items = Table(
    "payout_items",
    metadata,
    Column("payout", String(12), primary_key=True),
    Column("account", String(40), primary_key=True),
    Column("stream", String(12), primary_key=True),
    Column("line", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    # Nobody called it off or gave it back: no other payout may take it.
    Column("live", Boolean, nullable=False),
    Index("ix_payout_items_stream", "stream"),
    Index("ix_payout_items_account_stream", "account", "stream"),
)
