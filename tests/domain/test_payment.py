"""A payment: the table of transitions is complete, and the fold takes nothing else."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import events as e
from portal.domain.fold import apply, fold
from portal.domain.method import PaymentMethod
from portal.domain.money import shillings
from portal.domain.outcome import Awaits, Reason, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import (
    AWAITED,
    CALLED_OFF,
    FINAL,
    IN_FLIGHT,
    OPEN,
    STATUS,
    TRANSITIONS,
    IllegalTransition,
    PaymentStatus,
    State,
    ends_of,
    next_state,
    state_after,
)
from portal.domain.receipt import ReceiptNumber
from tests import makers
from tests.facts import TOTAL
from tests.makers import NOW, PAYMENT, RECEIPT_CODE, a_payment, a_payment_history

STATES = [None, *State]


def after(payment: Payment, event: e.Event) -> Payment:
    return apply(payment, event, NOW, reference=PAYMENT)


@pytest.mark.covers("D68")
@pytest.mark.parametrize("state,kind", list(product(STATES, e.EVENT_TYPES)))
def test_every_event_in_every_state_is_in_the_table_or_refused(
    state: State | None, kind: type[e.Event]
) -> None:
    if (state, kind) in TRANSITIONS:
        assert next_state(state, kind) is TRANSITIONS[state, kind]
    else:
        with pytest.raises(IllegalTransition, match=kind.__name__):
            next_state(state, kind)


def test_every_event_has_an_edge_and_every_state_can_be_reached() -> None:
    assert {kind for _, kind in TRANSITIONS} == set(e.EVENT_TYPES)
    reached: set[State | None] = {None}
    while new := {end for (start, _), end in TRANSITIONS.items() if start in reached} - reached:
        # Where the payer's turn begins depends on what an accepted request waits for.
        reached |= new | (set(AWAITED.values()) if State.AWAITING_PAYER in new else set())
    assert reached == set(STATES)


@pytest.mark.parametrize("awaits", Awaits)
def test_an_accepted_request_waits_for_what_it_says(awaits: Awaits) -> None:
    accepted = e.PushAccepted(request_id="cs_1", awaits=awaits, page="https://pay.example/1")
    payment = after(a_payment(State.SUBMITTING), accepted)
    assert payment.state is AWAITED[awaits]
    assert payment.status is PaymentStatus.PENDING
    assert payment.page == "https://pay.example/1"
    assert after(a_payment(State.COMPLETED), accepted).state is State.COMPLETED


def test_a_card_that_is_asked_without_a_page_leaves_nothing_to_the_payer() -> None:
    asked = e.PushAccepted(request_id="pi_1", awaits=Awaits.CARD)
    payment = after(a_payment(State.SUBMITTING), asked)
    assert (payment.state, payment.request_id, payment.page) == (State.PROCESSING, "pi_1", None)
    assert after(payment, makers.completed(payment.total)).state is State.COMPLETED


@pytest.mark.parametrize(
    "page,state", [(None, State.UNCERTAIN), ("https://pay.example/1", State.AWAITING_CARD)]
)
def test_a_page_that_came_after_all_can_be_paid_on_and_a_late_prompt_stays_in_question(
    page: str | None, state: State
) -> None:
    lost = after(a_payment(State.SUBMITTING), makers.uncertain())
    assert lost.state is State.UNCERTAIN
    awaits = Awaits.CARD if page else Awaits.PHONE
    payment = after(lost, e.PushAccepted(request_id="cs_1", awaits=awaits, page=page))
    assert (payment.state, payment.request_id) == (state, "cs_1")


def test_a_card_that_does_not_do_leaves_the_page_open_and_says_why() -> None:
    declined = makers.heard(says_paid=False, reason=Reason.CARD_DECLINED, code="do_not_honor")
    payment = after(a_payment(State.AWAITING_CARD), declined)
    assert (payment.state, payment.reason) == (State.AWAITING_CARD, Reason.CARD_DECLINED)
    assert payment.code == "do_not_honor"
    assert after(payment, makers.heard()).state is State.PROCESSING
    assert after(a_payment(State.PROCESSING), declined).state is State.PROCESSING
    assert after(a_payment(State.PROCESSING), declined).reason is None


@pytest.mark.parametrize("state,kind", TRANSITIONS)
@given(data=st.data())
def test_no_event_leads_to_a_state_that_is_not_foretold(
    state: State | None, kind: type[e.Event], data: st.DataObject
) -> None:
    event: Any = data.draw(st.builds(kind))
    assert state_after(state, event) in ends_of(state, kind)


def test_every_state_is_open_or_final_and_the_outside_knows_each() -> None:
    assert set(OPEN) | set(FINAL) == set(State)
    assert not set(OPEN) & set(FINAL)
    assert set(IN_FLIGHT) < set(OPEN)
    assert set(CALLED_OFF) < set(FINAL)
    assert set(STATUS) == set(State)


@pytest.mark.covers("D40", "B10")
def test_uncertain_is_a_state_of_its_own_and_never_shown_as_failed() -> None:
    assert a_payment(State.UNCERTAIN).status is PaymentStatus.PROCESSING
    assert a_payment(State.EXPIRED).status is PaymentStatus.CANCELLED


@pytest.mark.covers("D08")
def test_nothing_leads_back_from_completed() -> None:
    assert {end for (start, _), end in TRANSITIONS.items() if start is State.COMPLETED} == {State.COMPLETED}


@pytest.mark.covers("B11")
@pytest.mark.parametrize("state", CALLED_OFF)
def test_what_was_called_off_comes_back_only_as_paid_or_in_question(state: State) -> None:
    ends = {end for (start, _), end in TRANSITIONS.items() if start is state}
    assert ends == {state, State.COMPLETED, State.UNCERTAIN}
    assert TRANSITIONS[state, e.LateSuccessReceived] is State.COMPLETED


def test_a_failure_needs_a_provider_that_said_so() -> None:
    assert {kind for (_, kind), end in TRANSITIONS.items() if end is State.FAILED} == {
        e.PushRejected,
        e.PaymentFailed,
        # Notes about a payment that had failed before.
        e.PushAccepted,
        e.ProviderEventReceived,
        e.ClaimMade,
        e.VerificationResult,
    }


@pytest.mark.covers("D54")
@pytest.mark.parametrize("state", State)
def test_a_payment_is_the_fold_of_its_history(state: State) -> None:
    history = a_payment_history(state)
    payment = fold(PAYMENT, history)
    assert payment.state is state
    assert payment.version == len(history)
    assert (payment.created_at, payment.updated_at) == (history[0][1], history[-1][1])


def test_a_history_that_cannot_be_is_refused() -> None:
    with pytest.raises(IllegalTransition, match="no history"):
        fold(PAYMENT, [])
    with pytest.raises(IllegalTransition, match="does not begin with PushRequested"):
        fold(PAYMENT, [(e.PushRequested(), NOW)])
    with pytest.raises(IllegalTransition, match="PaymentInitiated in CREATED"):
        fold(PAYMENT, [(makers.initiated(), NOW)] * 2)


@given(st.lists(st.sampled_from(e.EVENT_TYPES), max_size=8))
def test_no_order_of_kinds_escapes_the_table(kinds: list[type[e.Event]]) -> None:
    state: State | None = None
    for kind in kinds:
        try:
            state = next_state(state, kind)
        except IllegalTransition:
            assert (state, kind) not in TRANSITIONS


@pytest.mark.covers("D02")
def test_the_payer_is_asked_for_the_amount_and_every_fee() -> None:
    payment = a_payment(State.CREATED)
    fees = payment.fees
    assert payment.total == payment.amount + fees.platform + fees.processing + fees.provider == TOTAL


def test_the_answer_to_the_push_tells_both_ids() -> None:
    payment = after(a_payment(State.SUBMITTING), makers.accepted(provider_reference="29115-1"))
    assert (payment.request_id, payment.provider_reference) == (makers.REQUEST_ID, "29115-1")


def test_a_refused_push_says_why() -> None:
    payment = after(
        a_payment(State.SUBMITTING), e.PushRejected(reason=Reason.PAYEE_PROBLEM, code="400.002.02")
    )
    assert (payment.state, payment.reason, payment.code) == (State.FAILED, Reason.PAYEE_PROBLEM, "400.002.02")


@pytest.mark.parametrize("state", [State.CANCELLED, State.EXPIRED])
def test_who_called_off_a_payment_needs_no_reason(state: State) -> None:
    payment = a_payment(state)
    assert payment.reason is None
    assert payment.code is not None


def test_a_wish_to_cancel_is_remembered() -> None:
    assert after(a_payment(State.AWAITING_PAYER), e.PayerActionSeen(action="cancel")).cancel_wanted


@pytest.mark.covers("D16")
def test_a_callback_before_the_answer_to_the_push_is_kept_and_the_answer_adds_to_it() -> None:
    heard_first = after(a_payment(State.SUBMITTING), makers.heard())
    assert (heard_first.state, heard_first.claimed_paid) == (State.PROCESSING, True)
    assert heard_first.request_id == makers.REQUEST_ID
    assert after(heard_first, makers.accepted()).state is State.PROCESSING


def test_a_callback_that_tells_nothing_new_wipes_nothing() -> None:
    payment = after(a_payment(State.PROCESSING), makers.heard(says_paid=False, request_id=None))
    assert (payment.request_id, payment.receipt_code) == (makers.REQUEST_ID, RECEIPT_CODE)
    assert payment.claimed_paid
    assert payment.second_receipt_code is None


def test_a_second_receipt_code_stands_beside_the_first() -> None:
    payment = after(a_payment(State.COMPLETED), makers.heard(receipt_code="UC35OTHER1"))
    assert (payment.receipt_code, payment.second_receipt_code) == (RECEIPT_CODE, "UC35OTHER1")
    assert after(payment, makers.heard()).second_receipt_code == "UC35OTHER1"


def test_a_code_of_another_payment_is_never_this_payment_s_own() -> None:
    stolen = makers.heard(receipt_code=None, foreign_code="UC35OTHER1")
    payment = after(a_payment(State.AWAITING_PAYER), stolen)
    assert (payment.receipt_code, payment.second_receipt_code) == (None, "UC35OTHER1")


def test_a_verified_code_goes_before_a_claimed_one() -> None:
    payment = after(a_payment(State.PROCESSING), makers.completed(TOTAL, receipt_code="UC35VERIFY"))
    assert (payment.receipt_code, payment.second_receipt_code) == ("UC35VERIFY", RECEIPT_CODE)


@pytest.mark.covers("D53")
def test_a_completed_payment_has_one_instant_and_keeps_the_provider_s_beside_it() -> None:
    payment = after(a_payment(State.UNCERTAIN), makers.completed(TOTAL, source=Source.WORKER))
    assert (payment.completed_at, payment.provider_paid_at) == (NOW, NOW)
    assert (payment.received, payment.reason, payment.code, payment.late) == (TOTAL, None, None, False)


def test_success_without_a_code_keeps_the_code_a_callback_told() -> None:
    payment = after(
        a_payment(State.PROCESSING), makers.completed(TOTAL, receipt_code=None, provider_paid_at=None)
    )
    assert payment.receipt_code == RECEIPT_CODE
    assert payment.provider_paid_at is None


@pytest.mark.covers("B11")
@pytest.mark.parametrize("state", CALLED_OFF)
def test_money_after_the_end_completes_the_payment_late(state: State) -> None:
    payment = after(a_payment(state), makers.came_late(TOTAL))
    assert (payment.state, payment.late, payment.received) == (State.COMPLETED, True, TOTAL)


@pytest.mark.parametrize(
    "reopening", [makers.uncertain(reason=Reason.CONTRADICTION), makers.mismatch(shillings(5))]
)
def test_a_payment_put_in_question_after_its_end_stays_late(reopening: e.Event) -> None:
    reopened = after(a_payment(State.FAILED), reopening)
    assert (reopened.state, reopened.late) == (State.UNCERTAIN, True)
    assert after(reopened, makers.completed(TOTAL)).late
    assert not after(a_payment(State.PROCESSING), reopening).late


@pytest.mark.covers("D12")
def test_a_wrong_amount_leaves_the_payment_in_question_with_what_came() -> None:
    payment = after(a_payment(State.PROCESSING), makers.mismatch(shillings(400_000)))
    assert (payment.state, payment.reason) == (State.UNCERTAIN, Reason.WRONG_AMOUNT)
    assert payment.received == shillings(400_000)


def test_a_wrong_amount_after_completion_changes_only_the_reason() -> None:
    settled = a_payment(State.COMPLETED)
    payment = after(settled, makers.mismatch(shillings(400_000)))
    assert (payment.state, payment.received) == (State.COMPLETED, TOTAL)
    assert payment.reason is Reason.WRONG_AMOUNT


@pytest.mark.covers("B19")
def test_what_a_bill_did_not_need_is_not_applied_to_it() -> None:
    settled = a_payment(State.COMPLETED)
    assert settled.applied == settled.amount
    twice = after(settled, e.DuplicateSuccess(excess=shillings(50_000)))
    assert twice.applied == shillings(400_000)


@pytest.mark.covers("C1")
def test_a_receipt_has_a_number_a_code_and_later_a_file() -> None:
    payment = a_payment(State.COMPLETED)
    assert payment.receipt == ReceiptNumber("MOL", 2026, 1)
    assert payment.receipt_check is not None
    rendered = after(payment, e.ReceiptRendered(version=1, sha256="ab" * 32))
    assert (rendered.receipt_version, rendered.receipt_sha256) == (1, "ab" * 32)
    assert rendered.status is PaymentStatus.COMPLETED


def test_of_a_transfer_the_day_in_dar_es_salaam_is_known_and_of_a_wallet_the_hour() -> None:
    late = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
    by_wallet = replace(a_payment(State.COMPLETED), provider_paid_at=late)
    by_bank = replace(by_wallet, method=PaymentMethod.BANK_TRANSFER)
    assert (by_wallet.paid_on, by_bank.paid_on) == (None, date(2026, 3, 3))
    assert replace(by_bank, provider_paid_at=None).paid_on is None
