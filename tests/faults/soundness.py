"""The oracle after every play: what the portal wrote down, held against the provider's own book of money."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from typing import Any

from sqlalchemy import Table, select

from portal.domain.outcome import Reason
from portal.domain.payment import Payment
from portal.domain.payment_state import CALLED_OFF, IN_FLIGHT, State
from portal.domain.refund import Refund
from portal.domain.schedule import TELL_THE_OFFICE
from portal.domain.transaction import TransactionType
from portal.providers.mpesa_daraja import OUTCOMES
from portal.providers.registry import Registry
from portal.sandbox.book import PAYMENT
from portal.sandbox.stripe.cards import ASKS_ITS_OWNER
from portal.store import replay
from portal.store.payments import payment_of
from portal.store.queries import uncertain
from portal.store.receipts import receipt_files
from portal.store.tables import (
    bills,
    inbox,
    jobs,
    lease_notices,
    ledger_entries,
    messages,
    payments,
    transactions,
)
from portal.store.types import Tx
from tests.faults import given_back
from tests.portal import RunningPortal

Rows = list[dict[str, Any]]
ALL = 1_000_000
"""The office's page shows the oldest hundred; the question is whether a payment is on the list at all."""
FOR_A_PERSON = (Reason.WRONG_AMOUNT, Reason.CONTRADICTION, Reason.DUPLICATE)


@dataclass(frozen=True)
class Written:
    """Everything the portal holds, read at one moment, with its replay."""

    report: replay.Report
    payments: dict[str, Payment]
    refunds_in_queue: set[str]
    transactions: Rows
    ledger_entries: Rows
    bills: Rows
    lease_notices: Rows
    receipt_files: Rows
    messages: Rows
    inbox: Rows
    jobs: Rows

    @property
    def refunds(self) -> Iterator[Refund]:
        """Of all payments."""
        for payment in self.payments.values():
            yield from payment.refunds


async def world_is_sound(running: RunningPortal) -> None:
    """Fails with every fault at once; to be asked when all is quiet."""
    written = await running.portal.store.read(_written)
    book = [_ours(movement, written) for movement in await running.sandbox.book()]
    now = running.clock()
    for_the_office = await running.portal.store.read(lambda tx: uncertain(tx, now, TELL_THE_OFFICE, ALL))
    office = {listed.payment.reference for listed in for_the_office}
    # A saved card whose bank wants its owner was not charged: the page that they were led to is the request.
    asked = [p for p in running.sandbox.world.network.prompts.values() if p.result != ASKS_ITS_OWNER]
    prompts = Counter(prompt.push.reference for prompt in asked)
    faults = [
        *_not_replayed(written),
        *_money_unaccounted(written, book, office),
        *_charges_without_movement(written, book),
        *given_back.amiss(written.payments, book, written.refunds_in_queue),
        *_bills_wrongly_credited(written),
        *_receipts_amiss(written),
        *_left_undone(written, running.portal.registry),
        *_told_wrongly(written),
        *(f"{reference}: {times} prompts" for reference, times in prompts.items() if times > 1),
    ]
    assert not faults, "\n".join(faults)


async def what_can_be_told_is_decided(running: RunningPortal) -> None:
    """Whatever the provider knows about by now, and says, is uncertain only as a question for a person."""
    written = await running.portal.store.read(_written)
    prompts = running.sandbox.world.network.prompts.items()
    told = {request_id for request_id, prompt in prompts if prompt.code in OUTCOMES}
    undecided = [
        f"{payment.reference} {payment.state} {payment.reason}"
        for payment in written.payments.values()
        if payment.state in IN_FLIGHT and payment.request_id in told and payment.reason not in FOR_A_PERSON
    ]
    assert not undecided, "\n".join(undecided)


async def ending(running: RunningPortal, reference: str) -> Payment:
    """A day later, in a sound world: how the payment stands."""
    await running.quiet()
    await world_is_sound(running)
    return await running.payment(reference)


