"""Payouts to landlords with their events, the bank accounts of landlords, the closed days, and what providers cost.

Revision: 0021
Why: what is owed is sent in one file per bank account, and no posting may be sent twice.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("payout_events", "day_closes")


def upgrade() -> None:
    create_events()
    create_payouts()
    create_parts()
    create_accounts()
    create_closes()
    for table in APPEND_ONLY:
        forbid_rewriting(table)
    op.execute("ALTER TABLE payments ADD COLUMN provider_cost BIGINT")
    op.create_index("ix_ledger_entries_at", "ledger_entries", ["at"])


def create_events() -> None:
    op.create_table(
        "payout_events",
        sa.Column("position", BIG_KEY, nullable=False),
        sa.Column("payout", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_payout_events"),
        sa.UniqueConstraint("payout", "seq", name="uq_payout_events_payout_seq"),
    )


def create_payouts() -> None:
    op.create_table(
        "payouts",
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("account", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("passed", sa.JSON(), nullable=False),
        sa.Column("prepared_by", sa.String(length=12), nullable=True),
        sa.Column("prepared_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(length=12), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("sent_by", sa.String(length=12), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("dropped_by", sa.String(length=12), nullable=True),
        sa.Column("bank_reference", sa.String(length=40), nullable=True),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payouts_amount")),
        sa.PrimaryKeyConstraint("reference", name="pk_payouts"),
        sa.UniqueConstraint("bank_reference", name="uq_payouts_bank_reference"),
    )
    op.create_index("ix_payouts_prepared_at", "payouts", ["prepared_at", "reference"])
    op.create_index(
        "uq_payouts_waiting",
        "payouts",
        ["account", "currency"],
        unique=True,
        sqlite_where=sa.text("state IN ('PREPARED', 'APPROVED')"),
        postgresql_where=sa.text("state IN ('PREPARED', 'APPROVED')"),
    )


def create_parts() -> None:
    op.create_table(
        "payout_lines",
        sa.Column("payout", sa.String(length=12), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("payee", sa.String(length=12), nullable=False),
        sa.Column("destination", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("returned", sa.String(length=16), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payout_lines_amount")),
        sa.PrimaryKeyConstraint("payout", "line", name="pk_payout_lines"),
    )
    op.create_index("ix_payout_lines_payee", "payout_lines", ["payee"])
    op.create_table(
        "payout_items",
        sa.Column("payout", sa.String(length=12), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("stream", sa.String(length=12), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("payout", "account", "stream", name="pk_payout_items"),
    )
    op.create_index("ix_payout_items_stream", "payout_items", ["stream"])
    op.create_index("ix_payout_items_account_stream", "payout_items", ["account", "stream"])


def create_accounts() -> None:
    op.create_table(
        "payee_accounts",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("payee", sa.String(length=12), nullable=False),
        sa.Column("account_sealed", sa.Text(), nullable=False),
        sa.Column("masked", sa.String(length=80), nullable=False),
        sa.Column("entered_by", sa.String(length=12), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=11), nullable=True),
        sa.Column("decided_by", sa.String(length=12), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_payee_accounts"),
        *(
            sa.ForeignKeyConstraint([column], ["people.id"], name=f"fk_payee_accounts_{column}_people")
            for column in ("entered_by", "decided_by")
        ),
    )
    op.create_index("ix_payee_accounts_payee", "payee_accounts", ["payee"])
    op.create_index(
        "uq_payee_accounts_open",
        "payee_accounts",
        ["payee"],
        unique=True,
        sqlite_where=sa.text("verdict IS NULL"),
        postgresql_where=sa.text("verdict IS NULL"),
    )


def create_closes() -> None:
    op.create_table(
        "day_closes",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("sums", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("balance", sa.JSON(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_day_closes"),
    )


def forbid_rewriting(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""CREATE FUNCTION {table}_are_append_only() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"""
        )
        op.execute(
            f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_are_append_only()"""
        )
        op.execute(
            f"""CREATE TRIGGER {table}_not_truncated BEFORE TRUNCATE ON {table}
            EXECUTE FUNCTION {table}_are_append_only()"""
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"""CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
        )
