"""The disputes of all payments, found by whether they are open: a fold of the events beside the payment's own row."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, Column, Index, String, Table, func, insert, select, update

from portal.domain.dispute import Dispute
from portal.domain.payment import Payment
from portal.store.tables import metadata
from portal.store.types import Instant, Tx

disputes = Table(
    "disputes",
    metadata,
    Column("payment", String(12), primary_key=True),
    # The provider's name for it.
    Column("id", String(128), primary_key=True),
    Column("payee", String(12), nullable=False),
    Column("amount", BigInteger),
    Column("currency", String(3)),
    # What the provider keeps for it, in its own currency.
    Column("fee", BigInteger),
    Column("fee_currency", String(3)),
    Column("due_by", Instant),
    Column("verdict", String(4)),
    Column("opened_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index("ix_disputes_verdict_due_by", "verdict", "due_by"),
)


def rows_of(payment: Payment) -> list[dict[str, Any]]:
    """The columns of a payment's disputes."""
    return [_row(payment, one) for one in payment.disputes.every]


def write(tx: Tx, before: Payment | None, payment: Payment) -> None:
    """The rows of those that have changed."""
    for one in payment.disputes.every:
        known = before.disputes.find(one.id) if before else None
        if known is None:
            tx.execute(insert(disputes).values(_row(payment, one)))
        elif one != known:
            its_own = (disputes.c.payment == payment.reference, disputes.c.id == one.id)
            tx.execute(update(disputes).where(*its_own).values(_row(payment, one)))


def open_ones(tx: Tx, most: int = 100) -> list[tuple[str, str]]:
    """(payment, id) of those that nobody has decided, the most urgent first."""
    columns = disputes.c
    question = select(columns.payment, columns.id).where(columns.verdict.is_(None))
    rows = tx.execute(question.order_by(columns.due_by, columns.opened_at, columns.id).limit(most))
    return [(row.payment, row.id) for row in rows]


def open_of(tx: Tx, payments: Collection[str]) -> set[str]:
    """Those of the payments whose bank asks money back, and has not decided.

    Few are open at any time, and a statement takes only so many names.
    """
    question = select(disputes.c.payment).where(disputes.c.verdict.is_(None))
    return {*tx.execute(question).scalars()} & {*payments}


def count_open(tx: Tx) -> int:
    question = select(func.count()).select_from(disputes).where(disputes.c.verdict.is_(None))
    return int(tx.execute(question).scalar_one())


def _row(payment: Payment, dispute: Dispute) -> dict[str, Any]:
    return {
        "payment": payment.reference,
        "id": dispute.id,
        "payee": payment.payee,
        "amount": dispute.amount.minor if dispute.amount else None,
        "currency": dispute.amount.currency if dispute.amount else None,
        "fee": None if dispute.fee is None else dispute.fee.minor,
        "fee_currency": None if dispute.fee is None else dispute.fee.currency,
        "due_by": dispute.due_by,
        "verdict": dispute.verdict,
        "opened_at": dispute.opened_at,
        "ended_at": dispute.ended_at,
    }
