"""A payment may pay several bills of a lease, and a lease may take parts from the rent of a month on.

Revision: 0013
Why: a payment's row holds all that it is for, and a table beside it is asked by the bill. The rule of one attempt in
flight per bill stands there from now on, so that two baskets cannot hold one bill at once.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

IN_FLIGHT = (
    "state IN ('SUBMITTING', 'AWAITING_PAYER', 'AWAITING_CARD', 'AWAITING_BANK', 'PROCESSING', 'UNCERTAIN')"
    " AND NOT late"
)
PAYMENTS = sa.table(
    "payments",
    *map(sa.column, ("reference", "bill", "type", "period", "amount", "excess", "currency", "allocations")),
)
PAYMENT_BILLS = sa.table(
    "payment_bills", *map(sa.column, ("payment", "bill", "amount", "excess", "in_flight"))
)
DRAFTS = sa.table("drafts", *map(sa.column, ("bill", "amount", "amounts")))


def upgrade() -> None:
    let_leases_take_parts_by_the_rent()
    put_every_payment_beside_its_bill()
    keep_allocations_in_the_row()
    let_drafts_hold_several_bills()


def let_leases_take_parts_by_the_rent() -> None:
    # Not by a batch: SQLite makes a table anew for it, and bills lean on this one.
    op.execute(
        "ALTER TABLE leases ADD COLUMN rent BIGINT "
        "CONSTRAINT ck_leases_rent CHECK (part_policy <> 'RENT_OR_MORE' OR rent IS NOT NULL)"
    )


def put_every_payment_beside_its_bill() -> None:
    op.create_table(
        "payment_bills",
        sa.Column("payment", sa.String(length=12), nullable=False),
        sa.Column("bill", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("excess", sa.BigInteger(), nullable=True),
        sa.Column("in_flight", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_bills_amount")),
        sa.CheckConstraint("excess > 0 AND excess <= amount", name=op.f("ck_payment_bills_excess")),
        sa.PrimaryKeyConstraint("payment", "bill", name=op.f("pk_payment_bills")),
    )
    told = PAYMENTS.c
    every_one = sa.select(told.reference, told.bill, told.amount, told.excess, sa.literal_column(IN_FLIGHT))
    op.execute(PAYMENT_BILLS.insert().from_select([*PAYMENT_BILLS.c.keys()], every_one))
    op.create_index("ix_payment_bills_bill", "payment_bills", ["bill"])
    op.create_index(
        "uq_payment_bills_bill_in_flight",
        "payment_bills",
        ["bill"],
        unique=True,
        sqlite_where=sa.text("in_flight"),
        postgresql_where=sa.text("in_flight"),
    )


def keep_allocations_in_the_row() -> None:
    columns = PAYMENTS.c
    told = {name: columns[name] for name in ("bill", "type", "period")}
    sums = {name: money(columns[name]) for name in ("amount", "excess")}
    for index in ("uq_payments_bill_in_flight", "ix_payments_bill_created_at"):
        op.drop_index(index, "payments")
    op.add_column("payments", sa.Column("allocations", sa.JSON(), nullable=True))
    op.execute(PAYMENTS.update().values(allocations=json_function("array")(json_object(told | sums))))
    with op.batch_alter_table("payments") as payments:
        payments.alter_column("allocations", existing_type=sa.JSON(), nullable=False)
        for column in ("bill", "type", "period"):
            payments.drop_column(column)


def let_drafts_hold_several_bills() -> None:
    op.add_column("drafts", sa.Column("amounts", sa.JSON(), nullable=True))
    op.execute(DRAFTS.update().values(amounts=json_function("object")(DRAFTS.c.bill, DRAFTS.c.amount)))
    with op.batch_alter_table("drafts") as drafts:
        drafts.alter_column("amounts", existing_type=sa.JSON(), nullable=False)
        drafts.drop_constraint("fk_drafts_bill", type_="foreignkey")
        drafts.drop_column("bill")
        drafts.drop_column("amount")


def money(amount: Any) -> Any:
    """An amount as the events write it, and null where there is none."""
    written = json_object({"minor": amount, "currency": PAYMENTS.c.currency})
    found = sa.case((amount.is_not(None), written))
    # SQLite takes the JSON that comes out of a CASE for plain text, until it is told.
    return sa.func.json(found) if op.get_bind().dialect.name == "sqlite" else found


def json_object(fields: dict[str, Any]) -> Any:
    pairs = ((sa.literal_column(f"'{name}'"), value) for name, value in fields.items())
    return json_function("object")(*(each for pair in pairs for each in pair))


def json_function(kind: str) -> Any:
    name = f"json_{kind}" if op.get_bind().dialect.name == "sqlite" else f"json_build_{kind}"
    return getattr(sa.func, name)
