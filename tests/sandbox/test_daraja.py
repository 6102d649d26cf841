"""The simulated Daraja answers in the documented shapes, and keeps the network's rules."""

import base64

import httpx
import pytest

from portal.sandbox import daraja
from portal.sandbox.daraja.codes import CODES
from portal.sandbox.results import RESULTS
from tests.sandbox.merchant import PUSH, QUERY, Ear, Merchant, merchant_at, said
from tests.sandbox.running import RunningSandbox


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
        merchant.sandbox.daraja_url + PUSH, content=body, headers=headers
    )
    assert said(response) == (400, "400.002.05")


async def test_a_form_is_refused(merchant: Merchant) -> None:
    headers = {"Authorization": f"Bearer {merchant.token}"}
    address = merchant.sandbox.daraja_url + PUSH
    response = await merchant.sandbox.client.post(address, data={"Amount": "1"}, headers=headers)
    assert said(response) == (400, "400.002.05")


async def test_wrong_verb_and_unknown_path_have_their_codes(sandbox: RunningSandbox) -> None:
    assert said(await sandbox.client.get(sandbox.daraja_url + PUSH)) == (405, "405.001")
    assert said(await sandbox.client.get(sandbox.daraja_url + "/mpesa/unknown")) == (404, "404.001.01")


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


def test_every_result_has_a_code() -> None:
    assert set(CODES) == set(RESULTS)


def test_exactly_three_departures_are_declared() -> None:
    numbered = [line for line in (daraja.__doc__ or "").splitlines() if line[:1].isdigit()]
    assert [line[:2] for line in numbered] == ["1.", "2.", "3."]
