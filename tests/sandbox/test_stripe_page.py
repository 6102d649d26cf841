"""The hosted page of the simulated Stripe: a test card or a wallet's button decides, and no number is kept."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import asdict

import pytest
from lxml import html

from portal.sandbox.stripe.cards import ANY_OTHER, TEST_CARDS, digits_of, find_card
from tests.sandbox.merchant import Ear
from tests.sandbox.running import until
from tests.sandbox.stripe import (
    AS_IT_COMES,
    BACK,
    DECLINED,
    GOOD,
    GUARDED,
    GUARDED_AND_POOR,
    POOR,
    Json,
    Seller,
    selling,
)

pytestmark = pytest.mark.filterwarnings(AS_IT_COMES)


@pytest.fixture
async def seller(ear: Ear) -> AsyncIterator[Seller]:
    async with selling(ear) as seller:
        yield seller


async def page(seller: Seller, session: Json) -> str:
    answer = await seller.sandbox.client.get(session["url"])
    assert answer.status_code == 200
    return str(html.fromstring(answer.text).text_content())


def back(session: Json) -> str:
    return BACK.format(session["client_reference_id"])


async def test_the_page_says_what_is_paid_and_that_no_money_moves(seller: Seller) -> None:
    text = await page(seller, await seller.open())
    for words in ("TZS\u00a0453,500", "Deposit A3", "Nest Pay", "No money moves", "Never type a real card"):
        assert words in text


async def test_cents_are_shown_as_people_write_them(seller: Seller) -> None:
    price = {"currency": "usd", "unit_amount": 19_950, "product_data": {"name": "Rent"}}
    session = await seller.open(line_items=[{"quantity": 1, "price_data": price}])
    assert "USD\u00a0199.50" in await page(seller, session)


async def test_a_good_card_pays_and_leads_back(seller: Seller) -> None:
    session = await seller.open()
    answer = await seller.press(session, number=GOOD)
    assert (answer.status_code, answer.headers["location"]) == (303, back(session))
    paid = await seller.look(session["id"])
    assert paid["payment_intent"]["latest_charge"]["payment_method_details"]["card"] == {
        "brand": "visa",
        "exp_month": 12,
        "exp_year": 2034,
        "funding": "credit",
        "last4": "4242",
        "wallet": None,
    }
    assert "Paid. Thank you." in await page(seller, session)
    assert "checkout.session.completed" in await seller.kinds()


@pytest.mark.covers("A9")
@pytest.mark.parametrize("wallet", ["apple_pay", "google_pay"])
async def test_a_wallet_s_button_pays(seller: Seller, wallet: str) -> None:
    session = await seller.open()
    answer = await seller.press(session, wallet)
    assert answer.headers["location"] == back(session)
    card = (await seller.look(session["id"]))["payment_intent"]["latest_charge"]["payment_method_details"][
        "card"
    ]
    assert card["wallet"] == {"type": wallet}


async def test_a_declined_card_leaves_the_page_open_for_another(seller: Seller) -> None:
    session = await seller.open()
    for number, words in ((DECLINED, "Your card was declined."), (POOR, "insufficient funds")):
        answer = await seller.press(session, number=number)
        assert answer.headers["location"] == session["url"].removeprefix(seller.sandbox.base_url)
        assert words in await page(seller, session)
    await seller.press(session, number=GOOD)
    assert (await seller.look(session["id"]))["payment_status"] == "paid"
    assert len(await seller.sandbox.book()) == 1


@pytest.mark.parametrize(
    "number, act, status, declined",
    [
        (GUARDED, "approve", "paid", None),
        (GUARDED, "refuse", "unpaid", "payment_intent_authentication_failure"),
        (GUARDED_AND_POOR, "approve", "unpaid", "insufficient_funds"),
    ],
)
async def test_a_guarded_card_asks_its_owner_first(
    seller: Seller, number: str, act: str, status: str, declined: str | None
) -> None:
    session = await seller.open()
    await seller.press(session, number=number)
    assert "Your bank asks" in await page(seller, session)
    assert (await seller.look(session["id"]))["payment_status"] == "unpaid"
    await seller.press(session, act)
    ended = await seller.look(session["id"])
    assert ended["payment_status"] == status
    if declined:
        assert ended["payment_intent"]["last_payment_error"]["decline_code"] == declined


async def test_a_bank_that_did_not_ask_hears_nothing(seller: Seller) -> None:
    session = await seller.open()
    await seller.press(session, "approve")
    assert (await seller.look(session["id"]))["status"] == "open"
    assert await seller.sandbox.book() == []


@pytest.mark.parametrize(
    "typed, words",
    [
        ({"number": "4242 4242 4242 4241"}, "card number is invalid"),
        ({"number": ""}, "card number is invalid"),
        ({"number": "not a number"}, "card number is invalid"),
        ({"number": GOOD, "expiry": "01/20"}, "in the past"),
        ({"number": GOOD, "expiry": "13/34"}, "in the past"),
        ({"number": GOOD, "cvc": "12"}, "security code is incomplete"),
    ],
)
async def test_what_was_typed_wrong_is_named_and_the_number_is_not_repeated(
    seller: Seller, typed: dict[str, str], words: str
) -> None:
    session = await seller.open()
    answer = await seller.press(session, **{"name": "Asha Mushi"} | typed)
    assert answer.status_code == 422
    assert words in html.fromstring(answer.text).text_content()
    tree = html.fromstring(answer.text)
    assert tree.xpath("//input[@name='number']/@value") == [""]
    assert tree.xpath("//input[@name='cvc']/@value") == [""]
    assert tree.xpath("//input[@name='name']/@value") == ["Asha Mushi"]
    assert (await seller.look(session["id"]))["payment_intent"] is None


def test_every_test_card_is_known_and_every_other_is_declined() -> None:
    for number, card in TEST_CARDS.items():
        spaced = " ".join(number[start : start + 4] for start in range(0, len(number), 4))
        assert find_card(number) is find_card(digits_of(spaced)) is card
    assert find_card("4111111111111111") is ANY_OTHER


async def test_a_page_that_is_over_takes_nothing_more(seller: Seller) -> None:
    session = await seller.open()
    await seller.close(session["id"])
    assert "This page has ended" in await page(seller, session)
    await seller.press(session, number=GOOD)
    assert await seller.sandbox.book() == []


async def test_a_page_of_nobody_s_is_not_found(seller: Seller) -> None:
    url = f"{seller.sandbox.stripe_url}/c/cs_test_nobody"
    for answer in (
        await seller.sandbox.client.get(url),
        await seller.sandbox.client.post(url, data={"act": "pay"}),
    ):
        assert answer.status_code == 404


async def test_a_switch_bends_the_next_events_and_no_later_ones(seller: Seller) -> None:
    session = await seller.open()
    answer = await seller.press(session, "lost")
    assert answer.status_code == 303
    assert "Lost: on" in await page(seller, session)
    await seller.press(session, number=DECLINED)
    assert await seller.kinds() == []
    await seller.press(session, number=GOOD)
    assert len(await seller.kinds()) == 3


async def test_an_attempt_that_is_told_late_comes_after_the_success(seller: Seller) -> None:
    session = await seller.open()
    await seller.press(session, "late")
    await seller.press(session, number=DECLINED)
    await seller.press(session, number=GOOD)
    await until(lambda: len(seller.ear.bodies) == 4)
    assert [event["type"] for event in await seller.told()][-1] == "payment_intent.payment_failed"


async def test_a_page_that_waits_is_listed_beside_the_phones(seller: Seller) -> None:
    session = await seller.open()
    listed = html.fromstring((await seller.sandbox.client.get(seller.sandbox.base_url)).text)
    assert session["url"].removeprefix(seller.sandbox.base_url) in listed.xpath("//li/a/@href")
    assert not [link for link in listed.xpath("//li/a/@href") if link.startswith("/phone/")]


async def test_the_page_s_policy_lets_it_lead_back_and_nowhere_else(seller: Seller) -> None:
    answer = await seller.sandbox.client.get((await seller.open())["url"])
    policy = answer.headers["content-security-policy"]
    assert "form-action 'self' https://pay.example.co.tz;" in policy
    assert "default-src 'none'" in policy


@pytest.mark.covers("E6")
async def test_no_card_number_is_kept_told_or_logged(
    seller: Seller, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    session = await seller.open()
    for number in (DECLINED, GUARDED, GOOD):
        await seller.press(session, number=number)
    await seller.press(session, number=GOOD)
    await seller.told()
    world = seller.sandbox.world
    held = [str(asdict(movement)) for movement in world.network.book.movements]
    held += [str(vars(prompt)) for prompt in world.network.prompts.values()]
    held += [
        json.dumps(await seller.sandbox.requests()),
        caplog.text,
        json.dumps(await seller.look(session["id"])),
    ]
    held += [body.decode() for body in ear.bodies]
    everything = "".join(held).replace(" ", "")
    assert "4242" in everything
    for number in (DECLINED, GUARDED, GOOD):
        assert number.replace(" ", "") not in everything
