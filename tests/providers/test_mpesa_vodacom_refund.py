"""Money that goes back by Vodacom: what is asked for, and what each recorded answer and callback means."""

from __future__ import annotations

from dataclasses import replace

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
from portal.providers.mpesa_vodacom_codes import OUTCOMES, REFUNDS
from portal.providers.provider import NotOffered
from portal.providers.refund import HeardOfRefund
from portal.providers.wire import Answer, NeverSent, Unanswered
from tests.makers import FakeClock
from tests.providers.account import REFERENCE
from tests.providers.recorded import answer, names, text
from tests.providers.refunds import REFUND, a_refund, a_refund_inquiry
from tests.providers.vodacom import NOT_LIVE, stage

THEIRS = "fd1e5ac6b4a94e9d9f3a7c1c2e0b8d11"
ASKED, BACK = RefundAccepted(THEIRS), Refunded("hv9ahxcg4ccx")
PAYOUT = a_refund(route=RefundRoute.PAYOUT, amount=shillings(100_000))
COMMON = {"input_Country": "TZN", "input_ServiceProviderCode": "000000"}
INQUIRY = a_refund_inquiry(request_id=THEIRS)


def no(reason: RefundRefusal, code: str) -> NotRefunded:
    return NotRefunded(reason, code)


def asked(code: str) -> Unknown:
    return Unknown(Reason.AMBIGUOUS, code)


def strange(code: str) -> Unknown:
    return Unknown(Reason.UNKNOWN_ERROR, code, mapped=False)


ANSWERS: dict[str, RefundAnswer] = {
    "accepted": ASKED,
    "sent_back_at_once": ASKED,
    "accepted_without_ids": asked("INS-0 without ids"),
    "about_another": asked("answer about another request"),
    "without_words": strange("HTTP 201"),
    "success_with_an_error": asked("HTTP 500, INS-0"),
    "refusal_with_success": asked("HTTP 201, INS-2006"),
    "undocumented": strange("INS-7777"),
    "duplicate": asked("INS-10"),
    "internal_error": asked("INS-1"),
    "timed_out": asked("INS-9"),
    "failed_after_it_was_taken": no(RefundRefusal.REFUSED, "INS-6"),
    "failed": no(RefundRefusal.REFUSED, "INS-6"),
    "short_code": no(RefundRefusal.NOT_ALLOWED, "INS-13"),
    "amount": no(RefundRefusal.AMOUNT, "INS-15"),
    "transaction_unknown": no(RefundRefusal.NOT_FOUND, "INS-18"),
    "transaction_of_another": no(RefundRefusal.NOT_FOUND, "INS-35"),
    "session": no(RefundRefusal.NOT_ALLOWED, "INS-989"),
    "payee_value_limit": no(RefundRefusal.LIMIT, "INS-990"),
    "payee_count_limit": no(RefundRefusal.LIMIT, "INS-991"),
    "payee_limits": no(RefundRefusal.LIMIT, "INS-992"),
    "our_count_limit": no(RefundRefusal.LIMIT, "INS-993"),
    "our_value_limit": no(RefundRefusal.LIMIT, "INS-994"),
    "single_limit": no(RefundRefusal.LIMIT, "INS-995"),
    "outside_hours": no(RefundRefusal.NOT_ALLOWED, "INS-996"),
    "not_enabled": no(RefundRefusal.NOT_ALLOWED, "INS-997"),
    "market": no(RefundRefusal.NOT_ALLOWED, "INS-998"),
    "our_balance": no(RefundRefusal.OUR_BALANCE, "INS-2006"),
    "number_invalid": no(RefundRefusal.PAYEE_CANNOT_RECEIVE, "INS-2051"),
    **{
        f"field_ins_{number}": no(RefundRefusal.REFUSED, f"INS-{number}")
        for number in (17, 20, 21, 26, 28, 30, 31, 36, 39, 40, 41, 42, 43)
    },
}
"""Of an asynchronous app."""
STANDINGS: dict[str, RefundOutcome] = {
    "sent_back": BACK,
    "sent_back_without_a_number": Refunded(None),
    "in_flight": Pending("N/A"),
    "not_found": Pending("INS-23"),
    "cancelled": no(RefundRefusal.REFUSED, "Cancelled"),
    "expired": no(RefundRefusal.REFUSED, "Expired"),
    "undocumented": strange("Suspended"),
    "without_a_status": strange("unreadable status"),
    "reversed": Unknown(Reason.CONTRADICTION, "reversed"),
    "internal_error": asked("INS-1"),
    "without_words": asked("HTTP 500, no result"),
    "of_another_question": asked("answer to another question"),
    "about_our_own_id": BACK,
}
CALLBACKS: dict[str, RefundOutcome] = {
    "sent_back": BACK,
    "our_balance": no(RefundRefusal.OUR_BALANCE, "INS-2006"),
    "timed_out": asked("INS-9"),
    "undocumented": strange("INS-7777"),
}


def said(kind: str, name: str) -> Answer:
    return answer("mpesa_vodacom", kind, name)


def test_every_recording_and_every_code_of_a_payment_has_its_sentence() -> None:
    assert names("mpesa_vodacom", "refund") == ANSWERS.keys()
    assert names("mpesa_vodacom", "refund_query") == STANDINGS.keys()
    assert names("mpesa_vodacom", "refund_callback") == CALLBACKS.keys()
    assert REFUNDS.keys() == OUTCOMES.keys()
    told = {said("refund", name).body.get("output_ResponseCode") for name in ANSWERS}
    assert REFUNDS.keys() <= told


