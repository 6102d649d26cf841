"""The simulated Vodacom asks, tells and sends back in the documented shapes, with and without a callback address."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from portal.sandbox.fates import NUMBER_OF
from portal.sandbox.results import RESULTS
from portal.sandbox.vodacom.codes import CODES
from tests.sandbox.merchant import PHONE, Ear, Merchant
from tests.sandbox.running import until
from tests.sandbox.vodacom import PUSH, REFERENCE, App, app_at, heard, said


@pytest.fixture
async def app() -> AsyncIterator[App]:
    """Told with the answer."""
    async with app_at() as app:
        yield app


@pytest.fixture
async def told(ear: Ear) -> AsyncIterator[App]:
    """Told at its callback address."""
    async with app_at(ear.url) as app:
        yield app


def test_every_result_has_a_code() -> None:
    assert set(CODES) == set(RESULTS)


async def test_an_approval_without_a_callback_address_is_answered_when_it_is_paid(app: App) -> None:
    fields = app.push_fields(NUMBER_OF["approves"])
    response = await app.call("POST", PUSH, json=fields)
    assert said(response) == (201, "INS-0")
    answer = response.json()
    (movement,) = await app.sandbox.book()
    assert answer["output_TransactionID"] == movement["receipt"]
    assert answer["output_ThirdPartyConversationID"] == fields["input_ThirdPartyConversationID"]
    assert re.fullmatch("[0-9a-f]{32}", answer["output_ConversationID"])
    assert (movement["amount"], movement["account_reference"]) == (453500, REFERENCE)
    assert (movement["provider"], movement["kind"]) == ("vodacom", "payment")


@pytest.mark.parametrize(
    "fate, status, code",
    [
        ("cancels", 401, "INS-6"),
        ("wrong-pin", 401, "INS-6"),
        ("no-balance", 422, "INS-2006"),
        ("unreachable", 408, "INS-9"),
        ("limit", 400, "INS-990"),
        ("undocumented", 400, "INS-7777"),
    ],
)
async def test_a_failure_is_answered_with_its_documented_status(
    app: App, fate: str, status: int, code: str
) -> None:
    response = await app.push(NUMBER_OF[fate])
    assert said(response) == (status, code)
    assert response.json()["output_TransactionID"] == "N/A"
    assert await app.sandbox.book() == []


async def test_the_answer_waits_for_the_person_at_the_phone(app: App) -> None:
    answer = asyncio.create_task(app.push())
    await app.sandbox.prompt_on(PHONE)
    await asyncio.sleep(0.05)
    assert not answer.done()
    await app.sandbox.press(PHONE, "approve")
    assert said(await answer) == (201, "INS-0")


@pytest.mark.parametrize(
    "number, status, code",
    [
        ("000000000001", 201, "INS-0"),
        ("000000000002", 408, "INS-9"),
        ("000000000003", 408, "INS-9"),
        ("000000000004", 401, "INS-6"),
        ("000000000005", 400, "INS-1"),
        ("000000000006", 401, "INS-6"),
        ("000000000007", 400, "INS-15"),
        ("000000000008", 422, "INS-2006"),
    ],
)
async def test_the_numbers_of_vodacoms_own_sandbox_have_their_fates(
    number: str, status: int, code: str
) -> None:
    async with app_at(prompt_lifetime=0.05) as app:
        assert said(await app.push(number)) == (status, code)


async def test_the_number_without_service_meets_503(app: App) -> None:
    assert (await app.push("000000000009")).status_code == 503


async def test_with_a_callback_address_the_answer_only_accepts(told: App, ear: Ear) -> None:
    fields = told.push_fields(NUMBER_OF["approves"])
    answer = (await told.call("POST", PUSH, json=fields)).json()
    assert answer["output_ResponseCode"] == "INS-0"
    assert answer.get("output_TransactionID", "N/A") == "N/A"
    (callback,) = await heard(ear)
    (movement,) = await told.sandbox.book()
    assert callback == {
        "input_OriginalConversationID": answer["output_ConversationID"],
        "input_TransactionID": movement["receipt"],
        "input_ResultCode": "INS-0",
        "input_ResultDesc": "Request processed successfully",
        "input_ThirdPartyConversationID": fields["input_ThirdPartyConversationID"],
    }
    assert ear.headers[0]["content-type"] == "application/json"


async def test_the_callback_of_a_failure_holds_no_transaction(told: App, ear: Ear) -> None:
    for _ in range(8):
        await told.push_to("no-balance")
        await until(lambda: not told.sandbox.world.network.errands.under_way)
    callbacks = await heard(ear, 8)
    assert {callback["input_ResultCode"] for callback in callbacks} == {"INS-2006"}
    assert {callback.get("input_TransactionID") for callback in callbacks} == {None, "N/A"}


async def test_what_the_merchant_answered_to_a_callback_is_kept(told: App, ear: Ear) -> None:
    await told.push_to("approves")
    await heard(ear)
    await until(lambda: bool(told.sandbox.world.network.courier.deliveries))
    (delivery,) = (await told.sandbox.requests())["callbacks"]
    assert json.loads(delivery["answer"]) == {"ResultCode": 0, "ResultDesc": "Accepted"}


async def test_another_address_can_be_registered_while_it_runs(app: App, ear: Ear) -> None:
    await app.sandbox.register(vodacom=ear.url)
    await app.push_to("cancels")
    (callback,) = await heard(ear)
    assert callback["input_ResultCode"] == "INS-6"


@pytest.mark.parametrize("fate, copies", [("callback-five-times", 5), ("two-receipts", 2)])
async def test_several_callbacks_are_one_movement_of_money(
    told: App, ear: Ear, fate: str, copies: int
) -> None:
    await told.push_to(fate)
    assert len(await heard(ear, copies)) == copies
    assert len(await told.sandbox.book()) == 1


async def test_a_callback_can_say_paid_where_nothing_moved(told: App, ear: Ear) -> None:
    answer = await told.push_to("callback-lies-paid")
    (callback,) = await heard(ear)
    assert callback["input_ResultCode"] == "INS-0"
    assert callback["input_TransactionID"] != "N/A"
    assert await told.status(answer["output_ConversationID"]) == "Cancelled"
    assert await told.sandbox.book() == []


async def test_a_lost_answer_leaves_the_merchants_own_id_to_ask_with(told: App, ear: Ear) -> None:
    fields = told.push_fields(NUMBER_OF["answer-lost"])
    with pytest.raises(httpx.RemoteProtocolError):
        await told.call("POST", PUSH, json=fields)
    await heard(ear)
    assert await told.status(str(fields["input_ThirdPartyConversationID"])) == "Completed"
    assert said(await told.call("POST", PUSH, json=fields)) == (409, "INS-10")
    assert len(await told.sandbox.book()) == 1


@pytest.mark.parametrize("fate, status", [("unavailable", 503), ("busy", 400), ("redirected", 302)])
async def test_what_was_not_accepted_can_be_sent_again(app: App, fate: str, status: int) -> None:
    fields = app.push_fields(NUMBER_OF[fate])
    assert (await app.call("POST", PUSH, json=fields)).status_code == status
    again = fields | {"input_CustomerMSISDN": NUMBER_OF["approves"]}
    assert said(await app.call("POST", PUSH, json=again)) == (201, "INS-0")


async def test_one_phone_network_serves_all_providers(app: App, ear: Ear) -> None:
    merchant = Merchant(app.sandbox, ear.url)
    await merchant.sign_in()
    await merchant.push()
    assert said(await app.push()) == (401, "INS-6")
    await app.sandbox.press(PHONE, "approve")
    assert [movement["provider"] for movement in await app.sandbox.book()] == ["daraja"]


async def test_more_than_a_wallet_lets_go_is_a_limit(app: App) -> None:
    assert said(await app.push(NUMBER_OF["approves"], input_Amount="3000001")) == (400, "INS-995")


async def test_a_query_finds_a_payment_by_each_of_its_ids(app: App) -> None:
    answer = await app.push_to("approves")
    names = ("output_TransactionID", "output_ConversationID", "output_ThirdPartyConversationID")
    for name in names:
        found = await app.query(answer[name])
        assert said(found) == (200, "INS-0")
        assert found.json()["output_ResponseTransactionStatus"] == "Completed"
        assert found.json()["output_OriginalTransactionID"] == answer["output_TransactionID"]
        assert found.json()["output_Reversed"] == "false"


async def test_a_query_tells_how_a_payment_failed(app: App) -> None:
    cancelled, expired = await app.push_to("cancels"), await app.push_to("unreachable")
    assert await app.status(cancelled["output_ConversationID"]) == "Cancelled"
    assert await app.status(expired["output_ConversationID"]) == "Expired"


async def test_a_payment_in_flight_is_not_available_or_not_found_yet(told: App) -> None:
    reference = (await told.push()).json()["output_ConversationID"]
    assert await told.status(reference) == "N/A"
    assert said(await told.query(reference)) == (200, "INS-23")
    await told.sandbox.press(PHONE, "approve")
    assert await told.status(reference) == "Completed"


async def test_a_payment_that_is_unknown_is_not_found(app: App) -> None:
    assert said(await app.query("unknown")) == (200, "INS-23")


@pytest.mark.parametrize(
    "fate, status, code", [("query-unknown", 200, "INS-23"), ("query-busy", 400, "INS-1")]
)
async def test_a_query_can_refuse_to_say_that_money_moved(
    app: App, fate: str, status: int, code: str
) -> None:
    answer = await app.push_to(fate)
    assert said(await app.query(answer["output_ConversationID"])) == (status, code)


async def test_a_query_can_know_of_nothing_but_money_that_moved(told: App, ear: Ear) -> None:
    unpaid = await told.push(NUMBER_OF["failure-unseen"])
    (callback,) = await heard(ear)
    assert callback["input_ResultCode"] == "INS-2006"
    for _ in range(3):
        assert said(await told.query(unpaid.json()["output_ConversationID"])) == (200, "INS-23")
    await told.sandbox.give_fate(PHONE, result=None, query="paid-only")
    paid = (await told.push()).json()["output_ConversationID"]
    assert said(await told.query(paid)) == (200, "INS-23")
    await told.sandbox.press(PHONE, "approve")
    assert await told.status(paid) == "Completed"


async def test_requests_are_counted_by_provider_and_kind(app: App) -> None:
    paid = await app.push_to("approves")
    await app.query(paid["output_ConversationID"])
    await app.reverse(paid["output_TransactionID"])
    log = await app.sandbox.requests()
    assert log["counts"] == {"token": 1, "push": 1, "query": 1, "refund": 1}
    assert {entry["provider"] for entry in log["requests"]} == {"vodacom"}
    assert log["requests"][1]["request_id"] == paid["output_ConversationID"]
    assert app.session not in json.dumps(log)
