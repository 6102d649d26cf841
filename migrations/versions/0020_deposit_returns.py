"""A deposit goes back when its lease ends, line by line, by a stream of its own.

Revision: 0020
Why: what a landlord keeps of a deposit has to be claimed, answered and decided, and never be more than was held.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.store.types import BigKey, Instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deposit_return_events",
        sa.Column("position", BigKey, primary_key=True),
        sa.Column("deposit_return", sa.String(12), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.UniqueConstraint("deposit_return", "seq"),
    )
    _returns()
    op.create_table(
        "deposit_shares",
        sa.Column("payment", sa.String(12), primary_key=True),
        sa.Column("deposit_return", sa.String(12), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.CheckConstraint("amount > 0", name="amount"),
    )
    op.create_index("ix_deposit_shares_deposit_return", "deposit_shares", ["deposit_return"])
    op.create_table(
        "deposit_notes",
        sa.Column("deposit_return", sa.String(12), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True),
        sa.Column("about", sa.String(10), primary_key=True),
        sa.Column("note_sealed", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
    )


def _returns() -> None:
    op.create_table(
        "deposit_returns",
        sa.Column("reference", sa.String(12), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("lease", sa.String(12), nullable=False),
        sa.Column("tenant", sa.String(12), nullable=False),
        sa.Column("landlord", sa.String(12), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("deposit", sa.BigInteger, nullable=False),
        sa.Column("deducted", sa.BigInteger, nullable=False),
        sa.Column("shares", sa.JSON, nullable=False),
        sa.Column("lines", sa.JSON, nullable=False),
        sa.Column("waived", sa.JSON, nullable=False),
        sa.Column("itemised_by", sa.String(12)),
        sa.Column("answer_by", Instant, nullable=False),
        sa.Column("begun_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.CheckConstraint("deposit > 0", name="deposit"),
        sa.CheckConstraint("deducted >= 0 AND deducted <= deposit", name="deducted"),
    )
    op.create_index("ix_deposit_returns_lease_begun_at", "deposit_returns", ["lease", "begun_at"])
    op.create_index("ix_deposit_returns_state_updated_at", "deposit_returns", ["state", "updated_at"])
    is_open = sa.text("state <> 'SETTLED'")
    op.create_index(
        "uq_deposit_returns_lease_open",
        "deposit_returns",
        ["lease"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
