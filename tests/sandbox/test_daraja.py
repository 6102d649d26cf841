"""The simulated Daraja is as strict as the documented wire format, and answers in its shapes."""

import base64
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from portal.sandbox import daraja
from tests.sandbox.merchant import PHONE, PUSH, QUERY, TOKEN, Ear, Merchant, merchant_at
from tests.sandbox.running import RunningSandbox, basic


def said(response: httpx.Response) -> tuple[int, str]:
    envelope = response.json()
    assert set(envelope) == {"requestId", "errorCode", "errorMessage"}
    return response.status_code, envelope["errorCode"]


async def test_a_token_lives_an_hour_less_a_second(merchant: Merchant) -> None:
    response = await merchant.sign_in()
    assert response.status_code == 200
    assert set(response.json()) == {"access_token", "expires_in"}
    assert response.json()["expires_in"] == 3599


async def test_the_lifetime_can_be_text_as_other_documents_show(merchant: Merchant) -> None:
    await merchant.sandbox.switch(expires_as_text=True)
    assert (await merchant.sign_in()).json()["expires_in"] == "3599"


async def test_a_new_token_ends_the_one_before(merchant: Merchant) -> None:
    old = merchant.token
    await merchant.sign_in()
    assert (await merchant.push()).status_code == 200
    merchant.token = old
    assert said(await merchant.push()) == (404, "404.001.03")


async def test_a_token_ends_after_its_lifetime() -> None:
    now = [datetime(2026, 11, 24, 9, 0, tzinfo=UTC)]
    async with merchant_at("http://127.0.0.1:9/never", clock=lambda: now[0]) as merchant:
        now[0] += timedelta(seconds=3599)
        response = await merchant.post(QUERY, merchant.credentials(now[0]) | {"CheckoutRequestID": "x"})
        assert said(response) == (404, "404.001.03")


@pytest.mark.parametrize("authorization", [None, "Basic d3Jvbmc6d3Jvbmc=", "Bearer x", "Basic é"])
async def test_wrong_consumer_credentials_get_no_token(
    sandbox: RunningSandbox, authorization: str | None
) -> None:
    headers = {b"Authorization": authorization.encode()} if authorization else {}
    response = await sandbox.client.get(sandbox.base_url + TOKEN, headers=headers)
    assert said(response) == (400, "400.008.01")


@pytest.mark.parametrize("query", ["", "?grant_type=password"])
async def test_another_grant_type_gets_no_token(sandbox: RunningSandbox, query: str) -> None:
    headers = {"Authorization": basic(sandbox.settings)}
    response = await sandbox.client.get(f"{sandbox.base_url}/oauth/v1/generate{query}", headers=headers)
    assert said(response) == (400, "400.008.02")


async def test_an_accepted_push_has_the_documented_shape(merchant: Merchant) -> None:
    response = await merchant.push()
    assert response.status_code == 200
    answer = response.json()
    assert answer["CheckoutRequestID"].startswith("ws_CO_")
    assert answer["ResponseCode"] == "0"
    assert set(answer) == {
        "MerchantRequestID",
        "CheckoutRequestID",
        "ResponseCode",
        "ResponseDescription",
        "CustomerMessage",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"Amount": "453500"},
        {"Amount": 1},
        {"BusinessShortCode": "174379"},
        {"PartyB": 174379},
        {"PartyA": 255754123456, "PhoneNumber": 255754123456},
        {"PartyA": "254722000000", "PhoneNumber": "254722111111"},
        {"TransactionDesc": "thirteen-long"},
        {"AccountReference": "A"},
        {"CallBackURL": "https://pay.example.co.tz/webhooks/mpesa/abc"},
    ],
    ids=str,
)
async def test_every_documented_form_of_a_field_is_accepted(
    merchant: Merchant, changes: dict[str, object]
) -> None:
    assert (await merchant.push(**changes)).status_code == 200


async def test_the_description_may_be_left_out(merchant: Merchant) -> None:
    fields = merchant.push_fields()
    del fields["TransactionDesc"]
    assert (await merchant.post(PUSH, fields)).status_code == 200


