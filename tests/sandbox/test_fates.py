"""Every fate, played over real HTTP: what the merchant hears, what a query says, what really moved."""

import asyncio
import json

import httpx
import pytest

from portal.sandbox.fates import BY_NAME, BY_NUMBER, FATES, NUMBER_OF, PERSON
from portal.sandbox.operators import OPERATORS
from portal.sandbox.results import NO_ANSWER, PAID
from tests.sandbox.merchant import PHONE, Ear, Gate, Merchant, merchant_at
from tests.sandbox.running import until


async def ended(merchant: Merchant, result: str | None = None) -> None:
    """Waits until the newest prompt is over, with this result."""

    def is_over() -> bool:
        prompts = list(merchant.sandbox.world.network.prompts.values())
        return bool(prompts) and (prompts[-1].result == result if result else not prompts[-1].in_flight)

    await until(is_over)


def newest(merchant: Merchant) -> str:
    """The CheckoutRequestID of the newest prompt, which a merchant without an answer does not know."""
    return list(merchant.sandbox.world.network.prompts)[-1]


async def moved(merchant: Merchant) -> list[int]:
    return [movement["amount"] for movement in await merchant.sandbox.book()]


@pytest.mark.covers("P2")
def test_fates_have_names_and_numbers_of_their_own() -> None:
    assert len(BY_NAME) == len(FATES) + 1
    assert len(BY_NUMBER) == len(FATES) * len(OPERATORS)
    assert BY_NUMBER["255754000001"].name == "approves"
    assert BY_NUMBER["255754000022"].name == "answer-html"
    assert BY_NUMBER["255713000003"].name == BY_NUMBER["255784000003"].name == "wrong-pin"
    assert PERSON.name not in NUMBER_OF


@pytest.mark.covers("P1")
async def test_an_approval_moves_the_money_and_calls_back_once(merchant: Merchant, ear: Ear) -> None:
    checkout_id = await merchant.push_to("approves")
    (callback,) = await ear.wait_for()
    assert callback["CheckoutRequestID"] == checkout_id
    assert await merchant.result(checkout_id) == "0"
    (movement,) = await merchant.sandbox.book()
    assert movement["amount"] == 453500
    assert movement["account_reference"] == "7K29QXM4AB1C"
    items = {item["Name"]: item.get("Value") for item in callback["CallbackMetadata"]["Item"]}
    assert items["MpesaReceiptNumber"] == movement["receipt"]


@pytest.mark.parametrize(
    "fate, code",
    [
        ("cancels", 1032),
        ("wrong-pin", 2001),
        ("no-balance", 1),
        ("unreachable", 1037),
        ("expired", 1019),
        ("pin-locked", 8006),
        ("undocumented", 7777),
        ("limit", 4),
    ],
)
async def test_a_failure_moves_nothing_and_carries_no_metadata(
    merchant: Merchant, ear: Ear, fate: str, code: int
) -> None:
    checkout_id = await merchant.push_to(fate)
    (callback,) = await ear.wait_for()
    assert set(callback) == {"MerchantRequestID", "CheckoutRequestID", "ResultCode", "ResultDesc"}
    assert callback["ResultCode"] == code
    assert await merchant.result(checkout_id) == str(code)
    assert await moved(merchant) == []


@pytest.mark.parametrize("fate", ["nobody-answers", "person"])
async def test_a_prompt_that_nobody_answers_expires(ear: Ear, fate: str) -> None:
    async with merchant_at(ear.url, prompt_lifetime=0.05) as merchant:
        await merchant.sandbox.give_fate(PHONE, fate)
        await merchant.push()
        (callback,) = await ear.wait_for()
        assert callback["ResultCode"] == 1037
        assert await moved(merchant) == []


async def test_the_words_of_1037_differ_between_callback_and_query(merchant: Merchant, ear: Ear) -> None:
    checkout_id = await merchant.push_to("unreachable")
    (callback,) = await ear.wait_for()
    answer = (await merchant.query(checkout_id)).json()
    assert callback["ResultDesc"] != answer["ResultDesc"]


async def test_a_lost_callback_leaves_the_query_to_tell(merchant: Merchant, ear: Ear) -> None:
    checkout_id = await merchant.push_to("callback-never")
    await ended(merchant, PAID)
    await asyncio.sleep(0.05)
    assert ear.bodies == []
    assert await merchant.result(checkout_id) == "0"
    assert await moved(merchant) == [453500]


