"""What may go back of a payment: never more than came, out of no pot more than lies in it, in whatever order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain import events as e
from portal.domain import refund_events as r
from portal.domain.fold import apply
from portal.domain.ledger import entries_of
from portal.domain.money import Money, shillings
from portal.domain.payment import Payment
from portal.domain.payment_state import PaymentStatus, State
from portal.domain.refund import OPEN_REFUND, REFUND_TRANSITIONS, IllegalRefund, RefundState
from portal.domain.refund_events import REFUND_EVENTS
from portal.domain.refund_part import Pot
from portal.domain.refund_pots import BeyondWhatIsLeft, parts_of, pots_left, refundable
from portal.domain.refund_reason import RefundReason
from portal.domain.refund_terms import SECOND_PERSON_ABOVE, TERMS, needs_second_person
from portal.domain.refunds import NO_REFUNDS
from portal.domain.transaction import TransactionType, transactions_of
from tests.makers import (
    LEASE,
    NOW,
    TENANT,
    a_bill,
    a_payment,
    a_reference,
    all_of,
    dollars,
    paid_in_shillings,
)
from tests.refunds import REFUND, every_event, requested, road, succeeded, told, with_refund

OF_TWO = (a_reference(61), a_reference(62))


def of_two_bills() -> Payment:
    """300,000 for the bill that is due first and 200,000 for the other."""
    first, second = OF_TWO
    bills = (
        a_bill(reference=first, amount=shillings(300_000)),
        a_bill(reference=second, amount=shillings(200_000)),
    )
    return a_payment(**all_of(*bills))


def paid_twice(excess: int = 450_000) -> Payment:
    """Its bill did not need so much any more when it came."""
    duplicate = e.DuplicateSuccess(excess=shillings(excess))
    return apply(a_payment(), duplicate, NOW, reference=a_payment().reference)


def taken(payment: Payment, reason: RefundReason, amount: int) -> list[tuple[Pot, str | None, int]]:
    parts = parts_of(payment, reason, shillings(amount))
    return [(part.pot, part.bill, part.amount.minor) for part in parts]


@pytest.mark.covers("F1", "F10")
def test_the_whole_amount_may_go_back_and_the_fees_of_others_never() -> None:
    payment = a_payment()
    assert refundable(payment) == payment.amount
    assert (
        sum(pot.amount.minor for pot in pots_left(payment)) == (payment.amount + payment.fees.platform).minor
    )


@pytest.mark.covers("F10", "F3")
@pytest.mark.parametrize("reason", RefundReason)
def test_our_own_fee_goes_back_by_the_table_and_in_the_share_of_the_part(reason: RefundReason) -> None:
    payment = a_payment()
    half = parts_of(payment, reason, shillings(225_000))
    fee = sum(part.amount.minor for part in half if part.pot is Pot.FEE)
    assert payment.fees.platform == shillings(2_250)
    assert fee == (1_125 if TERMS[reason].fee_back else 0)


def test_thirds_bring_the_fee_back_to_the_last_shilling() -> None:
    payment, reason = a_payment(), RefundReason.LANDLORD_CANCELLATION
    for number in range(3):
        asked = requested(payment, shillings(150_000), reason=reason, refund=a_reference(700 + number))
        payment = told(payment, *road(RefundState.SUCCEEDED, asked))
    assert [pot.amount.minor for pot in pots_left(payment)] == [0, 0, 0]
    assert payment.reserved == shillings(452_250)
    assert payment.status is PaymentStatus.REFUNDED


@pytest.mark.covers("F2", "D20")
@pytest.mark.parametrize("amount", [0, -1, 450_001])
def test_nothing_and_more_than_is_left_cannot_be_asked(amount: int) -> None:
    with pytest.raises(BeyondWhatIsLeft):
        parts_of(a_payment(), RefundReason.OTHER, shillings(amount))


@pytest.mark.covers("F2", "D20")
def test_two_requests_that_did_not_know_of_each_other_cannot_both_stand() -> None:
    payment = a_payment()
    first = requested(payment, shillings(300_000))
    second = replace(first, refund=a_reference(501))
    with pytest.raises(IllegalRefund, match="more than is left"):
        told(payment, first, second)


def test_of_several_bills_the_one_that_was_due_last_gives_first() -> None:
    first, second = OF_TWO
    assert taken(of_two_bills(), RefundReason.OTHER, 250_000) == [
        (Pot.BILL, second, 200_000),
        (Pot.BILL, first, 50_000),
    ]


def test_what_was_paid_twice_goes_back_before_what_paid_the_bill() -> None:
    payment = paid_twice(50_000)
    bill = payment.bills[0]
    assert taken(payment, RefundReason.DUPLICATE_PAYMENT, 60_000) == [
        (Pot.EXCESS, bill, 50_000),
        (Pot.BILL, bill, 10_000),
        (Pot.FEE, None, 300),
    ]
    cancelled = taken(payment, RefundReason.CANCELLED_APPLICATION, 60_000)
    assert cancelled == [(Pot.BILL, bill, 60_000)]


def test_money_beyond_the_bill_touches_no_bill_and_leaves_the_queue_when_it_is_asked_back() -> None:
    payment = paid_twice()
    asked = requested(payment, shillings(450_000), reason=RefundReason.DUPLICATE_PAYMENT)
    assert {part.uncredited for part in asked.parts} == {None}
    assert payment.excess_waiting == shillings(450_000)
    assert told(payment, asked).excess_waiting is None
    assert a_payment().excess_waiting is None


def test_dollars_of_a_bill_go_with_the_shillings_and_the_last_takes_the_last_cent() -> None:
    bill = a_bill(amount=dollars(17_001), paid=dollars(0))
    payment = a_payment(**paid_in_shillings(bill))
    (part,) = parts_of(payment, RefundReason.OTHER, shillings(265_050))
    assert part.uncredited == dollars(10_000)
    asked = requested(payment, shillings(265_050))
    rest = told(payment, *road(RefundState.SUCCEEDED, asked))
    (last,) = parts_of(rest, RefundReason.OTHER, refundable(rest))
    assert last.uncredited == dollars(7_001)
    assert last.amount == payment.amount - shillings(265_050)


@pytest.mark.covers("F5")
def test_a_second_person_is_needed_above_the_threshold_only() -> None:
    for most in SECOND_PERSON_ABOVE.values():
        assert not needs_second_person(most)
        assert needs_second_person(Money(most.minor + 1, most.currency))


@pytest.mark.covers("D18", "I8")
def test_what_went_back_is_taken_out_of_the_accounts_in_which_it_lay() -> None:
    payment = paid_twice(50_000)
    asked = requested(payment, shillings(60_000), reason=RefundReason.DUPLICATE_PAYMENT)
    agreed = told(payment, *road(RefundState.SUBMITTED, asked))
    after = told(agreed, succeeded())
    posted = {entry.account: entry.amount.minor for entry in entries_of(succeeded(), after, NOW)}
    assert posted == {
        "suspense": 50_000,
        f"deposit:{LEASE}": 10_000,
        "fee:platform": 300,
        "cash:mpesa": -60_300,
    }
    (row,) = transactions_of(succeeded(), after, NOW)
    assert (row.type, row.kind, row.amount) == (TransactionType.REFUND, "refund", shillings(60_300))


BY_PEOPLE = [
    kind
    for kind in REFUND_EVENTS
    if kind not in (r.PaymentReversed, r.ReversalCovered, r.RefundReturned, r.RefundOvertaken)
]
"""What moves by itself has a test of its own."""


@dataclass(frozen=True)
class Step:
    """One thing that somebody tries. `seen`: they had the page of a payment of which nothing had been asked back."""

    kind: type[r.RefundEvent]
    which: int
    minor: int
    reason: RefundReason
    seen: bool


steps = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(BY_PEOPLE) | st.just(r.RefundRequested),
        which=st.integers(0, 5),
        minor=st.integers(1, 250_000),
    ),
    max_size=30,
)


class Play:
    """Requests, decisions and outcomes in any order, as far as the tables and the pots let them."""

    def __init__(self, payment: Payment) -> None:
        self.payment, self.now = payment, NOW
        self.balances: Counter[str] = Counter()

    def do(self, step: Step) -> None:
        self.now += timedelta(minutes=1)
        event = self._asked(step) if step.kind is r.RefundRequested else self._moved(step)
        if event is None:
            return
        try:
            after = apply(self.payment, event, self.now, reference=self.payment.reference)
        except IllegalRefund:
            return
        for entry in entries_of(event, after, self.now):
            self.balances[entry.account] += entry.amount.minor
        self.payment = after

    def _asked(self, step: Step) -> r.RefundEvent | None:
        name = a_reference(500 + len(self.payment.refunds.every))
        seen = replace(self.payment, refunds=NO_REFUNDS) if step.seen else self.payment
        try:
            return requested(seen, shillings(step.minor), reason=step.reason, refund=name)
        except BeyondWhatIsLeft:
            return None

    def _moved(self, step: Step) -> r.RefundEvent | None:
        every = self.payment.refunds.every
        refund = every[step.which % len(every)] if every else None
        if refund is None or (refund.state, step.kind) not in REFUND_TRANSITIONS:
            return None
        return next(event for event in every_event(refund, step.which) if type(event) is step.kind)


@pytest.mark.covers("F2", "D20", "I8")
@pytest.mark.parametrize(
    "payment", [a_payment(), paid_twice(120_000), of_two_bills()], ids=["one", "twice", "two"]
)
@settings(max_examples=150, deadline=None)
@given(steps=steps)
def test_in_whatever_order_no_more_goes_back_than_came_and_the_books_hold(
    payment: Payment, steps: list[Step]
) -> None:
    play = Play(payment)
    for step in steps:
        play.do(step)
        now = play.payment
        assert now.received
        assert now.reserved <= now.received
        assert all(pot.amount.minor >= 0 for pot in pots_left(now))
        assert sum(play.balances.values()) == 0
        gone = now.refunds.sum_back or shillings(0)
        assert play.balances["cash:mpesa"] + play.balances["cash:by_hand"] == -gone.minor
        back = sum(one.without_fee.minor for one in now.refunds.sent_back)
        assert (now.status is PaymentStatus.REFUNDED) == (back == now.amount.minor)
        assert now.state is State.COMPLETED
        assert all(one.is_open == (one.state in OPEN_REFUND) for one in now.refunds)


def test_a_refund_that_failed_makes_its_money_free_for_the_next() -> None:
    failed = with_refund(RefundState.FAILED, amount=shillings(450_000))
    assert refundable(failed) == shillings(450_000)
    assert refundable(with_refund(RefundState.UNKNOWN, amount=shillings(450_000))) == shillings(0)
    assert failed.refunds.named(REFUND).requested_by == TENANT
