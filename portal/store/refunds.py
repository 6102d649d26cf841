"""The refunds of all payments, found by reference and state: a fold of the events beside the payment's own row."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Select,
    String,
    Table,
    case,
    func,
    insert,
    select,
    text,
    update,
)

from portal.domain.payment import Payment
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_outcome import Cause, RefundRoute
from portal.domain.refund_terms import TERMS
from portal.store import codec
from portal.store.tables import metadata
from portal.store.types import Instant, Tx

refunds = Table(
    "refunds",
    metadata,
    Column("reference", String(12), primary_key=True),
    Column("payment", String(12), nullable=False, index=True),
    Column("provider", String(20), nullable=False),
    Column("payee", String(12), nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", String(24), nullable=False),
    Column("cause", String(10), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("parts", JSON, nullable=False),
    Column("route", String(10)),
    Column("approvals", Integer, nullable=False),
    Column("request_id", String(128)),
    # One transfer of the bank's ends one refund.
    Column("bank_reference", String(40), unique=True),
    # Nobody has ended it, or somebody of the office has to see to it though it is over.
    Column("waits", Boolean, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("approved_at", Instant),
    Column("ended_at", Instant),
    CheckConstraint("amount > 0", name="amount"),
    Index("ix_refunds_state_requested_at", "state", "requested_at"),
    Index("ix_refunds_waits_requested_at", "waits", "requested_at"),
    Index("ix_refunds_payee_ended_at", "payee", "ended_at", "reference"),
    Index("ix_refunds_cause_requested_at", "cause", "requested_at"),
    # One refund at the provider is one here, whichever channel told us of it.
    Index(
        "uq_refunds_provider_request_id",
        "provider",
        "request_id",
        unique=True,
        sqlite_where=text("request_id IS NOT NULL"),
        postgresql_where=text("request_id IS NOT NULL"),
    ),
)


def rows_of(payment: Payment) -> list[dict[str, Any]]:
    """The columns of a payment's refunds."""
    return [_row(payment, one) for one in payment.refunds]


def write(tx: Tx, before: Payment | None, payment: Payment) -> None:
    """The rows of those that have changed."""
    known = {one.reference: one for one in before.refunds} if before else {}
    for one in payment.refunds:
        if one.reference not in known:
            tx.execute(insert(refunds).values(_row(payment, one)))
        elif one != known[one.reference]:
            its_own = refunds.c.reference == one.reference
            tx.execute(update(refunds).where(its_own).values(_row(payment, one)))


def payment_of(tx: Tx, refund: str, provider: str | None = None) -> str | None:
    """The payment whose money a refund sends back, if it came through that provider."""
    columns = refunds.c
    question = select(columns.payment).where(columns.reference == refund)
    return tx.execute(question if provider is None else question.where(columns.provider == provider)).scalar()


def with_request(tx: Tx, provider: str, request_id: str) -> str | None:
    """The refund that goes by this name of the provider's."""
    columns = refunds.c
    question = select(columns.reference).where(columns.provider == provider, columns.request_id == request_id)
    return tx.execute(question).scalar()


def sent_by_hand_with(tx: Tx, code: str) -> bool:
    """The bank's reference belongs to money that went back already."""
    its_own = refunds.c.bank_reference == code
    return tx.execute(select(refunds.c.reference).where(its_own)).first() is not None


def counted_for_the_office(tx: Tx) -> tuple[int, int]:
    """How many of those there are, and how many of them wait for a second person to agree."""
    columns = refunds.c
    seconds = case(((columns.state == RefundState.REQUESTED) & (columns.approvals > 0), 1), else_=0)
    row = tx.execute(select(func.count(), func.sum(seconds)).where(columns.waits)).one()
    return int(row[0]), int(row[1] or 0)


def gone_by_themselves(tx: Tx, since: datetime) -> int:
    """How many of those that nobody here asked for went since then, and are not here again."""
    columns = refunds.c
    question = select(func.count()).where(
        columns.cause != Cause.OURS, columns.state == RefundState.SUCCEEDED, columns.ended_at >= since
    )
    return int(tx.execute(question).scalar_one())


def times_taken(tx: Tx, provider: str, route: RefundRoute, most: int = 200) -> list[timedelta]:
    """How long the newest of a provider's took on this route, from the approval to the money."""
    columns = refunds.c
    question = select(columns.approved_at, columns.ended_at).where(
        columns.provider == provider,
        columns.route == route,
        columns.state == RefundState.SUCCEEDED,
        columns.cause == Cause.OURS,
    )
    rows = tx.execute(question.order_by(columns.ended_at.desc()).limit(most))
    return [row.ended_at - row.approved_at for row in rows]


def opened_again(tx: Tx, payments: Select[tuple[str]], until: datetime) -> Counter[str]:
    """What bills lost until then by money of these payments that went back and is owed again, in minor units."""
    columns = refunds.c
    owed_again = [reason for reason, terms in TERMS.items() if terms.owed_again]
    question = select(columns.parts).where(
        columns.payment.in_(payments),
        columns.state == RefundState.SUCCEEDED,
        columns.reason.in_(owed_again),
        columns.ended_at <= until,
    )
    lost: Counter[str] = Counter()
    for part in (part for parts in tx.execute(question).scalars() for part in parts):
        if part["uncredited"]:
            lost[part["bill"]] += part["uncredited"]["minor"]
    return lost


def _row(payment: Payment, refund: Refund) -> dict[str, Any]:
    return {
        "reference": refund.reference,
        "payment": payment.reference,
        "provider": payment.provider,
        "payee": payment.payee,
        "state": refund.state,
        "reason": refund.reason,
        "cause": refund.cause,
        "amount": refund.amount.minor,
        "currency": refund.amount.currency,
        "parts": codec.as_json(refund.parts),
        "route": refund.route,
        "approvals": len(refund.approved_by),
        "request_id": refund.request_id,
        "bank_reference": refund.bank_reference,
        "waits": refund.is_open or refund.waits_for_office,
        "requested_at": refund.requested_at,
        "approved_at": refund.approved_at,
        "ended_at": refund.ended_at,
    }
