"""Every field of Vodacom's calls is held to its documented form, and refused with its documented code."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sandbox.fates import NUMBER_OF
from portal.sandbox.vodacom.refusals import RefusedError
from portal.sandbox.vodacom.validation import PUSH_FIELDS, read_body, shillings
from tests.sandbox.vodacom import PUSH, App, app_at, said

GOOD = NUMBER_OF["approves"]
ANY_TEXT = st.text(max_size=30)


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with app_at() as app:
        yield app


@pytest.mark.parametrize(
    "changes",
    [
        {"input_Amount": "1"},
        {"input_Amount": "10.00"},
        {"input_TransactionReference": "A + b_9"},
        {"input_ThirdPartyConversationID": "a" * 40},
        {"input_PurchasedItemsDesc": "x" * 256},
    ],
    ids=str,
)
async def test_every_documented_form_of_a_field_is_accepted(app: App, changes: dict[str, object]) -> None:
    assert said(await app.push(GOOD, **changes)) == (201, "INS-0")


@pytest.mark.parametrize(
    "field, value, code",
    [
        ("input_Amount", "", "INS-15"),
        ("input_Amount", "0", "INS-15"),
        ("input_Amount", "-5", "INS-15"),
        ("input_Amount", "1.5", "INS-15"),
        ("input_Amount", ".5", "INS-15"),
        ("input_Amount", "5.", "INS-15"),
        ("input_Amount", "4,500", "INS-15"),
        ("input_Amount", "1e3", "INS-15"),
        ("input_Amount", "٤٥", "INS-15"),
        ("input_Amount", "9" * 13, "INS-15"),
        ("input_Amount", 453500, "INS-21"),
        ("input_Amount", None, "INS-21"),
        ("input_CustomerMSISDN", "0754123456", "INS-2051"),
        ("input_CustomerMSISDN", "+255754123456", "INS-2051"),
        ("input_CustomerMSISDN", "256754123456", "INS-2051"),
        ("input_CustomerMSISDN", "255754123456\n", "INS-2051"),
        ("input_CustomerMSISDN", "2557541234567", "INS-2051"),
        ("input_Country", "GHA", "INS-998"),
        ("input_Currency", "USD", "INS-26"),
        ("input_Currency", "tzs", "INS-26"),
        ("input_ServiceProviderCode", "000", "INS-13"),
        ("input_ServiceProviderCode", "000001", "INS-13"),
        ("input_TransactionReference", "", "INS-17"),
        ("input_TransactionReference", "7K29-QXM4-AB1C", "INS-17"),
        ("input_TransactionReference", "a" * 21, "INS-17"),
        ("input_ThirdPartyConversationID", "", "INS-28"),
        ("input_ThirdPartyConversationID", "a" * 41, "INS-28"),
        ("input_ThirdPartyConversationID", "a-b", "INS-28"),
        ("input_PurchasedItemsDesc", "Rent, March", "INS-30"),
        ("input_PurchasedItemsDesc", "Amana é", "INS-30"),
        ("input_PurchasedItemsDesc", "x" * 257, "INS-30"),
        ("input_Remarks", "not a field", "INS-21"),
    ],
    ids=str,
)
async def test_a_field_out_of_its_form_is_refused_with_its_code(
    app: App, field: str, value: object, code: str
) -> None:
    assert said(await app.push(GOOD, **{field: value})) == (400, code)
    assert await app.sandbox.book() == []


@pytest.mark.parametrize("field", sorted(PUSH_FIELDS))
async def test_a_missing_field_is_refused(app: App, field: str) -> None:
    fields = app.push_fields(GOOD)
    del fields[field]
    assert said(await app.call("POST", PUSH, json=fields)) == (400, "INS-20")


async def test_a_refusal_names_the_request_it_refuses(app: App) -> None:
    answer = (await app.push(GOOD, input_ThirdPartyConversationID="mine", input_Amount="0")).json()
    assert answer["output_ThirdPartyConversationID"] == "mine"
    answer = (await app.push(GOOD, input_ThirdPartyConversationID="mine", input_Currency="")).json()
    assert (answer["output_ThirdPartyConversationID"], answer["output_ConversationID"]) == ("mine", "N/A")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"input_Amount": "1", "input_Amount": "2"}'])
async def test_a_body_that_is_no_json_object_is_refused(app: App, body: bytes) -> None:
    assert said(await app.call("POST", PUSH, content=body)) == (400, "INS-21")


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"input_QueryReference": "a" * 33}, "INS-21"),
        ({"input_QueryReference": "a-b"}, "INS-21"),
        ({"input_QueryReference": ""}, "INS-21"),
        ({"input_QueryReference": ["one", "two"]}, "INS-21"),
        ({"input_Country": "GHA"}, "INS-998"),
        ({"input_ServiceProviderCode": "000001"}, "INS-13"),
        ({"input_Currency": "TZS"}, "INS-21"),
    ],
    ids=str,
)
async def test_a_query_out_of_form_is_refused(app: App, changes: dict[str, object], code: str) -> None:
    assert said(await app.query("reference", **changes)) == (400, code)


async def test_a_query_has_an_id_of_its_own(app: App) -> None:
    own = (await app.push_to("approves"))["output_ThirdPartyConversationID"]
    assert said(await app.query(own, input_ThirdPartyConversationID=own)) == (409, "INS-10")


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"input_ReversalAmount": "0"}, "INS-15"),
        ({"input_ReversalAmount": "x"}, "INS-15"),
        ({"input_TransactionID": "a" * 21}, "INS-18"),
        ({"input_Amount": "5"}, "INS-21"),
    ],
    ids=str,
)
async def test_a_reversal_out_of_form_is_refused(app: App, changes: dict[str, object], code: str) -> None:
    receipt = (await app.push_to("approves"))["output_TransactionID"]
    assert said(await app.reverse(receipt, **changes)) == (400, code)


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"input_PaymentItemsDesc": "Refund!"}, "INS-31"),
        ({"input_PurchasedItemsDesc": "Deposit"}, "INS-21"),
        ({"input_CustomerMSISDN": "256754123456"}, "INS-2051"),
        ({"input_Amount": "0.5"}, "INS-15"),
    ],
    ids=str,
)
async def test_a_payout_out_of_form_is_refused(app: App, changes: dict[str, object], code: str) -> None:
    assert said(await app.pay_out(**changes)) == (400, code)


@given(body=st.binary(max_size=60))
def test_any_other_body_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedError):
        read_body(body, PUSH_FIELDS)


@given(text=st.from_regex(r"\A\d{0,14}\.?\d{1,3}\Z"))
def test_an_amount_is_whole_shillings_or_nothing(text: str) -> None:
    amount = shillings(text)
    assert amount is None or amount == float(text) > 0
