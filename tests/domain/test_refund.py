"""A refund: its table of transitions is complete, and its fold takes nothing else."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import refund_events as r
from portal.domain.fold import apply
from portal.domain.money import shillings
from portal.domain.payment_state import IllegalTransition, PaymentStatus, State
from portal.domain.refund import (
    ASKED_ABOUT_REFUND,
    CALLED_OFF_REFUND,
    ENDED_REFUND,
    OPEN_REFUND,
    REFUND_TRANSITIONS,
    IllegalRefund,
    RefundState,
    ends_of_refund,
    next_refund_state,
    refund_state_after,
)
from portal.domain.refund_events import REFUND_EVENTS
from portal.domain.refund_fold import after
from portal.domain.refund_outcome import RefundRefusal, RefundRoute
from portal.domain.refund_part import Pot, RefundPart
from tests.makers import LANDLORD, NOW, OFFICE, PAYMENT, TENANT, a_payment, a_reference
from tests.refunds import (
    PART,
    REFUND,
    REFUND_ID,
    approved,
    refund_failed,
    requested,
    submitted,
    succeeded,
    told,
    with_refund,
)

STATES = [None, *RefundState]


@pytest.mark.covers("D55", "F4")
@pytest.mark.parametrize("state,kind", list(product(STATES, REFUND_EVENTS)))
def test_every_event_in_every_state_is_in_the_table_or_refused(
    state: RefundState | None, kind: type[r.RefundEvent]
) -> None:
    if (state, kind) in REFUND_TRANSITIONS:
        assert next_refund_state(state, kind) is REFUND_TRANSITIONS[state, kind]
    else:
        with pytest.raises(IllegalRefund, match=kind.__name__):
            next_refund_state(state, kind)


@pytest.mark.covers("D55")
def test_the_states_are_the_seven_and_each_can_be_reached() -> None:
    assert {kind for _, kind in REFUND_TRANSITIONS} == set(REFUND_EVENTS)
    assert set(REFUND_TRANSITIONS.values()) == set(RefundState)
    assert set(OPEN_REFUND) | set(CALLED_OFF_REFUND) | {RefundState.SUCCEEDED} == set(RefundState)
    assert set(ASKED_ABOUT_REFUND) < set(OPEN_REFUND)


def test_nothing_leads_out_of_what_was_declined_and_one_end_only_to_the_other() -> None:
    assert RefundState.REJECTED not in {state for state, _ in REFUND_TRANSITIONS}
    ends = set(ENDED_REFUND)
    assert {end for (state, _), end in REFUND_TRANSITIONS.items() if state in ends} == ends


@pytest.mark.parametrize("state,kind", REFUND_TRANSITIONS)
@given(data=st.data())
def test_no_event_leads_to_a_state_that_is_not_foretold(
    state: RefundState | None, kind: type[r.RefundEvent], data: st.DataObject
) -> None:
    event: Any = data.draw(st.builds(kind))
    assert refund_state_after(state, event) in ends_of_refund(state, kind)


@pytest.mark.parametrize("state", RefundState)
def test_a_refund_is_the_fold_of_its_events(state: RefundState) -> None:
    refund = with_refund(state).refunds.named(REFUND)
    assert (refund.state, refund.amount, refund.requested_by) == (state, PART, TENANT)
    assert refund.is_open == (state in OPEN_REFUND)
    assert (refund.ended_at is None) == refund.is_open


def test_a_refund_begins_with_a_request_and_has_no_second_one() -> None:
    with pytest.raises(IllegalRefund, match="does not begin with RefundSubmitted"):
        after(None, submitted(), NOW)
    asked = with_refund(RefundState.REQUESTED)
    with pytest.raises(IllegalRefund, match="RefundRequested in REQUESTED"):
        told(asked, requested(a_payment()))


@pytest.mark.parametrize("state", [state for state in State if state is not State.COMPLETED])
def test_only_a_payment_that_is_completed_sends_money_back(state: State) -> None:
    with pytest.raises(IllegalTransition, match="RefundRequested"):
        told(a_payment(state), requested(a_payment()))


@pytest.mark.covers("F5", "D56")
def test_a_first_of_two_people_leaves_it_waiting_for_the_second() -> None:
    asked = with_refund(RefundState.REQUESTED)
    once = told(asked, approved(asked.refunds.named(REFUND), route=None))
    refund = once.refunds.named(REFUND)
    assert (refund.state, refund.approved_by) == (RefundState.REQUESTED, (LANDLORD,))
    with pytest.raises(IllegalRefund, match="nobody agrees twice"):
        told(once, approved(refund))
    agreed = told(once, approved(refund, approved_by=OFFICE)).refunds.named(REFUND)
    assert (agreed.state, agreed.approved_by) == (RefundState.APPROVED, (LANDLORD, OFFICE))
    assert agreed.route is RefundRoute.REVERSAL


@pytest.mark.covers("D56")
def test_who_asked_never_approves() -> None:
    asked = with_refund(RefundState.REQUESTED)
    with pytest.raises(IllegalRefund, match="what they asked for themselves"):
        told(asked, approved(asked.refunds.named(REFUND), approved_by=TENANT))


def test_less_can_be_approved_and_never_more() -> None:
    asked = with_refund(RefundState.REQUESTED)
    refund = asked.refunds.named(REFUND)
    (part,) = refund.parts
    less = shillings(40_000)
    smaller = (replace(part, amount=less, uncredited=less),)
    assert told(asked, approved(refund, amount=less, parts=smaller)).refunds.named(REFUND).amount == less
    more = shillings(100_001)
    larger = (replace(part, amount=more, uncredited=more),)
    with pytest.raises(IllegalRefund, match="more than was asked for"):
        told(asked, approved(refund, amount=more, parts=larger))


@pytest.mark.parametrize(
    "parts,problem",
    [
        ((), "not its amount"),
        ((RefundPart(pot=Pot.FEE, amount=shillings(1)),), "not its amount"),
        ((RefundPart(pot=Pot.EXCESS, amount=shillings(0)),), "nothing is no refund"),
    ],
)
def test_parts_that_are_not_the_amount_are_refused(parts: tuple[RefundPart, ...], problem: str) -> None:
    with pytest.raises(IllegalRefund, match=problem):
        told(a_payment(), requested(a_payment(), parts=parts))


def test_nothing_is_no_refund_and_neither_is_less() -> None:
    for amount in (shillings(0), shillings(-5)):
        with pytest.raises(IllegalRefund, match="nothing is no refund"):
            told(a_payment(), replace(requested(a_payment()), amount=amount, parts=()))


def test_a_request_that_never_left_may_be_sent_again() -> None:
    agreed = with_refund(RefundState.APPROVED)
    sent = told(agreed, r.RefundDispatched(refund=REFUND))
    assert sent.refunds.named(REFUND).in_the_air
    back = told(sent, r.RefundNotSent(refund=REFUND, code="connect")).refunds.named(REFUND)
    assert (back.state, back.in_the_air, back.code) == (RefundState.APPROVED, False, "connect")


def test_the_only_request_that_never_left_may_be_sent_again_though_it_was_given_up_for_lost() -> None:
    lost = with_refund(RefundState.UNKNOWN)
    back = told(lost, r.RefundNotSent(refund=REFUND, code="connect")).refunds.named(REFUND)
    assert (back.state, back.in_the_air) == (RefundState.APPROVED, 0)


def test_a_second_try_that_never_left_says_nothing_of_the_first() -> None:
    lost = with_refund(RefundState.UNKNOWN)
    again = told(lost, r.RefundDispatched(refund=REFUND), r.RefundNotSent(refund=REFUND, code="connect"))
    refund = again.refunds.named(REFUND)
    assert (refund.state, refund.in_the_air) == (RefundState.UNKNOWN, 1)
    named = told(again, submitted()).refunds.named(REFUND)
    assert (named.state, named.request_id, named.in_the_air) == (RefundState.SUBMITTED, REFUND_ID, 0)


def test_the_callback_may_overtake_the_answer() -> None:
    agreed = told(with_refund(RefundState.APPROVED), r.RefundDispatched(refund=REFUND))
    assert told(agreed, succeeded()).refunds.named(REFUND).state is RefundState.SUCCEEDED
    failed = told(agreed, refund_failed()).refunds.named(REFUND)
    assert (failed.state, failed.refusal) == (RefundState.FAILED, RefundRefusal.PAYEE_CANNOT_RECEIVE)


@pytest.mark.covers("F1", "S22")
def test_the_public_status_follows_from_what_went_back_alone() -> None:
    for state in RefundState:
        part = with_refund(state)
        went = state is RefundState.SUCCEEDED
        assert part.status is (PaymentStatus.PARTIALLY_REFUNDED if went else PaymentStatus.COMPLETED)
        assert part.state is State.COMPLETED
    whole = with_refund(RefundState.SUCCEEDED, amount=a_payment().amount)
    assert whole.status is PaymentStatus.REFUNDED
    assert (whole.refunds.sum_back, whole.refunds.last_back_at) == (shillings(450_000), NOW)


@pytest.mark.parametrize("state", RefundState)
def test_only_what_came_to_nothing_is_free_again(state: RefundState) -> None:
    free = state in CALLED_OFF_REFUND
    assert with_refund(state).reserved == (shillings(0) if free else PART)


def test_a_refund_that_is_not_of_the_payment_is_not_found() -> None:
    payment = with_refund(RefundState.APPROVED)
    assert [one.reference for one in payment.refunds] == [REFUND]
    assert not payment.refunds.without(REFUND).every
    assert payment.refunds.find(a_reference(501)) is None
    with pytest.raises(LookupError):
        payment.refunds.named(a_reference(501))


def test_a_refund_sent_by_hand_waits_for_the_office() -> None:
    asked = with_refund(RefundState.REQUESTED)
    agreed = told(asked, approved(asked.refunds.named(REFUND), route=RefundRoute.BY_HAND))
    assert agreed.refunds.named(REFUND).by_hand
    assert not with_refund(RefundState.APPROVED).refunds.named(REFUND).by_hand
    sent = told(agreed, succeeded(sent_by=OFFICE, code="FT26030312345")).refunds.named(REFUND)
    assert (sent.ended_by, sent.code, sent.by_hand) == (OFFICE, "FT26030312345", False)


def test_before_anybody_has_agreed_it_goes_no_way() -> None:
    with pytest.raises(LookupError):
        _ = with_refund(RefundState.REQUESTED).refunds.named(REFUND).agreed_route
    assert with_refund(RefundState.APPROVED).refunds.named(REFUND).agreed_route is RefundRoute.REVERSAL


def test_an_open_refund_is_spoken_of_before_those_that_are_over() -> None:
    asked = with_refund(RefundState.REQUESTED)
    second = requested(asked, refund=a_reference(501))
    both = told(asked, second, r.RefundRejected(refund=a_reference(501), rejected_by=LANDLORD))
    assert both.refunds.newest.reference == REFUND
    over = told(both, r.RefundRejected(refund=REFUND, rejected_by=LANDLORD))
    assert (over.refunds.open, over.refunds.newest.reference) == ([], a_reference(501))


def test_an_event_of_a_refund_leaves_the_payment_where_it_is() -> None:
    payment = a_payment()
    asked = apply(payment, requested(payment), NOW, reference=PAYMENT)
    assert (asked.state, asked.version) == (State.COMPLETED, payment.version + 1)
