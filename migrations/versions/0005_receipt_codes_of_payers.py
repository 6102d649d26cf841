"""The receipt code that a payer typed, while nobody has answered for it, and what was found about it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payments", sa.Column("claimed_code", sa.String(length=40), nullable=True))
    op.add_column("payments", sa.Column("claim_found", sa.String(length=10), nullable=True))
