"""Cards that are about to be saved, on a page of the provider's.

Revision: 0012
Why: a card is saved though its owner never comes back from that page.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_setups",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("person", sa.String(length=12), nullable=False),
        sa.Column("nickname_sealed", sa.Text(), nullable=True),
        sa.Column("consent_version", sa.String(length=40), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("page_id", sa.String(length=128), nullable=True),
        sa.Column("page", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_card_setups_person"),
        sa.PrimaryKeyConstraint("id", name="pk_card_setups"),
    )
    op.create_index("ix_card_setups_person", "card_setups", ["person"])
