"""The read tables that follow from an event besides the payment's own row: transactions, ledger, the bill.

`Rows` is the pure part, so that replay can fold the same events without a database and compare.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update

from portal.domain import events as e
from portal.domain.credit_events import CreditApplied, CreditTakenBack
from portal.domain.ledger import Entry, entries_of
from portal.domain.payment import Payment
from portal.domain.refund_events import (
    PaymentReversed,
    RefundReturned,
    RefundSucceeded,
    ReversalCovered,
)
from portal.domain.refund_part import RefundPart
from portal.domain.refund_terms import TERMS
from portal.domain.transaction import Transaction, TransactionType, transactions_of
from portal.store import leases
from portal.store.tables import bills, ledger_entries, transactions
from portal.store.types import Tx


@dataclass(frozen=True, slots=True)
class Rows:
    """What one event adds: transaction rows, ledger rows, and minor units credited to each bill, or released of it."""

    transactions: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    bill_credits: dict[str, int]
    bill_releases: dict[str, int]


def rows_of(event: e.Event, payment: Payment, at: datetime) -> Rows:
    """The rows that follow from `event`, which led to `payment`."""
    return Rows(
        transactions=[transaction_row(t, payment) for t in transactions_of(event, payment, at)],
        entries=[entry_row(entry) for entry in entries_of(event, payment, at)],
        bill_credits=_bill_credits(event, payment),
        bill_releases=_bill_releases(event, payment),
    )


def project(tx: Tx, event: e.Event, before: Payment | None, payment: Payment, at: datetime) -> None:
    rows = rows_of(event, payment, at)
    if rows.transactions:
        tx.execute(insert(transactions), rows.transactions)
    if rows.entries:
        tx.execute(insert(ledger_entries), rows.entries)
    if rows.bill_credits:
        tx.execute(_CREDITED, [{"bill": bill, "more": more} for bill, more in rows.bill_credits.items()])
    if rows.bill_releases:
        tx.execute(_RELEASED, [{"bill": bill, "more": more} for bill, more in rows.bill_releases.items()])
    if before is not None and learned_code(before, payment):
        tx.execute(_code_learned(payment))


def hold_what_loses(tx: Tx, payment: Payment, events: Iterable[e.Event]) -> None:
    """Where money goes back, or is here again: all bills that may change by it, at once and in the order in which every
    other writer takes them. One event after the other would take them in its own.
    """
    if any(isinstance(event, (*_GOES_BACK, CreditTakenBack)) for event in events):
        leases.hold_bills(tx, {*payment.bills, *(use.bill for use in payment.credit_uses)})


def learned_code(before: Payment, payment: Payment) -> bool:
    """A later event told the operator's receipt code (or the request id) of money that is already booked."""
    booked = before.received is not None
    known = (before.receipt_code, before.request_id) == (payment.receipt_code, payment.request_id)
    return booked and not known


def transaction_row(transaction: Transaction, payment: Payment) -> dict[str, Any]:
    charge = transaction.type is TransactionType.CHARGE
    return {
        "payment": transaction.payment,
        "seq": transaction.seq,
        "line": transaction.line,
        "type": transaction.type,
        "kind": transaction.kind,
        "amount": transaction.amount.minor,
        "currency": transaction.amount.currency,
        "status": transaction.status,
        "created_at": transaction.created_at,
        "provider": payment.provider if charge else None,
        "provider_request_id": payment.request_id if charge else None,
        "provider_transaction_id": payment.receipt_code if charge else None,
    }


def entry_row(entry: Entry) -> dict[str, Any]:
    return {
        "stream": entry.stream,
        "seq": entry.seq,
        "line": entry.line,
        "account": entry.account,
        "amount": entry.amount.minor,
        "currency": entry.amount.currency,
        "at": entry.at,
    }


def _bill_credits(event: e.Event, payment: Payment) -> dict[str, int]:
    match event:
        case e.PaymentCompleted() | e.LateSuccessReceived():
            return {each.bill: each.amount.minor for each in payment.allocations}
        case e.DuplicateSuccess():
            return {payment.allocation_of(event.bill).bill: -event.uncredited.minor}
        case CreditApplied():
            return {event.bill: event.amount.minor}
        case CreditTakenBack():
            return {event.bill: -event.amount.minor}
        case RefundSucceeded() | PaymentReversed() | ReversalCovered():
            return {bill: -back for bill, back in _taken(event, payment).items()}
        case RefundReturned():
            return _taken(event, payment)
        case _:
            return {}


def _bill_releases(event: e.Event, payment: Payment) -> dict[str, int]:
    if not isinstance(event, _GOES_BACK):
        return {}
    if TERMS[payment.refunds.named(event.refund).reason].owed_again:
        return {}
    taken = _taken(event, payment)
    back = isinstance(event, RefundReturned)
    return {bill: -amount for bill, amount in taken.items()} if back else taken


def _taken(event: _GoesBack, payment: Payment) -> dict[str, int]:
    """What each bill loses, or gets again, in its own currency; money that came beyond it touches none."""
    whole = payment.refunds.named(event.refund).parts
    parts: tuple[RefundPart, ...] = event.parts if isinstance(event, ReversalCovered) else whole
    return {part.bill: part.uncredited.minor for part in parts if part.bill and part.uncredited}


_GoesBack = RefundSucceeded | PaymentReversed | ReversalCovered | RefundReturned
_GOES_BACK: tuple[type[_GoesBack], ...] = _GoesBack.__args__

_CREDITED = (
    update(bills).where(bills.c.reference == bindparam("bill")).values(paid=bills.c.paid + bindparam("more"))
)

_RELEASED = (
    update(bills)
    .where(bills.c.reference == bindparam("bill"))
    .values(released=bills.c.released + bindparam("more"))
)


def _code_learned(payment: Payment) -> Any:
    return (
        update(transactions)
        .where(transactions.c.payment == payment.reference, transactions.c.type == TransactionType.CHARGE)
        .values(provider_transaction_id=payment.receipt_code, provider_request_id=payment.request_id)
    )
