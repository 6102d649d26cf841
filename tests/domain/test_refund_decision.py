"""What a provider's word does to a refund: a definitive one ends it, everything else leaves it open."""

import pytest

from portal.domain import refund_events as r
from portal.domain.money import shillings
from portal.domain.outcome import NotSent, Pending, Reason, Source, Unknown
from portal.domain.refund import RefundState
from portal.domain.refund_decision import contradicts, decide_refund
from portal.domain.refund_outcome import (
    NotRefunded,
    RefundAccepted,
    RefundAnswer,
    Refunded,
    RefundOutcome,
    RefundRefusal,
)
from tests.makers import NOW
from tests.refunds import PART, REFUND, told, with_refund

S = RefundState
BACK = Refunded("RC1", PART, NOW)
NO = NotRefunded(RefundRefusal.LIMIT, "E8003")
LOST = Unknown(Reason.AMBIGUOUS, "read timeout")
AT_THE_PROVIDER = [S.APPROVED, S.SUBMITTED, S.UNKNOWN]
ELSEWHERE = [S.REQUESTED, S.REJECTED, S.SUCCEEDED, S.FAILED]


def kinds(state: RefundState, word: RefundAnswer | RefundOutcome) -> list[str]:
    refund = with_refund(state).refunds.named(REFUND)
    return [type(event).__name__ for event in decide_refund(refund, word, Source.WORKER)]


@pytest.mark.covers("F4")
@pytest.mark.parametrize("state", AT_THE_PROVIDER)
def test_a_definitive_word_ends_it_wherever_it_is(state: RefundState) -> None:
    assert kinds(state, BACK) == kinds(state, Refunded(None)) == ["RefundSucceeded"]
    assert kinds(state, NO) == ["RefundFailed"]
    assert kinds(state, Pending()) == []


@pytest.mark.parametrize("state", ELSEWHERE)
@pytest.mark.parametrize("word", [BACK, NO, LOST, Pending(), NotSent("connect"), RefundAccepted("re_1")])
def test_what_no_provider_decides_is_left_as_it_is(
    state: RefundState, word: RefundAnswer | RefundOutcome
) -> None:
    assert kinds(state, word) == []


def test_an_answer_that_is_lost_makes_it_uncertain_and_never_failed() -> None:
    assert kinds(S.APPROVED, LOST) == ["RefundUncertain"]
    assert kinds(S.UNKNOWN, LOST) == kinds(S.SUBMITTED, LOST) == []


def test_it_is_submitted_only_once_the_provider_has_a_name_for_it() -> None:
    named = RefundAccepted("re_1", "ref")
    assert kinds(S.APPROVED, named) == kinds(S.UNKNOWN, named) == ["RefundSubmitted"]
    assert kinds(S.SUBMITTED, named) == []


def test_what_never_left_is_noted_only_of_a_request_that_was_begun() -> None:
    begun = told(with_refund(S.APPROVED), r.RefundDispatched(refund=REFUND)).refunds.named(REFUND)
    (event,) = decide_refund(begun, NotSent("connect"), Source.WORKER)
    assert event == r.RefundNotSent(refund=REFUND, code="connect")
    assert kinds(S.APPROVED, NotSent("connect")) == []


def test_another_amount_than_ours_is_no_answer_and_a_person_looks() -> None:
    other = Refunded("RC1", shillings(1))
    assert kinds(S.APPROVED, other) == ["RefundUncertain"]
    assert kinds(S.SUBMITTED, other) == kinds(S.UNKNOWN, other) == []
    refund = with_refund(S.SUBMITTED).refunds.named(REFUND)
    assert contradicts(refund, other)


def test_a_word_against_the_end_it_had_is_told_to_people() -> None:
    done, over = (with_refund(state).refunds.named(REFUND) for state in (S.SUCCEEDED, S.FAILED))
    assert contradicts(done, NO)
    assert not contradicts(done, BACK)
    assert contradicts(over, BACK)
    assert not contradicts(over, NO)
    assert not contradicts(done, Pending())