def _written(tx: Tx) -> Written:
    def rows(table: Table) -> Rows:
        return [dict(row) for row in tx.execute(select(table)).mappings()]

    folded = [payment_of(row) for row in tx.execute(select(payments)).mappings()]
    return Written(
        replay.check(tx),
        {payment.reference: payment for payment in folded},
        given_back.queue(tx),
        *map(
            rows, (transactions, ledger_entries, bills, lease_notices, receipt_files, messages, inbox, jobs)
        ),
    )


def _not_replayed(written: Written) -> Iterator[str]:
    yield from written.report.differences
    yield from (f"ledger {currency}: {rest}" for currency, rest in written.report.ledger.items() if rest)


def _money_unaccounted(written: Written, book: Rows, office: set[str]) -> Iterator[str]:
    """Every shilling that moved for a payment is cash in our ledger, or stands in the office's list as a question."""
    moved, cash = _moved(book), _cash(written)
    for reference, payment in written.payments.items():
        is_open = payment.state is State.UNCERTAIN and not cash[reference]
        is_asked = reference in office and (is_open or payment.reason is Reason.WRONG_AMOUNT)
        told = moved[reference] + given_back.not_told(payment, book)
        if told != cash[reference] and not is_asked:
            yield f"{reference} {payment.state}: {moved[reference]} moved, the ledger has {cash[reference]}"
        if moved[reference] and payment.state in CALLED_OFF:
            yield f"{reference} is {payment.state} with {moved[reference]} paid"
    yield from (
        f"money for {stranger}, no payment of ours" for stranger in moved.keys() - written.payments.keys()
    )


def _ours(movement: dict[str, Any], written: Written) -> dict[str, Any]:
    """Who pays in a menu types the lease's reference; the payment has the network's id for its request.

    What is paid out may go by the refund's own reference.
    """
    in_menu = {payment.request_id: each for each, payment in written.payments.items() if payment.by_menu}
    by_refund = {one.reference: each for each, payment in written.payments.items() for one in payment.refunds}
    named = in_menu.get(movement["request_id"], movement["account_reference"])
    return movement | {"account_reference": by_refund.get(named, named)}


def _charges_without_movement(written: Written, book: Rows) -> Iterator[str]:
    came = [movement for movement in book if movement["kind"] == PAYMENT]
    movements = {movement["request_id"]: movement["amount"] for movement in came}
    requests = {movement["receipt"]: movement["request_id"] for movement in came}
    charges = [row for row in written.transactions if row["type"] == TransactionType.CHARGE]
    for row in charges:
        is_asked = written.payments[row["payment"]].reason is Reason.WRONG_AMOUNT
        # Where the answer was lost, a payment that was found by our own reference has only the receipt's code, or not
        # even that where the provider tells none: then the reference is all that both sides know it by.
        request_id = row["provider_request_id"] or requests.get(row["provider_transaction_id"] or "")
        request_id = request_id or row["payment"]
        moved = movements.pop(request_id or "", None)
        if moved is None or (moved != row["amount"] and not is_asked):
            yield f"{row['payment']}: a charge of {row['amount']} that is no movement, or a second time"


def _bills_wrongly_credited(written: Written) -> Iterator[str]:
    credited: Counter[str] = Counter()
    for payment in written.payments.values():
        if payment.state is State.COMPLETED:
            credited.update({each.bill: each.applied.minor for each in payment.allocations})
        for use in payment.credit_uses:
            credited[use.bill] += use.amount.minor
    credited.subtract(given_back.lost_by_bills(written.payments))
    notices = Counter(row["bill"] for row in written.lease_notices)
    for bill in written.bills:
        reference, paid, owed = bill["reference"], bill["paid"], bill["amount"] - bill["released"]
        if paid != credited[reference] or paid > owed:
            yield f"bill {reference}: {paid} of {owed} paid, {credited[reference]} credited"
        # By turns: that it is paid and, where money went back, that it is not any more.
        if notices[reference] % 2 != (paid == owed > 0):
            yield f"bill {reference}: its lease was told {notices[reference]} times"


