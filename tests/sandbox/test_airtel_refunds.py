"""Airtel's two ways to send money back: a refund of all that was paid, and a disbursement."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.sandbox.airtel import PHONE, Shop, said, shop_at
from tests.sandbox.running import until

REFUND, DISBURSE = "/standard/v1/payments/refund", "/standard/v2/disbursements/"


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with shop_at() as shop:
        yield shop


async def paid(shop: Shop) -> str:
    """The code of TSh 453,500 that a payer sent."""
    await shop.push_to("approves")
    await until(lambda: bool(shop.sandbox.world.network.book.movements))
    return shop.sandbox.world.network.book.movements[0].receipt


async def refund(shop: Shop, receipt: str, **changes: Any) -> httpx.Response:
    fields = {"transaction": {"airtel_money_id": receipt}} | changes
    return await shop.call("POST", REFUND, json=fields)


def hidden(shop: Shop, pin: str) -> str:
    key = load_der_public_key(base64.b64decode(shop.sandbox.settings.airtel.disbursement_public_key))
    return base64.b64encode(cast("RSAPublicKey", key).encrypt(pin.encode(), PKCS1v15())).decode()


async def disburse(shop: Shop, **changes: Any) -> httpx.Response:
    """`changes` are by name: `payee`, `transaction`, else of the whole."""
    fields: dict[str, Any] = {
        "payee": {"currency": "TZS", "msisdn": PHONE.removeprefix("255"), "name": ""},
        "reference": "7K29QXM4AB1C",
        "pin": hidden(shop, shop.sandbox.settings.airtel.disbursement_pin),
        "transaction": {"amount": 1000, "id": "R7K29QXM4AB1C", "type": "B2C"},
    }
    for name, value in changes.items():
        fields[name] = fields[name] | value if isinstance(value, dict) else value
    return await shop.call("POST", DISBURSE, json=fields)


async def enquire(shop: Shop, payout_id: str = "R7K29QXM4AB1C") -> httpx.Response:
    return await shop.call("GET", DISBURSE + payout_id, params={"transactionType": "B2C"})


async def test_a_refund_takes_all_of_a_payment_back_once_and_says_success_false_beside_it(shop: Shop) -> None:
    receipt = await paid(shop)
    told = (await refund(shop, receipt)).json()
    book = await shop.sandbox.book()
    assert [(one["amount"], one["kind"]) for one in book] == [(453_500, "payment"), (-453_500, "reversal")]
    assert told["data"]["transaction"] == {"airtel_money_id": book[1]["receipt"], "status": "SUCCESS"}
    assert told["status"]["success"] is False
    assert said(await refund(shop, receipt)) == (400, "ESB000011")
    assert said(await refund(shop, "MP210603.1234.L06941")) == (200, "DP00800001025")
    assert said(await refund(shop, receipt, amount=1000)) == (400, "ESB000008")
    assert len(await shop.sandbox.book()) == 2


async def test_a_payout_moves_money_once_for_each_id_and_can_be_asked_about(shop: Shop) -> None:
    answer = await disburse(shop)
    assert said(answer)[1] in ("DP00900001006", "DP00900001001")
    assert said(await disburse(shop)) == (400, "DP00900001017")
    await until(lambda: not shop.sandbox.world.network.errands.under_way)
    (movement,) = await shop.sandbox.book()
    assert (movement["amount"], movement["kind"], movement["msisdn"]) == (-1000, "payout", PHONE)
    told = (await enquire(shop)).json()["data"]["transaction"]
    assert (told["status"], told["airtel_money_id"]) == ("TS", movement["receipt"])
    assert said(await enquire(shop, "R0000000000QC"))[1] == "DP00900001015"
    without_type = await shop.call("GET", f"{DISBURSE}R7K29QXM4AB1C")
    assert said(without_type)[1] == "DP00900001015"


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"payee": {"msisdn": PHONE}}, "ESB000033"),
        ({"payee": {"currency": "KES"}}, "ESB000035"),
        ({"payee": {"name": 7}}, "ESB000008"),
        ({"transaction": {"amount": 0}}, "DP00900001004"),
        ({"transaction": {"type": "B2B"}}, "ESB000008"),
        ({"transaction": {"fee": 1}}, "ESB000008"),
        ({"pin": "2580"}, "ROUTER116"),
        ({"pin": "no base64!"}, "ROUTER116"),
    ],
)
async def test_a_field_that_no_document_allows_is_refused(
    shop: Shop, changes: dict[str, Any], code: str
) -> None:
    assert said(await disburse(shop, **changes)) == (400, code)
    assert await shop.sandbox.book() == []


async def test_a_wrong_pin_and_an_address_without_its_slash_pay_nobody(shop: Shop) -> None:
    assert said(await disburse(shop, pin=hidden(shop, "1111"))) == (400, "ROUTER115")
    assert (await shop.call("POST", DISBURSE.rstrip("/"), json={})).status_code == 404
    assert await shop.sandbox.book() == []


async def test_money_sent_back_can_fail_by_switch(shop: Shop) -> None:
    receipt = await paid(shop)
    for result, of_refund, of_payout in (
        ("NO_BALANCE", "DP00800001007", "DP00900001007"),
        ("BUSY", "DP00800001009", "DP00900001005"),
    ):
        await shop.sandbox.switch(refund=result)
        assert said(await refund(shop, receipt)) == (400, of_refund)
        payout = f"R7K29QXM4AB{result[0]}C"
        await disburse(shop, transaction={"id": payout})
        await until(lambda: not shop.sandbox.world.network.errands.under_way)
        told = (await enquire(shop, payout)).json()
        assert (told["data"]["transaction"]["status"], told["status"]["response_code"]) == ("TF", of_payout)
    assert len(await shop.sandbox.book()) == 1
