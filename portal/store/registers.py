"""The tables of what is known before anybody pays: people and how they sign in, leases, and what is owed on them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from portal.store.types import BigKey, Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

people = Table(
    "people",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("name", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("phone_sealed", Text),
    Column("phone_index", String(64), unique=True),
    Column("phone_masked", String(16)),
    Column("email_sealed", Text),
    Column("email_index", String(64), unique=True),
    Column("landlord_code", String(6), unique=True),
    # Without it a payment to them could not be receipted, and so not be completed.
    CheckConstraint("role <> 'LANDLORD' OR landlord_code IS NOT NULL", name="landlord_code"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person", String(12), ForeignKey("people.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

sign_in_codes = Table(
    "sign_in_codes",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("address_index", String(64), nullable=False, index=True),
    Column("person", String(12), ForeignKey("people.id")),
    Column("code_hash", String(64), nullable=False),
    Column("expires_at", Instant, nullable=False),
)

limit_hits = Table(
    "limit_hits",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("key", String(120), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_limit_hits_key_at", "key", "at"),
)

properties = Table(
    "properties",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("landlord", String(12), ForeignKey("people.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("reference", String(12), primary_key=True),
    Column("property", String(12), ForeignKey("properties.id"), nullable=False, index=True),
    Column("unit", String(40), nullable=False),
    Column("tenant", String(12), ForeignKey("people.id"), nullable=False, index=True),
    Column("landlord", String(12), ForeignKey("people.id"), nullable=False, index=True),
    Column("currency", String(3), nullable=False),
    Column("part_policy", String(12), nullable=False),
)

bills = Table(
    "bills",
    metadata,
    Column("reference", String(12), primary_key=True),
    Column("lease", String(12), ForeignKey("leases.reference"), nullable=False, index=True),
    Column("type", String(20), nullable=False),
    Column("period", Date),
    Column("due_on", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("paid", BigInteger, nullable=False),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("paid >= 0", name="paid"),
)

lease_notices = Table(
    "lease_notices",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("lease", String(12), ForeignKey("leases.reference"), nullable=False, index=True),
    Column("notice", String(24), nullable=False),
    Column("bill", String(12), nullable=False),
    Column("period", Date),
    Column("payment", String(12), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("notice", "bill"),
)
