"""What a credit has paid can be taken out of its bill again.

Revision: 0025
Why: no bill stays paid with money that went back. Whose bill it was is debited then, so every use says who got it.
"""

from __future__ import annotations

import json
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

USES = "credit_uses"


def upgrade() -> None:
    op.rename_table(USES, "uses_before")
    op.drop_index("ix_credit_uses_bill", "uses_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE uses_before RENAME CONSTRAINT pk_credit_uses TO pk_uses_before")
    op.create_table(
        USES,
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("bill", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_credit_uses_amount")),
        sa.PrimaryKeyConstraint("payment", "number", name=op.f("pk_credit_uses")),
    )
    op.execute("INSERT INTO credit_uses SELECT payment, number, bill, amount, currency, at FROM uses_before")
    op.drop_table("uses_before")
    op.create_index("ix_credit_uses_bill", USES, ["bill"])
    tell_who_got_it()


def tell_who_got_it() -> None:
    """In the payment's row, as the events tell it."""
    payments = sa.table("payments", sa.column("reference", sa.String), sa.column(USES, sa.JSON))
    payees, connection = _payees(), op.get_bind()
    for reference, its_own in payees.items():
        question = sa.select(payments.c.credit_uses).where(payments.c.reference == reference)
        uses = zip(connection.execute(question).scalar_one(), its_own, strict=True)
        told = [use | {"payee": payee, "refund": None} for use, payee in uses]
        update = sa.update(payments).where(payments.c.reference == reference)
        connection.execute(update.values(credit_uses=told))


def _payees() -> dict[str, list[str]]:
    events = sa.table(
        "payment_events",
        sa.column("payment", sa.String),
        sa.column("seq", sa.Integer),
        sa.column("type", sa.String),
        sa.column("data", sa.Text),
    )
    question = sa.select(events.c.payment, events.c.data).where(events.c.type == "CREDIT_APPLIED")
    found: dict[str, list[str]] = defaultdict(list)
    for row in op.get_bind().execute(question.order_by(events.c.payment, events.c.seq)):
        found[row.payment].append(json.loads(row.data)["payee"])
    return found
