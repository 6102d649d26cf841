"""Vodacom's answers, as recorded, and what we make of them (providers.md §2.3, §2.5, §2.8)."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

import pytest

from portal.domain.money import Currency, Money
from portal.domain.outcome import (
    Accepted,
    NotPaid,
    Outcome,
    Paid,
    Pending,
    Reason,
    Rejected,
    StartOutcome,
    Unknown,
)
from portal.providers.mpesa_vodacom_codes import OUTCOMES, STATUSES, UNDECIDED
from portal.providers.wire import Answer, NeverSent, Unanswered
from tests.makers import FakeClock
from tests.providers.account import an_inquiry, an_instruction
from tests.providers.recorded import answer, names
from tests.providers.vodacom import stage

CONVERSATION = "fd1e5ac6b4a94e9d9f3a7c1c2e0b8d11"
PAID = Paid(receipt_code="hv9ahxcg4ccv")


def refused(code: str, reason: Reason = Reason.PAYEE_PROBLEM) -> Rejected:
    return Rejected(reason, code)


PUSH_ANSWERS: dict[str, StartOutcome] = {
    "accepted": Accepted(CONVERSATION),
    "accepted_without_transaction": Accepted(CONVERSATION),
    "paid_at_once": Accepted(CONVERSATION, ended=PAID),
    "failed_after_the_prompt": Accepted(CONVERSATION, ended=NotPaid(Reason.NOT_COMPLETED, "INS-6")),
    "insufficient_funds_after_the_prompt": Accepted(
        CONVERSATION, ended=NotPaid(Reason.INSUFFICIENT_FUNDS, "INS-2006")
    ),
    "failed": refused("INS-6", Reason.NOT_COMPLETED),
    "internal_error": Unknown(Reason.AMBIGUOUS, "INS-1"),
    "timed_out": Unknown(Reason.AMBIGUOUS, "INS-9"),
    "duplicate": Unknown(Reason.AMBIGUOUS, "INS-10"),
    "not_found": Unknown(Reason.AMBIGUOUS, "INS-23"),
    "not_indexed": Unknown(Reason.AMBIGUOUS, "INS-6140"),
    "key_of_mozambique": Unknown(Reason.UNKNOWN_ERROR, "INS-2", mapped=False),
    "invalid_short_code": refused("INS-13"),
    "invalid_amount": refused("INS-15"),
    "invalid_reference": refused("INS-17"),
    "invalid_transaction_id": refused("INS-18"),
    "field_missing": refused("INS-20"),
    "field_invalid": refused("INS-21"),
    "invalid_currency": refused("INS-26"),
    "invalid_conversation_id": refused("INS-28"),
    "invalid_purchased_items": refused("INS-30"),
    "invalid_payment_items": refused("INS-31"),
    "transaction_of_another": refused("INS-35"),
    "direct_debit_field": refused("INS-36"),
    "direct_debit_field_2": refused("INS-39"),
    "direct_debit_field_3": refused("INS-40"),
    "direct_debit_field_4": refused("INS-41"),
    "direct_debit_field_5": refused("INS-42"),
    "direct_debit_field_6": refused("INS-43"),
    "session_creation_failed": refused("INS-989"),
    "customer_value_limit": refused("INS-990", Reason.LIMIT_DAILY),
    "customer_count_limit": refused("INS-991", Reason.LIMIT_DAILY),
    "customer_limits": refused("INS-992", Reason.LIMIT_DAILY),
    "organisation_count_limit": refused("INS-993"),
    "organisation_value_limit": refused("INS-994"),
    "single_transaction_limit": refused("INS-995", Reason.LIMIT_PER_PAYMENT),
    "outside_allowed_hours": refused("INS-996"),
    "not_enabled": refused("INS-997"),
    "invalid_market": refused("INS-998"),
    "insufficient_funds": refused("INS-2006", Reason.INSUFFICIENT_FUNDS),
    "number_invalid": refused("INS-2051", Reason.NOT_REGISTERED),
}
QUERY_ANSWERS: dict[str, Outcome] = {
    "paid": PAID,
    "about_our_own_id": PAID,
    "reversed": Unknown(Reason.CONTRADICTION, "reversed"),
    "cancelled": NotPaid(Reason.NOT_COMPLETED, "Cancelled"),
    "expired": NotPaid(Reason.NO_RESPONSE, "Expired"),
    "in_flight": Pending("N/A"),
    "not_found": Pending("INS-23"),
    "not_indexed": Pending("INS-6140"),
    "undocumented": Unknown(Reason.UNKNOWN_ERROR, "Suspended", mapped=False),
    "without_a_status": Unknown(Reason.UNKNOWN_ERROR, "unreadable status", mapped=False),
    "of_another_question": Unknown(Reason.AMBIGUOUS, "answer to another question"),
    "internal_error": Unknown(Reason.AMBIGUOUS, "INS-1"),
    "failed": Unknown(Reason.AMBIGUOUS, "INS-6"),
    "field_invalid": Unknown(Reason.AMBIGUOUS, "INS-21"),
}


def said(kind: str, name: str, **changes: object) -> Answer:
    told = answer("mpesa_vodacom", kind, name)
    return Answer(told.status, told.body | changes)


def test_every_recording_has_its_meaning_here() -> None:
    assert names("mpesa_vodacom", "push") == set(PUSH_ANSWERS)
    assert names("mpesa_vodacom", "query") == set(QUERY_ANSWERS)


def test_every_code_of_the_tables_is_recorded() -> None:
    codes = {said("push", name).body["output_ResponseCode"] for name in PUSH_ANSWERS}
    words = {said("query", name).body.get("output_ResponseTransactionStatus") for name in QUERY_ANSWERS}
    assert codes >= OUTCOMES.keys() | UNDECIDED
    assert words >= STATUSES.keys()


@pytest.mark.covers("A4")
@pytest.mark.parametrize("name", sorted(PUSH_ANSWERS))
async def test_each_answer_to_a_push_is_read_as_recorded(clock: FakeClock, name: str) -> None:
    played = stage(clock, push=[said("push", name)], callback_key=None)
    assert await played.vodacom.start(an_instruction()) == PUSH_ANSWERS[name]
    assert played.wire.kinds() == ["session", "push"]


@pytest.mark.parametrize("name", sorted(PUSH_ANSWERS))
async def test_no_answer_of_an_asynchronous_app_ends_a_payment_that_was_accepted(
    clock: FakeClock, name: str
) -> None:
    played = stage(clock, push=[said("push", name)])
    waited = PUSH_ANSWERS[name]
    expected = replace(waited, ended=None) if isinstance(waited, Accepted) else waited
    assert await played.vodacom.start(an_instruction()) == expected


@pytest.mark.parametrize("name", sorted(QUERY_ANSWERS))
async def test_each_answer_to_a_query_is_read_as_recorded(clock: FakeClock, name: str) -> None:
    played = stage(clock, query=[said("query", name)])
    assert await played.vodacom.check(an_inquiry(CONVERSATION)) == QUERY_ANSWERS[name]


@pytest.mark.covers("D06", "B10")
@pytest.mark.parametrize(
    "code", ["INS-2", "INS-4", "INS-5", "INS-2001", "INS-2057", "INS-7777", "0", "ins-0"]
)
async def test_a_code_that_tanzania_does_not_have_is_unknown_and_marked_so(
    clock: FakeClock, code: str
) -> None:
    played = stage(clock, push=[said("push", "paid_at_once", output_ResponseCode=code)])
    outcome = await played.vodacom.start(an_instruction())
    assert outcome == Unknown(Reason.UNKNOWN_ERROR, code, mapped=False)


@pytest.mark.parametrize("code", [None, 0, 7, False, "", "two words", "x" * 41, [], {}])
async def test_an_answer_without_a_readable_code_is_unknown(clock: FakeClock, code: object) -> None:
    played = stage(
        clock,
        push=[said("push", "paid_at_once", output_ResponseCode=code)],
        query=[said("query", "paid", output_ResponseCode=code)],
    )
    assert isinstance(await played.vodacom.start(an_instruction()), Unknown)
    assert isinstance(await played.vodacom.check(an_inquiry(CONVERSATION)), Unknown)


@pytest.mark.parametrize("status", [202, 302, 400, 404, 500, 503])
async def test_a_success_with_another_status_is_no_success(clock: FakeClock, status: int) -> None:
    pushed, asked = said("push", "paid_at_once").body, said("query", "paid").body
    played = stage(clock, push=[Answer(status, pushed)], query=[Answer(status, asked)])
    assert isinstance(await played.vodacom.start(an_instruction()), Unknown)
    assert isinstance(await played.vodacom.check(an_inquiry(CONVERSATION)), Unknown)


@pytest.mark.parametrize("status", [200, 201, 302, 500, 502])
async def test_a_refusal_with_the_status_of_anything_else_refuses_nothing(
    clock: FakeClock, status: int
) -> None:
    played = stage(clock, push=[Answer(status, said("push", "insufficient_funds").body)])
    assert isinstance(await played.vodacom.start(an_instruction()), Unknown)


@pytest.mark.parametrize("request_id", [None, "N/A", "", 7, [], "fd 1e", "x" * 81])
async def test_a_push_without_a_usable_id_is_unknown_and_asked_about_by_ours(
    clock: FakeClock, request_id: object
) -> None:
    played = stage(clock, push=[said("push", "accepted", output_ConversationID=request_id)])
    assert isinstance(await played.vodacom.start(an_instruction()), Unknown)
    assert played.vodacom.capabilities.known_by_our_reference


@pytest.mark.parametrize("transaction", [None, "N/A", "", "n/a", 7, "x y z 1", "x" * 21])
async def test_only_a_real_transaction_id_makes_an_answer_paid(clock: FakeClock, transaction: object) -> None:
    told = said("push", "paid_at_once", output_TransactionID=transaction)
    played = stage(clock, push=[told], callback_key=None)
    assert await played.vodacom.start(an_instruction()) == Accepted(CONVERSATION)


async def test_an_answer_about_another_request_says_nothing_of_ours(clock: FakeClock) -> None:
    other = said("push", "paid_at_once", output_ThirdPartyConversationID="SOMEBODYELSE")
    played = stage(clock, push=[other])
    assert await played.vodacom.start(an_instruction()) == Unknown(
        Reason.AMBIGUOUS, "answer about another request"
    )


@pytest.mark.covers("D07", "D14")
async def test_no_answer_to_a_push_is_never_a_refusal(clock: FakeClock) -> None:
    for trouble in (Unanswered("ReadTimeout"), Unanswered("HTTP 200, not JSON")):
        played = stage(clock, push=[trouble])
        assert await played.vodacom.start(an_instruction()) == Unknown(Reason.AMBIGUOUS, str(trouble))
        assert played.wire.kinds().count("push") == 1


async def test_no_answer_to_a_query_says_nothing_about_the_money(clock: FakeClock) -> None:
    for trouble in (NeverSent("ConnectError"), Unanswered("ReadTimeout")):
        played = stage(clock, query=[trouble])
        assert await played.vodacom.check(an_inquiry(None)) == Unknown(Reason.AMBIGUOUS, str(trouble))


@pytest.mark.covers("D38")
async def test_a_wallet_is_never_asked_for_another_currency(clock: FakeClock) -> None:
    played = stage(clock)
    with pytest.raises(ValueError, match="whole shillings"):
        await played.vodacom.start(an_instruction(amount=Money(4_535_00, Currency.USD)))
    assert played.wire.sent == []


@pytest.mark.parametrize("flag", ["true", "True", True])
async def test_a_reversal_is_seen_however_it_is_written(clock: FakeClock, flag: object) -> None:
    played = stage(clock, query=[said("query", "paid", output_Reversed=flag)])
    assert await played.vodacom.check(an_inquiry(None)) == Unknown(Reason.CONTRADICTION, "reversed")


async def test_a_business_failure_is_no_refused_session_though_it_comes_with_401(clock: FakeClock) -> None:
    played = stage(clock, push=[said("push", "failed_after_the_prompt")])
    assert said("push", "failed_after_the_prompt").status == HTTPStatus.UNAUTHORIZED
    await played.vodacom.start(an_instruction())
    assert played.wire.kinds() == ["session", "push"]
    assert played.pauses.taken == []
