"""Payments that wait for a card page or for a bank transfer: no phone, an account of ours, a page of the provider's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IN_FLIGHT = (
    "state IN ('SUBMITTING', 'AWAITING_PAYER', 'AWAITING_CARD', 'AWAITING_BANK', 'PROCESSING', 'UNCERTAIN')"
    " AND NOT late"
)


def upgrade() -> None:
    op.drop_index("uq_payments_bill_in_flight", "payments")
    with op.batch_alter_table("payments") as payments:
        payments.add_column(sa.Column("page", sa.Text(), nullable=True))
        payments.add_column(sa.Column("account", sa.String(length=20), nullable=True))
        payments.alter_column("request_id", type_=sa.String(length=128), existing_nullable=True)
        payments.alter_column("provider_reference", type_=sa.String(length=128), existing_nullable=True)
    with op.batch_alter_table("transactions") as transactions:
        transactions.alter_column("provider_request_id", type_=sa.String(length=128), existing_nullable=True)
    with op.batch_alter_table("payment_contacts") as contacts:
        contacts.alter_column("phone_sealed", existing_type=sa.Text(), nullable=True)
        contacts.alter_column("phone_index", existing_type=sa.String(length=64), nullable=True)
        contacts.alter_column("phone_masked", existing_type=sa.String(length=16), nullable=True)
    op.add_column("drafts", sa.Column("account", sa.String(length=20), nullable=True))
    op.create_index(
        "uq_payments_bill_in_flight",
        "payments",
        ["bill"],
        unique=True,
        sqlite_where=sa.text(IN_FLIGHT),
        postgresql_where=sa.text(IN_FLIGHT),
    )
