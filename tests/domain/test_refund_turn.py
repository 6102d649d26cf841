"""A later word against the end that a refund had: the books follow what is proved, and never beyond what came."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain import events as e
from portal.domain import refund_desk_events as d
from portal.domain import refund_events as r
from portal.domain.bill import Bill
from portal.domain.fold import apply
from portal.domain.ledger import entries_of
from portal.domain.money import shillings
from portal.domain.outcome import Pending, Reason, Source, Unknown
from portal.domain.payment import Payment
from portal.domain.payment_state import PaymentStatus
from portal.domain.refund import REFUND_TRANSITIONS, IllegalRefund, Refund, RefundState
from portal.domain.refund_outcome import NotRefunded, Refunded, RefundOutcome, RefundRefusal, RefundRoute
from portal.domain.refund_pots import pots_left
from portal.domain.refund_reason import RefundReason
from portal.domain.refund_turn import beyond_when_returned, decide_turn, possible_findings, still_fits
from portal.domain.transaction import RETURNED, TransactionType, transactions_of
from tests.makers import (
    LANDLORD,
    LEASE,
    NOW,
    OFFICE,
    a_bill,
    a_payment,
    a_reference,
    dollars,
    paid_in_shillings,
)
from tests.refunds import (
    PART,
    REFUND,
    approved,
    every_event,
    found,
    refund_failed,
    requested,
    returned,
    reversed_by_itself,
    road,
    succeeded,
    told,
    with_refund,
)

S = RefundState
BACK = Refunded("RC9", PART, NOW)
NO = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "expired_or_canceled_card")


def turned(payment: Payment, word: RefundOutcome, *, proved: bool = True) -> list[str]:
    refund = payment.refunds.named(REFUND)
    events = decide_turn(payment, refund, word, Source.CALLBACK, proved=proved)
    return [type(event).__name__ for event in events]


@pytest.mark.covers("F4", "D55")
def test_a_proved_word_turns_the_end_and_one_that_is_not_is_kept_for_people() -> None:
    gone, failed = with_refund(S.SUCCEEDED), with_refund(S.FAILED)
    assert turned(gone, NO) == ["RefundReturned"]
    assert turned(failed, BACK) == turned(failed, Refunded(None)) == ["RefundSucceeded"]
    assert turned(gone, NO, proved=False) == turned(failed, BACK, proved=False) == ["RefundContradicted"]


@pytest.mark.parametrize("word", [BACK, NO, Pending(), Unknown(Reason.AMBIGUOUS, "timeout")])
def test_what_is_not_over_or_not_against_its_end_is_not_turned(word: RefundOutcome) -> None:
    for state in (S.REQUESTED, S.APPROVED, S.SUBMITTED, S.UNKNOWN, S.REJECTED):
        assert turned(with_refund(state), word) == []
    agreeing = S.FAILED if word is NO else S.SUCCEEDED
    assert turned(with_refund(agreeing), word) == []


def test_the_same_contradiction_is_kept_once() -> None:
    doubted = told(
        with_refund(S.SUCCEEDED), r.RefundContradicted(refund=REFUND, says_sent=False, code=NO.code)
    )
    assert turned(doubted, NO, proved=False) == []
    assert turned(doubted, replace(NO, code="another"), proved=False) == ["RefundContradicted"]
    assert turned(with_refund(S.FAILED), Refunded(None), proved=False) == ["RefundContradicted"]


def test_another_amount_than_ours_turns_nothing() -> None:
    other = Refunded("RC9", shillings(5))
    assert (
        turned(with_refund(S.FAILED), other)
        == turned(with_refund(S.SUCCEEDED), other)
        == ["RefundContradicted"]
    )


def test_no_provider_turns_what_the_office_sent_by_hand() -> None:
    asked = with_refund(S.REQUESTED)
    agreed = approved(with_refund(S.REQUESTED).refunds.named(REFUND), route=RefundRoute.BY_HAND)
    by_hand = told(asked, agreed, succeeded(sent_by=OFFICE))
    assert turned(by_hand, NO) == ["RefundContradicted"]


@pytest.mark.covers("F2", "D20")
def test_money_that_was_promised_elsewhere_meanwhile_does_not_go_twice() -> None:
    failed = with_refund(S.FAILED, amount=shillings(450_000))
    again = told(failed, requested(failed, shillings(1), refund=a_reference(501)))
    assert still_fits(failed, failed.refunds.named(REFUND))
    assert not still_fits(again, again.refunds.named(REFUND))
    assert turned(again, Refunded("RC9")) == ["RefundContradicted"]
    with pytest.raises(IllegalRefund, match="more than is left"):
        told(again, succeeded())


@pytest.mark.covers("I8", "D18")
def test_what_comes_back_is_posted_backwards_and_the_payment_is_paid_again() -> None:
    gone = with_refund(S.SUCCEEDED, reason=RefundReason.LANDLORD_CANCELLATION)
    back = told(gone, returned())
    posted = {entry.account: entry.amount.minor for entry in entries_of(returned(), back, NOW)}
    assert posted == {f"deposit:{LEASE}": -100_000, "fee:platform": -500, "cash:mpesa": 100_500}
    (row,) = transactions_of(returned(), back, NOW)
    assert (row.type, row.kind, row.amount) == (TransactionType.REFUND, RETURNED, shillings(100_500))
    refund = back.refunds.named(REFUND)
    assert (back.status, back.reserved) == (PaymentStatus.COMPLETED, shillings(0))
    assert (refund.state, refund.went_at, refund.waits_for_office) == (S.FAILED, None, True)


def test_what_went_after_all_counts_from_when_it_went() -> None:
    late = told(with_refund(S.FAILED), succeeded(sent_at=NOW - timedelta(days=2)))
    refund = late.refunds.named(REFUND)
    assert (late.status, refund.refusal) == (PaymentStatus.PARTIALLY_REFUNDED, None)
    assert (refund.went_at, refund.ended_at) == (NOW - timedelta(days=2), NOW)
    assert late.refunds.last_back_at == NOW - timedelta(days=2)
    unknown = told(with_refund(S.FAILED), succeeded(sent_at=None)).refunds.named(REFUND)
    assert unknown.went_at == NOW


@pytest.mark.parametrize(
    "state,possible",
    [
        (S.REQUESTED, ()),
        (S.APPROVED, ()),
        (S.SUBMITTED, (True, False)),
        (S.UNKNOWN, (True, False)),
        (S.SUCCEEDED, (False,)),
        (S.FAILED, (True,)),
        (S.REJECTED, ()),
    ],
)
def test_only_what_is_not_said_already_can_be_found(state: RefundState, possible: tuple[bool, ...]) -> None:
    payment = with_refund(state)
    assert possible_findings(payment, payment.refunds.named(REFUND)) == possible


def test_nobody_finds_that_money_went_which_went_elsewhere() -> None:
    failed = with_refund(S.FAILED, amount=shillings(450_000))
    again = told(failed, requested(failed, shillings(1), refund=a_reference(501)))
    assert possible_findings(again, again.refunds.named(REFUND)) == ()


def test_of_what_went_by_itself_nothing_is_left_to_find() -> None:
    payment = a_payment()
    gone = told(payment, reversed_by_itself(payment, PART))
    assert possible_findings(gone, gone.refunds.named(REFUND)) == ()


def test_what_was_only_told_to_have_failed_may_have_gone_until_somebody_was_asked_or_has_looked() -> None:
    said = replace(refund_failed(), source=Source.CALLBACK)
    failed = told(with_refund(S.SUBMITTED), said)
    assert possible_findings(failed, failed.refunds.named(REFUND)) == (True, False)
    looked = told(failed, found(went=False), r.RefundEndConfirmed(refund=REFUND, confirmed_by=OFFICE))
    refund = looked.refunds.named(REFUND)
    assert (refund.may_have_gone, refund.finding, refund.ended_by) == (False, None, OFFICE)
    asked = told(failed, r.RefundEndConfirmed(refund=REFUND))
    assert possible_findings(asked, asked.refunds.named(REFUND)) == (True,)
    doubted = told(asked, r.RefundContradicted(refund=REFUND, says_sent=True, code="x"))
    closed = told(doubted, d.RefundClosed(refund=REFUND, closed_by=OFFICE, note="x"))
    assert all(one.refunds.named(REFUND).may_have_gone for one in (doubted, closed))
    assert not told(doubted, succeeded()).refunds.named(REFUND).may_have_gone


def test_findings_are_made_one_after_the_other_and_fall_with_the_state() -> None:
    once = told(with_refund(S.UNKNOWN), found(went=True))
    assert once.refunds.named(REFUND).waits_for_office
    with pytest.raises(IllegalRefund, match="one finding after the other"):
        told(once, found(went=False))
    assert told(once, refund_failed()).refunds.named(REFUND).finding is None
    dropped = told(once, d.RefundFindingDropped(refund=REFUND, finding="x", dropped_by=OFFICE))
    assert dropped.refunds.named(REFUND).finding is None


def test_only_one_person_takes_what_is_sent_by_hand() -> None:
    taken = d.RefundTaken(refund=REFUND, taken_by=OFFICE)
    with pytest.raises(IllegalRefund, match="only one person"):
        told(with_refund(S.APPROVED), taken)
    agreed = approved(with_refund(S.REQUESTED).refunds.named(REFUND), route=RefundRoute.BY_HAND)
    mine = told(with_refund(S.REQUESTED), agreed, taken)
    with pytest.raises(IllegalRefund, match="only one person"):
        told(mine, replace(taken, taken_by=LANDLORD))
    free = told(mine, d.RefundLaidBack(refund=REFUND, laid_back_by=OFFICE))
    assert told(free, replace(taken, taken_by=LANDLORD)).refunds.named(REFUND).taken_by == LANDLORD


def test_one_that_failed_waits_until_it_is_closed_and_again_after_the_next_end() -> None:
    failed = with_refund(S.FAILED)
    closed = told(failed, d.RefundClosed(refund=REFUND, closed_by=OFFICE, note="x"))
    assert [one.waits_for_office for one in (*failed.refunds, *closed.refunds)] == [True, False]
    again = told(closed, succeeded(), returned()).refunds.named(REFUND)
    assert (again.waits_for_office, again.closed_at) == (True, None)
    doubted = told(closed, r.RefundContradicted(refund=REFUND, says_sent=True, code="x"))
    assert doubted.refunds.named(REFUND).waits_for_office
    stands = told(doubted, r.RefundEndConfirmed(refund=REFUND)).refunds.named(REFUND)
    assert not stands.waits_for_office


@pytest.mark.covers("B19")
@pytest.mark.parametrize("paid,beyond", [(350_000, []), (400_000, [50_000]), (450_000, [100_000])])
def test_what_comes_back_to_a_bill_that_was_paid_meanwhile_waits_for_the_payer(
    paid: int, beyond: list[int]
) -> None:
    payment = with_refund(S.SUCCEEDED)
    bill = a_bill(paid=shillings(paid))
    events = beyond_when_returned(payment, payment.refunds.named(REFUND), {bill.reference: bill})
    assert [event.excess.minor for event in events] == beyond
    back = told(payment, returned())
    for event in events:
        back = apply(back, event, NOW, reference=back.reference)
    assert (back.excess_waiting or shillings(0)).minor == sum(beyond)
    assert sum(pot.amount.minor for pot in pots_left(back)) == 452_250


def test_of_a_bill_that_was_not_owed_any_more_all_that_comes_back_is_owed_and_paid_again() -> None:
    payment = with_refund(S.SUCCEEDED, reason=RefundReason.PROPERTY_UNAVAILABLE)
    bill = a_bill(paid=shillings(350_000), released=shillings(100_000))
    assert beyond_when_returned(payment, payment.refunds.named(REFUND), {bill.reference: bill}) == []


def test_what_was_set_apart_before_stays_set_apart_beside_it() -> None:
    payment = with_refund(S.SUCCEEDED)
    bill = a_bill(paid=shillings(450_000))
    (first,) = beyond_when_returned(payment, payment.refunds.named(REFUND), {bill.reference: bill})
    once = apply(told(payment, returned()), first, NOW, reference=payment.reference)
    second = a_reference(502)
    gone = told(once, *road(S.SUCCEEDED, requested_of_bill(once, second)))
    (more,) = beyond_when_returned(gone, gone.refunds.named(second), {bill.reference: bill})
    both = apply(told(gone, returned(second)), more, NOW, reference=payment.reference)
    assert (more.excess, both.excess_waiting) == (shillings(50_000), shillings(150_000))


def requested_of_bill(payment: Payment, name: str) -> r.RefundRequested:
    """Of what paid the bill, though there is money beyond it."""
    asked = requested(payment, shillings(50_000), refund=name, reason=RefundReason.CANCELLED_APPLICATION)
    return replace(asked, reason=RefundReason.OTHER)


@settings(deadline=None)
@given(cents=st.integers(1_000, 17_001), asked=st.integers(1, 450_000))
def test_dollars_that_come_back_are_set_apart_with_no_shilling_too_much(cents: int, asked: int) -> None:
    bill = a_bill(amount=dollars(17_001), paid=dollars(0))
    payment = a_payment(**paid_in_shillings(bill))
    gone = told(payment, *road(S.SUCCEEDED, requested(payment, shillings(min(asked, payment.amount.minor)))))
    paid = replace(bill, paid=dollars(cents))
    back = told(gone, returned())
    for event in beyond_when_returned(gone, gone.refunds.named(REFUND), {bill.reference: paid}):
        back = apply(back, event, NOW, reference=back.reference)
    assert all(pot.amount.minor >= 0 for pot in pots_left(back))
    assert sum(pot.amount.minor for pot in pots_left(back)) == (payment.amount + payment.fees.platform).minor


def test_where_rounding_would_set_a_shilling_too_much_apart_one_cent_less_is() -> None:
    bill = a_bill(amount=dollars(5_402), paid=dollars(0))
    payment = a_payment(**paid_in_shillings(bill))
    gone = told(payment, *road(S.SUCCEEDED, requested(payment, shillings(4_663))))
    (part,) = gone.refunds.named(REFUND).parts
    assert part.uncredited == dollars(176)
    paid = {bill.reference: replace(bill, paid=bill.amount)}
    (event,) = beyond_when_returned(gone, gone.refunds.named(REFUND), paid)
    assert event.unneeded == dollars(175)
    assert event.excess <= part.amount
    back = apply(told(gone, returned()), event, NOW, reference=payment.reference)
    assert all(pot.amount.minor >= 0 for pot in pots_left(back))


class Play:
    """A payment, its bill and the books, under words that come in any order; somebody else pays the bill, too."""

    def __init__(self) -> None:
        self.payment, self.now = a_payment(), NOW
        self.bill: Bill = a_bill(paid=shillings(450_000))
        self.balances: Counter[str] = Counter()
        self.others = 0

    def write(self, event: r.RefundEvent) -> None:
        try:
            events: list[e.Event] = [event, *self._beyond(event)]
            for each in events:
                after = apply(self.payment, each, self.now, reference=self.payment.reference)
                for entry in entries_of(each, after, self.now):
                    self.balances[entry.account] += entry.amount.minor
                self.payment = after
        except IllegalRefund:
            return

    def _beyond(self, event: r.RefundEvent) -> list[e.DuplicateSuccess]:
        if not isinstance(event, r.RefundReturned):
            return []
        refund = self.payment.refunds.named(event.refund)
        return beyond_when_returned(self.payment, refund, {self.bill.reference: self.bill_now})

    @property
    def bill_now(self) -> Bill:
        allocation = self.payment.allocations[0]
        gone = sum(one.of_bill for one in map(_Taken, self.payment.refunds.sent_back))
        return replace(self.bill, paid=shillings(allocation.applied.minor - gone + self.others))

    def paid_by_another(self) -> None:
        self.others += self.bill_now.rest.minor


class _Taken:
    def __init__(self, refund: Refund) -> None:
        self.of_bill = sum(part.uncredited.minor for part in refund.parts if part.uncredited)


words = st.sampled_from([BACK, NO, Refunded(None), Pending(), Refunded("RC8", shillings(7))])


@pytest.mark.covers("F2", "D20", "I8", "D55")
@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(0, 99), st.integers(1, 300_000), words, st.booleans()), max_size=40)
)
def test_whatever_a_provider_says_afterwards_the_books_hold_and_no_more_goes_than_came(
    steps: list[tuple[int, int, RefundOutcome, bool]],
) -> None:
    play = Play()
    for number, (choice, minor, word, proved) in enumerate(steps):
        step(play, number, choice, minor, word, proved=proved)
        now = play.payment
        assert now.received
        assert now.reserved <= now.received
        assert all(pot.amount.minor >= 0 for pot in pots_left(now))
        assert sum(play.balances.values()) == 0
        gone = now.refunds.sum_back or shillings(0)
        assert play.balances["cash:mpesa"] + play.balances["cash:by_hand"] == -gone.minor
        assert play.bill_now.paid <= play.bill_now.amount
        for one in now.refunds:
            assert (one.state is S.SUCCEEDED) == (one.went_at is not None)


def step(play: Play, number: int, choice: int, minor: int, word: RefundOutcome, *, proved: bool) -> None:
    every = play.payment.refunds.every
    play.now += timedelta(minutes=1)
    if choice < 20 or not every:
        left = sum(pot.amount.minor for pot in pots_left(play.payment)[:-1])
        if left:
            asked = requested(play.payment, shillings(min(minor, left)), refund=a_reference(500 + number))
            play.write(asked)
        return
    refund = every[choice % len(every)]
    if choice < 30:
        play.paid_by_another()
    elif choice < 60:
        for event in decide_turn(play.payment, refund, word, Source.CALLBACK, proved=proved):
            play.write(event)
    else:
        legal = [
            one for one in every_event(refund, choice) if (refund.state, type(one)) in REFUND_TRANSITIONS
        ]
        for event in legal[minor % len(legal) : minor % len(legal) + 1] if legal else []:
            play.write(event)