@pytest.mark.parametrize(
    "field, value",
    [
        ("BusinessShortCode", "17437"[:4]),
        ("BusinessShortCode", "1743790"),
        ("BusinessShortCode", True),
        ("BusinessShortCode", None),
        ("Password", "not base64!"),
        ("Password", 12345678),
        ("Password", ""),
        ("Timestamp", "2026-11-24 09:00:00"),
        ("Timestamp", "20261324090000"),
        ("Timestamp", "٢٠٢٦١١٢٤٠٩٠٠٠٠"),
        ("Timestamp", 20261124090000),
        ("TransactionType", "CustomerPaybillOnline"),
        ("TransactionType", ""),
        ("Amount", 0),
        ("Amount", -5),
        ("Amount", 1.5),
        ("Amount", 450000.0),
        ("Amount", "450,000"),
        ("Amount", "450000.00"),
        ("Amount", "007"),
        ("Amount", "1e5"),
        ("Amount", "٤٥"),
        ("Amount", True),
        ("Amount", None),
        ("Amount", [450000]),
        ("PartyA", "0754123456"),
        ("PartyA", "+255754123456"),
        ("PartyB", "1743"),
        ("PartyB", "17437900"),
        ("PhoneNumber", "754123456"),
        ("PhoneNumber", "25575412345"),
        ("PhoneNumber", "2557541234567"),
        ("PhoneNumber", "256754123456"),
        ("PhoneNumber", "255 754123456"),
        ("PhoneNumber", "255754123456\n"),
        ("CallBackURL", "pay.example.co.tz/cb"),
        ("CallBackURL", "ftp://pay.example.co.tz/cb"),
        ("CallBackURL", "https://PAY.example.co.tz/cb"),
        ("CallBackURL", "https:///cb"),
        ("CallBackURL", "https://user@pay.example.co.tz/cb"),
        ("CallBackURL", "https://pay.example.co.tz:99999/cb"),
        ("CallBackURL", "https://pay.example.co.tz/a b"),
        ("CallBackURL", "https://pay.example.co.tz/cb#part"),
        ("CallBackURL", ""),
        ("AccountReference", ""),
        ("AccountReference", "7K29QXM4AB1CD"),
        ("AccountReference", "7K29-QXM4-AB"),
        ("AccountReference", 123456),
        ("TransactionDesc", "fourteen-chars"),
        ("TransactionDesc", 5),
        ("Remarks", "not a field of a push"),
    ],
    ids=str,
)
async def test_a_field_out_of_its_documented_form_is_refused_by_name(
    merchant: Merchant, field: str, value: object
) -> None:
    response = await merchant.push(**{field: value})
    assert said(response) == (400, "400.002.02")
    assert response.json()["errorMessage"] == f"Bad Request - Invalid {field}"
    assert await merchant.sandbox.book() == []


REQUIRED = [
    "BusinessShortCode",
    "Password",
    "Timestamp",
    "TransactionType",
    "Amount",
    "PartyA",
    "PartyB",
    "PhoneNumber",
    "CallBackURL",
    "AccountReference",
]


@pytest.mark.parametrize("field", REQUIRED)
async def test_a_missing_field_is_refused_by_name(merchant: Merchant, field: str) -> None:
    fields = merchant.push_fields()
    del fields[field]
    response = await merchant.post(PUSH, fields)
    assert said(response) == (400, "400.002.02")
    assert field in response.json()["errorMessage"]


@pytest.mark.parametrize("hours", [-3, 3])
async def test_a_timestamp_of_another_time_zone_is_refused(merchant: Merchant, hours: int) -> None:
    elsewhere = merchant.credentials(datetime.now(UTC) + timedelta(hours=hours))
    assert said(await merchant.push(**elsewhere)) == (400, "400.002.02")


