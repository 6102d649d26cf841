"""Daraja's answers, as recorded, and what we make of them (providers.md §1.3 to §1.6)."""

from __future__ import annotations

import random
import string
from typing import Any

import pytest

from portal.domain.money import Currency, Money
from portal.domain.outcome import (
    Accepted,
    NotPaid,
    NotSent,
    Outcome,
    Paid,
    Pending,
    Reason,
    Rejected,
    StartOutcome,
    Unknown,
)
from portal.providers.mpesa_daraja import OUTCOMES, REFUSALS, STILL_PROCESSING
from portal.providers.mpesa_daraja_answer import BAD_TOKEN
from portal.providers.wire import Answer, NeverSent, Unanswered
from tests.providers.account import an_inquiry, an_instruction
from tests.providers.conftest import Played
from tests.providers.recorded import answer, names

PUSH_ANSWERS: dict[str, StartOutcome] = {
    "accepted": Accepted("ws_CO_1007202409152617172396192", "2654-4b64-97ff-b827b542881d3130"),
    "invalid_field": Rejected(Reason.PAYEE_PROBLEM, "400.002.02"),
    "invalid_payload": Rejected(Reason.PAYEE_PROBLEM, "400.002.05"),
    "bad_request": Rejected(Reason.PAYEE_PROBLEM, "400.003.02"),
    "resource_not_found": Rejected(Reason.PAYEE_PROBLEM, "404.001.01"),
    "resource_not_found_other": Rejected(Reason.PAYEE_PROBLEM, "404.003.01"),
    "invalid_access_token": NotSent("token refused"),
    "invalid_access_token_older": NotSent("token refused"),
    "invalid_authentication_header": Rejected(Reason.PAYEE_PROBLEM, "404.001.04"),
    "method_not_allowed": Rejected(Reason.PAYEE_PROBLEM, "405.001"),
    "merchant_unknown": Rejected(Reason.PAYEE_PROBLEM, "500.001.1001"),
    "wrong_credentials": Rejected(Reason.PAYEE_PROBLEM, "500.001.1001"),
    "subscriber_locked": Rejected(Reason.SESSION_BUSY, "500.001.1001"),
    "being_processed": Unknown(Reason.AMBIGUOUS, "500.001.1001"),
    "duplicate_conversation": Unknown(Reason.UNKNOWN_ERROR, "500.002.1001", mapped=False),
    "system_busy": Rejected(Reason.PROVIDER_BUSY, "500.003.02"),
    "quota_violation": Rejected(Reason.PROVIDER_BUSY, "500.003.03"),
    "internal_error": Unknown(Reason.UNKNOWN_ERROR, "500.003.1001", mapped=False),
}

QUERY_ID = "ws_CO_13012021093521236557"
QUERY_ANSWERS: dict[str, Outcome] = {
    "paid": Paid(),
    "insufficient_funds": NotPaid(Reason.INSUFFICIENT_FUNDS, "1"),
    "below_minimum": NotPaid(Reason.LIMIT_PER_PAYMENT, "2"),
    "above_maximum": NotPaid(Reason.LIMIT_PER_PAYMENT, "3"),
    "daily_limit": NotPaid(Reason.LIMIT_DAILY, "4"),
    "receiver_full": NotPaid(Reason.PAYEE_PROBLEM, "8"),
    "rule_limited": NotPaid(Reason.SESSION_BUSY, "17"),
    "system_busy": NotPaid(Reason.PROVIDER_BUSY, "26"),
    "session_busy": NotPaid(Reason.SESSION_BUSY, "1001"),
    "expired": NotPaid(Reason.NO_RESPONSE, "1019"),
    "prompt_not_sent": NotPaid(Reason.PROMPT_NOT_SENT, "1025"),
    "prompt_not_sent_other": NotPaid(Reason.PROMPT_NOT_SENT, "9999"),
    "cancelled_older": NotPaid(Reason.CANCELLED_OR_TIMED_OUT, "1031"),
    "cancelled": NotPaid(Reason.CANCELLED_OR_TIMED_OUT, "1032"),
    "no_response": NotPaid(Reason.NO_RESPONSE, "1037"),
    "wrong_pin": NotPaid(Reason.WRONG_PIN, "2001"),
    "not_permitted": NotPaid(Reason.PAYEE_PROBLEM, "2028"),
    "still_processing": Pending("4999"),
    "pin_locked": NotPaid(Reason.PIN_LOCKED, "8006"),
    "operator_does_not_exist": NotPaid(Reason.PAYEE_PROBLEM, "SFC_IC0003"),
    "in_flight_as_error": Pending("500.001.1001"),
    "in_flight_without_words": Pending("500.001.1001"),
    "unknown_reference": Pending("500.001.1001"),
    "busy": Unknown(Reason.AMBIGUOUS, "500.003.02"),
    "of_another_request": Unknown(Reason.AMBIGUOUS, "answer about another request"),
}


