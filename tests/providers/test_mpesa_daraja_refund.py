"""Money that goes back by Daraja: what is asked for, and what each recorded answer and result means."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import shillings
from portal.domain.outcome import NotSent, Pending, Reason, Unknown
from portal.domain.refund_outcome import (
    Cause,
    NotRefunded,
    RefundAccepted,
    RefundAnswer,
    Refunded,
    RefundOutcome,
    RefundRefusal,
    RefundRoute,
)
from portal.domain.trouble import Trouble
from portal.domain.zone import EAST_AFRICA
from portal.providers.mpesa_daraja import Daraja
from portal.providers.mpesa_daraja_refund import REFUSALS
from portal.providers.mpesa_daraja_result import RESULTS, UNDECIDED
from portal.providers.provider import CallbackUnreadable, NotOffered
from portal.providers.wallet import NOT_AN_AMOUNT
from portal.providers.wire import Answer, NeverSent, Unanswered
from tests.makers import FakeClock
from tests.providers.account import ACCOUNT, REFERENCE, TOKEN, config_at
from tests.providers.conftest import Played
from tests.providers.recorded import PlayedWire, answer, names, text
from tests.providers.refunds import CALLBACK, REFUND, a_refund, a_refund_inquiry

THEIRS, OURS = "AG_20210706_20106e9209f64bebd05b", "f1e2-4b95-a71d-b30d3cdbb7a7735297"
OF_RESULT = "AG_20211114_201018edbbf9f1582eaa"
ASKED = RefundAccepted(THEIRS, OURS)
PAYOUT = a_refund(route=RefundRoute.PAYOUT, amount=shillings(100_000))
INQUIRY = a_refund_inquiry(request_id=THEIRS, provider_reference=OURS)


def no(reason: RefundRefusal, code: str) -> NotRefunded:
    return NotRefunded(reason, code)


def asked(code: str) -> Unknown:
    return Unknown(Reason.AMBIGUOUS, code)


def strange(code: str) -> Unknown:
    return Unknown(Reason.UNKNOWN_ERROR, code, mapped=False)


def eat(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=EAST_AFRICA)  # type: ignore[arg-type, misc]


ANSWERS: dict[str, RefundAnswer] = {
    "accepted": ASKED,
    "accepted_without_id": strange("HTTP 200"),
    "not_accepted": strange("HTTP 200"),
    "without_words": strange("HTTP 200"),
    "invalid_field": no(RefundRefusal.REFUSED, "400.002.02"),
    "invalid_payload": no(RefundRefusal.REFUSED, "400.002.05"),
    "bad_request": no(RefundRefusal.REFUSED, "400.003.02"),
    "resource_not_found": no(RefundRefusal.NOT_ALLOWED, "404.001.01"),
    "invalid_header": no(RefundRefusal.NOT_ALLOWED, "404.001.04"),
    "no_such_product": no(RefundRefusal.NOT_ALLOWED, "404.003.01"),
    "method_not_allowed": no(RefundRefusal.REFUSED, "405.001"),
    "wrong_credentials": no(RefundRefusal.NOT_ALLOWED, "500.001.1001"),
    "merchant_unknown": no(RefundRefusal.NOT_ALLOWED, "500.001.1001"),
    "internal_error": asked("500.001.1001"),
    "duplicate_conversation": asked("500.002.1001"),
    "busy": asked("500.003.02"),
    "quota_violation": asked("500.003.03"),
    "undocumented": strange("500.009.01"),
    "token_refused": NotSent("token refused"),
}
REVERSED = Refunded("SKE52PAWR9", shillings(453_500), eat(2021, 11, 14, 13, 27, 11))
PAID_OUT = Refunded("NLJ41HAY6Q", shillings(100_000), eat(2024, 7, 6, 22, 48, 52))
ENDS: dict[str, RefundOutcome] = {
    "reversed": REVERSED,
    "reversed_as_strings": REVERSED,
    "reversed_without_parameters": Refunded("SKE52PAWR9"),
    "reversed_to_a_single_parameter": Refunded("SKE52PAWR9", shillings(453_500)),
    "reversed_without_its_number": asked("sent back without a TransactionID"),
    "paid_out": PAID_OUT,
    "paid_out_in_parts_of_a_shilling": Refunded("NLJ41HAY6Q", NOT_AN_AMOUNT),
    "paid_out_on_no_day": Refunded("NLJ41HAY6Q"),
    "waiting": Pending("0"),
    "our_balance": no(RefundRefusal.OUR_BALANCE, "1"),
    "too_small": no(RefundRefusal.LIMIT, "2"),
    "too_large": no(RefundRefusal.LIMIT, "3"),
    "daily_limit": no(RefundRefusal.LIMIT, "4"),
    "payee_full": no(RefundRefusal.PAYEE_CANNOT_RECEIVE, "8"),
    "our_account": no(RefundRefusal.NOT_ALLOWED, "11"),
    "our_role": no(RefundRefusal.NOT_ALLOWED, "21"),
    "wrong_initiator": no(RefundRefusal.NOT_ALLOWED, "2001"),
    "our_account_inactive": no(RefundRefusal.NOT_ALLOWED, "2006"),
    "not_permitted": no(RefundRefusal.NOT_ALLOWED, "2028"),
    "payee_unregistered": no(RefundRefusal.PAYEE_CANNOT_RECEIVE, "2040"),
    "initiator_locked": no(RefundRefusal.NOT_ALLOWED, "8006"),
    "payment_unknown": no(RefundRefusal.NOT_FOUND, "R000002"),
    "no_operator": no(RefundRefusal.PAYEE_CANNOT_RECEIVE, "SFC_IC0003"),
    "reversed_already": asked("R000001"),
    "undocumented": strange("7777"),
}
TOLD: dict[str, RefundOutcome] = {
    "told_completed": Refunded("NLJ41HAY6Q", shillings(100_000), eat(2018, 2, 23, 5, 41, 12)),
    "told_an_undocumented_word": strange("Failed"),
    "told_no_word": strange("no status"),
    "told_by_a_failed_question": asked("2001"),
}
"""Answers to a question."""


def said(name: str) -> Answer:
    return answer("mpesa_daraja", "refund", name)


def result(name: str) -> str:
    return text("mpesa_daraja", "result", name)


@pytest.fixture
def daraja(played: Played) -> Daraja:
    return played(said("accepted"))[0]


def test_every_recording_and_every_code_of_the_tables_has_its_sentence() -> None:
    assert names("mpesa_daraja", "refund") == ANSWERS.keys()
    assert names("mpesa_daraja", "result") == ENDS.keys() | TOLD.keys()
    assert {said(name).body.get("errorCode") for name in ANSWERS} >= REFUSALS.keys()
    codes = {str(json.loads(result(name))["Result"]["ResultCode"]) for name in ENDS}
    assert codes == RESULTS.keys() | UNDECIDED | {"7777"}


@pytest.mark.parametrize("name", ANSWERS)
async def test_every_answer_to_a_reversal_means_one_thing(played: Played, name: str) -> None:
    daraja, wire = played(said(name))
    assert await daraja.refund(a_refund()) == ANSWERS[name]
    verb, path, request = wire.sent[-1]
    assert (verb, path) == ("POST", "/mpesa/reversal/v1/request")
    assert request["json"] == {
        "Initiator": ACCOUNT.initiator_name,
        "SecurityCredential": ACCOUNT.security_credential,
        "CommandID": "TransactionReversal",
        "TransactionID": a_refund().receipt_code,
        "Amount": "453500",
        "ReceiverParty": ACCOUNT.short_code,
        "RecieverIdentifierType": "11",
        "ResultURL": CALLBACK,
        "QueueTimeOutURL": CALLBACK,
        "Remarks": f"Refund {REFUND}",
    }


async def test_a_payout_carries_our_reference_as_its_own_id(played: Played) -> None:
    daraja, wire = played(said("accepted"))
    assert await daraja.refund(PAYOUT) == ASKED
    verb, path, request = wire.sent[-1]
    assert (verb, path) == ("POST", "/mpesa/b2c/v3/paymentrequest")
    assert request["json"] == {
        "OriginatorConversationID": REFUND,
        "InitiatorName": ACCOUNT.initiator_name,
        "SecurityCredential": ACCOUNT.security_credential,
        "CommandID": "BusinessPayment",
        "Amount": "100000",
        "PartyA": ACCOUNT.short_code,
        "PartyB": "255754123456",
        "Remarks": f"Refund {REFUND}",
        "QueueTimeOutURL": CALLBACK,
        "ResultURL": CALLBACK,
        "Occassion": REFERENCE,
    }


@pytest.mark.parametrize("name", ENDS)
def test_every_result_means_one_thing_and_speaks_of_no_payment(daraja: Daraja, name: str) -> None:
    daraja.verify(result(name))
    (heard,) = daraja.translate(result(name))
    assert heard.refund
    assert heard.refund.outcome == ENDS[name]
    assert (heard.refund.cause, heard.refund.request_id) == (Cause.OURS, OF_RESULT)
    assert heard.refund.reference == (REFUND if name.startswith("paid_out") else None)
    assert (heard.request_id, heard.for_people, heard.claims_money) == (None, True, False)


@pytest.mark.parametrize("name", TOLD)
def test_every_answer_to_a_question_names_what_was_asked_about_and_never_itself(
    daraja: Daraja, name: str
) -> None:
    (heard,) = daraja.translate(result(name))
    assert heard.refund
    assert heard.refund.outcome == TOLD[name]
    names_it = name == "told_completed"
    assert (heard.refund.reference, heard.refund.request_id) == (
        (REFUND, THEIRS) if names_it else (None, None)
    )


def test_a_refused_initiator_is_trouble_with_our_credentials(daraja: Daraja) -> None:
    for name in ("wrong_initiator", "initiator_locked"):
        (heard,) = daraja.translate(result(name))
        assert heard.refund
        assert isinstance(heard.refund.outcome, NotRefunded)
        assert heard.refund.outcome.trouble is Trouble.CREDENTIALS_REFUSED


@pytest.mark.parametrize(
    "inquiry, known_as",
    [
        (INQUIRY, OURS),
        (a_refund_inquiry(route=RefundRoute.PAYOUT), REFUND),
        (replace(INQUIRY, route=RefundRoute.PAYOUT), REFUND),
    ],
)
async def test_a_refund_is_asked_about_by_the_originators_id_and_answered_elsewhere(
    played: Played, inquiry: object, known_as: str
) -> None:
    daraja, wire = played(said("accepted"))
    assert await daraja.check_refund(inquiry) == Pending("asked")  # type: ignore[arg-type]
    verb, path, request = wire.sent[-1]
    assert (verb, path) == ("POST", "/mpesa/transactionstatus/v1/query")
    assert request["json"] == {
        "Initiator": ACCOUNT.initiator_name,
        "SecurityCredential": ACCOUNT.security_credential,
        "CommandID": "TransactionStatusQuery",
        "OriginalConversationID": known_as,
        "PartyA": ACCOUNT.short_code,
        "IdentifierType": "4",
        "ResultURL": CALLBACK,
        "QueueTimeOutURL": CALLBACK,
        "Remarks": f"Refund {REFUND}",
        "Occasion": REFERENCE,
    }


async def test_a_question_that_is_not_taken_says_nothing_about_the_money(played: Played) -> None:
    for name, code in (("internal_error", "500.001.1001"), ("without_words", "HTTP 200")):
        assert await played(said(name))[0].check_refund(INQUIRY) == asked(code)
    daraja, wire = played(said("accepted"))
    assert await daraja.check_refund(a_refund_inquiry()) == Pending("no id to ask by")
    assert wire.sent == []


async def test_what_the_wire_and_the_token_say_of_a_refund_is_handed_on(played: Played) -> None:
    lost, away = Unanswered("read timeout", Trouble.TOO_SLOW), NeverSent("refused", Trouble.UNREACHABLE)
    wrong = Answer(400, {"errorCode": "400.008.01", "errorMessage": "Invalid Authentication passed"})
    for refund in (a_refund(), PAYOUT):
        assert await played(lost)[0].refund(refund) == asked("read timeout")
        assert await played(away)[0].refund(refund) == NotSent("refused")
        refusal = await played(said("accepted"), tokens=[wrong])[0].refund(refund)
        assert refusal == no(RefundRefusal.NOT_ALLOWED, "400.008.01")
    assert await played(lost)[0].check_refund(INQUIRY) == asked("read timeout")
    assert await played(said("accepted"), tokens=[wrong])[0].check_refund(INQUIRY) == asked("400.008.01")


async def test_what_it_cannot_send_is_said_without_asking(played: Played) -> None:
    daraja, wire = played(said("accepted"))
    for impossible, reason in (
        (a_refund(amount=shillings(100_000)), RefundRefusal.AMOUNT),
        (a_refund(receipt_code=None), RefundRefusal.NOT_FOUND),
        (replace(PAYOUT, phone=None), RefundRefusal.PAYEE_CANNOT_RECEIVE),
    ):
        told = await daraja.refund(impossible)
        assert isinstance(told, NotRefunded)
        assert told.reason is reason
    assert wire.sent == []


async def test_without_an_initiator_there_is_no_way_back(clock: FakeClock) -> None:
    config = replace(config_at("http://127.0.0.1:1"), initiator_name=None, security_credential=None)
    wire = PlayedWire([TOKEN], [said("accepted")])
    daraja = Daraja(config, wire, clock)
    assert daraja.capabilities.sends_back == ()
    assert await daraja.refund(a_refund()) == NotOffered(RefundRoute.REVERSAL)
    assert await daraja.check_refund(INQUIRY) == Pending("no initiator")
    assert wire.sent == []


@pytest.mark.parametrize(
    "changes, wrong",
    [
        ({}, set()),
        ({"initiator_name": None}, {"initiator_name"}),
        ({"security_credential": None}, {"security_credential"}),
        ({"initiator_name": None, "security_credential": None}, set()),
    ],
)
def test_an_initiator_and_its_credential_are_set_both_or_neither(
    changes: dict[str, Any], wrong: set[str]
) -> None:
    config = replace(config_at("http://127.0.0.1:1"), **changes)
    assert config.faults().keys() == wrong
    assert ACCOUNT.security_credential not in repr(config)


@pytest.mark.parametrize(
    "body", ["no JSON", "[" * 100_000, '{"Result": {}}', '{"Result": {"ResultCode": {}}}']
)
def test_a_result_of_another_shape_is_refused_by_its_own_error(daraja: Daraja, body: str) -> None:
    for read in (daraja.verify, daraja.translate):
        with pytest.raises(CallbackUnreadable):
            read(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["Amount", "TransactionAmount", "TransCompletedTime", "TransactionStatus", "ReceiptNo"]
)


@pytest.mark.parametrize("status", [[], {}, {"word": "Completed"}, None, True])
def test_a_status_that_is_no_word_decides_nothing(status: object) -> None:
    facts = [{"Key": "TransactionStatus", "Value": status}]
    told = {"ResultCode": "0", "TransactionID": "SKE52PAWR9", "ResultParameters": {"ResultParameter": facts}}
    (heard,) = Daraja(config_at("http://127.0.0.1:1"), PlayedWire([TOKEN], []), FakeClock()).translate(
        json.dumps({"Result": told})
    )
    assert heard.refund
    assert isinstance(heard.refund.outcome, Unknown)


@given(
    code=st.sampled_from(["0", 0, 1, "R000001", "x"]) | json_values,
    transaction=json_values | st.just("SKE52PAWR9"),
    facts=st.lists(st.fixed_dictionaries({"Key": KEYS, "Value": json_values}), max_size=4) | json_values,
)
def test_whatever_a_result_holds_it_is_read_or_refused_and_moves_money_only_with_a_0(
    code: object, transaction: object, facts: object
) -> None:
    daraja = Daraja(config_at("http://127.0.0.1:1"), PlayedWire([TOKEN], []), FakeClock())
    told = {"ResultCode": code, "TransactionID": transaction, "ResultParameters": {"ResultParameter": facts}}
    try:
        (heard,) = daraja.translate(json.dumps({"Result": told}))
    except CallbackUnreadable:
        return
    assert heard.refund
    assert not heard.claims_money
    assert not isinstance(heard.refund.outcome, Refunded) or str(code).strip() == "0"
