"""The work that is left when money has gone back, or is ours again: who was told "paid" hears what became of that."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from portal.domain.payment import Payment
from portal.domain.refund import Refund
from portal.domain.reminder import next_reminder
from portal.services.refund_texts import news_of
from portal.services.verdict import EARLY
from portal.store import deposit_returns, inbox, jobs, leases
from portal.store.types import Tx
from portal.telemetry.log import get_log

log = get_log("settlement")


def follow_refunds(tx: Tx, before: Payment, after: Payment, now: datetime) -> None:
    for refund in after.refunds:
        was = before.refunds.find(refund.reference)
        if was != refund:
            _tell(tx, after, was, refund, now)
    if moved(after) != moved(before):
        tell_lease(tx, after, after.bills, now)
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
    if before.disputes.open and not after.disputes.open:
        # Nobody had to answer meanwhile: now the days go on, or nothing is left to answer.
        one = deposit_returns.newest_of(tx, after.lease)
        if one is not None and one.is_open:
            jobs.put(tx, "deposit_deadline", one.reference, now, lease=one.lease)


def follow_excess(tx: Tx, before: Payment, after: Payment, now: datetime) -> None:
    """From now on money waits for its payer's word: they are reminded, until they have given it."""
    reference, first = after.reference, next_reminder(now, now)
    if after.excess_waiting and not before.excess_waiting and first:
        jobs.put(tx, "remind_extra", reference, first, payment=reference, since=now.isoformat())
    elif before.excess_waiting and not after.excess_waiting:
        jobs.drop(tx, "remind_extra", reference)


def moved(payment: Payment) -> list[tuple[str, datetime | None]]:
    """Each refund whose money has gone, and when: another list than before is another receipt."""
    return [(one.reference, one.ended_at) for one in payment.refunds.sent_back]


def tell_lease(tx: Tx, payment: Payment, bills: Collection[str], now: datetime) -> None:
    """Of each of the bills: whoever waits for it to be paid hears whether it is."""
    for due in leases.dues(tx, bills):
        key = f"{due.bill.reference}:{payment.reference}:{payment.version}"
        jobs.enqueue(tx, "lease", key, now, payment=payment.reference, bill=due.bill.reference)


def follow_credit(tx: Tx, before: Payment, after: Payment, now: datetime) -> None:
    """The tenant and the landlord hear what the money has paid besides, and what of that it does not pay any more."""
    reference, known, used = after.reference, len(before.credit_uses), len(after.credit_uses)
    log.info("credit", payment=reference, bills=used - known)
    tell_lease(tx, after, [use.bill for use in after.credit_uses[known:]], now)
    for number in range(known, used):
        jobs.enqueue(tx, "tell_credit", f"{reference}:{number}", now, payment=reference, number=number)


def _tell(tx: Tx, payment: Payment, was: Refund | None, refund: Refund, now: datetime) -> None:
    """The version in its key keeps two of the same state apart: what went, came back and went again is told thrice."""
    facts = {"payment": payment.reference, "refund": refund.reference, "state": refund.state}
    if was is None or was.state is not refund.state:
        log.info("refund", **facts, was=was and was.state)
    if news := news_of(was, refund):
        key = f"{refund.reference}:{news}:{payment.version}"
        jobs.enqueue(tx, "tell_refund", key, now, **facts, news=news)
