"""Daraja's two ways to send money back, and Transaction Status: accepted at once, told at the ResultURL."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.sandbox.merchant import PHONE, Ear, Merchant, said
from tests.sandbox.running import until

REVERSAL, PAYOUT = "/mpesa/reversal/v1/request", "/mpesa/b2c/v3/paymentrequest"
STATUS = "/mpesa/transactionstatus/v1/query"


async def paid(merchant: Merchant, ear: Ear) -> str:
    """The receipt of TSh 453,500."""
    await merchant.push_to("approves")
    await until(lambda: len(ear.bodies) == 1)
    return str((await merchant.sandbox.book())[0]["receipt"])


def common(merchant: Merchant, **changes: object) -> dict[str, object]:
    return {
        "SecurityCredential": merchant.sandbox.settings.daraja.security_credential,
        "ResultURL": merchant.callback_url,
        "QueueTimeOutURL": merchant.callback_url,
        "Remarks": "Refund",
    } | changes


async def reverse(merchant: Merchant, receipt: str, **changes: object) -> httpx.Response:
    account = merchant.sandbox.settings.daraja
    fields = {
        "Initiator": account.initiator_name,
        "CommandID": "TransactionReversal",
        "TransactionID": receipt,
        "Amount": "453500",
        "ReceiverParty": account.short_code,
        "RecieverIdentifierType": "11",
    }
    return await merchant.post(REVERSAL, common(merchant) | fields | changes)


async def pay_out(merchant: Merchant, **changes: object) -> httpx.Response:
    account = merchant.sandbox.settings.daraja
    fields = {
        "OriginatorConversationID": "0000000000QC",
        "InitiatorName": account.initiator_name,
        "CommandID": "BusinessPayment",
        "Amount": "1000",
        "PartyA": account.short_code,
        "PartyB": PHONE,
        "Occassion": "7K29QXM4AB1C",
    }
    return await merchant.post(PAYOUT, common(merchant) | fields | changes)


async def ask(merchant: Merchant, **changes: object) -> httpx.Response:
    account = merchant.sandbox.settings.daraja
    fields = {
        "Initiator": account.initiator_name,
        "CommandID": "TransactionStatusQuery",
        "PartyA": account.short_code,
        "IdentifierType": "4",
    }
    return await merchant.post(STATUS, common(merchant) | fields | changes)


async def results(ear: Ear, count: int) -> list[dict[str, Any]]:
    await until(lambda: len(ear.bodies) >= count)
    told = [json.loads(body) for body in ear.bodies]
    return [body["Result"] for body in told if "Result" in body]


async def test_a_reversal_takes_the_whole_back_once(merchant: Merchant, ear: Ear) -> None:
    receipt = await paid(merchant, ear)
    taken = (await reverse(merchant, receipt)).json()
    assert taken["ResponseCode"] == "0"
    (end,) = await results(ear, 2)
    book = await merchant.sandbox.book()
    assert [(one["amount"], one["kind"]) for one in book] == [(453_500, "payment"), (-453_500, "reversal")]
    assert (end["ResultCode"], end["TransactionID"]) == (0, book[1]["receipt"])
    assert (end["ConversationID"], end["OriginatorConversationID"]) == (
        taken["ConversationID"],
        taken["OriginatorConversationID"],
    )
    for number, (code, changes) in enumerate(
        [
            ("R000001", {}),
            ("R000002", {"TransactionID": "UC35T8K2QX"}),
            (2001, {"Initiator": "somebody"}),
            (2001, {"SecurityCredential": "YW5vdGhlcg=="}),
        ],
        start=3,
    ):
        await reverse(merchant, receipt, **changes)
        last = (await results(ear, number))[-1]
        assert (last["ResultCode"], "ResultParameters" in last) == (code, False)
    assert len(await merchant.sandbox.book()) == 2


async def test_a_part_of_a_payment_is_not_permitted(merchant: Merchant, ear: Ear) -> None:
    receipt = await paid(merchant, ear)
    await reverse(merchant, receipt, Amount="1000")
    assert (await results(ear, 2))[0]["ResultCode"] == 2028


async def test_a_payout_is_taken_once_for_each_id_of_the_merchant_and_can_be_asked_about(
    merchant: Merchant, ear: Ear
) -> None:
    assert (await pay_out(merchant)).json()["OriginatorConversationID"] == "0000000000QC"
    assert said(await pay_out(merchant)) == (500, "500.002.1001")
    await results(ear, 1)
    (movement,) = await merchant.sandbox.book()
    assert (movement["amount"], movement["kind"], movement["msisdn"]) == (-1000, "payout", PHONE)
    for count, known_as in enumerate(
        ({"OriginalConversationID": "0000000000QC"}, {"TransactionID": movement["receipt"]}), start=2
    ):
        question = (await ask(merchant, **known_as)).json()
        told = (await results(ear, count))[-1]
        assert told["ConversationID"] == question["ConversationID"]
        parameters = told["ResultParameters"]["ResultParameter"]
        assert {"Key": "TransactionStatus", "Value": "Completed"} in parameters
        assert {"Key": "ReceiptNo", "Value": movement["receipt"]} in parameters
    assert (await ask(merchant, OriginalConversationID="of nobody".replace(" ", "-"))).status_code == 200
    assert not merchant.sandbox.world.network.errands.under_way


@pytest.mark.parametrize("twists, codes", [(["contradictory"], [2006]), (["failure-first"], [2006, 0])])
async def test_what_is_told_of_money_sent_back_can_be_bent_by_switch(
    merchant: Merchant, ear: Ear, twists: list[str], codes: list[int]
) -> None:
    await merchant.sandbox.switch(refund_twists=twists)
    await pay_out(merchant)
    assert [one["ResultCode"] for one in await results(ear, len(codes))] == codes
    await until(lambda: not merchant.sandbox.world.network.errands.under_way)
    assert [movement["amount"] for movement in await merchant.sandbox.book()] == [-1000]


async def test_money_sent_back_can_fail_by_switch(merchant: Merchant, ear: Ear) -> None:
    for number, (result, code) in enumerate((("NO_BALANCE", 1), ("BUSY", 2006), ("UNDOCUMENTED", 7777)), 1):
        await merchant.sandbox.switch(refund=result)
        await pay_out(merchant, OriginatorConversationID=f"payout-{number}")
        assert (await results(ear, number))[-1]["ResultCode"] == code
    assert await merchant.sandbox.book() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"Remarks": "x"},
        {"ResultURL": "no address"},
        {"SecurityCredential": "not base64!"},
        {"PartyB": "0754123456"},
        {"Amount": "10.5"},
        {"CommandID": "TransactionReversal"},
        {"Note": "please"},
    ],
)
async def test_a_field_that_no_document_allows_is_refused(
    merchant: Merchant, changes: dict[str, object]
) -> None:
    assert said(await pay_out(merchant, **changes)) == (400, "400.002.02")
    assert await merchant.sandbox.book() == []


async def test_a_short_code_of_another_and_a_question_about_nothing_are_refused(merchant: Merchant) -> None:
    assert said(await pay_out(merchant, PartyA="600992")) == (500, "500.001.1001")
    assert said(await ask(merchant)) == (400, "400.002.02")
