"""The simulated Stripe answers its own library as the real one does, and tells each end by signed events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import stripe

from portal.sandbox.fates import FATES
from portal.sandbox.results import RESULTS
from portal.sandbox.stripe.account import API_VERSION
from portal.sandbox.stripe.codes import CODES
from tests.makers import FakeClock
from tests.sandbox.merchant import Ear
from tests.sandbox.stripe import AS_IT_COMES, DECLINED, GOOD, Seller, library_at, selling

pytestmark = pytest.mark.filterwarnings(AS_IT_COMES)


@pytest.fixture
async def seller(ear: Ear) -> AsyncIterator[Seller]:
    async with selling(ear) as seller:
        yield seller


def test_every_result_has_a_code() -> None:
    assert set(CODES) == set(RESULTS)


async def test_a_session_is_opened_with_a_page_and_no_payment_yet(seller: Seller) -> None:
    session = await seller.open()
    assert (session["object"], session["status"], session["payment_status"]) == (
        "checkout.session",
        "open",
        "unpaid",
    )
    assert session["url"].startswith(f"{seller.sandbox.stripe_url}/c/cs_test_")
    assert (session["amount_total"], session["currency"], session["payment_intent"]) == (
        45_350_000,
        "tzs",
        None,
    )
    assert session["livemode"] is False
    assert await seller.look(session["id"]) == session


async def test_what_is_paid_is_complete_with_its_payment_and_charge(seller: Seller) -> None:
    session = await seller.open("callback-never")
    await seller.told()
    paid = await seller.look(session["id"])
    intent = paid["payment_intent"]
    assert (paid["status"], paid["payment_status"], paid["url"]) == ("complete", "paid", None)
    assert (intent["status"], intent["amount_received"], intent["last_payment_error"]) == (
        "succeeded",
        45_350_000,
        None,
    )
    assert "charges" not in intent
    assert intent["latest_charge"]["payment_method_details"]["card"]["last4"] == "4242"
    (movement,) = await seller.sandbox.book()
    assert (movement["amount"], movement["receipt"]) == (453_500, intent["id"])
    assert movement["account_reference"] == session["client_reference_id"]


async def test_without_expansion_only_ids_come(seller: Seller) -> None:
    session = await seller.open("callback-never")
    await seller.told()
    found = await seller.client.v1.checkout.sessions.retrieve_async(session["id"])
    assert str(found.payment_intent).startswith("pi_")
    half = await seller.client.v1.checkout.sessions.retrieve_async(
        session["id"], {"expand": ["payment_intent"]}
    )
    assert half.to_dict()["payment_intent"]["latest_charge"].startswith("ch_")


@pytest.mark.parametrize(
    "fate, declined",
    [
        ("no-balance", "insufficient_funds"),
        ("wrong-pin", "incorrect_pin"),
        ("limit", "card_velocity_exceeded"),
    ],
)
async def test_who_could_not_pay_has_an_expired_session_that_says_why(
    seller: Seller, fate: str, declined: str
) -> None:
    session = await seller.open(fate)
    assert await seller.kinds() == ["checkout.session.expired", "payment_intent.payment_failed"]
    ended = await seller.look(session["id"])
    assert (ended["status"], ended["payment_intent"]["status"]) == ("expired", "canceled")
    assert ended["payment_intent"]["last_payment_error"]["decline_code"] == declined
    assert await seller.sandbox.book() == []


@pytest.mark.parametrize("fate", ["cancels", "unreachable", "expired"])
async def test_who_left_has_an_expired_session_without_a_reason(seller: Seller, fate: str) -> None:
    session = await seller.open(fate)
    assert await seller.kinds() == ["checkout.session.expired"]
    ended = await seller.look(session["id"])
    assert ended["payment_intent"]["last_payment_error"] is None


async def test_every_fate_can_be_met_by_a_card(seller: Seller) -> None:
    """Those after which nothing is accepted meet the library as an error, all others as a session or a lost answer."""
    for fate in FATES:
        if fate.answer in ("accepted", "truncated", "html", "foreign"):
            try:
                await seller.open(fate.name)
            except stripe.APIError:
                assert fate.answer in ("truncated", "html")
        elif fate.answer in ("busy", "unavailable", "redirected"):
            with pytest.raises(stripe.StripeError):
                await seller.open(fate.name)


@pytest.mark.covers("D23")
async def test_its_events_are_signed_as_the_library_wants_it(seller: Seller, ear: Ear) -> None:
    await seller.open("approves")
    assert await seller.kinds() == [
        "charge.succeeded",
        "checkout.session.completed",
        "payment_intent.succeeded",
    ]
    secret = seller.sandbox.settings.stripe.webhook_secret
    for body, headers in zip(ear.bodies, ear.headers, strict=True):
        event = stripe.Webhook.construct_event(body, headers["stripe-signature"], secret)
        assert (event.api_version, event.livemode) == (API_VERSION, False)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body + b" ", headers["stripe-signature"], secret)


async def test_five_copies_of_an_event_have_one_id(seller: Seller) -> None:
    await seller.open("callback-five-times")
    told = await seller.told()
    assert len(told) == 15
    assert len({event["id"] for event in told}) == 3


async def test_an_event_that_lies_names_a_payment_that_no_book_knows(seller: Seller) -> None:
    session = await seller.open("callback-lies-paid")
    told = {event["type"]: event["data"]["object"] for event in await seller.told()}
    assert told["payment_intent.succeeded"]["amount_received"] == 45_350_000
    assert await seller.sandbox.book() == []
    assert (await seller.look(session["id"]))["status"] == "expired"


async def test_less_money_is_told_as_less_everywhere(seller: Seller) -> None:
    session = await seller.open("smaller-amount")
    told = {event["type"]: event["data"]["object"] for event in await seller.told()}
    paid = (await seller.look(session["id"]))["payment_intent"]["amount_received"]
    assert paid == told["payment_intent.succeeded"]["amount_received"] == 22_675_000
    assert told["checkout.session.completed"]["amount_total"] == 22_675_000


@pytest.mark.covers("D17")
async def test_the_same_request_under_one_key_is_taken_once(seller: Seller) -> None:
    params = seller.params()
    first, again = await seller.create(params, "one key"), await seller.create(params, "one key")
    assert first == again
    with pytest.raises(stripe.IdempotencyError):
        await seller.create(params | {"locale": "en"}, "one key")
    assert (await seller.create(params, "another key"))["id"] != first["id"]
    assert (await seller.create(params))["id"] != first["id"]
    await seller.sandbox.reset()
    assert (await seller.create(params, "one key"))["id"] != first["id"]


async def test_a_key_that_is_too_long_is_refused(seller: Seller) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await seller.create(seller.params(), "k" * 256)


@pytest.mark.parametrize("fate", ["answer-lost", "answer-html", "answer-truncated"])
async def test_an_answer_that_was_lost_is_given_again_under_the_same_key(seller: Seller, fate: str) -> None:
    with pytest.raises(stripe.StripeError):
        await seller.open(fate, "one key", client_reference_id="7K29QXM4AB1C")
    params = seller.params(client_reference_id="7K29QXM4AB1C")
    params |= {"metadata": {}, "payment_intent_data": {}}
    with pytest.raises(stripe.IdempotencyError):
        await seller.create(params, "one key")
    assert len(await seller.told()) == 3


async def test_a_session_is_closed_once_and_never_after_it_was_paid(seller: Seller) -> None:
    session = await seller.open()
    closed = await seller.close(session["id"])
    assert (closed["status"], closed["url"]) == ("expired", None)
    assert await seller.kinds() == ["checkout.session.expired"]
    paid = await seller.open("callback-never")
    await seller.told()
    for ended in (session["id"], paid["id"]):
        with pytest.raises(stripe.InvalidRequestError, match="open"):
            await seller.close(ended)
    assert (await seller.look(paid["id"]))["status"] == "complete"


async def test_a_session_ends_when_its_time_is_over(ear: Ear, clock: FakeClock) -> None:
    async with selling(ear, clock=clock) as seller:
        ends = int((clock() + timedelta(hours=23)).timestamp())
        session = await seller.open(expires_at=ends)
        clock.advance(hours=22, minutes=59)
        assert (await seller.look(session["id"]))["status"] == "open"
        clock.advance(minutes=1)
        assert (await seller.look(session["id"]))["status"] == "expired"
        assert await seller.kinds() == ["checkout.session.expired"]
        page = await seller.press(session, number=GOOD)
        assert page.status_code == 303
        assert await seller.sandbox.book() == []


async def test_a_session_that_nobody_opened_is_not_there(seller: Seller) -> None:
    for stranger in ("cs_test_nobody", "255754123456"):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            await seller.look(stranger)
        assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


@pytest.mark.parametrize(
    "key, code",
    [("sk_test_of0somebody0else", None), ("sk_test_sandbox0ended0key", "api_key_expired")],
)
async def test_a_wrong_or_ended_key_is_turned_away(seller: Seller, key: str, code: str | None) -> None:
    transport = stripe.HTTPXClient(timeout=5)
    stranger = library_at(seller.sandbox, key, transport)
    with pytest.raises(stripe.AuthenticationError) as refusal:
        await stranger.v1.checkout.sessions.create_async(seller.params())  # type: ignore[arg-type]
    body = refusal.value.json_body
    assert isinstance(body, dict)
    assert body["error"].get("code") == code
    await transport.close_async()  # type: ignore[no-untyped-call]


async def test_another_version_of_the_api_or_another_path_is_not_there(seller: Seller) -> None:
    options: stripe.RequestOptions = {"stripe_version": "2024-06-20"}
    with pytest.raises(stripe.InvalidRequestError):
        await seller.client.v1.checkout.sessions.retrieve_async("cs_test_1", None, options)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await seller.client.v1.balance.retrieve_async()
    assert refusal.value.http_status == 404


async def test_the_requests_are_counted_by_what_they_want(seller: Seller) -> None:
    session = await seller.open()
    await seller.look(session["id"])
    await seller.close(session["id"])
    log = await seller.sandbox.requests()
    assert (log["counts"]["push"], log["counts"]["query"], log["counts"]["cancel"]) == (1, 1, 1)
    assert {entry["request_id"] for entry in log["requests"]} == {session["id"]}


async def test_a_card_that_was_declined_shows_in_the_open_session(seller: Seller) -> None:
    session = await seller.open()
    await seller.press(session, number=DECLINED)
    open_still = await seller.look(session["id"])
    assert (open_still["status"], open_still["payment_intent"]["status"]) == (
        "open",
        "requires_payment_method",
    )
    assert open_still["payment_intent"]["last_payment_error"]["decline_code"] == "generic_decline"
    assert await seller.kinds() == ["payment_intent.payment_failed"]
