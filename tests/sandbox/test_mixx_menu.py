"""The menu of Mixx by Yas: it asks the merchant before it moves money, and the same again when nobody answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import pytest
from litestar import Litestar, Request, Response, post
from lxml import etree

from portal.sandbox.fates import Twist
from portal.sandbox.mixx.menu import FAILED, REGISTERED, TRIES, Typed
from tests.sandbox.running import Line, RunningSandbox, until
from tests.sandbox.test_phone import page, send, words

PAYER, REFERENCE = "255652111222", "7K29QXM4AB1C"
FIELDS = {"company": "400700", "reference": REFERENCE, "amount": "450000", "pin": "1234"}
THANKS = "Thank you & good night."


@dataclass
class Merchant:
    """Says yes, but `will_say` first; "" is HTTP 503. `questions` are the TXNIDs that it was asked about."""

    sandbox: RunningSandbox
    questions: list[str] = field(default_factory=list)
    will_say: list[str] = field(default_factory=list)

    async def pay(self, *twists: Twist, company: str = "400700") -> tuple[Typed, str]:
        """Somebody pays in the menu; what they typed, and what they read in the end."""
        self.sandbox.world.network.next_twists[PAYER] = set(twists)
        menu = self.sandbox.mixx.menu
        typed = menu.begin(PAYER, company, REFERENCE, 450_000)
        return typed, await menu.play(typed)

    async def moved(self) -> list[int]:
        return [movement["amount"] for movement in await self.sandbox.book()]


def said(txnid: str, **changes: str) -> str:
    told = {
        "TYPE": "SYNC_BILLPAY_RESPONSE",
        "TXNID": txnid,
        "REFID": REFERENCE,
        "RESULT": "TS",
        "ERRORCODE": "error000",
        "ERRORDESC": "",
        "MSISDN": "0652111222",
        "FLAG": "Y",
        "CONTENT": THANKS,
    } | changes
    return (
        f"<COMMAND>{''.join(f'<{name}>{escape(value)}</{name}>' for name, value in told.items())}</COMMAND>"
    )


@pytest.fixture
async def merchant(sandbox: RunningSandbox) -> AsyncIterator[Merchant]:
    merchant = Merchant(sandbox)

    @post("/bills", status_code=200, media_type="text/xml")
    async def answer(request: Request[Any, Any, Any]) -> Response[str]:
        txnid = etree.fromstring(await request.body()).findtext("TXNID") or ""
        merchant.questions.append(txnid)
        told = merchant.will_say.pop(0) if merchant.will_say else said(txnid)
        return Response(told, status_code=200 if told else 503)

    line = Line(Litestar([answer], openapi_config=None, logging_config=None))
    await line.up()
    sandbox.world.callback_urls[REGISTERED] = f"{line.base_url}/bills"
    yield merchant
    await line.down()


async def test_a_yes_moves_the_money_under_the_networks_own_id(merchant: Merchant) -> None:
    typed, read = await merchant.pay()
    (movement,) = await merchant.sandbox.book()
    assert read == THANKS
    assert (movement["receipt"], movement["account_reference"]) == (typed.txnid, REFERENCE)
    assert len(typed.txnid) == 20
    assert merchant.questions == [typed.txnid]


async def test_a_no_moves_nothing_and_says_why(merchant: Merchant) -> None:
    typed = merchant.sandbox.mixx.menu.begin(PAYER, "400700", REFERENCE, 450_000)
    merchant.will_say = [said(typed.txnid, RESULT="TF", ERRORCODE="error010", CONTENT="No such home.")]
    assert await merchant.sandbox.mixx.menu.play(typed) == "No such home."
    assert await merchant.moved() == []


async def test_an_answer_that_is_lost_is_asked_for_again_under_the_same_id(merchant: Merchant) -> None:
    typed, read = await merchant.pay(Twist.LOST)
    assert read == THANKS
    assert merchant.questions == [typed.txnid] * 2
    assert await merchant.moved() == [450_000]


async def test_five_questions_at_once_move_the_money_once(merchant: Merchant) -> None:
    typed, _ = await merchant.pay(Twist.DUPLICATE)
    assert merchant.questions == [typed.txnid] * 5
    assert await merchant.moved() == [450_000]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "<COMMAND>",
        "<ORDER/>",
        said("another"),
        said("x", RESULT="OK"),
        said("x", CONTENT="a|b"),
        "<html/>",
    ],
)
async def test_what_is_no_answer_is_asked_for_again_and_then_nothing_is_taken(
    merchant: Merchant, answer: str
) -> None:
    merchant.will_say = [answer] * TRIES
    assert (await merchant.pay())[1] == FAILED
    assert len(merchant.questions) == TRIES
    assert await merchant.moved() == []


async def test_of_another_company_nobody_here_knows(merchant: Merchant) -> None:
    assert (await merchant.pay(company="999999"))[1] == FAILED
    assert merchant.questions == []


async def test_the_menu_is_a_form_on_the_phone_and_its_end_a_message_there(merchant: Merchant) -> None:
    sandbox = merchant.sandbox
    assert "Menu: pay a bill" in await page(sandbox, f"/phone/{PAYER}")
    assert "Menu: pay a bill" not in await page(sandbox, "/phone/255754123456")
    assert "Company number" in await page(sandbox, f"/phone/{PAYER}/menu")
    response = await send(sandbox, f"/phone/{PAYER}/menu", **FIELDS)
    assert (response.status_code, response.headers["location"]) == (303, f"/phone/{PAYER}")
    await until(lambda: not sandbox.world.network.errands.under_way)
    assert THANKS in await page(sandbox, f"/phone/{PAYER}")
    await sandbox.client.post(f"{sandbox.base_url}/sandbox/reset")
    assert THANKS not in await page(sandbox, f"/phone/{PAYER}")


@pytest.mark.parametrize(
    "changes, fault",
    [
        ({"amount": "450,000"}, "Whole shillings, digits only."),
        ({"amount": ""}, "Type it."),
        ({"company": " "}, "Type it."),
        ({"reference": ""}, "Type it."),
        ({"pin": "12"}, "A PIN has 4 digits."),
    ],
    ids=str,
)
async def test_what_cannot_be_sent_is_said_beside_its_field(
    merchant: Merchant, changes: dict[str, str], fault: str
) -> None:
    response = await send(merchant.sandbox, f"/phone/{PAYER}/menu", **FIELDS | changes)
    assert response.status_code == 422
    assert fault in words(response)
    assert merchant.questions == []


async def test_the_phone_of_nobody_has_no_menu(sandbox: RunningSandbox) -> None:
    await page(sandbox, "/phone/nobody/menu", status=404)
