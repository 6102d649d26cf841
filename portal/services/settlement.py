"""Writing what happened to a payment: the events, the receipt of money that came, and the work that follows.

Every function runs inside a transaction and holds no `await`. `settle` is the inside of the door.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from portal.domain import events as e
from portal.domain import refund_events as r
from portal.domain.bill import BillStatus, paid_notice
from portal.domain.decision import another_payee, decide
from portal.domain.deposit_pots import deducted_of
from portal.domain.errors import NotFound
from portal.domain.outcome import Outcome, Paid, Reason, Source, Unknown
from portal.domain.payment import AWAITING, FINAL, IN_FLIGHT, Payment, State
from portal.domain.receipt import receipt_year
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_reason import RefundReason
from portal.domain.refund_turn import beyond_when_returned
from portal.domain.schedule import next_ask
from portal.providers.registry import Registry
from portal.services.tools import Tools
from portal.store import contacts, jobs, leases, people, queries, receipts, unverified_phones
from portal.store import payments as payment_rows
from portal.store.types import Tx
from portal.telemetry.log import get_log

log = get_log("settlement")


class Settlement:
    """The one pen that writes payments."""

    def __init__(self, tools: Tools, registry: Registry) -> None:
        self._tools, self._registry = tools, registry

    def settle(self, tx: Tx, reference: str, outcome: Outcome, source: Source) -> Payment:
        """Decide on the locked, newest row what an outcome means, and write it with all that follows."""
        payment = locked(tx, reference)
        bills = leases.hold_bills(tx, payment.bills)
        if len(bills) < len(payment.bills):
            raise LookupError(*payment.bills)
        ours = self._registry.named(payment.provider).capabilities.payee
        if isinstance(outcome, Paid):
            outcome = _with_its_code(tx, payment, _as_claimed(tx, payment, outcome, ours))
        return self.append(tx, payment, decide(payment, bills, outcome, source, self._tools.clock(), ours))

    def append(self, tx: Tx, payment: Payment, events: Sequence[e.Event]) -> Payment:
        """Write `events`; money that came gets its receipt in the same transaction."""
        now = self._tools.clock()
        if any(isinstance(event, e.PaymentCompleted | e.LateSuccessReceived) for event in events):
            events = [*events, self._receipt(tx, payment, now)]
        events = [each for event in events for each in (event, *_not_needed(tx, payment, event))]
        if not events:
            return payment
        after = payment_rows.append(tx, payment, events, now, reference=payment.reference)
        self._follow_up(tx, payment, after, now)
        return after

    def _receipt(self, tx: Tx, payment: Payment, now: datetime) -> e.ReceiptAllocated:
        number = receipts.next_number(tx, people.landlord_code(tx, payment.payee), receipt_year(now))
        return e.ReceiptAllocated(
            landlord_code=number.landlord_code,
            year=number.year,
            serial=number.serial,
            code=self._tools.reference(),
        )

    def _follow_up(self, tx: Tx, before: Payment, after: Payment, now: datetime) -> None:
        """The work that a change leaves behind, under keys that make each of it happen once."""
        reference = after.reference
        if before.completed_at and after.receipt_code != before.receipt_code:
            # The operator's code came after the receipt: it is printed again, as its next version.
            print_receipt(tx, after, (after.receipt_version or 1) + 1, now)
        if after.refunds != before.refunds:
            _follow_refunds(tx, before, after, now)
        if len(after.credit_uses) > len(before.credit_uses):
            _follow_credit(tx, before, after, now)
        if deducted_of(after) != deducted_of(before):
            print_receipt(tx, after, (after.receipt_version or 1) + 1, now)
        if after.state is before.state:
            return
        log.info("payment", payment=reference, was=before.state, now=after.state, reason=after.reason)
        if after.state in IN_FLIGHT and before.state not in ASKED_ABOUT:
            self._ask_soon(tx, after, now)
        if after.state is State.COMPLETED:
            print_receipt(tx, after, 1, now)
            _tell_lease(tx, after, after.bills, now)
            _save_phone(tx, after, now)
        if after.state in TOLD or _ends_what_was_uncertain(before, after):
            jobs.enqueue(
                tx, "tell", f"{reference}:{after.version}", now, payment=reference, state=after.state
            )

    def _ask_soon(self, tx: Tx, payment: Payment, now: datetime) -> None:
        earliest = self._registry.named(payment.provider).capabilities.earliest_ask
        jobs.enqueue(
            tx, "ask", payment.reference, next_ask(now, now, earliest) or now, payment=payment.reference
        )


ASKED_ABOUT = (*AWAITING, State.PROCESSING, State.UNCERTAIN)
"""The worker asks about these by a schedule of its own; a payment that comes here gets one."""
TOLD = (State.COMPLETED, State.FAILED, State.EXPIRED, State.UNCERTAIN)
"""Arriving here, the payer gets a message; who cancels a payment sees its end on the page."""

REFUND_NEWS = {
    RefundState.REQUESTED: "refund_asked",
    RefundState.APPROVED: "refund_approved",
    RefundState.SUCCEEDED: "refund_sent",
    RefundState.FAILED: "refund_failed",
    RefundState.REJECTED: "refund_declined",
}
"""Of these the payer gets a message, by the name of its text; of a request whoever decides on it, too."""


def locked(tx: Tx, reference: str) -> Payment:
    """The payment, held until the transaction ends; raises NotFound."""
    payment = payment_rows.load(tx, reference, lock=True)
    if payment is None:
        raise NotFound
    return payment


def _as_claimed(tx: Tx, payment: Payment, paid: Paid, ours: str | None) -> Paid:
    """A query proves; what it does not tell, callbacks have claimed: another amount or payee is not forgotten."""
    if not payment.claimed_paid:
        return paid
    history = (event for event, _ in payment_rows.history(tx, payment.reference))
    claims = [event for event in history if isinstance(event, e.ProviderEventReceived)]
    others = (claim.amount for claim in claims if claim.amount not in (None, payment.total))
    strangers = (claim.payee for claim in claims if another_payee(claim.payee, ours))
    return replace(
        paid,
        amount=next(others, None) if paid.amount is None else paid.amount,
        paid_at=paid.paid_at or next((claim.paid_at for claim in claims if claim.paid_at), None),
        payee=paid.payee or next(strangers, None),
    )


def _with_its_code(tx: Tx, payment: Payment, paid: Paid) -> Paid | Unknown:
    """A receipt code that another payment was settled with, or that a callback named for this one, settles nothing."""
    code = paid.receipt_code or payment.receipt_code
    named = [one for one in (code, payment.second_receipt_code) if one]
    owners = {queries.paid_with_code(tx, payment.provider, one) for one in named}
    if owners <= {None, payment.reference}:
        return replace(paid, receipt_code=code)
    log.error("receipt_code_taken", payment=payment.reference, provider=payment.provider)
    return Unknown(Reason.DUPLICATE, "receipt code of another payment")


def _ends_what_was_uncertain(before: Payment, after: Payment) -> bool:
    """The payer was promised a message then, and is told whatever the end is."""
    return before.state is State.UNCERTAIN and after.state in FINAL


def _not_needed(tx: Tx, payment: Payment, event: e.Event) -> list[e.DuplicateSuccess]:
    """Of money that comes back to its bills: what they do not need any more, because they were paid meanwhile."""
    if not isinstance(event, r.RefundReturned):
        return []
    refund = payment.refunds.named(event.refund)
    bills = leases.hold_bills(tx, {part.bill for part in refund.parts if part.bill})
    return beyond_when_returned(payment, refund, bills)


def _follow_refunds(tx: Tx, before: Payment, after: Payment, now: datetime) -> None:
    """Whoever waits for one hears what became of it; what has gone back stands on the next version of the receipt."""
    if [one.reference for one in after.refunds.sent_back] != [
        one.reference for one in before.refunds.sent_back
    ]:
        print_receipt(tx, after, (after.receipt_version or 1) + 1, now)
    for refund in after.refunds:
        was = before.refunds.find(refund.reference)
        if was != refund:
            _follow_refund(tx, after, was, refund, now)


def _follow_refund(tx: Tx, payment: Payment, was: Refund | None, refund: Refund, now: datetime) -> None:
    """The version in its key keeps two of the same state apart: what went, came back and went again is told thrice."""
    facts = {"payment": payment.reference, "refund": refund.reference, "state": refund.state}
    moved = was is None or was.state is not refund.state
    if moved:
        log.info("refund", **facts, was=was and was.state)
    news = REFUND_NEWS.get(refund.state) if moved else None
    if was and moved and was.state is RefundState.SUCCEEDED:
        news = "refund_returned"
    elif was and refund.closed_at and not was.closed_at and not refund.instead:
        news = "refund_closed"
    elif was and refund.state is RefundState.REQUESTED and refund.approved_by != was.approved_by:
        news = "refund_second"
    elif was and was.route:
        # Back among the approved, because its request never left: that is told already.
        news = None if refund.state is RefundState.APPROVED else news
    if news and not _is_told_of_its_deposit(refund, news):
        key = f"{refund.reference}:{news}:{payment.version}"
        jobs.enqueue(tx, "tell_refund", key, now, **facts, news=news)


def _follow_credit(tx: Tx, before: Payment, after: Payment, now: datetime) -> None:
    """The receipt says what the money has paid besides; the tenant and the landlord hear of it."""
    reference, known, used = after.reference, len(before.credit_uses), len(after.credit_uses)
    log.info("credit", payment=reference, bills=used - known)
    print_receipt(tx, after, (after.receipt_version or 1) + 1, now)
    _tell_lease(tx, after, [use.bill for use in after.credit_uses[known:]], now)
    for number in range(known, used):
        jobs.enqueue(tx, "tell_credit", f"{reference}:{number}", now, payment=reference, number=number)


def _is_told_of_its_deposit(refund: Refund, news: str) -> bool:
    """Nobody asked for it by a form: that it goes back, the return of the deposit tells."""
    agreed = (REFUND_NEWS[RefundState.REQUESTED], REFUND_NEWS[RefundState.APPROVED])
    return refund.reason is RefundReason.LEASE_ENDED and news in agreed


def print_receipt(tx: Tx, payment: Payment, version: int, now: datetime) -> None:
    """Leave it to the worker."""
    key = f"{payment.reference}:{version}"
    jobs.enqueue(tx, "receipt", key, now, payment=payment.reference, version=version)


def _save_phone(tx: Tx, payment: Payment, now: datetime) -> None:
    """The number that has paid is proved by it: wanted by its payer now, or named before among the saved ones.

    Not one that somebody else paid from, or may have: that proves no number of the tenant's.
    """
    if payment.by_link or payment.by_menu:
        return
    reference = payment.reference
    if contacts.wants_saving(tx, reference) or unverified_phones.paid_from(tx, reference, payment.payer):
        jobs.enqueue(tx, "save_phone", reference, now, payment=reference)


def _tell_lease(tx: Tx, payment: Payment, bills: Collection[str], now: datetime) -> None:
    """Of each bill that is paid in full by now."""
    for due in leases.dues(tx, bills):
        bill = due.bill
        if bill.status is BillStatus.PAID:
            notice = paid_notice(bill.type)
            facts = {"payment": payment.reference, "bill": bill.reference, "notice": notice}
            jobs.enqueue(tx, "lease", f"{notice}:{bill.reference}", now, **facts)
