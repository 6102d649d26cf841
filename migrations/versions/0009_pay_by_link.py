"""Somebody pays for a tenant by a link: which payments were begun so, and whose browser a draft belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("drafts", sa.Column("guest", sa.String(length=64), nullable=True))
    with op.batch_alter_table("payments") as payments:
        payments.add_column(sa.Column("by_link", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("payments") as payments:
        payments.alter_column("by_link", server_default=None)
    op.create_index("ix_payments_bill_created_at", "payments", ["bill", "created_at"])
