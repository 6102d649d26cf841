"""Money goes back: refunds in their payment's row, a table to find them by, and what of a bill is not owed any more.

Revision: 0016
Why: what is reserved stands in the payment's own row, so that the database itself keeps it below what came.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    find_refunds()
    keep_what_people_write()
    op.execute("ALTER TABLE payments ADD COLUMN refunds JSON DEFAULT '[]' NOT NULL")
    op.execute(
        "ALTER TABLE payments ADD COLUMN reserved BIGINT DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_payments_reserved CHECK ("
        "reserved >= 0 AND (reserved = 0 OR reserved <= COALESCE(received, 0)))"
    )
    op.execute(
        "ALTER TABLE bills ADD COLUMN released BIGINT DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_bills_released CHECK (released >= 0 AND released <= amount)"
    )
    with op.batch_alter_table("payments") as payments:
        payments.alter_column("refunds", existing_type=sa.JSON(), server_default=None)
        payments.alter_column("reserved", existing_type=sa.BigInteger(), server_default=None)


def find_refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("payee", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("route", sa.String(length=10), nullable=True),
        sa.Column("approvals", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(length=128), nullable=True),
        sa.Column("bank_reference", sa.String(length=40), nullable=True),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_refunds")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_refunds_bank_reference")),
    )
    op.create_index("ix_refunds_payment", "refunds", ["payment"])
    op.create_index("ix_refunds_state_requested_at", "refunds", ["state", "requested_at"])
    op.create_index(
        "uq_refunds_provider_request_id",
        "refunds",
        ["provider", "request_id"],
        unique=True,
        sqlite_where=sa.text("request_id IS NOT NULL"),
        postgresql_where=sa.text("request_id IS NOT NULL"),
    )


def keep_what_people_write() -> None:
    op.create_table(
        "refund_notes",
        sa.Column("refund", sa.String(length=12), nullable=False),
        sa.Column("about", sa.String(length=10), nullable=False),
        sa.Column("note_sealed", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("refund", "about", name=op.f("pk_refund_notes")),
    )
