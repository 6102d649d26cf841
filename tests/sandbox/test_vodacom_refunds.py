"""Vodacom's two ways to send money back: a reversal of a payment, and a payout."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.sandbox.merchant import PHONE, Ear, Merchant
from tests.sandbox.running import until
from tests.sandbox.vodacom import App, app_at, heard, said


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


async def test_a_reversal_takes_a_part_back_and_then_all_that_is_left(app: App) -> None:
    paid = await app.push_to("approves")
    receipt = paid["output_TransactionID"]
    assert said(await app.reverse(receipt, input_ReversalAmount="3500")) == (201, "INS-0")
    assert (await app.query(receipt)).json()["output_Reversed"] == "true"
    assert said(await app.reverse(receipt, input_ReversalAmount="450001")) == (400, "INS-15")
    rest = await app.reverse(receipt)
    assert said(rest) == (201, "INS-0")
    assert said(await app.reverse(receipt)) == (401, "INS-6")
    book = await app.sandbox.book()
    assert [movement["amount"] for movement in book] == [453500, -3500, -450000]
    assert [movement["kind"] for movement in book] == ["payment", "reversal", "reversal"]
    assert rest.json()["output_TransactionID"] == book[-1]["receipt"] != receipt


async def test_two_reversals_at_once_take_back_no_more_than_was_paid(app: App) -> None:
    receipt = (await app.push_to("approves"))["output_TransactionID"]
    answers = await asyncio.gather(app.reverse(receipt), app.reverse(receipt))
    assert sorted(map(said, answers)) == [(201, "INS-0"), (401, "INS-6")]
    assert sum(movement["amount"] for movement in await app.sandbox.book()) == 0


async def test_a_reversal_of_what_nobody_knows_is_refused(app: App) -> None:
    assert said(await app.reverse("0000000000001")) == (400, "INS-18")


async def test_a_reversal_of_another_merchants_payment_is_refused(app: App, ear: Ear) -> None:
    merchant = Merchant(app.sandbox, ear.url)
    await merchant.sign_in()
    await merchant.push_to("approves")
    await heard(ear)
    (movement,) = await app.sandbox.book()
    assert said(await app.reverse(movement["receipt"])) == (400, "INS-35")


async def test_a_reversal_and_its_end_are_told_at_the_callback_address(told: App, ear: Ear) -> None:
    await told.push_to("approves")
    (paid,) = await heard(ear)
    answer = (await told.reverse(paid["input_TransactionID"])).json()
    assert answer.get("output_TransactionID", "N/A") == "N/A"
    callback = (await heard(ear, 2))[1]
    assert callback["input_OriginalConversationID"] == answer["output_ConversationID"]
    assert (await told.sandbox.book())[1]["receipt"] == callback["input_TransactionID"]
    assert await told.status(answer["output_ConversationID"]) == "Completed"


async def test_a_payout_moves_money_to_the_payer(app: App) -> None:
    response = await app.pay_out(input_Amount="1000")
    assert said(response) == (201, "INS-0")
    (movement,) = await app.sandbox.book()
    assert (movement["amount"], movement["kind"], movement["msisdn"]) == (-1000, "payout", PHONE)


async def test_a_payout_above_the_limit_is_refused(app: App) -> None:
    assert said(await app.pay_out(input_Amount="3000001")) == (400, "INS-995")


async def test_money_sent_back_can_fail_by_switch(app: App) -> None:
    paid = await app.push_to("approves")
    await app.sandbox.switch(refund="NO_BALANCE")
    assert said(await app.reverse(paid["output_TransactionID"])) == (422, "INS-2006")
    assert said(await app.pay_out()) == (422, "INS-2006")
    assert len(await app.sandbox.book()) == 1


async def test_money_sent_back_can_go_unanswered_by_switch(app: App) -> None:
    paid = await app.push_to("approves")
    await app.sandbox.switch(refund_answer="unavailable")
    assert (await app.reverse(paid["output_TransactionID"])).status_code == 503
    await app.sandbox.switch(refund_answer="lost")
    with pytest.raises(httpx.RemoteProtocolError):
        await app.pay_out()
    await until(lambda: len(app.sandbox.world.network.book.movements) == 2)


async def test_what_a_payer_has_undone_at_the_operator_is_reversed_once_and_told_by_a_query_alone(
    told: App, ear: Ear
) -> None:
    await told.push_to("approves")
    (paid,) = await heard(ear)
    receipt = {"receipt": paid["input_TransactionID"]}
    address = f"{told.sandbox.base_url}/sandbox/reversals"
    undone = (await told.sandbox.client.post(address, json=receipt)).json()
    assert (undone["amount"], undone["kind"], undone["of"]) == (-453_500, "reversal", receipt["receipt"])
    assert (await told.query(receipt["receipt"])).json()["output_Reversed"] == "true"
    assert (await told.sandbox.client.post(address, json=receipt)).status_code == 404
    assert len(ear.bodies) == 1