async def test_five_callbacks_are_one_movement_of_money(merchant: Merchant, ear: Ear) -> None:
    await merchant.push_to("callback-five-times")
    callbacks = await ear.wait_for(5)
    assert len({callback["CheckoutRequestID"] for callback in callbacks}) == 1
    assert len(set(ear.bodies)) == 1
    assert await moved(merchant) == [453500]


async def test_a_callback_can_overtake_the_answer_to_the_push(merchant: Merchant, ear: Ear) -> None:
    await merchant.push_to("callback-first")
    assert len(ear.bodies) == 1


async def test_a_late_approval_first_reads_as_no_answer(ear: Ear) -> None:
    gate = Gate(held=7)
    async with merchant_at(ear.url, prompt_lifetime=0.05, late_after=7, sleep=gate.sleep) as merchant:
        checkout_id = await merchant.push_to("approves-late")
        await ended(merchant, NO_ANSWER)
        assert await merchant.result(checkout_id) == "1037"
        assert await moved(merchant) == []
        gate.opened.set()
        (callback,) = await ear.wait_for()
        assert callback["ResultCode"] == 0
        assert await merchant.result(checkout_id) == "0"
        assert await moved(merchant) == [453500]


async def test_a_prompt_that_was_paid_is_not_paid_again_by_its_late_approval(ear: Ear) -> None:
    gate = Gate(held=7)
    async with merchant_at(ear.url, prompt_lifetime=0.05, late_after=7, sleep=gate.sleep) as merchant:
        checkout_id = await merchant.push_to("approves-late")
        await ended(merchant, NO_ANSWER)
        network = merchant.sandbox.world.network
        network.act(network.prompts[checkout_id], PAID)
        gate.opened.set()
        await ear.wait_for(2)
        assert await moved(merchant) == [453500]


async def test_a_failure_can_be_told_before_the_late_approval(ear: Ear) -> None:
    async with merchant_at(ear.url, prompt_lifetime=0.05) as merchant:
        await merchant.push_to("failed-then-paid")
        first, second = await ear.wait_for(2)
        assert (first["ResultCode"], second["ResultCode"]) == (1037, 0)
        assert await moved(merchant) == [453500]


async def test_a_callback_can_say_paid_where_nothing_moved(merchant: Merchant, ear: Ear) -> None:
    checkout_id = await merchant.push_to("callback-lies-paid")
    (callback,) = await ear.wait_for()
    assert callback["ResultCode"] == 0
    assert await merchant.result(checkout_id) == "1032"
    assert await moved(merchant) == []


async def test_a_callback_can_say_cancelled_where_money_moved(merchant: Merchant, ear: Ear) -> None:
    checkout_id = await merchant.push_to("callback-lies-cancelled")
    (callback,) = await ear.wait_for()
    assert callback["ResultCode"] == 1032
    assert await merchant.result(checkout_id) == "0"
    assert await moved(merchant) == [453500]


async def test_a_smaller_amount_is_what_the_book_holds_too(merchant: Merchant, ear: Ear) -> None:
    await merchant.push_to("smaller-amount")
    (callback,) = await ear.wait_for()
    items = {item["Name"]: item.get("Value") for item in callback["CallbackMetadata"]["Item"]}
    assert items["Amount"] == 226750.0
    assert await moved(merchant) == [226750]


async def test_a_lost_answer_closes_the_connection_after_accepting(merchant: Merchant, ear: Ear) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await merchant.push(NUMBER_OF["answer-lost"])
    (callback,) = await ear.wait_for()
    assert callback["ResultCode"] == 0
    assert await moved(merchant) == [453500]


async def test_a_late_answer_comes_after_the_callback(ear: Ear) -> None:
    gate = Gate(held=7)
    async with merchant_at(ear.url, slow_answer=7, sleep=gate.sleep) as merchant:
        answer = asyncio.create_task(merchant.push(NUMBER_OF["answer-late"]))
        await ear.wait_for()
        assert not answer.done()
        gate.opened.set()
        assert (await answer).json()["ResponseCode"] == "0"