@pytest.mark.parametrize("path", [PUSH, QUERY])
async def test_a_password_of_another_passkey_is_refused(merchant: Merchant, path: str) -> None:
    wrong = base64.b64encode(b"174379wrong20261124090000").decode()
    fields: dict[str, object] = merchant.push_fields() if path == PUSH else _query(merchant)
    response = await merchant.post(path, fields | {"Password": wrong})
    assert said(response) == (500, "500.001.1001")
    assert response.json()["errorMessage"] == "Wrong credentials"


def _query(merchant: Merchant) -> dict[str, object]:
    return merchant.credentials() | {"CheckoutRequestID": "ws_CO_24112026090000123456789012"}


async def test_a_merchant_that_does_not_exist_is_refused(merchant: Merchant) -> None:
    response = await merchant.push(BusinessShortCode="600000")
    assert said(response) == (500, "500.001.1001")
    assert response.json()["errorMessage"] == "Merchant does not exist"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b'{"Amount": NaN}',
        b'{"Amount": 1, "Amount": 2}',
        b"[" * 100_000,
    ],
    ids=lambda body: body[:12].decode(errors="replace"),
)
async def test_a_body_that_is_no_json_object_is_refused(merchant: Merchant, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {merchant.token}", "Content-Type": "application/json"}
    response = await merchant.sandbox.client.post(
        merchant.sandbox.base_url + PUSH, content=body, headers=headers
    )
    assert said(response) == (400, "400.002.05")


async def test_a_form_is_refused(merchant: Merchant) -> None:
    headers = {"Authorization": f"Bearer {merchant.token}"}
    address = merchant.sandbox.base_url + PUSH
    response = await merchant.sandbox.client.post(address, data={"Amount": "1"}, headers=headers)
    assert said(response) == (400, "400.002.05")


@pytest.mark.parametrize("path", [PUSH, QUERY])
@pytest.mark.parametrize(
    "authorization, code",
    [
        ("", "404.001.04"),
        ("Bearer", "404.001.04"),
        ("Basic abc", "404.001.04"),
        ("Bearer wrong", "404.001.03"),
    ],
)
async def test_a_bad_token_is_answered_404(
    merchant: Merchant, path: str, authorization: str, code: str
) -> None:
    headers = {"Authorization": authorization}
    response = await merchant.sandbox.client.post(merchant.sandbox.base_url + path, json={}, headers=headers)
    assert said(response) == (404, code)


async def test_wrong_verb_and_unknown_path_have_their_codes(sandbox: RunningSandbox) -> None:
    assert said(await sandbox.client.get(sandbox.base_url + PUSH)) == (405, "405.001")
    assert said(await sandbox.client.get(sandbox.base_url + "/mpesa/unknown")) == (404, "404.001.01")


async def test_the_same_reference_twice_is_two_prompts(merchant: Merchant) -> None:
    first = await merchant.push("255754111111")
    second = await merchant.push("255754222222")
    assert first.json()["CheckoutRequestID"] != second.json()["CheckoutRequestID"]


async def test_a_second_push_to_a_busy_phone_meets_a_locked_subscriber(merchant: Merchant) -> None:
    await merchant.push()
    response = await merchant.push()
    assert said(response) == (500, "500.001.1001")
    assert "Unable to lock subscriber" in response.json()["errorMessage"]


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"Amount": 3_000_001}, "3"),
        ({"PartyB": "174380"}, "2028"),
        ({"TransactionType": "CustomerBuyGoodsOnline"}, "2028"),
    ],
    ids=str,
)
async def test_the_networks_own_rules_end_an_accepted_push(
    merchant: Merchant, ear: Ear, changes: dict[str, object], code: str
) -> None:
    checkout_id = (await merchant.push(**changes)).json()["CheckoutRequestID"]
    (callback,) = await ear.wait_for()
    assert callback["ResultCode"] == int(code)
    assert await merchant.result(checkout_id) == code
    assert await merchant.sandbox.book() == []


async def test_the_largest_push_is_paid(merchant: Merchant, ear: Ear) -> None:
    await merchant.push_to("approves", Amount=3_000_000)
    (callback,) = await ear.wait_for()
    assert callback["ResultCode"] == 0