def _receipts_amiss(written: Written) -> Iterator[str]:
    """Numbers without a gap, one for each payment that completed and none besides, each printed once."""
    serials = defaultdict(list)
    newest = sorted(written.receipt_files, key=itemgetter("version"))
    files = {row["payment"]: row["pdf"] for row in newest}
    for reference, payment in written.payments.items():
        if (payment.receipt is None) == (payment.state is State.COMPLETED):
            yield f"{reference} {payment.state}: its receipt is {payment.receipt}"
        if payment.receipt:
            serials[payment.receipt.landlord_code, payment.receipt.year].append(payment.receipt.serial)
            if sha256(files.pop(reference, b"")).hexdigest() != payment.receipt_sha256:
                yield f"{reference}: the file is not the one that was noted"
    yield from (f"{reference}: a file without a receipt" for reference in files)
    for year, given in serials.items():
        if sorted(given) != list(range(1, len(given) + 1)):
            yield f"receipts of {year}: {sorted(given)}"


def _left_undone(written: Written, registry: Registry) -> Iterator[str]:
    yield from (f"callback {row['id']} was never looked at" for row in written.inbox if not row["verdict"])
    yield from (f"{row['key']} is dead: {row['last_error']}" for row in written.jobs if row["dead_at"])
    asked = {
        f"ask:{reference}"
        for reference, payment in written.payments.items()
        if payment.state in IN_FLIGHT and registry.named(payment.provider).capabilities.answers_questions
    }
    # Whose money waits for their word is reminded of it for a month, and no play takes longer.
    asked |= {f"remind_extra:{one.reference}" for one in written.payments.values() if one.excess_waiting}
    # What was called off is asked about as long as something said of it later is neither confirmed nor denied.
    watched = {row["key"] for row in written.jobs if row["kind"] == "ask" and "since" in row["payload"]}
    # A card that is saved is looked at as long as it may still be renewed.
    watched |= {row["key"] for row in written.jobs if row["kind"] == "card_face"}
    # A payer may have a payment undone for days, and some providers tell of it only whoever asks.
    watched |= {row["key"] for row in written.jobs if row["kind"] == "look_back"}
    # What a tenant keeps waits for the next bill of its lease.
    watched |= {f"credit:{payment.lease}" for payment in written.payments.values() if payment.credit_left}
    for refund in written.refunds:
        watched |= given_back.work_left(refund)
    yield from (f"{row['key']} still waits" for row in written.jobs if row["key"] not in asked | watched)
    yield from (f"nobody asks about {key}" for key in asked - {row["key"] for row in written.jobs})


def _told_wrongly(written: Written) -> Iterator[str]:
    """Of money that came the payer hears once, and the landlord of what is theirs; a no is told, too."""
    about_it = (row for row in written.messages if row["kind"] != "received_again")
    told = Counter((row["payment"], row["kind"].partition("_")[0]) for row in about_it)
    for reference, payment in written.payments.items():
        is_paid = payment.state is State.COMPLETED
        if told[reference, "paid"] != is_paid:
            yield f"{reference} {payment.state}: the payer heard {told[reference, 'paid']} times that it is paid"
        if told[reference, "received"] != (is_paid and bool(payment.applied)):
            yield f"{reference} {payment.state}: the landlord heard {told[reference, 'received']} times of it"
        if payment.state in (State.FAILED, State.EXPIRED) and not told[reference, "not"]:
            yield f"{reference} {payment.state}: the payer was not told"
    yield from (f"message {row['key']} was not handed over" for row in written.messages if not row["sent_at"])


def _moved(book: Rows) -> Counter[str]:
    moved: Counter[str] = Counter()
    for movement in book:
        moved[movement["account_reference"]] += movement["amount"]
    return moved


def _cash(written: Written) -> Counter[str]:
    cash: Counter[str] = Counter()
    for entry in written.ledger_entries:
        if entry["account"].startswith("cash:") and entry["account"] != given_back.BY_HAND:
            cash[entry["stream"]] += entry["amount"]
    return cash
