"""The work that is left when money has gone back, or is ours again: who was told "paid" hears what became of that."""

from __future__ import annotations

from datetime import datetime

from portal.domain.payment import Payment
from portal.domain.refund import Refund, RefundState
from portal.services.verdict import EARLY
from portal.store import inbox, jobs, leases
from portal.store.types import Tx
from portal.telemetry.log import get_log

log = get_log("settlement")
REFUNDS_TOLD = (
    RefundState.REQUESTED,
    RefundState.SUCCEEDED,
    RefundState.FAILED,
    RefundState.REJECTED,
)
"""Of these the payer gets a message; of a request whoever decides on it, too, and the landlord of money that moved."""


def follow_refunds(tx: Tx, before: Payment, after: Payment, now: datetime) -> None:
    for refund in after.refunds:
        was = before.refunds.find(refund.reference)
        if was is None or was.state is not refund.state:
            _tell(tx, after, refund, now)
    if moved(after) != moved(before):
        tell_lease(tx, after, now)
        # What only repeated it may have come before it.
        inbox.revive_of(tx, after.provider, after.reference, EARLY, now)


def follow_disputes(tx: Tx, before: Payment, after: Payment, now: datetime) -> None:
    for dispute in after.disputes.every:
        was = before.disputes.find(dispute.id)
        if was is None or was.verdict is not dispute.verdict:
            facts = {"payment": after.reference, "dispute": dispute.id, "verdict": dispute.verdict}
            log.error("dispute", **facts)
            key = f"{after.reference}:{after.version}:{dispute.verdict or 'OPEN'}"
            jobs.enqueue(tx, "tell_dispute", key, now, **facts)


def moved(payment: Payment) -> list[tuple[str, datetime | None]]:
    """Each refund whose money has gone, and when: another list than before is another receipt."""
    return [(one.reference, one.ended_at) for one in payment.refunds.sent_back]


def tell_lease(tx: Tx, payment: Payment, now: datetime) -> None:
    """Of each of its bills: whoever waits for it to be paid hears whether it is."""
    for due in leases.dues(tx, payment.bills):
        key = f"{due.bill.reference}:{payment.reference}:{payment.version}"
        jobs.enqueue(tx, "lease", key, now, payment=payment.reference, bill=due.bill.reference)


def _tell(tx: Tx, payment: Payment, refund: Refund, now: datetime) -> None:
    facts = {"payment": payment.reference, "refund": refund.reference, "state": refund.state}
    log.info("refund", **facts)
    if refund.state in REFUNDS_TOLD:
        jobs.enqueue(tx, "tell_refund", f"{refund.reference}:{payment.version}", now, **facts)
