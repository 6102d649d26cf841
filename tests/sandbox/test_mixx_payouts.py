"""Mixx by Yas sends money to a wallet (A2W): XML in and out, decided at once, a REFERENCEID good for one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from lxml import etree

from tests.sandbox.mixx import PHONE
from tests.sandbox.running import RunningSandbox, running_sandbox

FIELDS = {
    "TYPE": "REQMFICI",
    "REFERENCEID": "CI000000000000000001",
    "MSISDN": "255650002222",
    "PIN": "1456",
    "MSISDN1": f"0{PHONE[3:]}",
    "AMOUNT": "1000",
    "LANGUAGE1": "en",
}


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox() as sandbox:
        yield sandbox


async def disburse(sandbox: RunningSandbox, body: str = "", **changes: str) -> dict[str, str | None]:
    told = "".join(f"<{name}>{value}</{name}>" for name, value in (FIELDS | changes).items())
    content = body or f"<COMMAND>{told}</COMMAND>"
    response = await sandbox.client.post(
        f"{sandbox.mixx_url}-A2W", content=content, headers={"Content-Type": "text/xml"}
    )
    assert response.status_code == 200
    return {str(field.tag): field.text for field in etree.fromstring(response.content)}


async def test_a_reference_moves_money_once(sandbox: RunningSandbox) -> None:
    told = await disburse(sandbox)
    (movement,) = await sandbox.book()
    assert (movement["amount"], movement["kind"], movement["msisdn"]) == (-1000, "payout", PHONE)
    assert (told["TYPE"], told["REFERENCEID"]) == ("RESMFICI", FIELDS["REFERENCEID"])
    assert (told["TXNSTATUS"], told["TXNID"]) == ("200", movement["receipt"])
    assert (await disburse(sandbox))["TXNSTATUS"] == "2018"
    assert len(await sandbox.book()) == 1


@pytest.mark.parametrize(
    "changes, status",
    [
        ({"PIN": "1111"}, "00026"),
        ({"AMOUNT": "0"}, "00031"),
        ({"AMOUNT": "10.50"}, "00031"),
        ({"REFERENCEID": "C" * 21}, "00031"),
        ({"NOTE": "please"}, "00031"),
        ({"MSISDN": "255650009999"}, "2117"),
        ({"MSISDN1": "255100000000"}, "317"),
    ],
)
async def test_a_field_that_no_document_allows_is_refused(
    sandbox: RunningSandbox, changes: dict[str, str], status: str
) -> None:
    assert (await disburse(sandbox, **changes))["TXNSTATUS"] == status
    assert await sandbox.book() == []


@pytest.mark.parametrize("body", ["no XML", "<ANSWER/>", "<COMMAND>"])
async def test_what_is_no_command_is_refused(sandbox: RunningSandbox, body: str) -> None:
    assert (await disburse(sandbox, body))["TXNSTATUS"] == "00031"


async def test_money_sent_back_can_fail_by_switch_or_be_held(sandbox: RunningSandbox) -> None:
    for number, (result, status) in enumerate((("NO_BALANCE", "60019"), ("CANCELLED", "317"))):
        await sandbox.switch(refund=result)
        assert (await disburse(sandbox, REFERENCEID=f"CI{number}"))["TXNSTATUS"] == status
    await sandbox.switch(refund="PAID", refund_answer="busy")
    assert (await disburse(sandbox))["TXNSTATUS"] == "100"
    assert await sandbox.book() == []