def result(code: object, status: int = 200, **changes: object) -> Answer:
    """An answer to a query with that ResultCode."""
    return Answer(status, answer("mpesa_daraja", "query", "paid").body | {"ResultCode": code} | changes)


def invented_codes(known: set[str]) -> list[str]:
    chance = random.Random(20260303)  # noqa: S311  (the same codes in every run)
    shapes = [string.digits, string.digits, string.ascii_uppercase + string.digits, string.digits + "."]
    made = {"".join(chance.choices(chance.choice(shapes), k=chance.randint(1, 12))) for _ in range(1_300)}
    return sorted(made - known)[:1_000]


def test_every_recording_has_its_meaning_here() -> None:
    assert names("mpesa_daraja", "push") == set(PUSH_ANSWERS)
    assert names("mpesa_daraja", "query") == set(QUERY_ANSWERS)


@pytest.mark.covers("S55")
@pytest.mark.parametrize("name", sorted(PUSH_ANSWERS))
async def test_each_answer_to_a_push_is_read_as_recorded(played: Played, name: str) -> None:
    daraja, _ = played(answer("mpesa_daraja", "push", name))
    assert await daraja.start(an_instruction()) == PUSH_ANSWERS[name]


@pytest.mark.parametrize("name", sorted(QUERY_ANSWERS))
async def test_each_answer_to_a_query_is_read_as_recorded(played: Played, name: str) -> None:
    daraja, _ = played(answer("mpesa_daraja", "query", name))
    assert await daraja.check(an_inquiry(QUERY_ID)) == QUERY_ANSWERS[name]


def test_every_code_of_the_tables_is_recorded() -> None:
    asked = {answer("mpesa_daraja", "query", name).body.get("ResultCode") for name in QUERY_ANSWERS}
    refused = {answer("mpesa_daraja", "push", name).body.get("errorCode") for name in PUSH_ANSWERS}
    assert asked >= set(OUTCOMES)
    assert refused >= set(REFUSALS) | BAD_TOKEN


@pytest.mark.covers("D06", "D07", "B10")
async def test_a_thousand_invented_result_codes_never_decide_about_money(played: Played) -> None:
    codes = invented_codes(set(OUTCOMES) | STILL_PROCESSING)
    daraja, _ = played(*(result(code) for code in codes), result("0"))
    for code in codes:
        assert await daraja.check(an_inquiry(QUERY_ID)) == Unknown(Reason.UNKNOWN_ERROR, code, mapped=False)


@pytest.mark.covers("D06")
async def test_a_thousand_invented_error_codes_never_decide_about_money(played: Played) -> None:
    codes = invented_codes(set(REFUSALS) | BAD_TOKEN | STILL_PROCESSING)
    errors = [Answer(500, {"errorCode": code, "errorMessage": "?"}) for code in codes]
    daraja, _ = played(*errors, errors[-1])
    for _ in codes:
        assert isinstance(await daraja.check(an_inquiry(QUERY_ID)), Unknown)
    daraja, _ = played(*errors, errors[-1])
    for code in codes:
        assert await daraja.start(an_instruction()) == Unknown(Reason.UNKNOWN_ERROR, code, mapped=False)


@pytest.mark.covers("D28")
@pytest.mark.parametrize("code", ["0", 0, " 0 "])
async def test_a_code_counts_the_same_as_word_and_as_number(played: Played, code: object) -> None:
    daraja, _ = played(result(code))
    assert await daraja.check(an_inquiry(QUERY_ID)) == Paid()


