"""Money that moves by itself: disputes, what caused a refund, and leases that hear when a bill is unpaid again.

Revision: 0019
Why: a bill can be paid, unpaid and paid again, so a lease is told by turns, and not once for ever.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    find_disputes()
    op.execute("ALTER TABLE payments ADD COLUMN disputes JSON DEFAULT '[]' NOT NULL")
    op.execute("ALTER TABLE refunds ADD COLUMN cause VARCHAR(10) DEFAULT 'OURS' NOT NULL")
    op.create_index("ix_refunds_cause_requested_at", "refunds", ["cause", "requested_at"])
    # A bill was told of once: that it is paid.
    op.execute("ALTER TABLE lease_notices ADD COLUMN turn INTEGER DEFAULT 1 NOT NULL")
    with op.batch_alter_table("payments") as payments:
        payments.alter_column("disputes", existing_type=sa.JSON(), server_default=None)
    with op.batch_alter_table("refunds") as refunds:
        refunds.alter_column("cause", existing_type=sa.String(length=10), server_default=None)
    with op.batch_alter_table("lease_notices") as notices:
        notices.alter_column("turn", existing_type=sa.Integer(), server_default=None)
        notices.drop_constraint("uq_lease_notices_notice_bill", type_="unique")
        notices.create_unique_constraint("uq_lease_notices_bill_turn", ["bill", "turn"])
    tell_who_wanted_them()


def tell_who_wanted_them() -> None:
    """In the payment's row: all refunds until now were ours, and of none was it known when it came back."""
    payments = sa.table("payments", sa.column("reference", sa.String), sa.column("refunds", sa.JSON))
    connection = op.get_bind()
    for row in connection.execute(sa.select(payments)).all():
        if row.refunds:
            told = [{"cause": "OURS", "returned_at": None} | refund for refund in row.refunds]
            its_own = payments.c.reference == row.reference
            connection.execute(sa.update(payments).where(its_own).values(refunds=told))


def find_disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("payee", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("due_by", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.String(length=4), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("payment", "id", name=op.f("pk_disputes")),
    )
    op.create_index("ix_disputes_verdict_due_by", "disputes", ["verdict", "due_by"])