async def test_a_client_that_gives_up_on_a_late_answer_has_still_been_accepted(
    merchant: Merchant, ear: Ear
) -> None:
    with pytest.raises(httpx.ReadTimeout):
        await merchant.sandbox.client.post(
            merchant.sandbox.daraja_url + "/mpesa/stkpush/v1/processrequest",
            json=merchant.push_fields(NUMBER_OF["answer-late"]),
            headers={"Authorization": f"Bearer {merchant.token}"},
            timeout=0.1,
        )
    await ear.wait_for()
    assert await moved(merchant) == [453500]


@pytest.mark.parametrize("fate, status", [("unavailable", 503), ("busy", 500), ("redirected", 302)])
async def test_a_push_can_be_refused_before_acceptance(merchant: Merchant, fate: str, status: int) -> None:
    response = await merchant.push(NUMBER_OF[fate])
    assert response.status_code == status
    assert merchant.sandbox.world.network.prompts == {}


async def test_a_busy_provider_says_so_by_code(merchant: Merchant) -> None:
    assert (await merchant.push(NUMBER_OF["busy"])).json()["errorCode"] == "500.003.02"


@pytest.mark.parametrize("fate", ["answer-html", "answer-truncated"])
async def test_an_accepted_push_can_be_answered_with_no_json(merchant: Merchant, ear: Ear, fate: str) -> None:
    response = await merchant.push(NUMBER_OF[fate])
    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        response.json()
    await ear.wait_for()
    assert await moved(merchant) == [453500]


async def test_an_accepted_push_can_be_answered_with_foreign_json(merchant: Merchant, ear: Ear) -> None:
    response = await merchant.push(NUMBER_OF["answer-foreign"])
    assert "CheckoutRequestID" not in response.json()
    await ear.wait_for()
    assert await merchant.result(newest(merchant)) == "0"


async def test_a_malformed_callback_is_no_json(merchant: Merchant, ear: Ear) -> None:
    await merchant.push_to("callback-malformed")
    await until(lambda: bool(ear.bodies))
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        json.loads(ear.bodies[0])


async def test_an_oversized_callback_is_very_large(merchant: Merchant, ear: Ear) -> None:
    await merchant.push_to("callback-oversized")
    await until(lambda: bool(ear.bodies))
    assert len(ear.bodies[0]) > 10 * 1024 * 1024


async def test_a_deep_callback_is_too_deep_to_parse(merchant: Merchant, ear: Ear) -> None:
    await merchant.push_to("callback-deep")
    await until(lambda: bool(ear.bodies))
    with pytest.raises(RecursionError):
        json.loads(ear.bodies[0])


async def test_two_receipts_are_one_movement_of_money(merchant: Merchant, ear: Ear) -> None:
    await merchant.push_to("two-receipts")
    callbacks = await ear.wait_for(2)
    items = [item for callback in callbacks for item in callback["CallbackMetadata"]["Item"]]
    receipts = {item["Value"] for item in items if item["Name"] == "MpesaReceiptNumber"}
    (movement,) = await merchant.sandbox.book()
    assert len(receipts) == 2
    assert movement["receipt"] in receipts


@pytest.mark.parametrize("fate, code", [("query-unknown", "500.001.1001"), ("query-busy", "500.003.02")])
async def test_a_query_can_refuse_to_say_that_money_moved(
    merchant: Merchant, ear: Ear, fate: str, code: str
) -> None:
    checkout_id = await merchant.push_to(fate)
    await ear.wait_for()
    response = await merchant.query(checkout_id)
    assert (response.status_code, response.json()["errorCode"]) == (500, code)


async def test_a_query_can_lag_behind_the_callback(merchant: Merchant, ear: Ear) -> None:
    checkout_id = await merchant.push_to("query-lags")
    await ear.wait_for()
    assert [await merchant.result(checkout_id) for _ in range(4)] == ["4999", "4999", "4999", "0"]


async def test_a_query_can_hang(ear: Ear) -> None:
    gate = Gate(held=7)
    async with merchant_at(ear.url, slow_answer=7, sleep=gate.sleep) as merchant:
        checkout_id = await merchant.push_to("query-hangs")
        await ear.wait_for()
        answer = asyncio.create_task(merchant.result(checkout_id))
        await asyncio.sleep(0.05)
        assert not answer.done()
        gate.opened.set()
        assert await answer == "0"