@pytest.mark.covers("D28")
@pytest.mark.parametrize(
    "code", [False, True, 0.0, -0.0, "", "0.0", "00", "0 0", "\u0660", None, [], ["0"], {}, {"0": 0}]
)
async def test_what_only_looks_like_nought_is_no_success(played: Played, code: object) -> None:
    daraja, _ = played(result(code))
    assert isinstance(await daraja.check(an_inquiry(QUERY_ID)), Unknown)
    accepted = answer("mpesa_daraja", "push", "accepted").body
    daraja, _ = played(Answer(200, accepted | {"ResponseCode": code}))
    assert isinstance(await daraja.start(an_instruction()), Unknown)


@pytest.mark.parametrize("status", [201, 302, 400, 500, 503])
async def test_a_success_with_another_status_is_no_success(played: Played, status: int) -> None:
    daraja, _ = played(result("0", status))
    assert isinstance(await daraja.check(an_inquiry(QUERY_ID)), Unknown)
    daraja, _ = played(Answer(status, answer("mpesa_daraja", "push", "accepted").body))
    assert isinstance(await daraja.start(an_instruction()), Unknown)


@pytest.mark.parametrize("request_id", [None, "", 7, [], {}, "ws_CO_1\u0000", "ws CO 1", "é", "x" * 81])
async def test_a_push_without_a_usable_id_is_unknown(played: Played, request_id: object) -> None:
    accepted = answer("mpesa_daraja", "push", "accepted").body
    daraja, _ = played(Answer(200, accepted | {"CheckoutRequestID": request_id}))
    assert isinstance(await daraja.start(an_instruction()), Unknown)


@pytest.mark.covers("D69")
@pytest.mark.parametrize("merchant_id", [None, 7, "x" * 81])
async def test_a_push_without_a_usable_merchant_id_is_accepted_all_the_same(
    played: Played, merchant_id: object
) -> None:
    accepted = answer("mpesa_daraja", "push", "accepted").body
    daraja, _ = played(Answer(200, accepted | {"MerchantRequestID": merchant_id}))
    assert await daraja.start(an_instruction()) == Accepted("ws_CO_1007202409152617172396192", None)


@pytest.mark.parametrize("error", [[], {}, ["404.001.03"], {"code": 1}, True, 1.5, "", "two words", "x" * 41])
async def test_an_error_code_that_cannot_be_read_is_an_error_all_the_same(
    played: Played, error: object
) -> None:
    body: dict[str, Any] = answer("mpesa_daraja", "query", "paid").body | {"errorCode": error}
    daraja, _ = played(Answer(200, body))
    assert await daraja.check(an_inquiry(QUERY_ID)) == Unknown(Reason.AMBIGUOUS, "unreadable errorCode")
    daraja, _ = played(Answer(500, {"errorCode": error}))
    assert isinstance(await daraja.start(an_instruction()), Unknown)


async def test_an_answer_without_words_is_no_answer(played: Played) -> None:
    daraja, _ = played(Answer(200, {}))
    assert await daraja.check(an_inquiry(QUERY_ID)) == Unknown(Reason.AMBIGUOUS, "HTTP 200, no result")
    daraja, _ = played(Answer(502, {}))
    assert await daraja.start(an_instruction()) == Unknown(Reason.UNKNOWN_ERROR, "HTTP 502", mapped=False)


@pytest.mark.covers("D07")
async def test_no_answer_to_a_push_is_never_a_refusal(played: Played) -> None:
    daraja, _ = played(Unanswered("ReadTimeout"))
    assert await daraja.start(an_instruction()) == Unknown(Reason.AMBIGUOUS, "ReadTimeout")


async def test_no_answer_to_a_query_says_nothing_about_the_money(played: Played) -> None:
    for trouble in (NeverSent("ConnectError"), Unanswered("ReadTimeout")):
        daraja, _ = played(trouble)
        assert await daraja.check(an_inquiry(QUERY_ID)) == Unknown(Reason.AMBIGUOUS, str(trouble))


@pytest.mark.covers("D38")
async def test_a_wallet_is_never_asked_for_another_currency(played: Played) -> None:
    daraja, wire = played(answer("mpesa_daraja", "push", "accepted"))
    with pytest.raises(ValueError, match="whole shillings"):
        await daraja.start(an_instruction(amount=Money(4_535_00, Currency.USD)))
    assert wire.sent == []
