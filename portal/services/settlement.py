"""Writing what happened to a payment: the events, the receipt of money that came, and the work that follows.

Every function runs inside a transaction and holds no `await`. `settle` is the inside of the door.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from portal.domain import events as e
from portal.domain import refund_events as r
from portal.domain.credit import paid_again
from portal.domain.credit_events import CreditApplied, CreditChosen
from portal.domain.decision import another_payee, decide
from portal.domain.deposit_pots import deducted_of
from portal.domain.errors import NotFound
from portal.domain.outcome import Outcome, Paid, Reason, Source, Unknown
from portal.domain.payment import Payment
from portal.domain.payment_state import AWAITING, FINAL, IN_FLIGHT, State
from portal.domain.receipt import receipt_year
from portal.domain.refund_turn import beyond_when_returned
from portal.domain.reversal import found_again
from portal.domain.schedule import LOOKS_BACK, next_ask
from portal.providers.registry import Registry
from portal.services.going_back import (
    follow_credit,
    follow_disputes,
    follow_excess,
    follow_refunds,
    moved,
    tell_lease,
)
from portal.services.tools import Tools
from portal.services.verdict import EARLY
from portal.store import (
    contacts,
    inbox,
    jobs,
    leases,
    people,
    projections,
    queries,
    receipts,
    unverified_phones,
)
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
        projections.hold_what_loses(tx, payment, events)
        events = [each for event in events for each in (event, *_not_needed(tx, payment, event))]
        if not events:
            return payment
        after = payment_rows.append(tx, payment, events, now, reference=payment.reference)
        if again := _paid_again(tx, payment, after):
            after = payment_rows.append(tx, after, [*again], now, reference=payment.reference)
        if found := found_again(after):
            projections.hold_what_loses(tx, after, found)
            after = payment_rows.append(tx, after, [*found], now, reference=payment.reference)
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
            if moved(after) != moved(before):
                print_receipt(tx, after, (after.receipt_version or 1) + 1, now)
            follow_refunds(tx, before, after, now)
        if len(after.credit_uses) > len(before.credit_uses):
            print_receipt(tx, after, (after.receipt_version or 1) + 1, now)
            follow_credit(tx, before, after, now)
        if deducted_of(after) != deducted_of(before):
            print_receipt(tx, after, (after.receipt_version or 1) + 1, now)
        if after.disputes != before.disputes:
            follow_disputes(tx, before, after, now)
        follow_excess(tx, before, after, now)
        if after.state is before.state:
            return
        log.info("payment", payment=reference, was=before.state, now=after.state, reason=after.reason)
        if after.state in IN_FLIGHT and before.state not in ASKED_ABOUT:
            self._ask_soon(tx, after, now)
        if after.state is State.COMPLETED:
            print_receipt(tx, after, 1, now)
            tell_lease(tx, after, after.bills, now)
            self._look_back(tx, after, now)
            _save_phone(tx, after, now)
        if after.state is State.COMPLETED or after.given_back:
            inbox.revive_of(tx, after.provider, reference, EARLY, now)
        if after.state in TOLD or _ends_what_was_uncertain(before, after):
            jobs.enqueue(
                tx, "tell", f"{reference}:{after.version}", now, payment=reference, state=after.state
            )

    def _look_back(self, tx: Tx, payment: Payment, now: datetime) -> None:
        """Some tell of a payer's reversal only whoever asks."""
        if self._registry.named(payment.provider).capabilities.tells_reversals:
            jobs.enqueue(
                tx, "look_back", payment.reference, now + LOOKS_BACK[0], payment=payment.reference, look=0
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


def _paid_again(tx: Tx, before: Payment, after: Payment) -> list[CreditChosen | CreditApplied]:
    """Of money that comes back and a credit had been: it pays what it paid, as far as nobody has done so meanwhile."""
    known = zip(before.credit_uses, after.credit_uses, strict=False)
    returned = [was for was, now in known if was.refund and not now.refund]
    bills = leases.hold_bills(tx, {use.bill for use in returned}) if returned else {}
    return paid_again(after, returned, bills)


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
