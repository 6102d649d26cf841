"""What the office may find out about a payment, and what a finding says at the door."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.domain.correction import Correction, Finding, possible_findings
from portal.domain.money import shillings
from portal.domain.outcome import NotPaid, Paid, Reason
from portal.domain.payment_state import CALLED_OFF, State
from portal.domain.reversal import left_here
from tests.makers import NOW, OFFICE, PAYMENT, RECEIPT_CODE, a_payment, a_reference, dollars
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
def test_money_that_waits_in_suspense_is_left_alone(reason: Reason) -> None:
    assert possible_findings(replace(a_payment(State.UNCERTAIN), reason=reason)) == ()


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


@pytest.mark.covers("F11")
def test_of_what_went_back_altogether_nothing_is_left_to_find() -> None:
    payment = a_payment()
    gone = told(payment, reversed_by_itself(payment, payment.total))
    assert possible_findings(gone) == ()
    assert left_here(gone) == shillings(0)
    strange = replace(payment, received=dollars(5))
    assert possible_findings(strange) == ()
