"""The event store of payments and its read row: `append` writes events and every projection in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping, insert, select, update

from portal.domain.allocation import Allocation
from portal.domain.credit_use import CreditUse
from portal.domain.dispute import Dispute, Disputes
from portal.domain.events import EVENT_BY_NAME, Event
from portal.domain.exchange import Exchange
from portal.domain.fees import Fees
from portal.domain.fold import apply
from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, Money
from portal.domain.outcome import Reason
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.receipt import ReceiptNumber
from portal.domain.receipt_code import CodeFound
from portal.domain.refund import Refund
from portal.domain.refund_part import RefundPart
from portal.domain.refunds import Refunds
from portal.store import allocations, codec, disputes, refunds, tenant_credits
from portal.store.event_log import EventLog
from portal.store.projections import project
from portal.store.tables import payment_events, payments
from portal.store.types import Tx
from portal.store.writer import VersionConflict

LOG = EventLog(payment_events, "payment")


def append(
    tx: Tx, before: Payment | None, events: Sequence[Event], at: datetime, *, reference: str
) -> Payment:
    """Write `events` after version `before.version` with all their projections.

    Raises VersionConflict when the stream has moved on since `before` was read.
    """
    payment = before
    chain = LOG.tip(tx, reference, before.version if before else 0)
    for event in events:
        was, payment = payment, apply(payment, event, at, reference=reference)
        chain = LOG.write(tx, LOG.row(reference, payment.version, event, at, chain))
        project(tx, event, was, payment, at)
    if payment is None:
        raise ValueError("a stream begins with an event")
    if events:
        _write_row(tx, before, payment)
        allocations.write(tx, before, payment)
        refunds.write(tx, before, payment)
        tenant_credits.write(tx, before, payment)
        disputes.write(tx, before, payment)
    return payment


def load(tx: Tx, reference: str, *, lock: bool = False) -> Payment | None:
    """The payment's read row; `lock` holds it until the end of the transaction (PostgreSQL)."""
    question = select(payments).where(payments.c.reference == reference)
    row = tx.execute(question.with_for_update() if lock else question).mappings().first()
    return payment_of(row) if row else None


def several(tx: Tx, references: Iterable[str], *, lock: bool = False) -> dict[str, Payment]:
    """Those of the references that are payments; taken in one order, nobody waits in a ring for locks."""
    columns = payments.c
    question = select(payments).where(columns.reference.in_(list(references))).order_by(columns.reference)
    rows = tx.execute(question.with_for_update() if lock else question).mappings()
    return {row["reference"]: payment_of(row) for row in rows}


def history(tx: Tx, reference: str) -> list[tuple[Event, datetime]]:
    """Every event of a payment in order."""
    columns = payment_events.c
    question = (
        select(columns.type, columns.version, columns.data, columns.at)
        .where(columns.payment == reference)
        .order_by(columns.seq)
    )
    rows = tx.execute(question)
    return [(codec.decoded(row.type, row.version, row.data, EVENT_BY_NAME), row.at) for row in rows]


def _write_row(tx: Tx, before: Payment | None, payment: Payment) -> None:
    row = row_of(payment)
    if before is None:
        tx.execute(insert(payments).values(**row))
        return
    written = tx.execute(
        update(payments)
        .where(payments.c.reference == payment.reference, payments.c.version == before.version)
        .values(**row)
    )
    if written.rowcount != 1:
        raise VersionConflict(payment.reference)


_PLAIN = (
    "reference",
    "version",
    "state",
    "status",
    "reason",
    "code",
    "lease",
    "payer",
    "payee",
    "fee_rule",
    "method",
    "provider",
    "created_at",
    "updated_at",
    "expires_at",
    "account",
    "by_link",
    "by_saved_card",
    "by_menu",
    "request_id",
    "provider_reference",
    "page",
    "receipt_code",
    "second_receipt_code",
    "provider_paid_at",
    "completed_at",
    "late",
    "cancel_wanted",
    "claimed_paid",
    "claimed_code",
    "claim_found",
    "receipt_check",
    "receipt_sha256",
    "receipt_version",
)


def row_of(payment: Payment) -> dict[str, Any]:
    """The columns of a payment."""
    return {name: getattr(payment, name) for name in _PLAIN} | {
        "allocations": list(msgspec.to_builtins(payment.allocations)),
        "exchange": msgspec.to_builtins(payment.exchange),
        "currency": payment.amount.currency,
        "amount": payment.amount.minor,
        "platform_fee": payment.fees.platform.minor,
        "processing_fee": payment.fees.processing.minor,
        "provider_fee": payment.fees.provider.minor,
        "received": None if payment.received is None else payment.received.minor,
        "received_currency": None if payment.received is None else payment.received.currency,
        "provider_cost": None if payment.provider_cost is None else payment.provider_cost.minor,
        "excess": payment.excess_waiting.minor if payment.excess_waiting else None,
        "receipt_landlord": payment.receipt.landlord_code if payment.receipt else None,
        "receipt_year": payment.receipt.year if payment.receipt else None,
        "receipt_serial": payment.receipt.serial if payment.receipt else None,
        "refunds": codec.as_json(payment.refunds.every),
        "disputes": codec.as_json(payment.disputes.every),
        "moved": codec.as_json(payment.moved),
        "credit_uses": codec.as_json(payment.credit_uses),
        "reserved": payment.reserved.minor,
    }


def payment_of(row: RowMapping) -> Payment:
    """The payment of a full row."""
    currency = Currency(row["currency"])

    def due(name: str) -> Money:
        return Money(row[name], currency)

    plain = {name: row[name] for name in _PLAIN if name != "status"}
    return Payment(
        **plain
        | {
            "state": State(row["state"]),
            "reason": Reason(row["reason"]) if row["reason"] else None,
            "claim_found": CodeFound(row["claim_found"]) if row["claim_found"] else None,
            "allocations": msgspec.convert(row["allocations"], type=tuple[Allocation, ...]),
            "exchange": msgspec.convert(row["exchange"], type=Exchange | None),
            "method": PaymentMethod(row["method"]),
            "amount": due("amount"),
            "fees": Fees(due("platform_fee"), due("processing_fee"), due("provider_fee")),
            "received": _received(row),
            "provider_cost": None if row["provider_cost"] is None else due("provider_cost"),
            "receipt": _receipt_of(row),
            "refunds": Refunds(msgspec.convert(row["refunds"], type=tuple[Refund, ...])),
            "disputes": Disputes(msgspec.convert(row["disputes"], type=tuple[Dispute, ...])),
            "moved": msgspec.convert(row["moved"], type=tuple[RefundPart, ...]),
            "credit_uses": msgspec.convert(row["credit_uses"], type=tuple[CreditUse, ...]),
        }
    )


def _received(row: RowMapping) -> Money | None:
    """Not always in the currency that was asked for."""
    return None if row["received"] is None else Money(row["received"], Currency(row["received_currency"]))


def _receipt_of(row: RowMapping) -> ReceiptNumber | None:
    if row["receipt_serial"] is None:
        return None
    return ReceiptNumber(row["receipt_landlord"], row["receipt_year"], row["receipt_serial"])
