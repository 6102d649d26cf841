"""What the office may find out about a payment, and what a finding says at the door."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.domain.correction import Correction, Finding, can_be_decided, possible_findings
from portal.domain.events import AmountMismatch, VerificationResult
from portal.domain.ledger import entries_of
from portal.domain.money import shillings
from portal.domain.outcome import NotPaid, Paid, Reason, Source
from portal.domain.payment_state import CALLED_OFF, State
from portal.domain.receipt_code import CodeFound
from portal.domain.reversal import left_here
from tests.makers import (
    NOW,
    OFFICE,
    PAYMENT,
    RECEIPT_CODE,
    a_payment,
    a_reference,
    dollars,
    failed,
    mismatch,
)
from tests.refunds import reversed_by_itself, told

MONEY = (Finding.MONEY_CAME,)
BOTH = (Finding.MONEY_CAME, Finding.NO_MONEY)


def a_correction(finding: Finding) -> Correction:
    return Correction(
        id=a_reference(90),
        payment=PAYMENT,
        finding=finding,
        amount=shillings(453_500),
        receipt_code=RECEIPT_CODE,
        proposed_by=OFFICE,
        proposed_at=NOW,
    )


@pytest.mark.parametrize(
    "state, possible",
    [
        (State.CREATED, ()),
        (State.SUBMITTING, ()),
        (State.AWAITING_PAYER, ()),
        (State.PROCESSING, ()),
        (State.UNCERTAIN, BOTH),
        (State.COMPLETED, (Finding.WENT_BACK,)),
        (State.FAILED, MONEY),
        (State.CANCELLED, MONEY),
        (State.EXPIRED, MONEY),
    ],
)
def test_only_what_nobody_answers_for_or_was_called_off_can_be_decided(
    state: State, possible: tuple[Finding, ...]
) -> None:
    assert possible_findings(a_payment(state)) == possible


@pytest.mark.parametrize("reason", [Reason.WRONG_AMOUNT, Reason.DUPLICATE])
def test_of_what_nobody_can_read_or_place_the_office_finds_whether_money_came(reason: Reason) -> None:
    assert possible_findings(replace(a_payment(State.UNCERTAIN), reason=reason)) == BOTH


@pytest.mark.parametrize("came", [200_000, 0])
def test_another_amount_that_waits_in_suspense_can_only_go_back_and_once(came: int) -> None:
    waiting = told(a_payment(State.PROCESSING), mismatch(shillings(came), receipt_code="UC36OTHER1"))
    assert waiting.in_question == shillings(came or 453_500)
    assert possible_findings(waiting) == (Finding.WENT_BACK,)
    over = told(waiting, failed(reason=Reason.REVERSED, code="UC36BACK", source=Source.OFFICE))
    assert (over.given_back, over.second_receipt_code) == (True, None)
    assert possible_findings(over) == ()
    moved = entries_of(failed(reason=Reason.REVERSED), over, NOW)
    assert {one.account: one.amount.minor for one in moved} == {
        "suspense": came or 453_500,
        "cash:mpesa": -(came or 453_500),
    }


def test_that_it_went_back_is_a_definitive_no_with_the_operator_s_code() -> None:
    outcome = a_correction(Finding.WENT_BACK).outcome
    assert outcome == NotPaid(Reason.REVERSED, RECEIPT_CODE)


def test_what_a_callback_claimed_can_be_found_to_be_untrue() -> None:
    assert Finding.NO_MONEY in possible_findings(replace(a_payment(State.UNCERTAIN), claimed_paid=True))


@pytest.mark.parametrize("state", CALLED_OFF)
def test_that_no_money_came_for_what_was_called_off_answers_a_code_that_the_payer_gave(state: State) -> None:
    assert possible_findings(replace(a_payment(state), claimed_code="NLJ7RT61SV")) == BOTH


def test_money_that_came_is_told_with_its_amount_and_code() -> None:
    assert a_correction(Finding.MONEY_CAME).outcome == Paid(shillings(453_500), RECEIPT_CODE)


def test_no_money_is_a_definitive_no() -> None:
    outcome = a_correction(Finding.NO_MONEY).outcome
    assert isinstance(outcome, NotPaid)
    assert outcome.reason is Reason.NOT_COMPLETED


def test_what_was_found_right_is_confirmed_only_as_it_stood_then() -> None:
    seen = told(a_payment(), mismatch(shillings(1_000)))
    found = replace(a_correction(Finding.STANDS), version=seen.version)
    assert can_be_decided(seen, found)
    assert not can_be_decided(replace(seen, version=seen.version + 1), found)


@pytest.mark.covers("F11")
def test_of_what_went_back_altogether_nothing_is_left_to_find() -> None:
    payment = a_payment()
    gone = told(payment, reversed_by_itself(payment, payment.total))
    assert possible_findings(gone) == ()
    assert left_here(gone) == shillings(0)
    strange = replace(payment, received=dollars(5))
    assert possible_findings(strange) == ()


@pytest.mark.parametrize(
    "told_beside",
    [mismatch(shillings(1_000)), VerificationResult(code="1032", source=Source.WORKER)],
)
def test_what_was_told_beside_a_payment_is_answered_for_good(
    told_beside: VerificationResult | AmountMismatch,
) -> None:
    doubtful = told(a_payment(), told_beside)
    assert possible_findings(doubtful) == (Finding.STANDS, Finding.WENT_BACK)
    right = VerificationResult(code="", source=Source.OFFICE, found=CodeFound.AS_BOOKED)
    assert told(doubtful, right).reason is None
    assert possible_findings(told(doubtful, right)) == (Finding.WENT_BACK,)


def test_a_second_receipt_code_is_answered_as_well_and_a_reversal_is_not_forgotten_over_it() -> None:
    payment = a_payment()
    twice = replace(
        told(payment, reversed_by_itself(payment, payment.total)), second_receipt_code="UC36OTHER1"
    )
    assert possible_findings(twice) == (Finding.STANDS,)
    right = told(twice, VerificationResult(code="", source=Source.OFFICE, found=CodeFound.AS_BOOKED))
    assert (right.second_receipt_code, right.reason, right.in_doubt) == (None, Reason.REVERSED, False)
