"""A payer in the menu of Mixx by Yas, over real HTTP: whatever befalls question and answer, it is paid once or not."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from portal.domain.bill import BillStatus
from portal.domain.ids import shown
from portal.domain.money import shillings
from portal.domain.payment_state import State
from portal.sandbox.fates import Twist
from portal.sandbox.mixx.menu import FAILED
from portal.store import leases
from portal.store.menu_calls import menu_calls
from tests.faults.soundness import world_is_sound
from tests.makers import BILL, LEASE
from tests.portal import CALLBACK_KEY, RENT, RunningPortal
from tests.services.menu import a_call, fields_of

PAYER = "255652111222"
ADDRESS = f"/webhooks/tigo/{CALLBACK_KEY}/bills"


async def types(
    portal: RunningPortal, *twists: Twist, reference: str = LEASE, amount: int = 450_000
) -> tuple[str, str]:
    """What somebody reads in the end, and the TXNID."""
    sandbox = portal.sandbox
    sandbox.world.network.next_twists[PAYER] = set(twists)
    typed = sandbox.mixx.menu.begin(PAYER, sandbox.mixx.menu.company, reference, amount)
    read = await sandbox.mixx.menu.play(typed)
    await portal.work()
    return read, typed.txnid


async def paid(portal: RunningPortal) -> list[int]:
    """Of the deposit and of the rent."""
    found = await portal.portal.store.read(lambda tx: [leases.bill(tx, one) for one in (BILL, RENT)])
    return [bill.paid.minor for bill in found if bill]


@pytest.mark.covers("A11")
@pytest.mark.parametrize(
    "twists", [(), (Twist.LOST,), (Twist.DUPLICATE,), (Twist.LATE,), (Twist.LOST, Twist.DUPLICATE)], ids=str
)
async def test_however_the_question_comes_it_is_paid_once(
    portal: RunningPortal, twists: tuple[Twist, ...]
) -> None:
    read, txnid = await types(portal, *twists, reference=shown(LEASE).lower())
    assert read.startswith("NEST: Umelipa TSh 450,000")
    asked = select(menu_calls.c.payment)
    (reference,) = await portal.portal.store.read(lambda tx: tx.execute(asked).scalars().all())
    payment = await portal.payment(reference)
    assert (payment.state, payment.receipt_code, payment.received) == (
        State.COMPLETED,
        txnid,
        shillings(450_000),
    )
    assert await portal.account("cash:tigo_pesa") == 450_000
    assert sum(await paid(portal)) == 450_000
    await portal.quiet()
    await world_is_sound(portal)


@pytest.mark.covers("A11")
async def test_a_wrong_reference_or_amount_takes_nothing(portal: RunningPortal) -> None:
    assert "kumbukumbu namba" in (await types(portal, reference=LEASE[:-1] + "Z"))[0]
    assert "TSh 900,000" in (await types(portal, amount=900_001))[0]
    assert await portal.sandbox.book() == []
    assert await paid(portal) == [0, 0]


@pytest.mark.parametrize("twist", [Twist.MALFORMED, Twist.OVERSIZED, Twist.DEEP])
async def test_a_question_that_is_spoilt_on_its_way_takes_nothing(
    portal: RunningPortal, twist: Twist
) -> None:
    """It is answered in form all the same, though not for a TXNID that anybody could read."""
    assert (await types(portal, twist))[0] == FAILED
    (answer, *_) = [delivery.answer for delivery in portal.sandbox.world.network.courier.deliveries]
    assert fields_of(answer)["ERRORCODE"] == "error016"
    assert await paid(portal) == [0, 0]


@pytest.mark.covers("A11")
async def test_while_the_portal_is_down_nothing_is_taken(portal: RunningPortal) -> None:
    await portal.line.down()
    assert (await types(portal))[0] == FAILED
    await portal.line.up()
    assert (await types(portal))[0].startswith("NEST: Umelipa")
    assert [movement["amount"] for movement in await portal.sandbox.book()] == [450_000]


@pytest.mark.covers("A11")
async def test_two_who_pay_the_same_bills_at_once_pay_them_once(portal: RunningPortal) -> None:
    await asyncio.gather(*(types(portal, amount=900_000) for _ in range(2)))
    assert [movement["amount"] for movement in await portal.sandbox.book()] == [900_000]
    bills = await portal.portal.store.read(lambda tx: [leases.bill(tx, one) for one in (BILL, RENT)])
    assert [bill and bill.status for bill in bills] == [BillStatus.PAID] * 2


@pytest.mark.covers("A11")
async def test_an_answer_is_xml_and_an_address_of_nobody_is_nowhere(portal: RunningPortal) -> None:
    answer = await portal.client.post(ADDRESS, content=a_call(), headers={"content-type": "text/xml"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert fields_of(answer.text)["RESULT"] == "TS"
    for address in (f"{ADDRESS}x", ADDRESS.replace(CALLBACK_KEY, "nobody"), "/webhooks/mpesa/x/bills"):
        assert (await portal.client.post(address, content=a_call())).status_code == 404


async def test_what_is_packed_or_no_text_is_answered_as_unreadable(portal: RunningPortal) -> None:
    for body, headers in ((b"\xff\xfe", {}), (b"x", {"content-encoding": "gzip"})):
        answer = await portal.client.post(ADDRESS, content=body, headers=headers)
        assert (answer.status_code, fields_of(answer.text)["ERRORCODE"]) == (200, "error016")
