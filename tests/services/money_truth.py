"""What must hold after each step of a story, and what after its calm end: the portal's books beside the provider's."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from portal.domain.bill import Bill
from portal.domain.money import Money, shillings
from portal.domain.outcome import Reason
from portal.domain.payment import Payment
from portal.domain.payment_state import IN_FLIGHT, State
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_outcome import RefundRoute
from portal.domain.refund_part import Pot
from portal.domain.refund_pots import pots_left
from portal.store import leases, ledger_check, replay
from portal.store.payout_tables import payout_items, payouts
from portal.store.tables import bills as bill_rows
from portal.store.tables import ledger_entries
from portal.store.types import Tx
from tests.services.depositing import standing
from tests.services.money_acts import newest_return
from tests.services.refunding import SALMA

if TYPE_CHECKING:
    from tests.services.money_machine import Machine

NEVER_OWED_TO_US = ("deposit:", "credit:", "suspense")
UNDECIDED = (RefundState.SUBMITTED, RefundState.UNKNOWN)


async def is_sound(machine: Machine) -> None:
    store, every = machine.desk.store, await machine.payments()
    report, checked = await store.snapshot(replay.check), await store.snapshot(ledger_check.check)
    assert report.sound, report
    assert checked.sound, checked
    balances = await machine.desk.balances()
    assert sum(balances.values()) == 0
    for payment in every:
        _is_true_to_the_book(machine, payment)
        _pays_nothing_with_what_is_gone(payment)
    assert balances.get("cash:mpesa", 0) == sum(_here(machine, one) for one in every)
    for account, balance in balances.items():
        assert not account.startswith(NEVER_OWED_TO_US) or balance <= 0, (account, balance)
    await machine.desk.read(_nothing_is_paid_out_twice)
    paid = _paid_by(every)
    for bill in await machine.desk.read(_bills):
        assert 0 <= bill.paid.minor <= bill.amount.minor, bill
        assert bill.paid.minor == paid[bill.reference], bill
    if await newest_return(machine) is not None:
        await standing(machine.desk)


async def all_is_decided(machine: Machine) -> None:
    """Of a month-old story no question is left, and none was answered wrongly; what waits for people is in a queue."""
    bank, every, queue = machine.bank, await machine.payments(), await _queue(machine)
    seen = {one.payment.reference for one in await machine.desk.portal.views.for_the_office()}
    for payment in every:
        prompt = bank.prompts.get(payment.reference)
        has_moved = prompt is not None and prompt.moved == 1
        assert (payment.state is State.COMPLETED) is has_moved, payment
        if payment.state in IN_FLIGHT:
            # Somebody claimed to have paid, the provider says no: that is for a person.
            assert payment.reason is Reason.CONTRADICTION, payment
            assert payment.reference in seen, payment
        for refund in payment.refunds:
            _has_its_end(machine, refund, queue)
        _knows_what_was_taken(machine, payment)
    wrong = sum(_unbooked(machine, refund).minor for payment in every for refund in payment.refunds)
    came = sum(one.instruction.amount.minor for one in bank.prompts.values() if one.moved)
    gone = sum(bank.gone_of(name).minor for name in bank.prompts)
    held = (await machine.desk.balances()).get("cash:mpesa", 0)
    assert held == came - gone - sum(bank.costs.values()) + wrong


def _is_true_to_the_book(machine: Machine, payment: Payment) -> None:
    bank, refunds = machine.bank, payment.refunds
    prompt = bank.prompts.get(payment.reference)
    assert payment.state is not State.COMPLETED or (prompt and prompt.moved == 1), payment
    assert bank.requests[payment.reference] <= 1, f"{payment.reference}: pushed twice"
    for refund in refunds:
        asked = bank.back.get(refund.reference)
        assert bank.requests[refund.reference] <= 1, f"{refund.reference}: sent twice"
        assert asked is None or asked.moved <= 1, f"{refund.reference}: moved twice"
        if refund.state is RefundState.SUCCEEDED and refund.route not in (None, RefundRoute.BY_HAND):
            assert asked, refund
            assert asked.moved == 1, refund
    gone = sum(one.amount.minor for one in refunds.sent_back)
    lost = sum(one.lost.minor for one in refunds.lost)
    assert gone <= (payment.received.minor if payment.received else 0) + lost, payment


def _pays_nothing_with_what_is_gone(payment: Payment) -> None:
    """As long as some of what went back is in no pot, nothing of the payment is kept, or pays anything."""
    uses = sum(use.amount.minor for use in payment.credit_uses)
    here = [*(pot.amount.minor for pot in pots_left(payment)), payment.credit_left.minor, uses]
    assert min(here) >= 0, payment
    assert not payment.refunds.lost or not any(here), payment


def _paid_by(every: list[Payment]) -> Counter[str]:
    """What all of them pay of each bill, as it follows from each one's own pots."""
    paid: Counter[str] = Counter()
    for payment in every:
        for use in payment.credit_uses:
            paid[use.bill] += use.amount.minor
        for each in payment.allocations if payment.state is State.COMPLETED else ():
            gone = sum(one.of(Pot.BILL, each.bill).minor for one in payment.refunds.sent_back)
            paid[each.bill] += each.applied.minor - gone
    return paid


