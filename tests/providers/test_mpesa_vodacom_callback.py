"""Vodacom's callback (providers.md §2.4): both ids, a code, no amount; whatever it is, it can only be unreadable."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.outcome import NotPaid, Outcome, Paid, Reason, Unknown
from portal.providers.provider import CallbackUnreadable, Heard
from tests.makers import FakeClock
from tests.providers.account import REFERENCE
from tests.providers.recorded import names, text
from tests.providers.vodacom import stage

CONVERSATION = "5b28bbba9e7a420d93b47813d11ba080"
CALLBACKS: dict[str, tuple[str, Outcome]] = {
    "paid": ("INS-0", Paid(receipt_code="hv9ahxcg4ccv")),
    "paid_without_a_number": ("INS-0", Paid()),
    "paid_number_not_available": ("INS-0", Paid()),
    "failed": ("INS-6", NotPaid(Reason.NOT_COMPLETED, "INS-6")),
    "failed_without_a_number": ("INS-6", NotPaid(Reason.NOT_COMPLETED, "INS-6")),
    "insufficient_funds": ("INS-2006", NotPaid(Reason.INSUFFICIENT_FUNDS, "INS-2006")),
    "over_the_customer_limit": ("INS-990", NotPaid(Reason.LIMIT_DAILY, "INS-990")),
    "timed_out": ("INS-9", Unknown(Reason.AMBIGUOUS, "INS-9")),
    "undocumented": ("INS-7777", Unknown(Reason.UNKNOWN_ERROR, "INS-7777", mapped=False)),
}
VODACOM = stage(FakeClock()).vodacom


def changed(**changes: object) -> str:
    return json.dumps(json.loads(text("mpesa_vodacom", "callback", "paid")) | changes)


def test_every_recorded_callback_has_its_meaning_here() -> None:
    assert names("mpesa_vodacom", "callback") == set(CALLBACKS)


@pytest.mark.parametrize("name", sorted(CALLBACKS))
def test_each_callback_is_read_as_recorded(name: str) -> None:
    body, (code, outcome) = text("mpesa_vodacom", "callback", name), CALLBACKS[name]
    VODACOM.verify(body)
    assert VODACOM.translate(body) == [Heard(CONVERSATION, outcome, code, REFERENCE)]


@pytest.mark.covers("D28")
@pytest.mark.parametrize("code", [None, 0, False, "", "INS 0", "x" * 41, [], {}, "\u0000"])
def test_a_result_code_of_another_type_is_no_result(code: object) -> None:
    with pytest.raises(CallbackUnreadable, match="no input_ResultCode"):
        VODACOM.translate(changed(input_ResultCode=code))


@pytest.mark.covers("D28")
def test_the_nought_of_another_market_is_no_success() -> None:
    (heard,) = VODACOM.translate(changed(input_ResultCode="0"))
    assert isinstance(heard.outcome, Unknown)


@pytest.mark.parametrize("name", ["input_OriginalConversationID", "input_ThirdPartyConversationID"])
@pytest.mark.parametrize("value", [None, 7, "", "N/A", [], "x" * 81, "a b", "\ud800"])
def test_a_callback_without_both_ids_is_unreadable(name: str, value: object) -> None:
    with pytest.raises(CallbackUnreadable, match="no conversation ids"):
        VODACOM.translate(changed(**{name: value}))


@pytest.mark.covers("D29")
@pytest.mark.parametrize(
    "body", ["", "{", "null", "[]", "7", "{}", "[" * 100_000, "\ufeff{}"], ids=lambda b: b[:9]
)
def test_a_body_of_another_shape_is_unreadable_and_closed_all_the_same(body: str) -> None:
    for read in (VODACOM.verify, VODACOM.translate):
        with pytest.raises(CallbackUnreadable):
            read(body)
    assert VODACOM.acknowledgement(body)["output_ThirdPartyConversationID"] == "N/A"


def test_a_callback_is_acknowledged_with_both_of_its_ids() -> None:
    assert VODACOM.acknowledgement(text("mpesa_vodacom", "callback", "paid")) == {
        "output_OriginalConversationID": CONVERSATION,
        "output_ResponseCode": "0",
        "output_ResponseDesc": "Successfully Accepted Result",
        "output_ThirdPartyConversationID": REFERENCE,
    }


values = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())
fields = st.sampled_from(
    [
        "input_OriginalConversationID",
        "input_TransactionID",
        "input_ResultCode",
        "input_ThirdPartyConversationID",
    ]
)
bodies = st.text() | st.dictionaries(fields, values).map(lambda changes: changed(**changes))


@pytest.mark.covers("D29")
@given(body=bodies)
def test_no_body_raises_anything_but_that_it_is_unreadable(body: str) -> None:
    assert len(VODACOM.acknowledgement(body)) == 4
    with suppress(CallbackUnreadable):
        (heard,) = VODACOM.translate(body)
        assert heard.request_id
        assert heard.reference
