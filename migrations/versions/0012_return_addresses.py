"""Where the platform that sent a payer wants them back: carried in the draft, and kept beside the payment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("drafts", sa.Column("return_to", sa.Text(), nullable=True))
    op.add_column("payment_contacts", sa.Column("return_to", sa.Text(), nullable=True))