@pytest.mark.parametrize("name", ANSWERS)
async def test_every_answer_to_a_refund_means_one_thing(clock: FakeClock, name: str) -> None:
    played = stage(clock, refund=[said("refund", name)])
    assert await played.vodacom.refund(a_refund()) == ANSWERS[name]
    verb, path, request = played.wire.request("refund")
    assert (verb, path) == ("PUT", "/ipg/v2/vodacomTZN/reversal/")
    assert request["json"] == COMMON | {
        "input_ThirdPartyConversationID": f"R{REFUND}",
        "input_TransactionID": a_refund().receipt_code,
        "input_ReversalAmount": "453500",
    }


async def test_a_payout_names_the_number_that_paid_and_the_payment(clock: FakeClock) -> None:
    played = stage(clock, refund=[said("refund", "accepted")])
    assert await played.vodacom.refund(PAYOUT) == ASKED
    verb, path, request = played.wire.request("refund")
    assert (verb, path) == ("POST", "/ipg/v2/vodacomTZN/b2cPayment/")
    assert request["json"] == COMMON | {
        "input_ThirdPartyConversationID": f"R{REFUND}",
        "input_Amount": "100000",
        "input_Currency": "TZS",
        "input_CustomerMSISDN": "255754123456",
        "input_TransactionReference": REFERENCE,
        "input_PaymentItemsDesc": f"Refund {REFERENCE}",
    }


async def test_a_synchronous_app_tells_the_end_with_its_answer(clock: FakeClock) -> None:
    for name, says in (("sent_back_at_once", BACK), ("accepted", ASKED)):
        played = stage(clock, refund=[said("refund", name)], callback_key=None)
        assert await played.vodacom.refund(a_refund()) == says


@pytest.mark.parametrize("name", STANDINGS)
async def test_every_state_of_a_refund_means_one_thing(clock: FakeClock, name: str) -> None:
    played = stage(clock, query=[said("refund_query", name)])
    assert await played.vodacom.check_refund(INQUIRY) == STANDINGS[name]
    _, _, request = played.wire.request("query")
    assert request["params"]["input_QueryReference"] == THEIRS


async def test_a_refund_whose_answer_was_lost_is_asked_about_by_our_own_id(clock: FakeClock) -> None:
    played = stage(clock, query=[said("refund_query", "sent_back")])
    assert await played.vodacom.check_refund(a_refund_inquiry()) == BACK
    _, _, request = played.wire.request("query")
    assert request["params"]["input_QueryReference"] == f"R{REFUND}"


@pytest.mark.parametrize("name", CALLBACKS)
def test_every_callback_of_a_refund_tells_of_it_and_of_no_payment(clock: FakeClock, name: str) -> None:
    body, vodacom = text("mpesa_vodacom", "refund_callback", name), stage(clock).vodacom
    vodacom.verify(body)
    (heard,) = vodacom.translate(body)
    assert heard.refund == HeardOfRefund(
        cause=Cause.OURS, outcome=CALLBACKS[name], reference=REFUND, request_id=THEIRS
    )
    assert (heard.reference, heard.for_people, heard.claims_money) == (None, True, False)
    assert vodacom.acknowledgement(body)["output_ThirdPartyConversationID"] == f"R{REFUND}"


async def test_what_the_wire_and_the_session_say_of_a_refund_is_handed_on(clock: FakeClock) -> None:
    lost, away = Unanswered("read timeout", Trouble.TOO_SLOW), NeverSent("refused", Trouble.UNREACHABLE)
    played = stage(clock, refund=[lost], query=[away])
    assert await played.vodacom.refund(a_refund()) == asked("read timeout")
    assert await played.vodacom.check_refund(INQUIRY) == asked("refused")
    assert await stage(clock, refund=[away]).vodacom.refund(a_refund()) == NotSent("refused")
    played = stage(clock, refund=[NOT_LIVE])
    assert await played.vodacom.refund(a_refund()) == NotSent("session not live")
    played = stage(clock, session=[Answer(400, {"output_ResponseCode": "INS-989"})])
    refusal = await played.vodacom.refund(a_refund())
    assert refusal == no(RefundRefusal.NOT_ALLOWED, "INS-989")
    assert isinstance(refusal, NotRefunded)
    assert refusal.trouble is Trouble.CREDENTIALS_REFUSED
    assert await played.vodacom.check_refund(INQUIRY) == asked("INS-989")


async def test_what_it_cannot_send_is_said_without_asking(clock: FakeClock) -> None:
    played = stage(clock)
    for impossible, reason in (
        (a_refund(receipt_code=None), RefundRefusal.NOT_FOUND),
        (replace(PAYOUT, phone=None), RefundRefusal.PAYEE_CANNOT_RECEIVE),
        (replace(PAYOUT, amount=shillings(453_501)), RefundRefusal.AMOUNT),
    ):
        said_so = await played.vodacom.refund(impossible)
        assert isinstance(said_so, NotRefunded)
        assert said_so.reason is reason
    by_hand = await played.vodacom.refund(a_refund(route=RefundRoute.BY_HAND))
    assert by_hand == NotOffered(RefundRoute.BY_HAND)
    assert played.wire.sent == []


@pytest.mark.covers("D14")
@given(
    code=st.from_regex(r"INS-[0-9]{1,4}", fullmatch=True), status=st.sampled_from([200, 201, 400, 401, 422])
)
async def test_no_invented_code_decides_about_money_that_goes_back(code: str, status: int) -> None:
    body = {"output_ResponseCode": code, "output_ConversationID": THEIRS}
    told = await stage(FakeClock(), refund=[Answer(status, body)]).vodacom.refund(a_refund())
    assert not isinstance(told, Refunded)
    assert not isinstance(told, NotRefunded) or REFUNDS.get(code) is not None
    assert code in REFUNDS or isinstance(told, Unknown)
