"""The first tables: people, leases and bills; payments by events with their projections; inbox, jobs, keys, messages.

Revision: 0001
Why: the whole road of one payment, with the rules that the database itself must keep (one attempt in flight per bill,
one charge per movement at the provider, an event log that nobody can rewrite).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

IN_FLIGHT = "state IN ('SUBMITTING', 'AWAITING_PAYER', 'PROCESSING', 'UNCERTAIN') AND NOT late"


def upgrade() -> None:
    create_tables()
    forbid_rewriting_events()


def create_tables() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_idempotency_keys"),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("payment", sa.String(length=12), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body_sealed", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("digest", name="uq_inbox_digest"),
    )
    op.create_index("ix_inbox_payment", "inbox", ["payment"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("run_after", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("wanted_again", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("dead_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("key", name="uq_jobs_key"),
    )
    op.create_index("ix_jobs_run_after", "jobs", ["run_after"], unique=False)
    op.create_table(
        "ledger_entries",
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("payment", "seq", "line", name="pk_ledger_entries"),
    )
    op.create_index("ix_ledger_entries_account", "ledger_entries", ["account"], unique=False)
    op.create_table(
        "limit_hits",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_limit_hits"),
    )
    op.create_index("ix_limit_hits_key_at", "limit_hits", ["key", "at"], unique=False)
    op.create_table(
        "payment_contacts",
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("phone_sealed", sa.Text(), nullable=False),
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("phone_masked", sa.String(length=16), nullable=False),
        sa.Column("own_phone", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.PrimaryKeyConstraint("payment", name="pk_payment_contacts"),
    )
    op.create_index("ix_payment_contacts_phone_index", "payment_contacts", ["phone_index"], unique=False)
    op.create_table(
        "payment_events",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_payment_events"),
        sa.UniqueConstraint("payment", "seq", name="uq_payment_events_payment_seq"),
    )
    op.create_table(
        "payments",
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("bill", sa.String(length=12), nullable=False),
        sa.Column("lease", sa.String(length=12), nullable=False),
        sa.Column("payer", sa.String(length=12), nullable=False),
        sa.Column("payee", sa.String(length=12), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("period", sa.Date(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("platform_fee", sa.BigInteger(), nullable=False),
        sa.Column("processing_fee", sa.BigInteger(), nullable=False),
        sa.Column("provider_fee", sa.BigInteger(), nullable=False),
        sa.Column("fee_rule", sa.String(length=40), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.String(length=80), nullable=True),
        sa.Column("provider_reference", sa.String(length=80), nullable=True),
        sa.Column("receipt_code", sa.String(length=40), nullable=True),
        sa.Column("second_receipt_code", sa.String(length=40), nullable=True),
        sa.Column("received", sa.BigInteger(), nullable=True),
        sa.Column("received_currency", sa.String(length=3), nullable=True),
        sa.Column("provider_paid_at", sa.BigInteger(), nullable=True),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("excess", sa.BigInteger(), nullable=True),
        sa.Column("cancel_wanted", sa.Boolean(), nullable=False),
        sa.Column("claimed_paid", sa.Boolean(), nullable=False),
        sa.Column("receipt_landlord", sa.String(length=6), nullable=True),
        sa.Column("receipt_year", sa.Integer(), nullable=True),
        sa.Column("receipt_serial", sa.Integer(), nullable=True),
        sa.Column("receipt_check", sa.String(length=12), nullable=True),
        sa.Column("receipt_sha256", sa.String(length=64), nullable=True),
        sa.Column("receipt_version", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.CheckConstraint(
            "platform_fee >= 0 AND processing_fee >= 0 AND provider_fee >= 0", name=op.f("ck_payments_fees")
        ),
        sa.PrimaryKeyConstraint("reference", name="pk_payments"),
        sa.UniqueConstraint("receipt_check", name="uq_payments_receipt_check"),
        sa.UniqueConstraint(
            "receipt_landlord",
            "receipt_year",
            "receipt_serial",
            name="uq_payments_receipt_landlord_receipt_year_receipt_serial",
        ),
    )
    op.create_index(
        "ix_payments_payee_created_at", "payments", ["payee", "created_at", "reference"], unique=False
    )
    op.create_index(
        "ix_payments_payer_created_at", "payments", ["payer", "created_at", "reference"], unique=False
    )
    op.create_index("ix_payments_state_created_at", "payments", ["state", "created_at"], unique=False)
    op.create_index(
        "uq_payments_bill_in_flight",
        "payments",
        ["bill"],
        unique=True,
        sqlite_where=sa.text(IN_FLIGHT),
        postgresql_where=sa.text(IN_FLIGHT),
    )
    op.create_index("uq_payments_provider_request_id", "payments", ["provider", "request_id"], unique=True)
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("phone_sealed", sa.Text(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("phone_masked", sa.String(length=16), nullable=True),
        sa.Column("email_sealed", sa.Text(), nullable=True),
        sa.Column("email_index", sa.String(length=64), nullable=True),
        sa.Column("landlord_code", sa.String(length=6), nullable=True),
        sa.CheckConstraint(
            "role <> 'LANDLORD' OR landlord_code IS NOT NULL", name=op.f("ck_people_landlord_code")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("email_index", name="uq_people_email_index"),
        sa.UniqueConstraint("landlord_code", name="uq_people_landlord_code"),
        sa.UniqueConstraint("phone_index", name="uq_people_phone_index"),
    )
    op.create_table(
        "receipt_counters",
        sa.Column("landlord_code", sa.String(length=6), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("landlord_code", "year", name="pk_receipt_counters"),
    )
    op.create_table(
        "receipt_files",
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("rendered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("payment", "version", name="pk_receipt_files"),
    )
    op.create_table(
        "transactions",
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=True),
        sa.Column("provider_request_id", sa.String(length=80), nullable=True),
        sa.Column("provider_transaction_id", sa.String(length=40), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transactions_amount")),
        sa.PrimaryKeyConstraint("payment", "seq", "line", name="pk_transactions"),
    )
    op.create_index(
        "uq_transactions_charge_code", "transactions", ["provider", "provider_transaction_id"], unique=True
    )
    op.create_index(
        "uq_transactions_charge_request", "transactions", ["provider", "provider_request_id"], unique=True
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("person", sa.String(length=12), nullable=False),
        sa.Column("payment", sa.String(length=12), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("body_sealed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_messages_person"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("key", name="uq_messages_key"),
    )
    op.create_index("ix_messages_person_created_at", "messages", ["person", "created_at"], unique=False)
    op.create_table(
        "properties",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("landlord", sa.String(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["landlord"], ["people.id"], name="fk_properties_landlord"),
        sa.PrimaryKeyConstraint("id", name="pk_properties"),
    )
    op.create_index("ix_properties_landlord", "properties", ["landlord"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_sessions_person"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_person", "sessions", ["person"], unique=False)
    op.create_table(
        "sign_in_codes",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("address_index", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=12), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_sign_in_codes_person"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_codes"),
    )
    op.create_index("ix_sign_in_codes_address_index", "sign_in_codes", ["address_index"], unique=False)
    op.create_table(
        "leases",
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("property", sa.String(length=12), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("landlord", sa.String(length=12), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("part_policy", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(["landlord"], ["people.id"], name="fk_leases_landlord"),
        sa.ForeignKeyConstraint(["property"], ["properties.id"], name="fk_leases_property"),
        sa.ForeignKeyConstraint(["tenant"], ["people.id"], name="fk_leases_tenant"),
        sa.PrimaryKeyConstraint("reference", name="pk_leases"),
    )
    op.create_index("ix_leases_landlord", "leases", ["landlord"], unique=False)
    op.create_index("ix_leases_property", "leases", ["property"], unique=False)
    op.create_index("ix_leases_tenant", "leases", ["tenant"], unique=False)
    op.create_table(
        "bills",
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("lease", sa.String(length=12), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("period", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_bills_amount")),
        sa.CheckConstraint("paid >= 0", name=op.f("ck_bills_paid")),
        sa.ForeignKeyConstraint(["lease"], ["leases.reference"], name="fk_bills_lease"),
        sa.PrimaryKeyConstraint("reference", name="pk_bills"),
    )
    op.create_index("ix_bills_lease", "bills", ["lease"], unique=False)
    op.create_table(
        "lease_notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lease", sa.String(length=12), nullable=False),
        sa.Column("notice", sa.String(length=24), nullable=False),
        sa.Column("bill", sa.String(length=12), nullable=False),
        sa.Column("period", sa.Date(), nullable=True),
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lease"], ["leases.reference"], name="fk_lease_notices_lease"),
        sa.PrimaryKeyConstraint("id", name="pk_lease_notices"),
        sa.UniqueConstraint("notice", "bill", name="uq_lease_notices_notice_bill"),
    )
    op.create_index("ix_lease_notices_lease", "lease_notices", ["lease"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("person", sa.String(length=12), nullable=False),
        sa.Column("bill", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=True),
        sa.Column("phone_sealed", sa.Text(), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bill"], ["bills.reference"], name="fk_drafts_bill"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_drafts_person"),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
    )
    op.create_index("ix_drafts_person", "drafts", ["person"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("finding", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("receipt_code", sa.String(length=40), nullable=True),
        sa.Column("note_sealed", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.String(length=12), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=11), nullable=True),
        sa.Column("decided_by", sa.String(length=12), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name="fk_corrections_decided_by"),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name="fk_corrections_proposed_by"),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_payment", "corrections", ["payment"], unique=False)
    op.create_index(
        "uq_corrections_payment_open",
        "corrections",
        ["payment"],
        unique=True,
        sqlite_where=sa.text("verdict IS NULL"),
        postgresql_where=sa.text("verdict IS NULL"),
    )


def forbid_rewriting_events() -> None:
    """An UPDATE or DELETE of an event fails in the database itself."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """CREATE FUNCTION payment_events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'payment_events is append-only'; END $$"""
        )
        op.execute(
            """CREATE TRIGGER payment_events_append_only BEFORE UPDATE OR DELETE ON payment_events
            FOR EACH ROW EXECUTE FUNCTION payment_events_are_append_only()"""
        )
        op.execute(
            """CREATE TRIGGER payment_events_not_truncated BEFORE TRUNCATE ON payment_events
            EXECUTE FUNCTION payment_events_are_append_only()"""
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"""CREATE TRIGGER payment_events_no_{verb.lower()} BEFORE {verb} ON payment_events
            BEGIN SELECT RAISE(ABORT, 'payment_events is append-only'); END"""
        )
