"""The double-entry ledger: what each event posts. Debits are positive, credits negative, every posting sums to zero.

Money that comes by bank goes two steps. The line of the statement posts it from the bank to suspense; a payment that it
pays moves it out of suspense to the payment's provider, where the payment's own posting finds it.

What moves is posted, in the currency in which it moves: a bill in dollars that is paid in shillings brings its landlord
shillings, and no dollar is bought or sold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.domain import events as e
from portal.domain.allocation import Allocation
from portal.domain.bank_line import BankLine, LineAllocated, LineBooked, LineEvent
from portal.domain.bill import HELD, PaymentType
from portal.domain.credit_events import (
    CreditApplied,
    CreditChosen,
    CreditEvent,
    CreditTakenBack,
    CreditWithdrawn,
)
from portal.domain.deposit_events import DepositDeducted
from portal.domain.dispute import DisputeCharged
from portal.domain.money import Currency, Money
from portal.domain.payment import Payment
from portal.domain.payout import OURSELVES, LineReturned, Payout, PayoutEvent, PayoutLine, PayoutPaid, totals
from portal.domain.refund import Refund
from portal.domain.refund_events import PaymentReversed, RefundReturned, RefundSucceeded, ReversalCovered
from portal.domain.refund_outcome import RefundRoute
from portal.domain.refund_part import Pot, RefundPart

SUSPENSE = "suspense"
PLATFORM_FEE = "fee:platform"
PROCESSING_FEE = "fee:processing"
PROVIDER_FEE = "fee:provider"
OWN_CASH = "cash:own"
"""Our own bank account, where our fees go: not the one that holds other people's money."""
TAKEN_BACK = "loss:taken_back"
"""What providers took beyond all that was left of the payments: fees that we had paid on, or money that went twice."""
SENT_BY_HAND = "cash:by_hand"
"""What the office has sent from a bank account of ours: no statement's debit is booked against it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a posting: `stream` (a payment, a bank line or a payout), `seq` and `line` name its source."""

    stream: str
    seq: int
    line: int
    account: str
    amount: Money
    at: datetime


class Unbalanced(Exception):
    """A posting that does not sum to zero: a fault of ours, so its transaction is undone."""


def entries_of(event: e.Event, payment: Payment, at: datetime) -> list[Entry]:
    """The balanced entries of `event`, which led to `payment`; most events post nothing."""
    return _posting(payment.reference, payment.version, at, _lines(event, payment))


def line_entries_of(event: LineEvent, line: BankLine, at: datetime) -> list[Entry]:
    """The balanced entries of `event`, which led to `line`."""
    match event:
        case LineBooked():
            lines = [(cash_in_bank(line.account), event.amount), (SUSPENSE, -event.amount)]
        case LineAllocated():
            lines = [(SUSPENSE, event.amount), (cash_at(event.provider), -event.amount)]
        case _:
            lines = []
    return _posting(line.id, line.version, at, lines)


def payout_entries_of(event: PayoutEvent, payout: Payout, at: datetime) -> list[Entry]:
    """The balanced entries of `event`, which led to `payout`: money moves when the bank says so, not before."""
    match event:
        case PayoutPaid():
            lines = [each for line in payout.live for each in _sent(line, payout)]
        case LineReturned() if payout.paid_at is not None:
            lines = [(account, -amount) for account, amount in _sent(payout.line(event.line), payout)]
        case _:
            lines = []
    return _posting(payout.reference, payout.version, at, lines)


def _sent(line: PayoutLine, payout: Payout) -> list[tuple[str, Money]]:
    """Fees stay our income when they change banks; what landlords were owed they are not owed any more."""
    owed = {OWN_CASH: line.amount} if line.payee == OURSELVES else totals(line.items)
    return [*owed.items(), (cash_in_bank(payout.account), -line.amount)]


def _posting(stream: str, seq: int, at: datetime, lines: Iterable[tuple[str, Money]]) -> list[Entry]:
    moving = [(account, amount) for account, amount in lines if amount]
    if any(trial_balance(moving).values()):
        raise Unbalanced(f"{stream} seq {seq}")
    return [
        Entry(stream=stream, seq=seq, line=line, account=account, amount=amount, at=at)
        for line, (account, amount) in enumerate(moving)
    ]


def trial_balance(lines: Iterable[tuple[str, Money]]) -> dict[Currency, int]:
    """The sum of all lines per currency: zero, always."""
    sums: Counter[Currency] = Counter()
    for _, amount in lines:
        sums[amount.currency] += amount.minor
    return dict(sums)


def cash_at(provider: str) -> str:
    """The account of the money that a provider holds for us."""
    return f"cash:{provider}"


