"""Cards that people keep at the simulated Stripe: entered on a page, charged without one, and forgotten."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import timedelta

import pytest
import stripe
from lxml import html

from portal.sandbox.fates import BY_NAME, composed
from portal.sandbox.stripe.cards import TEST_CARDS
from tests.makers import FakeClock
from tests.sandbox.merchant import Ear
from tests.sandbox.running import until
from tests.sandbox.stripe import (
    AS_IT_COMES,
    DECLINED,
    DECLINED_LATER,
    GOOD,
    GUARDED,
    GUARDED_AND_POOR,
    GUARDED_ONCE,
    Json,
    Seller,
    selling,
)

pytestmark = pytest.mark.filterwarnings(AS_IT_COMES)
NOBODY = ("cus_00000000000000", "pm_1000000000000000000000")


@pytest.fixture
async def seller(ear: Ear) -> AsyncIterator[Seller]:
    async with selling(ear) as seller:
        yield seller


async def page(seller: Seller, session: Json) -> str:
    answer = await seller.sandbox.client.get(session["url"])
    assert answer.status_code == 200
    return str(html.fromstring(answer.text).text_content())


async def refused(seller: Seller, params: Json, key: str | None = None) -> Json:
    """The error of a charge that is none."""
    with pytest.raises((stripe.CardError, stripe.InvalidRequestError)) as refusal:
        await seller.charge(params, key)
    body = refusal.value.json_body
    assert isinstance(body, dict)
    error: Json = body["error"]
    return {"status": refusal.value.http_status} | error


async def test_a_page_that_keeps_a_card_takes_no_money(seller: Seller) -> None:
    session = await seller.create(seller.setup_params())
    assert (session["mode"], session["status"], session["payment_status"]) == (
        "setup",
        "open",
        "no_payment_required",
    )
    assert (session["customer"], session["payment_intent"], session["amount_total"]) == (None, None, None)
    text = await page(seller, session)
    for words in ("Save a card", "Nothing is paid now", "No money moves", "Never type a real card"):
        assert words in text
    answer = await seller.press(session, number=GOOD)
    assert (answer.status_code, answer.headers["location"]) == (303, session["success_url"])
    assert "Saved." in await page(seller, session)
    assert await seller.sandbox.book() == []


async def test_a_card_that_was_entered_comes_with_its_customer_and_without_its_number(seller: Seller) -> None:
    session = await seller.create(seller.setup_params())
    waiting = await seller.entered(session["id"])
    assert (waiting["setup_intent"]["status"], waiting["setup_intent"]["payment_method"]) == (
        "requires_payment_method",
        None,
    )
    await seller.press(session, number=GOOD)
    kept = await seller.entered(session["id"])
    method = kept["setup_intent"]["payment_method"]
    assert (kept["status"], kept["url"], kept["setup_intent"]["status"]) == ("complete", None, "succeeded")
    assert kept["customer"] == method["customer"] == kept["setup_intent"]["customer"]
    assert (method["card"]["brand"], method["card"]["last4"]) == ("visa", "4242")
    assert (method["card"]["exp_month"], method["card"]["exp_year"]) == (12, 2034)
    assert await seller.kinds() == ["checkout.session.completed", "setup_intent.succeeded"]


async def test_the_same_card_has_the_same_mark_however_often_it_is_kept(seller: Seller) -> None:
    first, again, other = await seller.keep(), await seller.keep(), await seller.keep(DECLINED_LATER)
    methods = seller.client.v1.payment_methods
    marks = [
        (await methods.retrieve_async(card[1])).to_dict()["card"]["fingerprint"]
        for card in (first, again, other)
    ]
    assert first != again
    assert marks[0] == marks[1] != marks[2]


async def test_a_wallet_s_button_keeps_the_card_behind_it(seller: Seller) -> None:
    session = await seller.create(seller.setup_params())
    await seller.press(session, "google_pay")
    method = (await seller.entered(session["id"]))["setup_intent"]["payment_method"]
    assert method["card"]["wallet"] == {"type": "google_pay"}


async def test_a_card_that_its_bank_declines_is_not_kept_and_another_can_be(seller: Seller) -> None:
    session = await seller.create(seller.setup_params())
    await seller.press(session, number=DECLINED)
    assert "Your card was declined." in await page(seller, session)
    error = (await seller.entered(session["id"]))["setup_intent"]["last_setup_error"]
    assert error["decline_code"] == "generic_decline"
    await seller.press(session, number=GOOD)
    assert (await seller.entered(session["id"]))["status"] == "complete"


@pytest.mark.parametrize("number", [GUARDED, GUARDED_ONCE, GUARDED_AND_POOR])
async def test_a_bank_that_wants_its_owner_asks_before_the_card_is_kept(seller: Seller, number: str) -> None:
    session = await seller.create(seller.setup_params())
    await seller.press(session, number=number)
    assert "Your bank asks" in await page(seller, session)
    assert (await seller.entered(session["id"]))["setup_intent"]["status"] == "requires_action"
    await seller.press(session, "refuse")
    assert "unable to authenticate" in await page(seller, session)
    await seller.press(session, number=number)
    await seller.press(session, "approve")
    assert (await seller.entered(session["id"]))["status"] == "complete"


async def test_what_was_typed_wrong_keeps_no_card(seller: Seller) -> None:
    session = await seller.create(seller.setup_params())
    answer = await seller.press(session, number="4242 4242 4242 4241")
    assert answer.status_code == 422
    assert "card number is invalid" in html.fromstring(answer.text).text_content()
    await seller.press(session, "approve")
    assert (await seller.entered(session["id"]))["status"] == "open"


async def test_a_page_that_ended_keeps_nothing(ear: Ear, clock: FakeClock) -> None:
    async with selling(ear, clock=clock) as seller:
        closed, lapsed = [await seller.create(seller.setup_params()) for _ in range(2)]
        assert (await seller.close(closed["id"]))["status"] == "expired"
        with pytest.raises(stripe.InvalidRequestError, match="open"):
            await seller.close(closed["id"])
        clock.now += timedelta(hours=24)
        for session in (closed, lapsed):
            assert "No card was saved" in await page(seller, session)
            await seller.press(session, number=GOOD)
            ended = await seller.entered(session["id"])
            assert (ended["status"], ended["setup_intent"]["status"]) == ("expired", "canceled")
        assert await seller.kinds() == ["checkout.session.expired"] * 2
        gone = await seller.sandbox.client.get(f"{seller.sandbox.stripe_url}/s/cs_test_nobody")
        assert gone.status_code == 404


async def test_a_kept_card_is_charged_at_once_and_nobody_is_asked(seller: Seller) -> None:
    card = await seller.keep()
    params = seller.charge_params(card)
    intent = await seller.charge(params)
    assert (intent["status"], intent["amount_received"], intent["customer"]) == (
        "succeeded",
        45_350_000,
        card[0],
    )
    charge = intent["latest_charge"]
    assert (charge["payment_method"], charge["payment_method_details"]["card"]["last4"]) == (card[1], "4242")
    (movement,) = await seller.sandbox.book()
    assert (movement["amount"], movement["receipt"]) == (453_500, intent["id"])
    assert movement["account_reference"] == params["metadata"]["reference"]
    looked = await seller.client.v1.payment_intents.retrieve_async(intent["id"])
    assert looked.to_dict() == intent | {"latest_charge": charge["id"]}
    told = await seller.told()
    assert [event["type"] for event in told][-2:] == ["payment_intent.succeeded", "charge.succeeded"]


@pytest.mark.parametrize(
    "number, code, declined",
    [
        (DECLINED_LATER, "card_declined", "generic_decline"),
        (GUARDED, "authentication_required", "authentication_required"),
        (GUARDED_AND_POOR, "card_declined", "insufficient_funds"),
    ],
)
async def test_a_bank_that_says_no_to_a_kept_card_is_an_error_with_its_payment(
    seller: Seller, number: str, code: str, declined: str
) -> None:
    error = await refused(seller, seller.charge_params(await seller.keep(number)))
    assert (error["status"], error["type"], error["code"], error["decline_code"]) == (
        402,
        "card_error",
        code,
        declined,
    )
    assert error["payment_intent"]["status"] == "requires_payment_method"
    assert await seller.sandbox.book() == []
    assert (await seller.told())[-1]["type"] == "payment_intent.payment_failed"


async def test_a_bank_that_asked_when_the_card_was_kept_asks_no_more(seller: Seller) -> None:
    intent = await seller.charge(seller.charge_params(await seller.keep(GUARDED_ONCE)))
    assert intent["status"] == "succeeded"


@pytest.mark.parametrize(
    "fate, declined", [("no-balance", "insufficient_funds"), ("cancels", "generic_decline")]
)
async def test_a_fate_ends_a_charge_as_it_would_end_a_page(seller: Seller, fate: str, declined: str) -> None:
    card = await seller.keep()
    seller.sandbox.world.network.fates["card"] = BY_NAME[fate]
    error = await refused(seller, seller.charge_params(card))
    assert error["decline_code"] == declined


async def test_a_charge_that_takes_its_time_can_be_taken_back_once(seller: Seller) -> None:
    card = await seller.keep()
    seller.sandbox.world.network.fates["card"] = composed(when="at-expiry")
    waiting = await seller.charge(seller.charge_params(card))
    assert (waiting["status"], waiting["latest_charge"]) == ("processing", None)
    intents = seller.client.v1.payment_intents
    assert (await intents.cancel_async(waiting["id"])).to_dict()["status"] == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await intents.cancel_async(waiting["id"])
    assert refusal.value.code == "payment_intent_unexpected_state"
    await until(lambda: len(seller.ear.bodies) == 3)
    assert json.loads(seller.ear.bodies[-1])["type"] == "payment_intent.canceled"
    assert await seller.sandbox.book() == []


async def test_the_same_charge_under_one_key_is_made_once(seller: Seller) -> None:
    card = await seller.keep()
    params = seller.charge_params(card)
    first, again = await seller.charge(params, "one key"), await seller.charge(params, "one key")
    assert first["id"] == again["id"]
    with pytest.raises(stripe.IdempotencyError):
        await seller.charge(params | {"amount": 50_000_000}, "one key")
    assert len(await seller.sandbox.book()) == 1
    poor = seller.charge_params(await seller.keep(DECLINED_LATER))
    errors = [await refused(seller, poor, "another key") for _ in range(2)]
    assert errors[0]["payment_intent"]["id"] == errors[1]["payment_intent"]["id"]


async def test_a_charge_whose_answer_was_lost_is_answered_again_under_its_key(seller: Seller) -> None:
    params = seller.charge_params(await seller.keep())
    seller.sandbox.world.network.fates["card"] = BY_NAME["answer-lost"]
    with pytest.raises(stripe.APIConnectionError):
        await seller.charge(params, "one key")
    assert (await seller.charge(params, "one key"))["status"] == "succeeded"
    assert len(await seller.sandbox.book()) == 1


async def test_a_card_is_forgotten_with_its_customer_and_charged_no_more(seller: Seller) -> None:
    card, other = await seller.keep(), await seller.keep()
    customers = seller.client.v1.customers
    assert (await customers.delete_async(card[0])).to_dict()["deleted"] is True
    method = (await seller.client.v1.payment_methods.retrieve_async(card[1])).to_dict()
    assert method["customer"] is None
    for params, missing in (
        (seller.charge_params(card), "customer"),
        (seller.charge_params((other[0], card[1])), "payment_method"),
        (seller.charge_params(NOBODY), "customer"),
    ):
        error = await refused(seller, params)
        assert (error["status"], error["code"], error["param"]) == (400, "resource_missing", missing)
    assert (await seller.charge(seller.charge_params(other)))["status"] == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await customers.delete_async(card[0])
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


async def test_what_nobody_keeps_is_not_there(seller: Seller) -> None:
    session = await seller.open()
    for look in (
        seller.client.v1.payment_methods.retrieve_async(NOBODY[1]),
        seller.client.v1.payment_intents.retrieve_async("pi_nobody"),
        seller.client.v1.payment_intents.retrieve_async(session["id"]),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            await look
        assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


@pytest.mark.parametrize("field", ["customer", "payment_method", "off_session", "confirm", "amount"])
async def test_a_charge_needs_all_that_makes_it_one_without_its_owner(seller: Seller, field: str) -> None:
    params = seller.charge_params(await seller.keep())
    del params[field]
    error = await refused(seller, params)
    assert (error["code"], error["param"]) == ("parameter_missing", field)


async def test_a_page_that_keeps_a_card_without_a_customer_is_refused(seller: Seller) -> None:
    params = seller.setup_params()
    del params["customer_creation"]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await seller.create(params)
    assert (refusal.value.code, refusal.value.param) == ("parameter_missing", "customer_creation")


@pytest.mark.covers("E6")
async def test_of_a_kept_card_no_number_stands_anywhere(
    seller: Seller, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for number in (GOOD, GUARDED_ONCE):
        await seller.charge(seller.charge_params(await seller.keep(number)))
    await seller.told()
    world = seller.sandbox.world
    held = [str(asdict(movement)) for movement in world.network.book.movements]
    held += [str(vars(prompt)) for prompt in world.network.prompts.values()]
    held += [json.dumps(await seller.sandbox.requests()), caplog.text]
    held += [body.decode() for body in ear.bodies]
    twin = next(prompt.twin for prompt in world.network.prompts.values())
    held += [repr(vars(vars(twin)[part])) for part in ("vault", "setups", "keys")]
    everything = "".join(held).replace(" ", "")
    assert "4242" in everything
    assert [number for number in TEST_CARDS if number in everything] == []
