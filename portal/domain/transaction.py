"""The customer's transactions: what an event did to money, in rows people can read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.domain import events as e
from portal.domain.credit_events import CreditApplied, CreditTakenBack
from portal.domain.deposit_events import DepositDeducted
from portal.domain.ledger import suspended
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.refund_events import PaymentReversed, RefundReturned, RefundSucceeded

RETURNED = "returned"
"""The kind of a REFUND that takes one back which came to nothing, and of a TRANSFER that takes a tenant's credit out of
its bill again: what went is all others less these."""
IN_SUSPENSE = "suspense"
"""The kind of a CHARGE of another amount than was asked for, and of the REFUND by which that money is given back."""


class TransactionType(StrEnum):
    """The customer's four."""

    CHARGE = "CHARGE"
    REFUND = "REFUND"
    TRANSFER = "TRANSFER"
    FEE = "FEE"


class TransactionStatus(StrEnum):
    """The customer's three."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One movement. `seq` and `line` say which event made it; `kind` tells the fees apart."""

    payment: str
    seq: int
    line: int
    type: TransactionType
    kind: str
    amount: Money
    status: TransactionStatus
    created_at: datetime


def transactions_of(event: e.Event, payment: Payment, at: datetime) -> list[Transaction]:
    """The rows that `event`, which led to `payment`, adds: a CHARGE of what was received, a FEE per kind of fee, a
    REFUND of what went back, and one that takes it back where it came to nothing, a TRANSFER of a tenant's credit to
    the bill that it pays, and one that takes it back, or one of what a landlord may keep of a deposit.
    """
    match event:
        case e.PaymentCompleted() | e.LateSuccessReceived():
            lines = [(TransactionType.CHARGE, "gross", event.received), *_fees(payment)]
        case e.AmountMismatch() if waiting := suspended(event, payment):
            lines = [(TransactionType.CHARGE, IN_SUSPENSE, waiting)]
        case e.PaymentFailed() if payment.given_back and payment.in_question:
            lines = [(TransactionType.REFUND, IN_SUSPENSE, payment.in_question)]
        case RefundSucceeded():
            lines = [(TransactionType.REFUND, "refund", payment.refunds.named(event.refund).amount)]
        case CreditApplied():
            lines = [(TransactionType.TRANSFER, "credit", event.amount)]
        case CreditTakenBack():
            lines = [(TransactionType.TRANSFER, RETURNED, event.amount)]
        case PaymentReversed():
            lines = [(TransactionType.REFUND, "reversal", event.amount)]
        case RefundReturned():
            lines = [(TransactionType.REFUND, RETURNED, payment.refunds.named(event.refund).amount)]
        case DepositDeducted():
            lines = [(TransactionType.TRANSFER, "deduction", event.amount)]
        case _:
            lines = []
    return [
        Transaction(
            payment=payment.reference,
            seq=payment.version,
            line=line,
            type=type_,
            kind=kind,
            amount=amount,
            status=TransactionStatus.SUCCESS,
            created_at=at,
        )
        for line, (type_, kind, amount) in enumerate(lines)
    ]


def _fees(payment: Payment) -> list[tuple[TransactionType, str, Money]]:
    fees = {
        "platform": payment.fees.platform,
        "processing": payment.fees.processing,
        "provider": payment.fees.provider,
    }
    return [(TransactionType.FEE, kind, fee) for kind, fee in fees.items() if fee]
