"""The tables of what passes: each row is of use for a while and is purged after it (portal/store/purge.py)."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from portal.store.tables import metadata
from portal.store.types import BigKey, Instant

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
    # The keyed hash of what the code is for: of an address to sign in with, or of a number that somebody wants to save.
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

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("scope", String(40), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("body_hash", String(64), nullable=False),
    Column("answer", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("person", String(12), ForeignKey("people.id"), nullable=False, index=True),
    Column("amounts", JSON, nullable=False),
    # The quote that its check page shows, where its bills are in dollars.
    Column("exchange", JSON(none_as_null=True)),
    Column("method", String(20)),
    Column("phone_sealed", Text),
    Column("account", String(20)),
    # Whose browser, of somebody who pays by a link.
    Column("guest", String(64)),
    Column("return_to", Text),
    Column("agreed", Boolean, nullable=False),
    # The saved way to pay that was chosen, and the text of what was agreed to where the number is to be saved.
    Column("saved", String(12)),
    Column("save_consent", String(40)),
    Column("created_at", Instant, nullable=False),
)

unverified_phones = Table(
    "unverified_phones",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("person", String(12), ForeignKey("people.id"), nullable=False),
    Column("method", String(20), nullable=False),
    Column("phone_sealed", Text, nullable=False),
    Column("phone_index", String(64), nullable=False),
    Column("nickname_sealed", Text),
    Column("consent_version", String(40), nullable=False),
    Column("consent_text", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("person", "phone_index"),
)

OPEN_ALERT_SQL = "closed_at IS NULL"

provider_alerts = Table(
    "provider_alerts",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("provider", String(20), nullable=False),
    Column("trouble", String(20), nullable=False),
    Column("operation", String(10), nullable=False),
    Column("code", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", String(12), ForeignKey("people.id")),
    Column("note_sealed", Text),
    # One that is open is met again, however many meet it at once.
    Index(
        "uq_provider_alerts_open",
        "provider",
        "trouble",
        unique=True,
        sqlite_where=text(OPEN_ALERT_SQL),
        postgresql_where=text(OPEN_ALERT_SQL),
    ),
)

card_setups = Table(
    "card_setups",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("person", String(12), ForeignKey("people.id"), nullable=False, index=True),
    Column("nickname_sealed", Text),
    Column("consent_version", String(40), nullable=False),
    Column("consent_text", Text, nullable=False),
    Column("provider", String(20), nullable=False),
    # Neither before the provider has opened its page, nor after that is over.
    Column("page_id", String(128)),
    Column("page", Text),
    Column("created_at", Instant, nullable=False),
)
