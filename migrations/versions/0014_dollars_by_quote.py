"""A lease that is exempt may be in dollars, and its bills are paid in shillings by a quote.

Revision: 0014
Why: the draft holds the quote that its check page showed, and the payment the one that was agreed to. A lease in
dollars that names no ground for it stops this migration: nobody could pay by it so far; it is to be corrected first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("drafts", sa.Column("exchange", sa.JSON(), nullable=True))
    op.add_column("payments", sa.Column("exchange", sa.JSON(), nullable=True))
    # Not by a batch: SQLite makes a table anew for it, and bills lean on this one.
    op.execute(
        "ALTER TABLE leases ADD COLUMN exemption TEXT "
        "CONSTRAINT ck_leases_exemption CHECK (currency = 'TZS' OR exemption IS NOT NULL)"
    )
