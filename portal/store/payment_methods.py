"""The customer's table of saved ways to pay. The database itself lets no person have two defaults."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from portal.store.tables import metadata
from portal.store.types import Instant

payment_methods = Table(
    "payment_methods",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("person", String(12), ForeignKey("people.id"), nullable=False, index=True),
    Column("method", String(20), nullable=False),
    Column("masked", String(60), nullable=False),
    # A phone or a bank account; of a card nothing is held, and the hash is that of its fingerprint.
    Column("held_sealed", Text),
    Column("held_index", String(64), index=True),
    Column("provider", String(20)),
    Column("token_sealed", Text),
    Column("token_index", String(64), index=True),
    Column("brand", String(20)),
    Column("last4", String(4)),
    Column("expiry_month", Integer),
    Column("expiry_year", Integer),
    Column("nickname_sealed", Text),
    Column("verified_at", Instant),
    Column("is_default", Boolean, nullable=False),
    Column("consent_version", String(40), nullable=False),
    Column("consent_text", Text, nullable=False),
    Column("consented_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Column("deleted_at", Instant),
    # A row that is deleted has no hash, and none is equal to another that is missing.
    Index("uq_payment_methods_person_held_index", "person", "held_index", unique=True),
    Index(
        "uq_payment_methods_person_default",
        "person",
        unique=True,
        sqlite_where=text("is_default"),
        postgresql_where=text("is_default"),
    ),
    CheckConstraint("NOT is_default OR deleted_at IS NULL", name="default"),
)
