"""The tables of deposits that go back: `deposit_return_events` is the truth; what people wrote is sealed beside it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from portal.store.event_table import event_table
from portal.store.tables import metadata
from portal.store.types import Instant

deposit_return_events = event_table("deposit_return_events", metadata, "deposit_return")

OPEN_SQL = "state <> 'SETTLED'"

deposit_returns = Table(
    "deposit_returns",
    metadata,
    Column("reference", String(12), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("lease", String(12), nullable=False),
    Column("tenant", String(12), nullable=False),
    Column("landlord", String(12), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("deposit", BigInteger, nullable=False),
    Column("deducted", BigInteger, nullable=False),
    Column("shares", JSON, nullable=False),
    Column("lines", JSON, nullable=False),
    Column("waived", JSON, nullable=False),
    Column("itemised_by", String(12)),
    Column("answer_by", Instant, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_deposit_returns_lease_begun_at", "lease", "begun_at"),
    Index("ix_deposit_returns_state_updated_at", "state", "updated_at"),
    # A lease ends once at a time, whoever presses and however they race.
    Index(
        "uq_deposit_returns_lease_open",
        "lease",
        unique=True,
        sqlite_where=text(OPEN_SQL),
        postgresql_where=text(OPEN_SQL),
    ),
    CheckConstraint("deposit > 0", name="deposit"),
    CheckConstraint("deducted >= 0 AND deducted <= deposit", name="deducted"),
)

deposit_shares = Table(
    "deposit_shares",
    metadata,
    # The deposit in one payment is returned by one return.
    Column("payment", String(12), primary_key=True),
    Column("deposit_return", String(12), nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("amount > 0", name="amount"),
)

deposit_notes = Table(
    "deposit_notes",
    metadata,
    Column("deposit_return", String(12), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("about", String(10), primary_key=True),
    Column("note_sealed", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
