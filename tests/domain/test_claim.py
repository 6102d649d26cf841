"""When a payer may say "I have paid", what an answer about the code is worth, and what becomes of a claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from portal.domain import events as e
from portal.domain.claim import LOOKED_FOR, Claimed, Weight, claim_of, may_claim, weight_of
from portal.domain.decision import decide
from portal.domain.fold import apply
from portal.domain.method import CARDS, PaymentMethod
from portal.domain.money import shillings
from portal.domain.outcome import NotPaid, Paid, Reason, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import CALLED_OFF, State
from portal.domain.receipt_code import CodeFound
from tests import makers
from tests.facts import TOTAL
from tests.makers import BILL, NOW, PAYMENT, a_bill, a_payment, a_reference

CODE = "NLJ7RT61SV"
CLAIM = e.ClaimMade(code=CODE)
NOTHING_CAME = NotPaid(Reason.NOT_COMPLETED, "the office found no money")


def after(payment: Payment, *events: e.Event) -> Payment:
    for event in events:
        payment = apply(payment, event, NOW, reference=payment.reference)
    return payment


def found(what: CodeFound, code: str = CODE, source: Source = Source.CLAIM) -> e.VerificationResult:
    return e.VerificationResult(code=code, source=source, found=what)


@pytest.mark.covers("B9")
@pytest.mark.parametrize("state", State)
def test_a_code_can_be_given_while_no_money_is_known_and_no_prompt_is_open(state: State) -> None:
    wanted = {State.AWAITING_BANK, State.UNCERTAIN, *CALLED_OFF}
    assert may_claim(a_payment(state)) is (state in wanted)


def test_money_that_came_is_not_claimed() -> None:
    assert not may_claim(replace(a_payment(State.UNCERTAIN), reason=Reason.WRONG_AMOUNT))


@pytest.mark.parametrize("method", PaymentMethod)
def test_no_operator_sends_the_payer_of_a_card_a_code(method: PaymentMethod) -> None:
    assert may_claim(replace(a_payment(State.FAILED), method=method)) is (method not in CARDS)


@pytest.mark.covers("B9")
@pytest.mark.parametrize(
    "reference, weight",
    [(PAYMENT, Weight.PROOF), (a_reference(99), Weight.OF_ANOTHER), (None, Weight.NO_PROOF)],
)
def test_only_an_answer_that_names_the_payment_proves_anything(reference: str | None, weight: Weight) -> None:
    paid = Paid(TOTAL, CODE, reference=reference)
    assert weight_of(paid, a_payment(State.UNCERTAIN)) is weight


@pytest.mark.parametrize("state", [State.AWAITING_BANK, State.UNCERTAIN, *CALLED_OFF])
def test_a_claim_changes_nothing_but_itself(state: State) -> None:
    before = a_payment(state)
    claimed = after(before, CLAIM)
    assert (claimed.claimed_code, claimed.claim_found) == (CODE, None)
    assert replace(claimed, claimed_code=None, version=before.version, updated_at=before.updated_at) == before


def test_a_code_of_another_payment_is_noted_and_never_this_payment_s_claim() -> None:
    claimed = after(a_payment(State.UNCERTAIN), CLAIM, e.ClaimMade(code="UC35OTHER1", foreign=True))
    assert claimed.claimed_code == CODE


def test_the_newest_claim_is_the_one_that_waits() -> None:
    claimed = after(a_payment(State.EXPIRED), CLAIM, found(CodeFound.KNOWN), e.ClaimMade(code="UC35OTHER1"))
    assert (claimed.claimed_code, claimed.claim_found) == ("UC35OTHER1", None)
    # What comes of the earlier one is no news about it.
    assert after(claimed, found(CodeFound.KNOWN)).claim_found is None
    assert after(claimed, found(CodeFound.OF_ANOTHER)).claimed_code == "UC35OTHER1"


def test_a_code_is_looked_for_as_long_as_was_promised() -> None:
    claimed = after(a_payment(State.EXPIRED), CLAIM)
    history: list[tuple[e.Event, datetime]] = [
        (e.ClaimMade(code="UC35OTHER1"), NOW - timedelta(days=9)),
        (CLAIM, NOW),
    ]
    ends = NOW + LOOKED_FOR
    assert claim_of(claimed, history, ends - timedelta(seconds=1)) is Claimed.LOOKED_FOR
    assert claim_of(claimed, history, ends) is Claimed.NOT_FOUND
    assert claim_of(after(claimed, found(CodeFound.KNOWN)), history, ends) is Claimed.KNOWN
    assert claim_of(a_payment(State.EXPIRED), history, NOW) is None


@pytest.mark.parametrize("what", [CodeFound.OF_ANOTHER, CodeFound.NOTHING])
def test_a_claim_that_is_answered_waits_no_longer(what: CodeFound) -> None:
    answered = after(a_payment(State.FAILED), CLAIM, found(CodeFound.KNOWN), found(what))
    assert (answered.state, answered.claimed_code, answered.claim_found) == (State.FAILED, None, None)


@pytest.mark.parametrize(
    "state, event",
    [
        (State.UNCERTAIN, makers.completed(TOTAL)),
        (State.EXPIRED, makers.came_late(TOTAL)),
        (State.UNCERTAIN, makers.mismatch(shillings(5))),
        (State.UNCERTAIN, makers.failed(source=Source.OFFICE)),
    ],
)
def test_money_and_the_office_s_word_answer_a_claim(state: State, event: e.Event) -> None:
    assert after(a_payment(state), CLAIM, found(CodeFound.KNOWN), event).claimed_code is None


def test_a_provider_s_no_leaves_the_claim_to_be_looked_at() -> None:
    assert after(a_payment(State.UNCERTAIN), CLAIM, makers.failed()).claimed_code == CODE


@pytest.mark.parametrize("state", CALLED_OFF)
def test_that_no_money_came_answers_the_claim_of_what_was_called_off(state: State) -> None:
    claimed = after(a_payment(state), CLAIM)
    (event,) = decide(claimed, {BILL: a_bill()}, NOTHING_CAME, Source.OFFICE, NOW)
    assert event == found(CodeFound.NOTHING, source=Source.OFFICE)
    assert decide(after(claimed, event), {BILL: a_bill()}, NOTHING_CAME, Source.OFFICE, NOW) == []


@pytest.mark.parametrize("source", [source for source in Source if source is not Source.OFFICE])
def test_a_provider_s_no_says_nothing_of_the_code(source: Source) -> None:
    claimed = after(a_payment(State.EXPIRED), CLAIM)
    assert decide(claimed, {BILL: a_bill()}, NOTHING_CAME, source, NOW) == []
