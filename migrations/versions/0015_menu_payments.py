"""What a provider asked us to take from a wallet's menu, with our answer; and which payments were begun there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "menu_calls",
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=False),
        sa.Column("refusal", sa.String(length=20), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("payment", sa.String(length=12), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "id", name=op.f("pk_menu_calls")),
        sa.UniqueConstraint("answer", name=op.f("uq_menu_calls_answer")),
    )
    with op.batch_alter_table("payments") as payments:
        payments.add_column(sa.Column("by_menu", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("payments") as payments:
        payments.alter_column("by_menu", server_default=None)
