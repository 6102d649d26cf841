"""Money that goes back by itself: booked once in whatever order it is told, out of the pots, and never refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain import events as e
from portal.domain import refund_events as r
from portal.domain.bill import Bill
from portal.domain.credit import waiting_parts
from portal.domain.credit_events import CreditChosen
from portal.domain.dispute import (
    DisputeCharged,
    DisputeLost,
    DisputeOpened,
    Disputes,
    DisputeVerdict,
    DisputeWon,
    IllegalDispute,
)
from portal.domain.fold import apply
from portal.domain.ledger import TAKEN_BACK, entries_of
from portal.domain.money import Currency, Money, shillings
from portal.domain.outcome import Reason, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import PaymentStatus, State
from portal.domain.refund import IllegalRefund, RefundState
from portal.domain.refund_desk_events import RefundTaken
from portal.domain.refund_outcome import Cause, RefundRefusal, RefundRoute
from portal.domain.refund_part import Pot, RefundPart, covered
from portal.domain.refund_pots import pots_left
from portal.domain.refund_reason import RefundReason
from portal.domain.refund_turn import beyond_when_returned
from portal.domain.reversal import (
    CameBack,
    Claimed,
    WentBack,
    came_back,
    claimed,
    found_again,
    went_back,
)
from portal.domain.transaction import TransactionType, transactions_of
from tests.makers import (
    BILL,
    NOW,
    OFFICE,
    TENANT,
    a_bill,
    a_payment,
    a_reference,
    all_of,
    dollars,
    paid_in_shillings,
)
from tests.refunds import (
    REFUND,
    REFUND_ID,
    approved,
    refund_failed,
    requested,
    returned,
    reversed_by_itself,
    succeeded,
    told,
    with_refund,
)

DISPUTE = "dp_1"
GROSS = shillings(453_500)
NEW = a_reference(600)
SECOND = a_reference(21)


def gone(amount: int = 453_500, **changes: Any) -> WentBack:
    fact = WentBack(
        reference=NEW,
        cause=Cause.ELSEWHERE,
        request_id="re_9",
        amount=shillings(amount),
        code="re_9",
        at=NOW,
    )
    return replace(fact, **changes)


def back(**changes: Any) -> CameBack:
    fact = CameBack(request_id="re_9", reason=RefundRefusal.CALLED_OFF, code="won", at=NOW)
    return replace(fact, **changes)


def hears(payment: Payment, *events: e.Event, at: datetime = NOW) -> Payment:
    for event in events:
        payment = apply(payment, event, at, reference=payment.reference)
    return payment


def reversed_(payment: Payment, amount: int = 453_500, **changes: Any) -> Payment:
    return hears(payment, *went_back(payment, gone(amount, **changes), Source.CALLBACK))


def parts(payment: Payment, refund: str = NEW) -> dict[str, int]:
    return {part.pot: part.amount.minor for part in payment.refunds.named(refund).parts}


def credited_again(payment: Payment, told: CameBack, bills: Mapping[str, Bill]) -> list[e.Event]:
    """What comes back, and what of it its bills do not need any more."""
    events = came_back(payment, told, Source.CALLBACK)
    refunds = [payment.refunds.named(one.refund) for one in events if isinstance(one, r.RefundReturned)]
    return [*events, *(one for refund in refunds for one in beyond_when_returned(payment, refund, bills))]


@pytest.mark.covers("F11", "D78")
def test_all_of_it_goes_out_of_bill_and_fee_and_what_was_paid_on_is_lost() -> None:
    payment = reversed_(a_payment())
    assert parts(payment) == {"BILL": 450_000, "FEE": 2_250, "LOST": 1_250}
    assert (payment.state, payment.status) == (State.COMPLETED, PaymentStatus.REFUNDED)
    assert payment.reason is Reason.REVERSED
    (refund,) = payment.refunds
    assert (refund.state, refund.requested_by) == (RefundState.SUCCEEDED, None)
    assert (refund.by_itself, refund.cause, refund.lost) == (True, Cause.ELSEWHERE, shillings(1_250))
    assert payment.reserved == shillings(452_250)
    event = reversed_by_itself(a_payment(), GROSS)
    after = told(a_payment(), event)
    posted = {entry.account: entry.amount.minor for entry in entries_of(event, after, NOW)}
    assert posted[TAKEN_BACK] == 1_250
    assert posted["cash:mpesa"] == -453_500
    (row,) = transactions_of(event, after, NOW)
    assert (row.type, row.kind, row.amount) == (TransactionType.REFUND, "reversal", GROSS)


@pytest.mark.covers("F11")
def test_a_part_takes_first_what_no_bill_needs() -> None:
    twice = hears(a_payment(), e.DuplicateSuccess(excess=shillings(50_000)))
    payment = reversed_(twice, 60_000)
    assert parts(payment) == {"EXCESS": 50_000, "BILL": 10_000}
    assert payment.status is PaymentStatus.PARTIALLY_REFUNDED


@pytest.mark.covers("F11")
def test_the_same_word_twice_is_one_refund() -> None:
    payment = reversed_(a_payment(), 100_000)
    assert went_back(payment, gone(100_000), Source.CALLBACK) == []
    assert went_back(payment, gone(100_000, at=NOW + timedelta(days=1)), Source.CALLBACK) == []


@pytest.mark.covers("F12")
def test_what_was_asked_for_and_has_not_left_gives_way() -> None:
    waiting = with_refund(RefundState.REQUESTED, amount=shillings(450_000))
    payment = reversed_(waiting)
    assert payment.refunds.named(REFUND).state is RefundState.REJECTED
    assert payment.refunds.named(REFUND).refusal is RefundRefusal.ALREADY_DONE
    assert parts(payment)["BILL"] == 450_000
    agreed = with_refund(RefundState.APPROVED, amount=shillings(450_000))
    assert reversed_(agreed).refunds.named(REFUND).state is RefundState.REJECTED


def test_what_there_is_money_enough_for_is_asked_for_still() -> None:
    waiting = with_refund(RefundState.REQUESTED, amount=shillings(100_000))
    assert reversed_(waiting, 200_000).refunds.named(REFUND).state is RefundState.REQUESTED


@pytest.mark.covers("F12")
@pytest.mark.parametrize("state", [RefundState.SUBMITTED, RefundState.UNKNOWN])
def test_what_may_be_on_its_way_keeps_its_money_until_it_ends(state: RefundState) -> None:
    waiting = with_refund(state, amount=shillings(450_000), reason=RefundReason.DUPLICATE_PAYMENT)
    payment = reversed_(waiting)
    assert parts(payment) == {"LOST": 453_500}
    assert found_again(payment) == []
    went_twice = hears(payment, succeeded(REFUND))
    assert (parts(went_twice), found_again(went_twice)) == ({"LOST": 453_500}, [])
    failed = hears(payment, refund_failed(REFUND))
    again = hears(failed, *found_again(failed))
    assert parts(again) == {"BILL": 450_000, "FEE": 2_250, "LOST": 1_250}
    assert found_again(again) == []


@pytest.mark.covers("F12")
def test_what_never_left_after_all_gives_its_money_to_what_was_lost() -> None:
    begun = hears(
        with_refund(RefundState.APPROVED, amount=shillings(100_000)), r.RefundDispatched(refund=REFUND)
    )
    payment = reversed_(begun)
    assert (parts(payment)["LOST"], found_again(payment)) == (101_250, [])
    never_left = hears(payment, r.RefundNotSent(refund=REFUND, code="ConnectError"))
    after = hears(never_left, *found_again(never_left))
    assert after.refunds.named(REFUND).state is RefundState.REJECTED
    assert (parts(after)["LOST"], found_again(after)) == (1_250, [])


def test_a_request_that_is_under_way_is_never_said_to_have_stayed() -> None:
    agreed = hears(with_refund(RefundState.APPROVED), r.RefundDispatched(refund=REFUND))
    with pytest.raises(IllegalRefund, match="on its way"):
        hears(agreed, r.RefundOvertaken(refund=REFUND))


def test_one_that_somebody_has_taken_to_send_by_hand_may_be_on_its_way() -> None:
    agreed = hears(a_payment(), requested(a_payment(), shillings(100_000)))
    agreed = hears(agreed, approved(agreed.refunds.named(REFUND), route=RefundRoute.BY_HAND))
    taken = hears(agreed, RefundTaken(refund=REFUND, taken_by=OFFICE))
    with pytest.raises(IllegalRefund, match="on its way"):
        hears(taken, r.RefundOvertaken(refund=REFUND))
    assert reversed_(taken).refunds.named(REFUND).state is RefundState.APPROVED
    assert reversed_(agreed).refunds.named(REFUND).state is RefundState.REJECTED


@pytest.mark.covers("F11", "I11")
@pytest.mark.parametrize(
    "amount,left,lost", [(2_250, 450_000, 0), (150_000, 302_250, 0), (453_500, 0, 1_250)]
)
def test_what_the_payer_keeps_gives_what_would_be_lost_otherwise(amount: int, left: int, lost: int) -> None:
    twice = hears(a_payment(), e.DuplicateSuccess(excess=shillings(450_000)))
    kept = hears(twice, CreditChosen(parts=waiting_parts(twice), chosen_by=TENANT))
    assert kept.credit_left == shillings(450_000)
    payment = reversed_(kept, amount)
    assert (payment.credit_left, payment.refunds.named(NEW).lost) == (shillings(left), shillings(lost))


@pytest.mark.covers("F12")
def test_money_that_is_ours_again_pays_what_it_paid() -> None:
    payment = reversed_(a_payment(), cause=Cause.DISPUTE, request_id=DISPUTE)
    later = back(request_id=DISPUTE, at=NOW + timedelta(days=9))
    events = came_back(payment, later, Source.CALLBACK)
    after = hears(payment, *events)
    assert [type(event) for event in events] == [r.RefundReturned]
    assert (after.status, after.reason, after.reserved) == (PaymentStatus.COMPLETED, None, shillings(0))
    assert after.refunds.last_moved_at == NOW
    lines = [(entry.account, entry.amount.minor) for entry in entries_of(events[0], after, NOW)]
    assert ("cash:mpesa", 453_500) in lines
    assert (TAKEN_BACK, -1_250) in lines
    assert [row.kind for row in transactions_of(events[0], after, NOW)] == ["returned"]
    assert came_back(after, later, Source.CALLBACK) == []
    taken_anew = gone(request_id=DISPUTE, at=NOW + timedelta(days=10))
    once_more = hears(after, *went_back(after, taken_anew, Source.CALLBACK))
    assert once_more.status is PaymentStatus.REFUNDED
    assert once_more.refunds.named(NEW).cause is Cause.DISPUTE
    assert went_back(after, gone(request_id=DISPUTE), Source.CALLBACK) == []


@pytest.mark.covers("F12")
@pytest.mark.parametrize("before", [0, 20_000])
def test_a_bill_that_was_paid_meanwhile_does_not_need_it_and_it_is_the_payers(before: int) -> None:
    paid = hears(a_payment(), e.DuplicateSuccess(excess=shillings(before))) if before else a_payment()
    payment = reversed_(paid)
    bill = replace(a_bill(), paid=shillings(300_000))
    after = hears(payment, *credited_again(payment, back(), {BILL: bill}))
    assert after.excess == shillings(300_000)
    assert after.excess_waiting == shillings(300_000)
    assert after.credited == shillings(150_000)


@pytest.mark.covers("F12")
def test_dollars_that_come_back_to_a_paid_bill_are_split_by_the_rate_of_the_payment() -> None:
    bill = a_bill(amount=dollars(20_000), paid=dollars(0))
    payment = a_payment(**paid_in_shillings(bill))
    assert payment.received
    taken = reversed_(payment, payment.received.minor)
    half = replace(bill, paid=dollars(15_000))
    after = hears(taken, *credited_again(taken, back(), {BILL: half}))
    assert after.credited == dollars(5_000)
    assert after.excess == payment.asked_for(dollars(20_000)) - payment.asked_for(dollars(5_000))


def test_a_refund_that_released_its_bill_and_comes_back_makes_it_owed_and_paid_again() -> None:
    sent = with_refund(RefundState.SUCCEEDED, reason=RefundReason.CANCELLED_APPLICATION)
    refund = sent.refunds.named(REFUND)
    events = came_back(sent, back(request_id=refund.request_id, at=NOW), Source.CALLBACK)
    assert [type(event) for event in events] == [r.RefundReturned]


def test_an_older_word_does_not_undo_a_newer_one() -> None:
    payment = reversed_(a_payment(), at=NOW + timedelta(hours=2))
    assert came_back(payment, back(at=NOW), Source.CALLBACK) == []
    assert came_back(a_payment(), back(), Source.CALLBACK) == []


@pytest.mark.covers("F12", "D40")
def test_a_dispute_stands_on_the_payment_until_somebody_was_right() -> None:
    told_first = Claimed(dispute=DISPUTE, amount=GROSS, due_by=NOW, verdict=None, at=NOW)
    opened = hears(a_payment(), *claimed(a_payment(), told_first))
    assert ([one.id for one in opened.disputes.open], opened.reason) == ([DISPUTE], Reason.DISPUTED)
    assert claimed(opened, told_first) == []
    lost = replace(told_first, verdict=DisputeVerdict.LOST, at=NOW + timedelta(days=1))
    ended = hears(opened, *claimed(opened, lost))
    assert (ended.disputes.open, ended.reason) == ([], None)
    assert claimed(ended, lost) == []
    assert claimed(ended, replace(lost, verdict=DisputeVerdict.WON, at=NOW)) == []
    won = replace(lost, verdict=DisputeVerdict.WON, at=NOW + timedelta(days=2))
    assert claimed(ended, won) == [DisputeWon(dispute=DISPUTE, told_at=won.at)]
    assert [type(event) for event in claimed(a_payment(), lost)] == [DisputeOpened, DisputeLost]


@pytest.mark.covers("F12", "I9")
def test_what_a_dispute_costs_is_booked_once_and_given_back_when_it_is_told() -> None:
    dollars = Money(1_500, Currency.USD)
    told = Claimed(dispute=DISPUTE, amount=GROSS, due_by=NOW, verdict=None, at=NOW, fee=dollars)
    charged = hears(a_payment(), *claimed(a_payment(), told))
    later = replace(told, at=NOW + timedelta(days=1))
    assert claimed(charged, told) == claimed(charged, later) == []
    assert claimed(charged, replace(later, fee=shillings(1))) == []
    back = claimed(charged, replace(later, fee=Money(0, Currency.USD)))
    assert back == [DisputeCharged(dispute=DISPUTE, amount=-dollars, told_at=later.at)]
    given_back = hears(charged, *back)
    assert claimed(given_back, told) == []
    assert given_back.disputes.every[0].fee == Money(0, Currency.USD)
    assert (given_back.reserved, given_back.status) == (charged.reserved, charged.status)
    posted = [(entry.account, entry.amount) for entry in entries_of(back[0], given_back, NOW)]
    assert posted == [("cost:mpesa", -dollars), ("cash:mpesa", dollars)]


def test_a_question_about_what_came_is_not_forgotten_over_a_dispute() -> None:
    doubtful = replace(a_payment(), reason=Reason.WRONG_AMOUNT)
    opened = DisputeOpened(dispute=DISPUTE, amount=None, due_by=None, told_at=None)
    assert hears(doubtful, opened).reason is Reason.WRONG_AMOUNT


def test_a_dispute_is_opened_once_and_ends_after_its_beginning() -> None:
    opened = DisputeOpened(dispute=DISPUTE, amount=None, due_by=None, told_at=None)
    with pytest.raises(IllegalDispute):
        Disputes().after(DisputeWon(dispute=DISPUTE, told_at=None), NOW)
    with pytest.raises(IllegalDispute):
        Disputes().after(opened, NOW).after(opened, NOW)


@pytest.mark.covers("F12")
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_dispute_that_was_won_leaves_the_money_here_in_whatever_order_it_is_told(
    order: tuple[int, ...],
) -> None:
    """Opened, withdrawn and won, each some time after the other, and heard in that order."""
    payment = a_payment()
    for number in order:
        at = NOW + timedelta(days=number)
        verdict = DisputeVerdict.WON if number == 2 else None
        told_now = Claimed(dispute=DISPUTE, amount=GROSS, due_by=None, verdict=verdict, at=at)
        payment = hears(payment, *claimed(payment, told_now))
        if number == 1:
            fact = gone(cause=Cause.DISPUTE, request_id=DISPUTE, at=at)
            payment = hears(payment, *went_back(payment, fact, Source.CALLBACK))
        if number == 2:
            ours = back(request_id=DISPUTE, at=at)
            payment = hears(payment, *came_back(payment, ours, Source.CALLBACK))
    assert (payment.status, payment.reason) == (PaymentStatus.COMPLETED, None)
    assert payment.reserved == shillings(0)


def test_more_is_never_found_than_was_lost() -> None:
    lost = RefundPart(pot=Pot.LOST, amount=shillings(5))
    found = RefundPart(pot=Pot.FEE, amount=shillings(6))
    with pytest.raises(ValueError, match="more is found"):
        covered([lost], [found])
    with pytest.raises(ValueError, match="more is found"):
        covered([], [found])
    both = covered([lost, replace(found, amount=shillings(2))], [replace(found, amount=shillings(5))])
    assert both == (RefundPart(pot=Pot.FEE, amount=shillings(7)),)


@dataclass(frozen=True)
class Step:
    """Something moves by itself, comes back, or is asked for and ends."""

    act: str
    which: int
    minor: int
    hours: int


steps = st.lists(
    st.builds(
        Step,
        act=st.sampled_from(["gone", "gone", "back", "ask", "send", "succeed", "fail"]),
        which=st.integers(0, 2),
        minor=st.integers(1, 500_000),
        hours=st.integers(0, 40),
    ),
    max_size=25,
)


class Play:
    """A payment of two bills, with all that posts and credits; whatever is lost is looked for after every step."""

    def __init__(self) -> None:
        bills = (a_bill(amount=shillings(300_000)), a_bill(reference=SECOND, amount=shillings(200_000)))
        self.payment = a_payment(**all_of(*bills))
        self.bills = {bill.reference: replace(bill, paid=bill.amount) for bill in bills}
        self.balances: Counter[str] = Counter()
        self.asked = 0

    def do(self, step: Step) -> None:
        for event in self._events(step):
            self._append(event)
        for event in found_again(self.payment):
            self._append(event)

    def _events(self, step: Step) -> list[e.Event]:
        name, at = f"re_{step.which}", NOW + timedelta(hours=step.hours)
        match step.act:
            case "gone":
                fact = gone(step.minor, reference=a_reference(700 + step.which), request_id=name, at=at)
                return went_back(self.payment, fact, Source.CALLBACK)
            case "back":
                ours = back(request_id=name, at=at)
                return credited_again(self.payment, ours, self.bills)
            case "ask":
                return self._ask(step)
            case _:
                return self._end(step)

    def _ask(self, step: Step) -> list[e.Event]:
        left = sum(pot.amount.minor for pot in pots_left(self.payment) if pot.pot is not Pot.FEE)
        if not left:
            return []
        self.asked += 1
        amount = shillings(min(step.minor, left))
        return [requested(self.payment, amount, refund=a_reference(800 + self.asked))]

    def _end(self, step: Step) -> list[e.Event]:
        wanted = [one for one in self.payment.refunds.open if not one.by_itself]
        if not wanted:
            return []
        refund = wanted[step.which % len(wanted)]
        if step.act == "send" and refund.state is RefundState.REQUESTED:
            return [
                r.RefundApproved(
                    refund=refund.reference,
                    amount=refund.amount,
                    parts=refund.parts,
                    approved_by=a_reference(9),
                    route=None if step.which == 2 else _ROUTE,
                )
            ]
        if refund.state is not RefundState.APPROVED:
            return []
        ends: dict[str, e.Event] = {
            "succeed": succeeded(refund.reference),
            "fail": refund_failed(refund.reference),
        }
        return [ends[step.act]] if step.act in ends else []

    def _append(self, event: e.Event) -> None:
        try:
            after = apply(self.payment, event, NOW, reference=self.payment.reference)
        except IllegalRefund:
            return
        for entry in entries_of(event, after, NOW):
            self.balances[entry.account] += entry.amount.minor
        self.payment = after


_ROUTE = with_refund(RefundState.APPROVED).refunds.named(REFUND).route


@pytest.mark.covers("F11", "F12", "I8")
@settings(max_examples=200, deadline=None)
@given(steps=steps)
def test_whatever_moves_by_itself_the_books_hold_and_nothing_is_lost_that_is_there(steps: list[Step]) -> None:
    play = Play()
    for step in steps:
        play.do(step)
        now = play.payment
        assert now.received
        assert shillings(0) <= now.reserved <= now.received
        left = [pot.amount.minor for pot in pots_left(now)]
        assert min(left) >= 0
        assert sum(play.balances.values()) == 0
        gone_back = now.refunds.sum_back or shillings(0)
        assert play.balances["cash:mpesa"] == -gone_back.minor
        lost = sum(one.lost.minor for one in now.refunds.sent_back)
        assert play.balances[TAKEN_BACK] == lost
        assert not lost or sum(left) == 0
        assert now.state is State.COMPLETED
        assert (now.reason is Reason.REVERSED) == bool(now.refunds.by_itself)


def test_what_came_back_of_a_reversal_is_told_by_its_own_name() -> None:
    payment = told(a_payment(), reversed_by_itself(a_payment(), GROSS), returned())
    refund = payment.refunds.named(REFUND)
    assert (refund.state, refund.request_id) == (RefundState.FAILED, REFUND_ID)
    assert refund.returned_at == NOW
    assert Money(0, GROSS.currency) == payment.reserved
    assert isinstance(a_bill(), Bill)
