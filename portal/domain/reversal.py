"""Money that goes back by itself: what the provider's word of it means for a payment that is paid.

It is a fact, so it is never refused. It is known by the provider's name for it, and of two words about the same thing
the later one counts: whatever order they come in, they end the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from portal.domain import refund_events as r
from portal.domain.credit import credit_changes, taken_back, unused_parts
from portal.domain.credit_events import CreditEvent, CreditWithdrawn
from portal.domain.dispute import (
    VERDICT_EVENTS,
    Dispute,
    DisputeCharged,
    DisputeEvent,
    DisputeOpened,
    DisputeVerdict,
)
from portal.domain.events import Event
from portal.domain.money import Money
from portal.domain.outcome import Source
from portal.domain.payment import Payment
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_outcome import Cause, RefundRefusal
from portal.domain.refund_part import Pot
from portal.domain.refund_pots import forced_parts, pots_left
from portal.domain.refund_second import BY_RULE


@dataclass(frozen=True, slots=True, kw_only=True)
class WentBack:
    """Money left the provider. `request_id` is its name for that, `reference` the one that a refund of ours gets."""

    reference: str
    cause: Cause
    request_id: str
    amount: Money
    code: str | None = None
    at: datetime | None = None
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """Money that had gone is ours again, or never went."""

    request_id: str
    reason: RefundRefusal
    code: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """How a dispute stands."""

    dispute: str
    amount: Money | None
    due_by: datetime | None
    verdict: DisputeVerdict | None
    at: datetime | None
    fee: Money | None = None
    """What the provider keeps for it in all, as it stands then."""


def claimed(payment: Payment, told: Claimed) -> list[DisputeEvent]:
    """The events that follow; none when it tells nothing new. A dispute of which nobody heard begins with its end."""
    known = payment.disputes.find(told.dispute)
    events: list[DisputeEvent] = []
    if known is None:
        opened = DisputeOpened(dispute=told.dispute, amount=told.amount, due_by=told.due_by, told_at=told.at)
        events.append(opened)
    is_news = known is None or known.verdict is None or _later(told.at, known.told_at)
    if told.verdict and is_news and (known is None or known.verdict is not told.verdict):
        events.append(VERDICT_EVENTS[told.verdict](dispute=told.dispute, told_at=told.at))
    return [*events, *_charged(known, told)]


def _charged(known: Dispute | None, told: Claimed) -> list[DisputeEvent]:
    """What the fee is more, or less, than it was when it was told before."""
    if told.fee is None:
        return []
    change = told.fee
    if known is not None and known.fee is not None:
        if known.fee.currency is not told.fee.currency or not _later(told.at, known.fee_told_at):
            return []
        change = told.fee - known.fee
        if not change:
            return []
    return [DisputeCharged(dispute=told.dispute, amount=change, told_at=told.at)]


def went_back(payment: Payment, told: WentBack, source: Source) -> list[Event]:
    """The events that follow; none when it is known, or is older than what is known.

    What was asked for and has not left yet gives its money: nobody gets it twice.
    """
    known = payment.refunds.with_request(told.request_id)
    if known is not None and (known.state is not RefundState.FAILED or not _later(told.at, known.sent_at)):
        return []
    dispute = payment.disputes.find(told.request_id)
    if dispute and dispute.verdict is DisputeVerdict.WON and not _later(told.at, dispute.told_at):
        return []
    reference = known.reference if known else told.reference
    overtaken, freed = _overtaken(payment, told.amount)
    out_of_credit, freed = _out_of_credit(freed, told.amount, reference)
    event = r.PaymentReversed(
        refund=reference,
        cause=known.cause if known else told.cause,
        amount=told.amount,
        parts=forced_parts(freed, told.amount),
        request_id=told.request_id,
        code=told.code,
        sent_at=told.at,
        source=source,
        confirmed_by=told.confirmed_by,
    )
    return [*(r.RefundOvertaken(refund=one.reference) for one in overtaken), *out_of_credit, event]


def came_back(payment: Payment, told: CameBack, source: Source) -> list[Event]:
    """The events that follow; none where it had not gone, or went again since."""
    known = payment.refunds.with_request(told.request_id)
    if known is None or known.state is not RefundState.SUCCEEDED or _later(known.sent_at, told.at):
        return []
    return [
        r.RefundReturned(
            refund=known.reference, reason=told.reason, code=told.code, returned_at=told.at, source=source
        )
    ]


def found_again(payment: Payment) -> list[Event]:
    """What was lost is taken out of pots that have become free since, and out of bills that were paid since.

    A refund that might have been on its way then, and is known not to be, gives its money too: it goes no second time.
    """
    lost = sum((one.lost for one in payment.refunds.lost), Money(0, payment.amount.currency))
    overtaken, freed = _overtaken(payment, lost) if lost else ([], payment)
    return [*(r.RefundOvertaken(refund=one.reference) for one in overtaken), *_covered(freed)]


def _covered(payment: Payment) -> list[Event]:
    events: list[Event] = []
    for refund in payment.refunds.lost:
        out_of_credit, payment = _out_of_credit(payment, refund.lost, refund.reference)
        free = _in_pots(payment)
        if not free:
            break
        parts = forced_parts(payment, min(refund.lost, free))
        covered = r.ReversalCovered(refund=refund.reference, parts=parts)
        events += [*out_of_credit, covered]
        payment = replace(payment, refunds=payment.refunds.after(covered, payment.updated_at))
    return events


def _in_pots(payment: Payment) -> Money:
    return sum((pot.amount for pot in pots_left(payment)), Money(0, payment.amount.currency))


def left_here(payment: Payment) -> Money:
    """What came of it and has not gone back, wherever it lies."""
    nothing = Money(0, payment.amount.currency)
    gone = sum((one.amount for one in payment.refunds.sent_back), nothing)
    came = payment.received if payment.received and payment.received.currency is gone.currency else nothing
    return max(came - gone, nothing)


def _overtaken(payment: Payment, amount: Money) -> tuple[list[Refund], Payment]:
    """The newest first, as many as are needed; and the payment without them."""
    overtaken: list[Refund] = []
    waiting = [one for one in payment.refunds.open if _has_not_left(one)]
    while waiting and any(part.pot is Pot.LOST for part in forced_parts(payment, amount)):
        overtaken.append(waiting.pop())
        payment = replace(payment, refunds=payment.refunds.without(overtaken[-1].reference))
    return overtaken, payment


def _out_of_credit(payment: Payment, amount: Money, refund: str) -> tuple[list[CreditEvent], Payment]:
    """What the payer keeps with us gives what else would be lost, for it is money of this payment: what no bill has
    used, and then what bills have used. With the payment after that, which has it in its pots.
    """
    missing = amount - _in_pots(payment)
    events: list[CreditEvent] = []
    if payment.credit_left < missing:
        events += taken_back(payment, missing - payment.credit_left, refund)
    for event in events:
        payment = replace(payment, **credit_changes(payment, event, payment.updated_at))
    if missing.minor > 0 and (parts := unused_parts(payment, missing)):
        events.append(CreditWithdrawn(parts=parts, chosen_by=BY_RULE))
        payment = replace(payment, **credit_changes(payment, events[-1], payment.updated_at))
    return events, payment


def _has_not_left(refund: Refund) -> bool:
    waits = refund.state in (RefundState.REQUESTED, RefundState.APPROVED)
    return waits and not refund.in_the_air and refund.taken_by is None


def _later(at: datetime | None, than: datetime | None) -> bool:
    """Where nobody said when, nothing is known to be later."""
    return at is not None and than is not None and at > than
