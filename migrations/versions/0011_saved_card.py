"""Which payments were begun with a saved card: it is charged without a page, so its silence proves nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("payments") as payments:
        payments.add_column(
            sa.Column("by_saved_card", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("payments") as payments:
        payments.alter_column("by_saved_card", server_default=None)
