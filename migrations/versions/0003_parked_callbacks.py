"""The callbacks that have no place yet, found without reading all the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PARKED = "handled_at IS NULL AND verdict IS NOT NULL"


def upgrade() -> None:
    op.create_index(
        "ix_inbox_parked",
        "inbox",
        ["id"],
        sqlite_where=sa.text(PARKED),
        postgresql_where=sa.text(PARKED),
    )
