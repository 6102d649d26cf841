"""Which version of a payment somebody had seen who proposed something about it.

Revision: 0028
Why: that a payment is right as it stands is confirmed only of what stood there then, whatever the clocks say.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("corrections", sa.Column("version", sa.Integer(), nullable=True))
