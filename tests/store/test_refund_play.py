"""Refunds, their ends and what is said against them, in any order, on a database: the books hold after every play."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from portal.domain import refund_events as r
from portal.domain.money import Money, shillings
from portal.domain.outcome import Pending, Source
from portal.domain.payment import Payment
from portal.domain.refund import REFUND_TRANSITIONS, IllegalRefund
from portal.domain.refund_outcome import NotRefunded, Refunded, RefundOutcome, RefundRefusal
from portal.domain.refund_pots import refundable
from portal.domain.refund_reason import RefundReason
from portal.domain.refund_turn import beyond_when_returned, decide_turn
from portal.store import leases, ledger_check, payments, refund_lists, refunds, replay
from portal.store.queries import PAGE
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store
from tests.makers import BILL, NOW, PAYMENT, a_reference, put_in_store, put_payment
from tests.refunds import every_event, requested

WORDS: list[RefundOutcome] = [
    Refunded("RC9"),
    Refunded("RC8", shillings(7)),
    NotRefunded(RefundRefusal.DISPUTED, "disputed"),
    Pending(),
]


def one_step(tx: Tx, dice: random.Random, number: int) -> None:
    """Something is asked for, happens at the provider, or is said of one; what cannot be changes nothing."""
    at, payment = NOW + timedelta(minutes=number + 1), payments.load(tx, PAYMENT)
    assert payment
    every = payment.refunds.every
    if not every or dice.random() < 0.2:
        left = refundable(payment).minor
        if left:
            amount, reason = shillings(dice.randint(1, left)), dice.choice(list(RefundReason))
            write(
                tx, payment, requested(payment, amount, refund=a_reference(500 + number), reason=reason), at
            )
        return
    refund = dice.choice(every)
    said = decide_turn(payment, refund, dice.choice(WORDS), Source.CALLBACK, proved=dice.random() < 0.7)
    legal = [
        one
        for one in every_event(refund, dice.randint(0, 5))
        if (refund.state, type(one)) in REFUND_TRANSITIONS
    ]
    for event in said if dice.random() < 0.4 else legal and [dice.choice(legal)]:
        write(tx, payment, event, at)


def write(tx: Tx, payment: Payment, event: r.RefundEvent, at: datetime) -> None:
    after = []
    if isinstance(event, r.RefundReturned):
        refund = payment.refunds.named(event.refund)
        bills = leases.hold_bills(tx, {part.bill for part in refund.parts if part.bill})
        after = beyond_when_returned(payment, refund, bills)
    try:
        # Folded once beforehand: what cannot be must leave no half of it in this transaction.
        payment.refunds.after(event, at)
        payments.append(tx, payment, [event, *after], at, reference=PAYMENT)
    except IllegalRefund:
        return


def owed_by_nobody_twice(tx: Tx) -> bool:
    bill = leases.bill(tx, BILL)
    assert bill
    return bill.paid <= bill.amount and Money(0, bill.paid.currency) <= bill.paid


@pytest.mark.covers("F2", "D20", "I8", "P8", "D18")
@pytest.mark.parametrize("seed", range(12))
async def test_in_whatever_order_ledger_tables_and_events_agree(
    store: Store, vault: Vault, seed: int
) -> None:
    await put_in_store(store, vault)
    await put_payment(store)
    dice = random.Random(seed)  # noqa: S311  (a play that can be played again)

    def play(tx: Tx) -> None:
        for number in range(40):
            one_step(tx, dice, number)
            now = payments.load(tx, PAYMENT)
            assert now
            assert now.received
            assert now.reserved <= now.received
            assert owed_by_nobody_twice(tx)

    await store.write(play)
    replayed = await store.snapshot(replay.check)
    assert (replayed.differences, replayed.sound) == ([], True)
    checked = await store.snapshot(ledger_check.check)
    assert (checked.differences, checked.sound) == ([], True)
    waiting, _ = await store.read(refunds.counted_for_the_office)
    payment = await store.read(lambda tx: payments.load(tx, PAYMENT))
    assert payment
    assert waiting == len([one for one in payment.refunds if one.is_open or one.waits_for_office])
    assert len((await store.read(refund_lists.for_the_office)).rows) == min(waiting, PAGE)
