"""The tables of money that comes by bank: the lines of statements, the statements, and what the office decides.

`bank_line_events` is the truth; `bank_lines`, `bank_allocations` and the lines' entries in the ledger are folds of it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from portal.store.event_table import event_table
from portal.store.tables import metadata
from portal.store.types import Instant

bank_line_events = event_table("bank_line_events", metadata, "line")

WAITING_SQL = "waiting <> 0"

bank_lines = Table(
    "bank_lines",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("statement", String(12), nullable=False, index=True),
    Column("account", String(20), nullable=False),
    Column("bank_reference", Text, nullable=False),
    Column("booked_on", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("is_reversal", Boolean, nullable=False),
    Column("names", Text, nullable=False),
    Column("waiting", BigInteger, nullable=False),
    Column("held", String(20)),
    Column("payment", String(12), index=True),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    # Money that comes is counted once, on however many statements it stands; the sign tells the direction.
    UniqueConstraint("account", "bank_reference", "amount", "currency"),
    Index(
        "ix_bank_lines_waiting",
        "created_at",
        "id",
        sqlite_where=text(WAITING_SQL),
        postgresql_where=text(WAITING_SQL),
    ),
    CheckConstraint(
        "(amount > 0 AND waiting BETWEEN 0 AND amount) OR (amount < 0 AND waiting BETWEEN amount AND 0)",
        name="waiting",
    ),
)

bank_line_texts = Table(
    "bank_line_texts",
    metadata,
    Column("line", String(12), primary_key=True),
    Column("text_sealed", Text, nullable=False),
    Column("payer_sealed", Text),
)

bank_allocations = Table(
    "bank_allocations",
    metadata,
    Column("line", String(12), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("payment", String(12), nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("at", Instant, nullable=False),
    CheckConstraint("amount > 0", name="amount"),
)

statements = Table(
    "statements",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("problem", String(20)),
    Column("account", String(20)),
    Column("name_sealed", Text, nullable=False),
    Column("size", BigInteger),
    Column("booked", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("debits", Integer, nullable=False),
    Column("bad", Integer, nullable=False),
    Column("bad_sealed", Text),
    Column("begun_by", String(12), ForeignKey("people.id")),
    Column("begun_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index("ix_statements_begun_at", "begun_at", "id"),
)

statement_parts = Table(
    "statement_parts",
    metadata,
    Column("statement", String(12), ForeignKey("statements.id"), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("sealed", Text, nullable=False),
)

OPEN_SQL = "verdict IS NULL"

assignments = Table(
    "assignments",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("line", String(12), ForeignKey("bank_lines.id"), nullable=False, index=True),
    Column("payment", String(12)),
    Column("note_sealed", Text, nullable=False),
    Column("proposed_by", String(12), ForeignKey("people.id"), nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("verdict", String(11)),
    Column("decided_by", String(12), ForeignKey("people.id")),
    Column("decided_at", Instant),
    # One proposal at a time: two that wait could be confirmed one after the other.
    Index(
        "uq_assignments_line_open",
        "line",
        unique=True,
        sqlite_where=text(OPEN_SQL),
        postgresql_where=text(OPEN_SQL),
    ),
)
