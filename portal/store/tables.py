"""The tables. The customer's names are kept: payments, payment_events, transactions.

`payment_events` is the truth; `payments`, `payment_bills`, `refunds`, `transactions`, `ledger_entries`,
`receipt_counters` and a bill's `paid` and `released` are folds of it; bank lines (portal/store/bank_tables.py) have
events of their own and entries in the same ledger. Phone numbers and names stand beside the stream, sealed, so that
they can be expunged without touching it.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from portal.store.event_table import event_table
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
    Column("rent", BigInteger),
    # The ground on which its bills may be in a foreign currency.
    Column("exemption", Text),
    CheckConstraint("part_policy <> 'RENT_OR_MORE' OR rent IS NOT NULL", name="rent"),
    CheckConstraint("currency = 'TZS' OR exemption IS NOT NULL", name="exemption"),
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
    # Sent back for a reason that ends it, so it is not owed any more.
    Column("released", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("paid >= 0", name="paid"),
    CheckConstraint("released >= 0 AND released <= amount", name="released"),
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
    Column("turn", Integer, nullable=False),
    UniqueConstraint("bill", "turn"),
)

payment_events = event_table("payment_events", metadata, "payment")

payments = Table(
    "payments",
    metadata,
    Column("reference", String(12), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("reason", String(24)),
    Column("code", Text),
    Column("lease", String(12), nullable=False),
    Column("payer", String(12), nullable=False),
    Column("payee", String(12), nullable=False),
    Column("allocations", JSON, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("platform_fee", BigInteger, nullable=False),
    Column("processing_fee", BigInteger, nullable=False),
    Column("provider_fee", BigInteger, nullable=False),
    Column("fee_rule", String(40), nullable=False),
    Column("method", String(20), nullable=False),
    Column("provider", String(20), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("account", String(20)),
    Column("by_link", Boolean, nullable=False),
    Column("by_saved_card", Boolean, nullable=False),
    Column("exchange", JSON(none_as_null=True)),
    Column("by_menu", Boolean, nullable=False),
    Column("request_id", String(128)),
    Column("provider_reference", String(128)),
    Column("page", Text),
    Column("receipt_code", String(40)),
    Column("second_receipt_code", String(40)),
    Column("received", BigInteger),
    Column("received_currency", String(3)),
    Column("provider_paid_at", Instant),
    Column("completed_at", Instant),
    Column("late", Boolean, nullable=False),
    Column("excess", BigInteger),
    Column("cancel_wanted", Boolean, nullable=False),
    Column("claimed_paid", Boolean, nullable=False),
    Column("claimed_code", String(40)),
    Column("claim_found", String(10)),
    Column("receipt_landlord", String(6)),
    Column("receipt_year", Integer),
    Column("receipt_serial", Integer),
    Column("receipt_check", String(12)),
    Column("receipt_sha256", String(64)),
    Column("receipt_version", Integer),
    Column("refunds", JSON, nullable=False),
    Column("provider_cost", BigInteger),
    Column("disputes", JSON, nullable=False),
    Column("moved", JSON, nullable=False),
    Column("credit_uses", JSON, nullable=False),
    # What has gone back or elsewhere, or was asked back and may still go.
    Column("reserved", BigInteger, nullable=False),
    Index("uq_payments_provider_request_id", "provider", "request_id", unique=True),
    Index("ix_payments_payer_created_at", "payer", "created_at", "reference"),
    Index("ix_payments_payee_created_at", "payee", "created_at", "reference"),
    Index("ix_payments_state_created_at", "state", "created_at"),
    UniqueConstraint("receipt_landlord", "receipt_year", "receipt_serial"),
    UniqueConstraint("receipt_check"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("platform_fee >= 0 AND processing_fee >= 0 AND provider_fee >= 0", name="fees"),
    # No more goes back than came, whatever a program thinks that it has locked.
    # What was stated to have come may be below zero: that is for a person, and none of it goes back.
    CheckConstraint("reserved >= 0 AND (reserved = 0 OR reserved <= COALESCE(received, 0))", name="reserved"),
)

transactions = Table(
    "transactions",
    metadata,
    Column("payment", String(12), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("type", String(10), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("status", String(10), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("provider", String(20)),
    Column("provider_request_id", String(128)),
    Column("provider_transaction_id", String(40)),
    # One movement at the provider is one CHARGE here, whichever channel told us of it.
    Index("uq_transactions_charge_request", "provider", "provider_request_id", unique=True),
    Index("uq_transactions_charge_code", "provider", "provider_transaction_id", unique=True),
    CheckConstraint("amount > 0", name="amount"),
)

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("stream", String(12), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("account", String(40), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Index("ix_ledger_entries_account_at", "account", "at", "stream", "seq", "line"),
)

receipt_counters = Table(
    "receipt_counters",
    metadata,
    Column("landlord_code", String(6), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)

PARKED_SQL = "handled_at IS NULL AND verdict IS NOT NULL"

inbox = Table(
    "inbox",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("provider", String(20), nullable=False),
    Column("payment", String(12), index=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("body_sealed", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("handled_at", Instant),
    Column("verdict", String(40)),
    Index("ix_inbox_parked", "id", sqlite_where=text(PARKED_SQL), postgresql_where=text(PARKED_SQL)),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("key", String(80), nullable=False, unique=True),
    Column("payload", Text, nullable=False),
    Column("run_after", Instant, nullable=False),
    Column("leased_until", Instant),
    Column("wanted_again", Instant),
    Column("attempts", Integer, nullable=False),
    Column("dead_at", Instant),
    Column("last_error", Text),
    Index("ix_jobs_run_after", "run_after"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("key", String(80), nullable=False, unique=True),
    Column("person", String(12), ForeignKey("people.id"), nullable=False),
    Column("payment", String(12)),
    Column("kind", String(24), nullable=False),
    Column("body_sealed", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Index("ix_messages_person_created_at", "person", "created_at"),
)