def _here(machine: Machine, payment: Payment) -> int:
    """What the provider holds of a payment as the portal has decided about it, by the book's own sums."""
    bank = machine.bank
    if payment.state is not State.COMPLETED:
        return 0
    here = bank.prompts[payment.reference].instruction.amount.minor
    for refund in payment.refunds.sent_back:
        if refund.by_itself:
            here -= bank.taken[refund.request_id or ""].amount.minor
        elif refund.route is not RefundRoute.BY_HAND:
            here -= bank.back[refund.reference].instruction.amount.minor
    return here - (payment.provider_cost.minor if payment.provider_cost else 0)


def _has_its_end(machine: Machine, refund: Refund, queue: set[str]) -> None:
    name, state = refund.reference, refund.state
    asked = machine.bank.back.get(name)
    assert state not in UNDECIDED, refund
    assert state is not RefundState.APPROVED or refund.by_hand, refund
    if asked and state in (RefundState.SUCCEEDED, RefundState.FAILED):
        is_true = asked.is_gone is (state is RefundState.SUCCEEDED)
        assert is_true or refund.contradicted_by, refund
    if refund.is_open or refund.waits_for_office:
        assert name in queue, refund


def _knows_what_was_taken(machine: Machine, payment: Payment) -> None:
    taken = {one.request_id: one for one in machine.bank.taken.values() if one.payment == payment.reference}
    for name, one in taken.items():
        known = payment.refunds.with_request(name)
        is_gone = known is not None and known.state is RefundState.SUCCEEDED
        assert is_gone is one.gone, (one, known)
        dispute = payment.disputes.find(name)
        assert (dispute.verdict if dispute else None) is one.verdict, (one, dispute)


def _unbooked(machine: Machine, refund: Refund) -> Money:
    """What the provider moved against the end that the portal has written, of which the office knows."""
    asked = machine.bank.back.get(refund.reference)
    is_booked = refund.state is RefundState.SUCCEEDED
    if asked is None or not refund.contradicted_by or asked.is_gone is is_booked:
        return shillings(0)
    return refund.amount if asked.is_gone else -refund.amount


async def _queue(machine: Machine) -> set[str]:
    found: set[str] = set()
    cursor = None
    while True:
        page = await machine.desk.portal.reads.refund_lists.queue(SALMA, cursor)
        found |= {row.refund.reference for row in page.rows}
        cursor = page.more
        if cursor is None:
            return found


def _bills(tx: Tx) -> list[Bill]:
    names = tx.execute(select(bill_rows.c.reference)).scalars().all()
    return [bill for name in names if (bill := leases.bill(tx, name))]


def _nothing_is_paid_out_twice(tx: Tx) -> None:
    """Of no payment landlords get more than it ever brought them."""
    entries, items = ledger_entries.c, payout_items.c
    brought = (
        select(entries.account, entries.stream, func.sum(-entries.amount))
        .where(entries.amount < 0, entries.stream.not_in(select(payouts.c.reference)))
        .group_by(entries.account, entries.stream)
    )
    taken = (
        select(items.account, items.stream, func.sum(items.amount))
        .where(items.live.is_(True))
        .group_by(items.account, items.stream)
    )
    earned = {(row[0], row[1]): row[2] for row in tx.execute(brought)}
    for account, stream, amount in tx.execute(taken):
        assert amount <= earned.get((account, stream), 0), (account, stream, amount)