async def test_a_prompt_too_long_for_a_phone_is_not_sent(ear: Ear) -> None:
    async with merchant_at(ear.url, business_name="N" * 150) as merchant:
        await merchant.push()
        (callback,) = await ear.wait_for()
        assert callback["ResultCode"] == 1025


async def test_the_same_amount_within_two_minutes_is_limited_by_switch(merchant: Merchant, ear: Ear) -> None:
    await merchant.sandbox.switch(rule_limit=True)
    await merchant.push_to("approves")
    await ear.wait_for(1)
    await merchant.push_to("approves")
    first, second = await ear.wait_for(2)
    assert (first["ResultCode"], second["ResultCode"]) == (0, 17)
    await merchant.push_to("approves", Amount=5)
    assert (await ear.wait_for(3))[-1]["ResultCode"] == 0


async def test_queries_in_flight_hear_4999_or_an_error_that_says_nothing(merchant: Merchant) -> None:
    await merchant.sandbox.give_fate(PHONE, "person")
    checkout_id = (await merchant.push()).json()["CheckoutRequestID"]
    answers = [await merchant.query(checkout_id) for _ in range(3)]
    assert answers[0].json()["ResultCode"] == "4999"
    assert said(answers[1]) == (500, "500.001.1001")
    assert said(answers[2]) == (200, "500.001.1001")
    assert answers[2].json()["errorMessage"] == ""


async def test_an_unknown_checkout_id_meets_an_error_that_says_nothing(merchant: Merchant) -> None:
    response = await merchant.query("ws_CO_24112026090000123456789012")
    assert said(response) == (500, "500.001.1001")
    assert response.json()["errorMessage"] == "The transaction does not Exist"


@pytest.mark.parametrize("checkout_id", ["", "ws_CO_", "7K29QXM4AB1C", 5, None])
async def test_a_checkout_id_out_of_form_is_refused(merchant: Merchant, checkout_id: object) -> None:
    response = await merchant.query("", CheckoutRequestID=checkout_id)
    assert said(response) == (400, "400.002.02")


async def test_a_finished_query_has_the_documented_shape(merchant: Merchant, ear: Ear) -> None:
    checkout_id = await merchant.push_to("approves")
    await ear.wait_for()
    answer = (await merchant.query(checkout_id)).json()
    assert answer["ResultCode"] == "0"
    assert answer["CheckoutRequestID"] == checkout_id
    assert set(answer) == {
        "ResponseCode",
        "ResponseDescription",
        "MerchantRequestID",
        "CheckoutRequestID",
        "ResultCode",
        "ResultDesc",
    }


async def test_queries_of_finished_prompts_fail_at_random_by_switch(merchant: Merchant, ear: Ear) -> None:
    checkout_id = await merchant.push_to("approves")
    await ear.wait_for()
    await merchant.sandbox.switch(query_errors=0.5)
    statuses = [(await merchant.query(checkout_id)).status_code for _ in range(24)]
    assert {200, 500} == set(statuses)


async def test_a_provider_that_is_down_answers_503_and_comes_back(merchant: Merchant) -> None:
    await merchant.sandbox.switch(down=True)
    assert (await merchant.push()).status_code == 503
    await merchant.sandbox.switch(down=False)
    assert (await merchant.push()).status_code == 200


async def test_a_provider_whose_line_is_cut_refuses_connections_and_comes_back(merchant: Merchant) -> None:
    await merchant.push()
    await merchant.sandbox.line.down()
    with pytest.raises(httpx.ConnectError):
        await merchant.push()
    await merchant.sandbox.line.up()
    assert said(await merchant.push()) == (500, "500.001.1001")


def test_exactly_three_departures_are_declared() -> None:
    numbered = [line for line in (daraja.__doc__ or "").splitlines() if line[:1].isdigit()]
    assert [line[:2] for line in numbered] == ["1.", "2.", "3."]
