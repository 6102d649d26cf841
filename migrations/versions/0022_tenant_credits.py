"""What came beyond its bills can be kept for the next bills of the lease, and pays them.

Revision: 0022
Why: what is kept has to be found by its lease, and what it has paid by the bill.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tenant_credits",
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("lease", sa.String(length=12), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("unused", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("unused >= 0", name=op.f("ck_tenant_credits_unused")),
        sa.PrimaryKeyConstraint("payment", name=op.f("pk_tenant_credits")),
    )
    some_left = sa.text("unused > 0")
    op.create_index(
        "ix_tenant_credits_lease",
        "tenant_credits",
        ["lease"],
        sqlite_where=some_left,
        postgresql_where=some_left,
    )
    op.create_table(
        "credit_uses",
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("bill", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_credit_uses_amount")),
        sa.PrimaryKeyConstraint("payment", "number", name=op.f("pk_credit_uses")),
    )
    op.create_index("ix_credit_uses_bill", "credit_uses", ["bill"])
    op.execute("ALTER TABLE payments ADD COLUMN credit_uses JSON DEFAULT '[]' NOT NULL")
    with op.batch_alter_table("payments") as payments:
        payments.alter_column("credit_uses", existing_type=sa.JSON(), server_default=None)
