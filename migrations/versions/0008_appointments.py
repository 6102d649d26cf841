"""When a tenant wants to be asked for unpaid rent, or told of it.

Revision: 0010
Why: the database itself keeps that everybody has one appointment at most, on a day that every month has.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_appointments",
        sa.Column("person", sa.String(length=12), nullable=False),
        sa.Column("method", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("pushes", sa.Boolean(), nullable=False),
        sa.Column("consent_version", sa.String(length=40), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.Column("consented_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "day BETWEEN 1 AND 28 AND hour BETWEEN 7 AND 20", name=op.f("ck_payment_appointments_time")
        ),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_payment_appointments_person"),
        sa.ForeignKeyConstraint(["method"], ["payment_methods.id"], name="fk_payment_appointments_method"),
        sa.PrimaryKeyConstraint("person", name="pk_payment_appointments"),
    )
