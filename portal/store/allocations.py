"""Which payments pay which bill: a fold of the events beside the payment's own row, asked by the bill.

Here the database itself keeps the rule that no bill has two attempts in flight, in whatever company it is paid.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Select,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)

from portal.domain.payment import Payment
from portal.domain.payment_state import IN_FLIGHT
from portal.store.tables import metadata, payments
from portal.store.types import Tx

payment_bills = Table(
    "payment_bills",
    metadata,
    Column("payment", String(12), primary_key=True),
    Column("bill", String(12), primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("excess", BigInteger),
    Column("in_flight", Boolean, nullable=False),
    # Two attempts in flight for one bill cannot both stand, whoever asks and however they race. One that was called off
    # and is in question again may stand beside the attempt that was begun meanwhile: what came of it must be kept.
    Index(
        "uq_payment_bills_bill_in_flight",
        "bill",
        unique=True,
        sqlite_where=text("in_flight"),
        postgresql_where=text("in_flight"),
    ),
    Index("ix_payment_bills_bill", "bill"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("excess > 0 AND excess <= amount", name="excess"),
)


def rows_of(payment: Payment) -> list[dict[str, Any]]:
    """The columns of a payment's allocations."""
    bars_others = payment.state in IN_FLIGHT and not payment.late
    return [
        {
            "payment": payment.reference,
            "bill": each.bill,
            "amount": each.amount.minor,
            "excess": each.excess.minor if each.excess else None,
            "in_flight": bars_others,
        }
        for each in payment.allocations
    ]


def write(tx: Tx, before: Payment | None, payment: Payment) -> None:
    """The rows of a payment after its newest event, in one statement; none where they stand so already."""
    rows = rows_of(payment)
    if before is None:
        tx.execute(insert(payment_bills), rows)
    elif rows != rows_of(before):
        tx.execute(_CHANGED, [{f"its_{name}": row[name] for name in _CHANGING} for row in rows])


def with_a_bill(bills: Collection[str]) -> Select[tuple[str]]:
    """The references of all payments that pay one of these bills."""
    return select(payment_bills.c.payment).where(payment_bills.c.bill.in_(bills))


def credited(tx: Tx, bills: Collection[str], until: Payment) -> dict[str, int]:
    """What these bills had been credited with, in minor units, right after a payment was completed."""
    columns = payment_bills.c
    question = (
        select(columns.bill, func.sum(columns.amount - func.coalesce(columns.excess, 0)))
        .join(payments, payments.c.reference == columns.payment)
        .where(columns.bill.in_(bills), payments.c.completed_at <= until.completed_at)
        .group_by(columns.bill)
    )
    return {bill: int(minor) for bill, minor in tx.execute(question)}


_CHANGING = ("payment", "bill", "excess", "in_flight")
_CHANGED = (
    update(payment_bills)
    .where(payment_bills.c.payment == bindparam("its_payment"), payment_bills.c.bill == bindparam("its_bill"))
    .values(excess=bindparam("its_excess"), in_flight=bindparam("its_in_flight"))
)
