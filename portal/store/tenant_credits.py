"""What tenants keep with us for the next bills of a lease, and which bills have used it: a fold of the events."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from portal.domain.credit_use import kept_parts
from portal.domain.money import Currency, Money
from portal.domain.payment import Payment
from portal.store.tables import bills, leases, metadata
from portal.store.types import Instant, Tx

tenant_credits = Table(
    "tenant_credits",
    metadata,
    # The one that brought the money.
    Column("payment", String(12), primary_key=True),
    Column("lease", String(12), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("unused", BigInteger, nullable=False),
    CheckConstraint("unused >= 0", name="unused"),
    Index(
        "ix_tenant_credits_lease",
        "lease",
        sqlite_where=text("unused > 0"),
        postgresql_where=text("unused > 0"),
    ),
)

credit_uses = Table(
    "credit_uses",
    metadata,
    Column("payment", String(12), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("bill", String(12), nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("at", Instant, nullable=False),
    # Below zero it was taken out of its bill again.
    CheckConstraint("amount <> 0", name="amount"),
)


def rows_of(payment: Payment) -> list[dict[str, Any]]:
    """At most one: of a payment of which nothing was ever kept there is none."""
    if not kept_parts(payment.moved):
        return []
    left = payment.credit_left
    return [
        {
            "payment": payment.reference,
            "lease": payment.lease,
            "currency": left.currency,
            "unused": left.minor,
        }
    ]


def use_rows_of(payment: Payment) -> list[dict[str, Any]]:
    return [
        {
            "payment": payment.reference,
            "number": number,
            "bill": use.bill,
            "amount": use.amount.minor,
            "currency": use.amount.currency,
            "at": use.at,
        }
        for number, use in enumerate(payment.credit_uses)
    ]


def write(tx: Tx, before: Payment | None, payment: Payment) -> None:
    """The rows that have changed."""
    was, rows = rows_of(before) if before else [], rows_of(payment)
    its_own = tenant_credits.c.payment == payment.reference
    if not was and rows:
        tx.execute(insert(tenant_credits), rows)
    elif was and not rows:
        tx.execute(delete(tenant_credits).where(its_own))
    elif was != rows:
        tx.execute(update(tenant_credits).where(its_own).values(**rows[0]))
    known = len(before.credit_uses) if before else 0
    if new := use_rows_of(payment)[known:]:
        tx.execute(insert(credit_uses), new)


def with_some_left(tx: Tx, lease: str) -> list[str]:
    """The payments whose money is kept for a lease and not used up, the oldest name first."""
    columns = tenant_credits.c
    question = select(columns.payment).where(columns.lease == lease, columns.unused > 0)
    return list(tx.execute(question.order_by(columns.payment)).scalars())


def kept_for(tx: Tx, bill_references: Collection[str]) -> str | None:
    """The lease of these bills, if anything is kept for it."""
    columns = tenant_credits.c
    question = (
        select(columns.lease)
        .join(bills, bills.c.lease == columns.lease)
        .where(bills.c.reference.in_(bill_references), columns.unused > 0)
    )
    return tx.execute(question.limit(1)).scalar()


def left_of(tx: Tx, tenant: str) -> list[tuple[str, Money]]:
    """What a tenant keeps, by the payment that brought it."""
    columns = tenant_credits.c
    question = (
        select(columns.payment, columns.unused, columns.currency)
        .join(leases, leases.c.reference == columns.lease)
        .where(leases.c.tenant == tenant, columns.unused > 0)
        .order_by(columns.payment)
    )
    return [(row.payment, Money(row.unused, Currency(row.currency))) for row in tx.execute(question)]


def used_for(tx: Tx, bill_references: Collection[str], until: datetime | None) -> dict[str, int]:
    """What these bills had been paid out of credits until then, in minor units."""
    columns = credit_uses.c
    question = (
        select(columns.bill, func.sum(columns.amount))
        .where(columns.bill.in_(bill_references), columns.at <= until)
        .group_by(columns.bill)
    )
    return {bill: int(minor) for bill, minor in tx.execute(question)}
