"""The simulated Stripe sends money back as the real one does: the whole, parts, never more, and once for each key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import stripe

from tests.sandbox.merchant import Ear
from tests.sandbox.stripe import AS_IT_COMES, Json, Seller, selling

pytestmark = pytest.mark.filterwarnings(AS_IT_COMES)


@pytest.fixture
async def seller(ear: Ear) -> AsyncIterator[Seller]:
    async with selling(ear) as seller:
        yield seller


async def paid(seller: Seller) -> str:
    """The PaymentIntent of TSh 453,500."""
    await seller.open("callback-never")
    await seller.told()
    return str((await seller.sandbox.book())[-1]["receipt"])


async def refund(seller: Seller, key: str | None = None, **params: Any) -> Json:
    options: Any = {"idempotency_key": key} if key else {}
    made = await seller.client.v1.refunds.create_async(params, options)  # type: ignore[arg-type]
    return made.to_dict()


async def amounts(seller: Seller) -> list[int]:
    return [movement["amount"] for movement in await seller.sandbox.book()]


async def test_parts_go_back_until_nothing_is_left_and_the_charge_counts_them(seller: Seller) -> None:
    intent = await paid(seller)
    part = await refund(seller, payment_intent=intent, amount=350_000, reason="duplicate")
    assert (part["object"], part["status"], part["amount"]) == ("refund", "succeeded", 350_000)
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        await refund(seller, payment_intent=intent, amount=45_000_100)
    assert (too_much.value.code, too_much.value.param) == (None, "amount")
    rest = await refund(seller, payment_intent=intent)
    with pytest.raises(stripe.InvalidRequestError) as nothing_left:
        await refund(seller, payment_intent=intent)
    assert nothing_left.value.code == "charge_already_refunded"
    assert await amounts(seller) == [453_500, -3_500, -450_000]
    listed = await seller.client.v1.refunds.list_async({"payment_intent": intent, "limit": 1})
    assert ([one.id for one in listed.data], listed.has_more) == ([rest["id"]], True)
    assert (await seller.client.v1.refunds.retrieve_async(part["id"])).to_dict() == part
    charges = [event["data"]["object"] for event in await seller.told() if event["type"] == "charge.refunded"]
    assert [charge["amount_refunded"] for charge in charges] == [350_000, 45_350_000]
    assert [charge["refunded"] for charge in charges] == [False, True]


async def test_the_same_key_moves_money_once_and_takes_no_other_request(seller: Seller) -> None:
    intent = await paid(seller)
    first, again = [await refund(seller, "refund:1", payment_intent=intent, amount=100_000) for _ in range(2)]
    assert first == again
    with pytest.raises(stripe.IdempotencyError):
        await refund(seller, "refund:1", payment_intent=intent, amount=100_100)
    assert await amounts(seller) == [453_500, -1_000]


@pytest.mark.parametrize(
    "params, code",
    [
        ({"payment_intent": "pi_of_nobody"}, "resource_missing"),
        ({"amount": 100}, "parameter_missing"),
        ({"payment_intent": "pi_1", "amount": 0}, "parameter_invalid_integer"),
        ({"payment_intent": "pi_1", "amount": "some"}, "parameter_invalid_integer"),
        ({"payment_intent": "pi_1", "reason": "OTHER"}, "parameter_invalid_enum"),
        ({"payment_intent": "pi_1", "note": "please"}, "parameter_unknown"),
    ],
)
async def test_what_stands_in_no_document_is_refused(seller: Seller, params: Json, code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await refund(seller, **params)
    assert refusal.value.code == code


async def test_a_refund_that_nobody_knows_and_a_list_of_none_are_refused(seller: Seller) -> None:
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        await seller.client.v1.refunds.retrieve_async("re_of_nobody")
    assert unknown.value.code == "resource_missing"
    with pytest.raises(stripe.InvalidRequestError):
        await seller.client.v1.refunds.list_async({"limit": 0})


@pytest.mark.parametrize(
    "result, status, reason, kinds",
    [
        ("NO_BALANCE", "failed", "insufficient_funds", ["refund.created", "refund.failed"]),
        ("BUSY", "failed", "unknown", ["refund.created", "refund.failed"]),
        ("CANCELLED", "canceled", None, ["refund.created"]),
        ("NO_ANSWER", "pending", None, ["refund.created"]),
    ],
)
async def test_a_refund_can_come_to_nothing_by_switch(
    seller: Seller, ear: Ear, result: str, status: str, reason: str | None, kinds: list[str]
) -> None:
    intent = await paid(seller)
    await seller.sandbox.switch(refund=result)
    made = await refund(seller, payment_intent=intent)
    assert (made["status"], made.get("failure_reason")) == (status, reason)
    assert await seller.kinds() == kinds
    assert await amounts(seller) == [453_500]


async def at_the_console(seller: Seller, intent: str, act: str, **query: Any) -> Json:
    response = await seller.sandbox.client.post(
        f"{seller.sandbox.stripe_url}/console/{intent}/{act}", params=query
    )
    told: Json = response.json()
    return told


async def test_a_refund_in_the_console_is_told_without_any_word_of_the_merchant(seller: Seller) -> None:
    intent = await paid(seller)
    made = await at_the_console(seller, intent, "refund", amount=100_000)
    assert (made["status"], made["metadata"]) == ("succeeded", {})
    assert [event["type"] for event in (await seller.told())[-2:]] == ["refund.created", "charge.refunded"]
    assert await amounts(seller) == [453_500, -1_000]


@pytest.mark.parametrize(
    "act, moved, kinds",
    [
        ("win", [453_500, -453_500, 453_500], ["closed", "funds_reinstated"]),
        ("lose", [453_500, -453_500], ["closed"]),
    ],
)
async def test_a_dispute_takes_the_money_first_and_gives_it_back_if_it_is_won(
    seller: Seller, act: str, moved: list[int], kinds: list[str]
) -> None:
    intent = await paid(seller)
    dispute = await at_the_console(seller, intent, "dispute")
    assert (dispute["status"], dispute["amount"]) == ("needs_response", 45_350_000)
    assert [line["fee"] for line in dispute["balance_transactions"]] == [1_500]
    with pytest.raises(stripe.InvalidRequestError) as disputed:
        await refund(seller, payment_intent=intent)
    assert disputed.value.code == "charge_disputed"
    assert (await at_the_console(seller, intent, "dispute"))["error"]["code"] == "charge_disputed"
    await seller.told()
    decided = await at_the_console(seller, intent, act)
    assert (decided["id"], decided["status"]) == (dispute["id"], {"win": "won", "lose": "lost"}[act])
    told = [event["type"] for event in await seller.told() if "dispute" in event["type"]]
    assert sorted(told[:2]) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert sorted(told[2:]) == [f"charge.dispute.{kind}" for kind in kinds]
    assert await amounts(seller) == moved
    assert "error" in await at_the_console(seller, intent, act)
    nothing = await seller.sandbox.client.post(f"{seller.sandbox.stripe_url}/console/{intent}/wish")
    assert nothing.status_code == 404
