"""The door's thinking: verified money wins, only a definitive no closes, and no order of facts matters."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import events as e
from portal.domain.decision import decide
from portal.domain.money import Currency, Money, shillings
from portal.domain.outcome import NotPaid, Outcome, Paid, Pending, Reason, Source, Unknown
from portal.domain.payment_state import CALLED_OFF, State
from tests import facts
from tests.facts import TOTAL, Fact, Tale, Wait, completed, told
from tests.makers import RECEIPT_CODE, a_bill, accepted, heard

CANCEL = e.PayerActionSeen(action="cancel")
NO = NotPaid(Reason.WRONG_PIN, "2001")
SILENT = NotPaid(Reason.NO_RESPONSE, "1037")
PAID = Paid(amount=TOTAL, receipt_code=RECEIPT_CODE)
LOST = Unknown(Reason.AMBIGUOUS, "read timeout")
right_facts: st.SearchStrategy[Fact] = (
    facts.paid_facts
    | facts.not_paid_facts
    | facts.undecided_facts
    | facts.claims
    | facts.answers
    | facts.cancels
    | facts.waits
)
tales = st.lists(facts.facts, max_size=10)


def ended(*given_: Fact) -> tuple[State, Reason | None]:
    payment = told(*given_).payment
    return payment.state, payment.reason


def _waits_for_a_person(fact: Fact) -> bool:
    """A provider that speaks of a duplicate without an answer leaves the question to a person."""
    return isinstance(fact, Unknown) and fact.reason in {Reason.DUPLICATE, Reason.WRONG_AMOUNT}


def _brings_money(fact: Fact) -> bool:
    return isinstance(fact, Paid)


@pytest.mark.covers("D08", "D06")
@given(tales)
def test_what_is_completed_stays_completed(given_: list[Fact]) -> None:
    tale = Tale()
    for fact in given_:
        was_paid, money = completed(tale), tale.money
        tale.tell(fact)
        assert not was_paid or (completed(tale) and tale.money == money)


@pytest.mark.covers("D07")
@given(tales, facts.undecided_facts | facts.waits)
def test_not_knowing_calls_nothing_off(given_: list[Fact], last: Fact) -> None:
    tale = told(*given_)
    before = tale.payment.state
    tale.tell(last)
    assert tale.payment.state is before or tale.payment.state is State.UNCERTAIN


@given(tales, facts.paid_facts)
def test_verified_money_wins_unless_a_wrong_amount_or_a_taken_code_waits_for_a_person(
    given_: list[Fact], money: Paid
) -> None:
    tale = told(*given_)
    waits = tale.payment.state is State.UNCERTAIN and tale.payment.reason in {
        Reason.WRONG_AMOUNT,
        Reason.DUPLICATE,
    }
    tale.tell(money)
    assert completed(tale) is not waits


@given(tales)
def test_the_ledger_is_zero_and_nothing_is_booked_twice(given_: list[Fact]) -> None:
    tale = told(*given_)
    assert sum(tale.postings.values()) == 0
    received = tale.payment.received
    assert tale.charges == ([] if received is None else [received or TOTAL])
    assert tale.bill.paid == (tale.payment.applied if completed(tale) else shillings(0))


@pytest.mark.covers("D26", "J6")
@given(tales, facts.facts)
def test_what_is_told_twice_moves_money_once(given_: list[Fact], fact: Fact) -> None:
    once = told(*given_, fact)
    twice = told(*given_, fact, fact)
    assert twice.money == once.money
    assert completed(twice) is completed(once)


@given(tales)
def test_a_called_off_payment_shows_the_provider_s_no(given_: list[Fact]) -> None:
    tale = told(*given_)
    if tale.payment.state in CALLED_OFF:
        assert any(isinstance(fact, NotPaid) for fact in given_)


@pytest.mark.covers("D09", "J6")
@given(st.lists(right_facts.filter(lambda fact: not _waits_for_a_person(fact)), min_size=1, max_size=5))
def test_the_same_facts_book_the_same_money(given_: list[Fact]) -> None:
    ends = [told(*order) for order in set(permutations(given_))]
    assert all(tale.money == ends[0].money for tale in ends)
    assert {completed(tale) for tale in ends} == {any(isinstance(fact, Paid) for fact in given_)}


@given(st.lists(right_facts, max_size=4), st.lists(facts.wrong_amounts, min_size=1, max_size=1))
def test_a_wrong_amount_ends_in_question_or_was_paid_before(given_: list[Fact], wrong: list[Paid]) -> None:
    for order in permutations([*given_, *wrong]):
        tale = told(*order)
        assert tale.payment.state in {State.UNCERTAIN, State.COMPLETED}
        assert tale.payment.reason in {Reason.WRONG_AMOUNT, Reason.DUPLICATE}


@given(st.lists(right_facts.filter(lambda fact: not _brings_money(fact)), max_size=5))
def test_the_provider_s_last_no_settles_what_never_was_paid(given_: list[Fact]) -> None:
    claimed = any(isinstance(fact, e.ProviderEventReceived) and fact.says_paid for fact in given_)
    waits = any(_waits_for_a_person(fact) for fact in given_)
    for order in permutations(given_):
        payment = told(*order, NO).payment
        if claimed and not waits:
            assert (payment.state, payment.reason) == (State.UNCERTAIN, Reason.CONTRADICTION)
        elif not waits:
            assert payment.state in CALLED_OFF


@pytest.mark.covers("D07", "B11")
@pytest.mark.parametrize("answer", [LOST, Pending()])
def test_a_claim_of_success_after_a_no_reopens_the_question_until_an_answer_comes(answer: Outcome) -> None:
    assert ended(accepted(), NO, heard(), answer) == (State.UNCERTAIN, Reason.AMBIGUOUS)
    assert ended(accepted(), NO, answer) == (State.FAILED, Reason.WRONG_PIN)
    assert ended(accepted(), NO, heard(), answer, PAID) == (State.COMPLETED, None)


@pytest.mark.parametrize("money", [Paid(), Paid(amount=TOTAL), PAID])
def test_a_verified_payment_of_the_whole_total_completes(money: Paid) -> None:
    tale = told(accepted(), money)
    success = tale.history[-1][0]
    assert isinstance(success, e.PaymentCompleted)
    assert (success.received, success.receipt_code) == (TOTAL, money.receipt_code)
    assert tale.bill.paid == shillings(450_000)


@pytest.mark.covers("D12", "D02")
@pytest.mark.parametrize(
    "received",
    [shillings(453_499), shillings(453_501), shillings(450_000), shillings(0), Money(453_500, Currency.USD)],
)
def test_another_amount_or_currency_waits_in_suspense(received: Money) -> None:
    tale = told(accepted(), Paid(amount=received, receipt_code=RECEIPT_CODE))
    assert (tale.payment.state, tale.payment.reason) == (State.UNCERTAIN, Reason.WRONG_AMOUNT)
    assert tale.payment.received == received
    assert tale.bill.paid == shillings(0)
    assert not completed(told(accepted(), Paid(amount=received), PAID))


@pytest.mark.covers("D12")
def test_money_that_went_to_another_payee_waits_in_suspense_like_another_amount() -> None:
    def decided(stated: str | None, ours: str | None) -> list[e.Event]:
        tale = told(accepted())
        money = Paid(amount=TOTAL, receipt_code=RECEIPT_CODE, payee=stated)
        return decide(tale.payment, tale.bills, money, Source.CALLBACK, tale.now, ours)

    (mismatch,) = decided("600000", "174379")
    assert isinstance(mismatch, e.AmountMismatch)
    assert (mismatch.received, mismatch.payee) == (TOTAL, "600000")
    for stated, ours in (("174379", "174379"), (None, "174379"), ("600000", None)):
        assert isinstance(decided(stated, ours)[0], e.PaymentCompleted)


def test_a_wrong_amount_after_the_end_waits_in_suspense_too() -> None:
    tale = told(accepted(), NO, Paid(amount=shillings(5)))
    assert (tale.payment.state, tale.payment.reason) == (State.UNCERTAIN, Reason.WRONG_AMOUNT)
    assert tale.postings["suspense"] == -5


def test_another_amount_for_what_is_settled_is_noted_once_and_books_nothing() -> None:
    tale = told(accepted(), PAID)
    money = tale.money
    assert [type(event) for event in tale.tell(Paid(amount=shillings(5)))] == [e.AmountMismatch]
    assert (tale.payment.state, tale.payment.reason) == (State.COMPLETED, Reason.WRONG_AMOUNT)
    assert tale.money == money
    assert tale.tell(Paid(amount=shillings(6))) == []


@pytest.mark.covers("B11")
@pytest.mark.parametrize("called_off", [(NO,), (CANCEL, NO), (Wait(6), SILENT)])
def test_money_after_the_end_is_recorded_by_its_own_event(called_off: tuple[Fact, ...]) -> None:
    tale = told(accepted(), *called_off)
    assert tale.payment.state in CALLED_OFF
    assert isinstance(tale.tell(PAID)[0], e.LateSuccessReceived)
    assert (completed(tale), tale.payment.late) == (True, True)


@pytest.mark.parametrize("reason", Reason)
def test_money_after_a_failure_of_any_reason_is_recorded(reason: Reason) -> None:
    assert completed(told(accepted(), NotPaid(reason, "?"), PAID))


@pytest.mark.covers("B19")
@pytest.mark.parametrize("paid,excess", [(450_000, 450_000), (300_000, 300_000), (1, 1), (0, None)])
def test_money_that_the_bill_does_not_need_any_more_is_set_apart(paid: int, excess: int | None) -> None:
    tale = told(accepted(), PAID, bill=a_bill(paid=shillings(paid)))
    assert tale.payment.excess == (None if excess is None else shillings(excess))
    assert tale.bill.paid == shillings(450_000)
    assert tale.postings["suspense"] == -(excess or 0)


@pytest.mark.covers("D43", "B14")
@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.AMBIGUOUS])
def test_a_definitive_no_fails_with_its_reason(reason: Reason) -> None:
    assert ended(accepted(), NotPaid(reason, "1")) == (State.FAILED, reason)


@pytest.mark.covers("D41")
@pytest.mark.parametrize("no", [NO, SILENT, NotPaid(Reason.CANCELLED_OR_TIMED_OUT, "1032")])
def test_a_payer_who_wanted_out_is_out_once_the_provider_says_unpaid(no: NotPaid) -> None:
    assert ended(accepted(), CANCEL, Pending(), no) == (State.CANCELLED, None)
    assert ended(accepted(), CANCEL, Pending())[0] is State.AWAITING_PAYER


@pytest.mark.covers("D39", "A22")
def test_a_prompt_that_ran_out_expires_only_after_its_time_and_on_the_provider_s_word() -> None:
    unreachable = NotPaid(Reason.PHONE_UNREACHABLE, "1037")
    assert ended(accepted(), Wait(4), SILENT) == (State.FAILED, Reason.NO_RESPONSE)
    assert ended(accepted(), Wait(5), SILENT) == (State.EXPIRED, None)
    assert ended(accepted(), Wait(5), unreachable) == (State.EXPIRED, None)
    assert ended(accepted(), Wait(5), NO) == (State.FAILED, Reason.WRONG_PIN)
    assert ended(accepted(), Wait(600)) == (State.AWAITING_PAYER, None)


def test_a_prompt_still_pending_after_its_time_is_uncertain() -> None:
    assert ended(accepted(), Pending())[0] is State.AWAITING_PAYER
    assert ended(accepted(), Wait(5), Pending()) == (State.UNCERTAIN, Reason.AMBIGUOUS)
    assert told(accepted(), Wait(5), Pending(), Pending()).payment.version == 4


@pytest.mark.covers("D07", "D77", "B10")
@pytest.mark.parametrize("mapped", [True, False])
def test_an_unknown_answer_is_uncertain_after_its_time_and_told_once(mapped: bool) -> None:  # noqa: FBT001
    unmapped = Unknown(Reason.UNKNOWN_ERROR, "777", mapped=mapped)
    assert ended(accepted(), Wait(5), unmapped) == (State.UNCERTAIN, Reason.UNKNOWN_ERROR)
    assert told(accepted(), Wait(5), unmapped, LOST).payment.version == 4
    assert ended(accepted(), Wait(5), unmapped, NO) == (State.FAILED, Reason.WRONG_PIN)


@pytest.mark.covers("D07")
@pytest.mark.parametrize("undecided", [LOST, Unknown(Reason.UNKNOWN_ERROR, "777", mapped=False), Pending()])
def test_an_open_prompt_is_left_as_it_is_by_an_answer_that_decides_nothing(undecided: Outcome) -> None:
    assert ended(accepted(), Wait(4), undecided) == (State.AWAITING_PAYER, None)
    assert ended(accepted(), heard(), Wait(4), undecided) == (State.PROCESSING, None)
    assert ended(accepted(), undecided, CANCEL, undecided, NO) == (State.CANCELLED, None)
    assert completed(told(accepted(), undecided, PAID))
    assert ended(accepted(), undecided, Wait(5), undecided)[0] is State.UNCERTAIN


def test_nothing_undecided_moves_what_has_ended() -> None:
    undecided: list[Outcome] = [LOST, Pending()]
    for outcome in undecided:
        assert ended(accepted(), NO, Wait(10), outcome) == (State.FAILED, Reason.WRONG_PIN)
        assert told(accepted(), PAID, Wait(10), outcome).payment.version == 4


@pytest.mark.covers("D22")
def test_a_callback_that_says_paid_where_the_query_says_no_is_left_to_a_person() -> None:
    contradiction = (State.UNCERTAIN, Reason.CONTRADICTION)
    assert ended(accepted(), heard(), NO) == contradiction
    assert ended(accepted(), NO, heard(), NO) == contradiction
    assert ended(accepted(), Wait(5), LOST, heard(), NO) == contradiction
    assert told(accepted(), heard(), NO, NO, NO).payment.version == 5
    assert completed(told(accepted(), heard(), NO, PAID))


def test_a_no_for_what_is_settled_is_noted_once_for_a_person_and_changes_nothing() -> None:
    tale = told(accepted(), PAID)
    money = tale.money
    assert tale.tell(NO) == [e.VerificationResult(code="2001", source=Source.WORKER)]
    assert (completed(tale), tale.payment.reason, tale.money) == (True, Reason.CONTRADICTION, money)
    assert tale.tell(NO) == []


def test_a_no_for_what_is_settled_does_not_hide_another_amount() -> None:
    wrong = Paid(amount=shillings(5))
    assert ended(accepted(), PAID, wrong, NO) == (State.COMPLETED, Reason.WRONG_AMOUNT)
    assert ended(accepted(), PAID, NO, wrong) == (State.COMPLETED, Reason.WRONG_AMOUNT)


@pytest.mark.parametrize("undecided", [LOST, Pending()])
def test_a_claim_after_the_end_is_in_question_until_the_provider_denies_or_confirms_it(
    undecided: Outcome,
) -> None:
    assert ended(accepted(), NO, heard(), undecided) == (State.UNCERTAIN, Reason.AMBIGUOUS)
    assert ended(accepted(), NO, heard(), undecided, NO) == (State.UNCERTAIN, Reason.CONTRADICTION)
    assert completed(told(accepted(), NO, heard(), undecided, PAID))


def test_a_code_of_another_payment_waits_for_a_person() -> None:
    taken = Unknown(Reason.DUPLICATE, "receipt code of another payment")
    assert ended(accepted(), taken, PAID) == (State.UNCERTAIN, Reason.DUPLICATE)
    assert ended(accepted(), taken, NO) == (State.UNCERTAIN, Reason.DUPLICATE)
    assert ended(accepted(), heard(), taken, NO) == (State.UNCERTAIN, Reason.DUPLICATE)
    assert told(accepted(), taken, taken).payment.version == 4


def test_a_code_of_another_payment_is_a_question_even_where_there_was_one() -> None:
    taken = Unknown(Reason.DUPLICATE, "receipt code of another payment")
    assert ended(accepted(), Wait(5), LOST, taken) == (State.UNCERTAIN, Reason.DUPLICATE)
    assert ended(accepted(), heard(), NO, taken) == (State.UNCERTAIN, Reason.DUPLICATE)
    assert ended(accepted(), Paid(amount=shillings(5)), taken) == (State.UNCERTAIN, Reason.WRONG_AMOUNT)
    assert ended(accepted(), NO, taken) == (State.FAILED, Reason.WRONG_PIN)


def test_a_no_says_nothing_new_about_what_has_ended() -> None:
    for no in (NO, SILENT):
        tale = told(accepted(), NO, no)
        assert tale.payment.version == 4
        assert tale.now < tale.payment.expires_at + timedelta(days=1)
