"""What an outcome means for a payment: the thinking of the door, without its transaction.

Verified money always wins; only a definitive "not paid" closes a payment; everything else leaves the question open.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from portal.domain import events as e
from portal.domain.allocation import Allocation
from portal.domain.bill import Bill
from portal.domain.money import Money
from portal.domain.outcome import NotPaid, Outcome, Paid, Reason, Source, Unknown
from portal.domain.payment import Payment
from portal.domain.payment_state import CALLED_OFF, IN_FLIGHT, State
from portal.domain.receipt_code import CodeFound

STANDS_UNTIL_A_PERSON_DECIDES = frozenset({Reason.WRONG_AMOUNT, Reason.DUPLICATE})
_RUN_OUT = frozenset({Reason.NO_RESPONSE, Reason.PHONE_UNREACHABLE})


def decide(
    payment: Payment,
    bills: Mapping[str, Bill],
    outcome: Outcome,
    source: Source,
    now: datetime,
    ours: str | None = None,
) -> list[e.Event]:
    """The events that follow, none when the outcome tells nothing new.

    `bills` are the payment's by their references, `ours` is our own account at the provider.
    """
    match outcome:
        case Paid():
            return _paid(payment, bills, outcome, source, ours)
        case NotPaid():
            return _not_paid(payment, outcome, source, now)
        case Unknown():
            return _unknown(payment, outcome, source, now)
        case _:
            return _undecided(payment, Unknown(Reason.AMBIGUOUS, "still pending"), source, now)


def _paid(
    payment: Payment, bills: Mapping[str, Bill], paid: Paid, source: Source, ours: str | None
) -> list[e.Event]:
    if _stands(payment) and not _may_be_ended(payment, source):
        return []
    received = payment.total if paid.amount is None else paid.amount
    stranger = another_payee(paid.payee, ours)
    if received != payment.total or stranger:
        return [
            e.AmountMismatch(
                expected=payment.total,
                received=received,
                receipt_code=paid.receipt_code,
                source=source,
                payee=stranger,
            )
        ]
    if payment.state is State.COMPLETED:
        return []
    kind = e.PaymentCompleted if payment.state in IN_FLIGHT else e.LateSuccessReceived
    success = kind(
        received=received, receipt_code=paid.receipt_code, provider_paid_at=paid.paid_at, source=source
    )
    return [success, *_unneeded(payment, bills)]


def _unneeded(payment: Payment, bills: Mapping[str, Bill]) -> list[e.DuplicateSuccess]:
    """What each bill needs less by now than was asked for it."""
    return [
        _beyond(payment, each, bills[each.bill].rest)
        for each in payment.allocations
        if each.amount > bills[each.bill].rest
    ]


def _beyond(payment: Payment, paid: Allocation, rest: Money) -> e.DuplicateSuccess:
    return e.DuplicateSuccess(
        excess=payment.asked_for(paid.amount) - payment.asked_for(rest),
        bill=paid.bill,
        unneeded=paid.amount - rest if payment.exchange else None,
    )


def another_payee(stated: str | None, ours: str | None) -> str | None:
    """Who is named instead of us; None where nobody is, or where we do not know our own name."""
    return None if ours is None or stated == ours else stated


def _not_paid(payment: Payment, outcome: NotPaid, source: Source, now: datetime) -> list[e.Event]:
    if payment.state is State.COMPLETED:
        noted = payment.reason is not None
        return [] if noted else [e.VerificationResult(code=outcome.code, source=source)]
    if payment.claimed_paid and source is not Source.OFFICE:
        return _contradicted(payment, outcome, source)
    open_question = payment.state in IN_FLIGHT and _stands(payment)
    if payment.state not in IN_FLIGHT or (open_question and source is not Source.OFFICE):
        return _claim_answered(payment, source)
    if payment.cancel_wanted and source is not Source.OFFICE:
        return [e.PaymentCancelled(code=outcome.code, source=source)]
    if now >= payment.expires_at and outcome.reason in _RUN_OUT:
        return [e.PaymentExpired(code=outcome.code, source=source)]
    return [e.PaymentFailed(reason=outcome.reason, code=outcome.code, source=source)]


def _claim_answered(payment: Payment, source: Source) -> list[e.Event]:
    """Called off it is already; what the office adds is that there is no money under the code that the payer gave."""
    if payment.state not in CALLED_OFF or payment.claimed_code is None or source is not Source.OFFICE:
        return []
    return [e.VerificationResult(code=payment.claimed_code, source=source, found=CodeFound.NOTHING)]


def _contradicted(payment: Payment, outcome: NotPaid, source: Source) -> list[e.Event]:
    if _stands(payment) or (payment.state is State.UNCERTAIN and payment.reason is Reason.CONTRADICTION):
        return []
    return [e.OutcomeUncertain(reason=Reason.CONTRADICTION, code=outcome.code, source=source)]


def _unknown(payment: Payment, outcome: Unknown, source: Source, now: datetime) -> list[e.Event]:
    if outcome.reason not in STANDS_UNTIL_A_PERSON_DECIDES:
        return _undecided(payment, outcome, source, now)
    in_question = payment.state in IN_FLIGHT or _reopened(payment)
    return [_uncertain(outcome, source)] if in_question and not _stands(payment) else []


def _undecided(payment: Payment, outcome: Unknown, source: Source, now: datetime) -> list[e.Event]:
    """An open prompt stays as it is and is asked about again: it is uncertain only when its time is over."""
    if payment.state is State.UNCERTAIN or payment.given_back:
        return []
    overdue = payment.state in IN_FLIGHT and now >= payment.expires_at
    return [_uncertain(outcome, source)] if overdue or _reopened(payment) else []


def _uncertain(outcome: Unknown, source: Source) -> e.OutcomeUncertain:
    return e.OutcomeUncertain(reason=outcome.reason, code=outcome.code, source=source)


def _reopened(payment: Payment) -> bool:
    """Called off, and then a callback claimed success: as long as no query denies or confirms it, we ask."""
    return payment.state in CALLED_OFF and payment.claimed_paid


def _stands(payment: Payment) -> bool:
    """A question that only a person can answer, or one that two people have answered for good; no other payment that
    was called off asks any.
    """
    if payment.given_back:
        return True
    return payment.state not in CALLED_OFF and payment.reason in STANDS_UNTIL_A_PERSON_DECIDES


def _may_be_ended(payment: Payment, source: Source) -> bool:
    """By what the office found. Where money is booked already, it can only go back."""
    return source is Source.OFFICE and payment.received is None
