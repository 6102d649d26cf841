"""What keeps providers from serving us, when each last worked, and who switched which off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_alerts()
    create_switches()


def create_alerts() -> None:
    op.create_table(
        "provider_alerts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("trouble", sa.String(length=20), nullable=False),
        sa.Column("operation", sa.String(length=10), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(length=12), nullable=True),
        sa.Column("note_sealed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["closed_by"], ["people.id"], name="fk_provider_alerts_closed_by"),
        sa.PrimaryKeyConstraint("id", name="pk_provider_alerts"),
    )
    op.create_index(
        "uq_provider_alerts_open",
        "provider_alerts",
        ["provider", "trouble"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "provider_calls",
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("worked_at", sa.BigInteger(), nullable=True),
        sa.Column("failed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("provider", name="pk_provider_calls"),
    )


def create_switches() -> None:
    op.create_table(
        "provider_switches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("note_en", sa.Text(), nullable=True),
        sa.Column("note_sw", sa.Text(), nullable=True),
        sa.Column("person", sa.String(length=12), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_provider_switches_person"),
        sa.PrimaryKeyConstraint("id", name="pk_provider_switches"),
    )
    op.create_index("ix_provider_switches_provider_id", "provider_switches", ["provider", "id"])