def cost_of(provider: str) -> str:
    """The account of what a provider keeps of the money for itself."""
    return f"cost:{provider}"


def cash_in_bank(account: str) -> str:
    """The account of the money that stands on a bank account of ours."""
    return f"cash:bank:{account}"


def payable_to(payee: str) -> str:
    """The account of what a landlord is owed."""
    return f"payable:{payee}"


def owed_to(payment: Payment, allocation: Allocation) -> str:
    """A deposit is held for the lease; anything else is owed to the landlord."""
    return _owed(payment.lease, payment.payee, allocation.type)


def deposit_of(lease: str) -> str:
    """The account of the deposits that are held for a lease."""
    return f"deposit:{lease}"


def credit_of(lease: str) -> str:
    """The account of what a tenant keeps with us for the next bills of a lease."""
    return f"credit:{lease}"


def _owed(lease: str, payee: str, kind: PaymentType) -> str:
    return deposit_of(lease) if kind in HELD else payable_to(payee)


def suspended(event: e.AmountMismatch, payment: Payment) -> Money | None:
    """The money that waits for a person; None where the payment was settled before.

    The provider confirms that money moved. Where the amount it states cannot be one, we take it to be what we asked.
    """
    if payment.completed_at is not None:
        return None
    return event.received if event.received.minor > 0 else event.expected


def _lines(event: e.Event, payment: Payment) -> list[tuple[str, Money]]:
    match event:
        case e.PaymentCompleted() | e.LateSuccessReceived():
            return [
                (cash_at(payment.provider), event.received),
                *((owed_to(payment, each), -payment.asked_for(each.amount)) for each in payment.allocations),
                (PLATFORM_FEE, -payment.fees.platform),
                (PROCESSING_FEE, -payment.fees.processing),
                (PROVIDER_FEE, -payment.fees.provider),
            ]
        case e.DuplicateSuccess():
            owed = owed_to(payment, payment.allocation_of(event.bill))
            return [(owed, event.excess), (SUSPENSE, -event.excess)]
        case e.ProviderCharged() | DisputeCharged():
            return [(cost_of(payment.provider), event.amount), (cash_at(payment.provider), -event.amount)]
        case e.AmountMismatch() if waiting := suspended(event, payment):
            return [(cash_at(payment.provider), waiting), (SUSPENSE, -waiting)]
        case e.PaymentFailed() if payment.given_back and payment.in_question:
            return [(SUSPENSE, payment.in_question), (cash_at(payment.provider), -payment.in_question)]
        case CreditChosen() | CreditWithdrawn() | CreditApplied() | CreditTakenBack():
            return _through_credit(event, payment.lease)
        case RefundSucceeded() | PaymentReversed():
            return _sent_back(payment, payment.refunds.named(event.refund))
        case RefundReturned():
            return [
                (name, -amount) for name, amount in _sent_back(payment, payment.refunds.named(event.refund))
            ]
        case ReversalCovered():
            found = [(_pot_account(payment, part), part.amount) for part in event.parts]
            return [*found, *((TAKEN_BACK, -amount) for _, amount in found)]
        case DepositDeducted():
            kept = [(_pot_account(payment, part), part.amount) for part in event.parts]
            return [*kept, (payable_to(event.payee or payment.payee), -event.amount)]
        case _:
            return []


def _through_credit(event: CreditEvent, lease: str) -> list[tuple[str, Money]]:
    """Into the credit of the lease, or out of it: from and to where it waits, or the landlord whose bill it pays."""
    kept, other = credit_of(lease), SUSPENSE
    if isinstance(event, CreditApplied | CreditTakenBack):
        other = _owed(lease, event.payee, event.type)
    is_kept = isinstance(event, CreditChosen | CreditTakenBack)
    out_of, into = (other, kept) if is_kept else (kept, other)
    return [(out_of, event.amount), (into, -event.amount)]


def _sent_back(payment: Payment, refund: Refund) -> list[tuple[str, Money]]:
    out_of = [(_pot_account(payment, part), part.amount) for part in refund.parts]
    by_hand = refund.route is RefundRoute.BY_HAND
    return [*out_of, (SENT_BY_HAND if by_hand else cash_at(payment.provider), -refund.amount)]


def _pot_account(payment: Payment, part: RefundPart) -> str:
    match part.pot:
        case Pot.EXCESS:
            return SUSPENSE
        case Pot.FEE:
            return PLATFORM_FEE
        case Pot.LOST:
            return TAKEN_BACK
        case _:
            return owed_to(payment, payment.allocation_of(part.bill))
