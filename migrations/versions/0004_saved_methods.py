"""Saved ways to pay: phones, cards and bank accounts, and the phones that are not proved yet.

Revision: 0005
Why: the database itself keeps that one of a person's is the default, and that nothing is saved twice.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_payment_methods()
    create_unverified_phones()
    for table in ("drafts", "payment_contacts"):
        op.add_column(table, sa.Column("saved", sa.String(length=12), nullable=True))
        op.add_column(table, sa.Column("save_consent", sa.String(length=40), nullable=True))


def create_payment_methods() -> None:
    op.create_table(
        "payment_methods",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("person", sa.String(length=12), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("masked", sa.String(length=60), nullable=False),
        sa.Column("held_sealed", sa.Text(), nullable=True),
        sa.Column("held_index", sa.String(length=64), nullable=True),
        sa.Column("provider", sa.String(length=20), nullable=True),
        sa.Column("token_sealed", sa.Text(), nullable=True),
        sa.Column("token_index", sa.String(length=64), nullable=True),
        sa.Column("brand", sa.String(length=20), nullable=True),
        sa.Column("last4", sa.String(length=4), nullable=True),
        sa.Column("expiry_month", sa.Integer(), nullable=True),
        sa.Column("expiry_year", sa.Integer(), nullable=True),
        sa.Column("nickname_sealed", sa.Text(), nullable=True),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("consent_version", sa.String(length=40), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.Column("consented_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("NOT is_default OR deleted_at IS NULL", name=op.f("ck_payment_methods_default")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_payment_methods_person"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_methods"),
    )
    for column in ("person", "held_index", "token_index"):
        op.create_index(f"ix_payment_methods_{column}", "payment_methods", [column])
    op.create_index(
        "uq_payment_methods_person_held_index", "payment_methods", ["person", "held_index"], unique=True
    )
    op.create_index(
        "uq_payment_methods_person_default",
        "payment_methods",
        ["person"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )


def create_unverified_phones() -> None:
    op.create_table(
        "unverified_phones",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("person", sa.String(length=12), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("phone_sealed", sa.Text(), nullable=False),
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("nickname_sealed", sa.Text(), nullable=True),
        sa.Column("consent_version", sa.String(length=40), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_unverified_phones_person"),
        sa.PrimaryKeyConstraint("id", name="pk_unverified_phones"),
        sa.UniqueConstraint("person", "phone_index", name="uq_unverified_phones_person_phone_index"),
    )
