"""The simulated Airtel answers in the documented shapes, takes each id once, and tells how a payment ended."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from portal.sandbox.airtel.account import AirtelAccount
from portal.sandbox.airtel.codes import CODES
from portal.sandbox.fates import number_of
from portal.sandbox.operators import AIRTEL
from portal.sandbox.results import RESULTS
from tests.makers import FakeClock
from tests.sandbox.airtel import COUNTRY, ENQUIRY, PHONE, PUSH, TOKEN, Shop, heard, said, shop_at
from tests.sandbox.merchant import Ear
from tests.sandbox.running import until

KEY = "a private key of the application"


@pytest.fixture
async def shop(ear: Ear) -> AsyncIterator[Shop]:
    async with shop_at(ear.url) as shop:
        yield shop


async def over(shop: Shop) -> None:
    await until(lambda: not shop.sandbox.world.network.errands.under_way)


def test_every_result_has_a_code() -> None:
    assert set(CODES) == set(RESULTS)


async def test_a_token_is_told_with_its_life_as_text(shop: Shop) -> None:
    response = await shop.sign_in()
    assert response.status_code == 200
    assert set(response.json()) == {"access_token", "expires_in", "token_type"}
    assert (response.json()["expires_in"], response.json()["token_type"]) == ("180", "bearer")


@pytest.mark.parametrize(
    "changes, answer",
    [
        ({"client_id": "another"}, (401, "invalid_client")),
        ({"client_secret": "another"}, (401, "invalid_client")),
        ({"client_secret": 7}, (401, "invalid_client")),
        ({"client_secret": "é"}, (401, "invalid_client")),
        ({"grant_type": "password"}, (400, "ESB000008")),
        ({"scope": "all"}, (400, "ESB000008")),
    ],
    ids=str,
)
async def test_wrong_credentials_bring_no_token(
    shop: Shop, changes: dict[str, object], answer: tuple[int, str]
) -> None:
    assert said(await shop.sign_in(**changes)) == answer
    assert (await shop.push()).status_code == 200


async def test_a_token_ends_after_180_seconds(ear: Ear, clock: FakeClock) -> None:
    async with shop_at(ear.url, clock=clock) as shop:
        clock.now += timedelta(seconds=179)
        assert (await shop.push()).status_code == 200
        clock.now += timedelta(seconds=1)
        for response in (await shop.push(), await shop.call("GET", ENQUIRY + "7K29QXM4A001")):
            assert said(response) == (401, "invalid_token")
            assert set(response.json()) == {"error", "error_description"}


async def test_a_new_token_ends_the_one_before(shop: Shop) -> None:
    first = shop.token
    await shop.sign_in()
    headers = {"Authorization": f"Bearer {first}", **COUNTRY}
    assert said(await shop.call("GET", ENQUIRY + "X", headers=headers)) == (401, "invalid_token")


@pytest.mark.parametrize("authorization", ["", "Bearer", "Basic abc", "Bearer unknown", "bearer unknown"])
async def test_without_a_token_nothing_is_answered(shop: Shop, authorization: str) -> None:
    headers = {"Authorization": authorization, **COUNTRY}
    assert said(await shop.call("POST", PUSH, json=shop.push_fields(), headers=headers)) == (
        401,
        "invalid_token",
    )


@pytest.mark.parametrize(
    "headers, code",
    [
        ({"X-Currency": "TZS"}, "ROUTER003"),
        ({"X-Country": "TZ"}, "ROUTER119"),
        ({"X-Country": "KE", "X-Currency": "TZS"}, "ROUTER006"),
        ({"X-Country": "TZ", "X-Currency": "KES"}, "ROUTER112"),
    ],
    ids=str,
)
async def test_country_and_currency_stand_in_the_headers(
    shop: Shop, headers: dict[str, str], code: str
) -> None:
    told = {"Authorization": f"Bearer {shop.token}", **headers}
    assert said(await shop.call("POST", PUSH, json=shop.push_fields(), headers=told)) == (400, code)
    assert said(await shop.call("GET", ENQUIRY + "X", headers=told)) == (400, code)


async def test_an_accepted_push_has_the_documented_shape(shop: Shop) -> None:
    ids = set()
    for _ in range(8):
        response = await shop.push()
        assert response.status_code == 200
        answer = response.json()
        ids.add(answer["data"]["transaction"].pop("id"))
        assert answer == {
            "data": {"transaction": {"status": "SUCCESS"}},
            "status": {
                "code": "200",
                "message": "SUCCESS",
                "result_code": "ESB000010",
                "response_code": "DP00800001006",
                "success": True,
            },
        }
    assert False in ids
    assert len(ids) > 1


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"subscriber": {"msisdn": "255784123456"}}, "ESB000033"),
        ({"subscriber": {"msisdn": "0784123456"}}, "ESB000033"),
        ({"subscriber": {"msisdn": "78412345"}}, "ESB000033"),
        ({"subscriber": {"msisdn": "184123456"}}, "ESB000036"),
        ({"subscriber": {"msisdn": "78412345x"}}, "ESB000036"),
        ({"subscriber": {"msisdn": 784_123_456}}, "ESB000008"),
        ({"subscriber": {"country": "KE"}}, "ESB000034"),
        ({"transaction": {"country": "KE"}}, "ESB000034"),
        ({"subscriber": {"currency": "KES"}}, "ESB000035"),
        ({"transaction": {"currency": "KES"}}, "ESB000035"),
        ({"transaction": {"amount": "453500"}}, "ESB000008"),
        ({"transaction": {"amount": 453_500.5}}, "ESB000008"),
        ({"transaction": {"amount": True}}, "ESB000008"),
        ({"transaction": {"amount": None}}, "ESB000008"),
        ({"transaction": {"amount": 10**12}}, "ESB000008"),
        ({"transaction": {"amount": 0}}, "DP00800001004"),
        ({"transaction": {"amount": -1}}, "DP00800001004"),
        ({"transaction": {"id": "7K29-QXM4"}}, "ESB000008"),
        ({"transaction": {"id": ""}}, "ESB000008"),
        ({"transaction": {"id": "A" * 33}}, "ESB000008"),
        ({"transaction": {"id": 7}}, "ESB000008"),
        ({"transaction": {"pin": "1234"}}, "ESB000008"),
        ({"reference": "abc"}, "ESB000008"),
        ({"reference": "x" * 65}, "ESB000008"),
        ({"reference": 1234}, "ESB000008"),
        ({"subscriber": []}, "ESB000008"),
        ({"transaction": "x"}, "ESB000008"),
        ({"callback_url": "https://x"}, "ESB000008"),
    ],
    ids=str,
)
async def test_a_field_that_breaks_its_rule_is_refused_by_its_code(
    shop: Shop, changes: dict[str, object], code: str
) -> None:
    fields = shop.push_fields()
    for name, value in changes.items():
        fields[name] = fields[name] | value if isinstance(value, dict) else value
    assert said(await shop.call("POST", PUSH, json=fields)) == (400, code)
    assert shop.sandbox.world.network.prompts == {}


@pytest.mark.parametrize("part", ["", "subscriber", "transaction"])
async def test_a_field_that_is_missing_is_refused(shop: Shop, part: str) -> None:
    for name in list(shop.push_fields()[part] if part else shop.push_fields()):
        fields = shop.push_fields()
        del (fields[part] if part else fields)[name]
        assert said(await shop.call("POST", PUSH, json=fields)) == (400, "ESB000008")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"a":1,"a":1}', b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_json_object_is_refused(shop: Shop, body: bytes) -> None:
    told = {"Authorization": f"Bearer {shop.token}", "Content-Type": "application/json", **COUNTRY}
    for path in (PUSH, TOKEN):
        assert said(await shop.call("POST", path, content=body, headers=told)) == (400, "ESB000008")
    assert said(await shop.call("POST", PUSH, data={"amount": "1"})) == (400, "ESB000008")


async def test_wrong_verb_unknown_path_and_a_missing_slash_are_nowhere(shop: Shop) -> None:
    responses: list[tuple[httpx.Response, int]] = [
        (await shop.call("GET", PUSH), 405),
        (await shop.call("GET", "/standard/v9/payments"), 404),
        (await shop.call("POST", PUSH.removesuffix("/"), json=shop.push_fields()), 404),
    ]
    for response, status in responses:
        assert (response.status_code, response.json()["status"]["success"]) == (status, False)


@pytest.mark.parametrize("fate", ["approves", "cancels", "answer-lost", "person"])
async def test_an_id_that_was_used_before_is_refused_and_no_second_prompt_is_sent(
    shop: Shop, fate: str
) -> None:
    msisdn = PHONE if fate == "person" else number_of(fate, AIRTEL)
    fields = shop.push_fields(msisdn)
    try:
        await shop.call("POST", PUSH, json=fields)
    except httpx.RemoteProtocolError:
        assert fate == "answer-lost"
    for msisdn_again in (msisdn, "255784999999"):
        again = shop.push_fields(msisdn_again, transaction={"id": fields["transaction"]["id"]})
        assert said(await shop.call("POST", PUSH, json=again)) == (400, "ESB000041")
    assert len(shop.sandbox.world.network.prompts) == 1


async def test_what_is_paid_is_told_by_enquiry_with_its_trans_id(shop: Shop) -> None:
    payment_id = await shop.push_to("approves")
    await over(shop)
    (movement,) = await shop.sandbox.book()
    assert re.fullmatch(r"MP\d{6}\.\d{4}\.L\d{5}", movement["receipt"])
    assert await shop.ask(payment_id) == {
        "data": {
            "transaction": {
                "airtel_money_id": movement["receipt"],
                "id": payment_id,
                "message": "Transaction is successful.",
                "status": "TS",
            }
        },
        "status": {
            "code": "200",
            "message": "SUCCESS",
            "result_code": "ESB000010",
            "response_code": "DP00800001001",
            "success": True,
        },
    }
    assert (movement["provider"], movement["amount"]) == ("airtel", 453_500)


@pytest.mark.parametrize(
    "fate, letters, code",
    [
        ("cancels", "TF", "DP00800001008"),
        ("wrong-pin", "TF", "DP00800001002"),
        ("pin-locked", "TF", "DP00800001009"),
        ("no-balance", "TF", "DP00800001007"),
        ("unreachable", "TF", "DP00800001005"),
        ("limit", "TF", "DP00800001003"),
        ("expired", "TE", "DP00800001029"),
        ("undocumented", "TX", "DP00800007777"),
    ],
)
async def test_what_ended_otherwise_is_told_in_letters_and_a_code(
    shop: Shop, fate: str, letters: str, code: str
) -> None:
    payment_id = await shop.push_to(fate)
    await over(shop)
    assert await shop.status(payment_id) == (letters, code)
    assert "airtel_money_id" not in (await shop.ask(payment_id))["data"]["transaction"]
    assert await shop.sandbox.book() == []


@pytest.mark.parametrize("code", ["DP00800001000", "DP00800001024"])
async def test_an_ambiguous_end_is_told_as_such(shop: Shop, code: str) -> None:
    await shop.sandbox.give_fate(PHONE, result=code)
    fields = shop.push_fields()
    await shop.call("POST", PUSH, json=fields)
    await over(shop)
    assert await shop.status(fields["transaction"]["id"]) == ("TA", code)


async def test_what_is_in_flight_and_what_lags_is_in_progress(shop: Shop) -> None:
    fields = shop.push_fields()
    await shop.call("POST", PUSH, json=fields)
    assert await shop.status(fields["transaction"]["id"]) == ("TIP", "DP00800001006")
    lagging = await shop.push_to("query-lags")
    await shop.sandbox.world.network.prompts[lagging].over.wait()
    told = [(await shop.status(lagging))[0] for _ in range(4)]
    assert told == ["TIP", "TIP", "TIP", "TS"]


async def test_an_enquiry_may_know_nothing_or_be_refused(shop: Shop) -> None:
    assert said(await shop.call("GET", ENQUIRY + "NOBODYKNOWS")) == (200, "DP00800001025")
    unknown, busy = await shop.push_to("query-unknown"), await shop.push_to("query-busy")
    assert said(await shop.call("GET", ENQUIRY + unknown)) == (200, "DP00800001025")
    assert said(await shop.call("GET", ENQUIRY + busy)) == (500, "ESB000014")


async def test_a_payment_of_another_provider_is_not_known_here(shop: Shop) -> None:
    network = shop.sandbox.world.network
    payment_id = await shop.push_to("approves")
    network.prompts[payment_id].twin = shop.sandbox.daraja
    assert said(await shop.call("GET", ENQUIRY + payment_id)) == (200, "DP00800001025")


async def test_a_busy_airtel_says_that_it_could_not_initiate(shop: Shop) -> None:
    fields = shop.push_fields(number_of("busy", AIRTEL))
    assert said(await shop.call("POST", PUSH, json=fields)) == (500, "ESB000004")
    assert shop.sandbox.world.network.prompts == {}


@pytest.mark.parametrize("fate, letters", [("approves", "TS"), ("cancels", "TF"), ("expired", "TF")])
async def test_a_callback_says_paid_or_failed_and_no_amount(
    shop: Shop, ear: Ear, fate: str, letters: str
) -> None:
    payment_id = await shop.push_to(fate)
    (callback,) = await heard(ear)
    transaction = callback["transaction"]
    assert set(callback) == {"transaction"}
    assert (transaction["id"], transaction["status_code"]) == (payment_id, letters)
    paid = {"airtel_money_id"} if letters == "TS" else set[str]()
    assert set(transaction) == {"id", "message", "status_code"} | paid
    if paid:
        (movement,) = await shop.sandbox.book()
        receipt = movement["receipt"]
        assert transaction["airtel_money_id"] == receipt
        assert transaction["message"] == f"Paid TSHS 453,500 to NEST PAY Charge TSHS 0, Trans ID {receipt}."


@pytest.mark.parametrize("over_transaction", [False, True])
async def test_with_a_key_a_callback_carries_its_hash(ear: Ear, *, over_transaction: bool) -> None:
    account = AirtelAccount(hash_key=KEY, hashes_transaction=over_transaction)
    async with shop_at(ear.url, account) as shop:
        await shop.push_to("approves")
        (callback,) = await heard(ear)
    given = callback.pop("hash")
    hashed = callback["transaction"] if over_transaction else callback
    text = json.dumps(hashed, separators=(",", ":"))
    wanted = base64.b64encode(hmac.digest(KEY.encode(), text.encode(), hashlib.sha256)).decode()
    assert given == wanted
    # The very bytes stand in the body, so that nobody has to write them anew.
    assert text.removesuffix("}") in ear.bodies[0].decode()


async def test_nobody_is_called_where_no_address_is_registered() -> None:
    async with shop_at() as shop:
        payment_id = await shop.push_to("approves")
        await over(shop)
        assert shop.sandbox.world.network.courier.deliveries == []
        assert (await shop.status(payment_id))[0] == "TS"


async def test_the_phone_asks_and_confirms_in_airtel_s_manner(shop: Shop, ear: Ear) -> None:
    await shop.push()
    client, address = shop.sandbox.client, f"{shop.sandbox.base_url}/phone/{PHONE}"
    page = (await client.get(address)).text
    assert "Airtel Money" in page
    assert "Nest Pay asks for TZS\xa0453,500. Reference: 7K29QXM4AB1C. Enter your PIN to pay." in page
    await client.post(address, data={"act": "approve", "pin": "1234"}, follow_redirects=True)
    (callback,) = await heard(ear)
    receipt = callback["transaction"]["airtel_money_id"]
    assert f"Trans ID {receipt}. You have paid" in (await client.get(address)).text
