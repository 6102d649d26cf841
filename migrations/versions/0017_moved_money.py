"""Money of a payment can leave its pots without going back: to a credit of the tenant, or out of a deposit.

Revision: 0017
Why: what may still go back follows from one locked row, so what went elsewhere stands in it, too.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE payments ADD COLUMN moved JSON DEFAULT '[]' NOT NULL")
    with op.batch_alter_table("payments") as payments:
        payments.alter_column("moved", existing_type=sa.JSON(), server_default=None)
