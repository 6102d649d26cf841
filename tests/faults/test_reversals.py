"""Money that moves by itself, over real HTTP: booked once, told to everybody, and back again when it comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain.dispute import DisputeVerdict
from portal.domain.money import Currency, Money, shillings
from portal.domain.outcome import Reason
from portal.domain.payment import Payment
from portal.domain.payment_state import PaymentStatus, State
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import Cause
from portal.services.refunds import shown_of
from portal.store import inbox, leases, ledger_check, messages, receipts, replay
from portal.store.tables import transactions
from tests.faults.roads import ALL, ASHA, JUMA
from tests.faults.stripe import TOTAL, event, pay, press, send
from tests.makers import BILL, LANDLORD, TENANT
from tests.notices import told_to_lease
from tests.portal import VODACOM, RunningPortal

LOST = shillings(14_100)
"""Stripe's fee and the processing of the payment: taken from us, and in no pot of it."""


async def paid(portal: RunningPortal) -> str:
    payment = await pay(portal)
    await press(portal)
    await portal.hear(callbacks=3)
    return payment


async def intent_of(portal: RunningPortal, payment: str) -> str:
    code = (await portal.payment(payment)).receipt_code
    assert code
    return code


async def console(portal: RunningPortal, payment: str, act: str, **query: Any) -> dict[str, Any]:
    """Somebody does that at Stripe, or at a bank."""
    intent = await intent_of(portal, payment)
    url = f"{portal.sandbox.base_url}/stripe/console/{intent}/{act}"
    told: dict[str, Any] = (await portal.sandbox.client.post(url, params=query)).json()
    return told


async def sound(portal: RunningPortal) -> None:
    ledger = await portal.portal.store.snapshot(ledger_check.check)
    assert (ledger.differences, {*ledger.balance.values()}) == ([], {0})
    assert (await portal.portal.store.snapshot(replay.check)).differences == []


async def rest(portal: RunningPortal) -> int:
    bill = await portal.portal.store.read(lambda tx: leases.bill(tx, BILL))
    assert bill
    return bill.rest.minor


async def kinds(portal: RunningPortal, person: str) -> list[str]:
    """Of what somebody was told, oldest first."""
    vault = portal.portal.tools.vault
    told = await portal.portal.store.read(lambda tx: messages.of_person(tx, vault, person))
    return [one.kind for one in reversed(told)]


async def movements(portal: RunningPortal, payment: str) -> list[tuple[str, str, int]]:
    columns = transactions.c
    question = select(columns.type, columns.kind, columns.amount).where(columns.payment == payment)
    rows = await portal.portal.store.read(lambda tx: list(tx.execute(question.order_by(columns.seq))))
    return [(row.type, row.kind, row.amount) for row in rows if row.type == "REFUND"]


async def went_back_by_itself(portal: RunningPortal, payment: str, cause: Cause) -> Payment:
    after = await portal.payment(payment)
    (refund,) = after.refunds.by_itself
    assert (refund.state, refund.cause, refund.amount) == (RefundState.SUCCEEDED, cause, TOTAL)
    assert (after.state, after.status) == (State.COMPLETED, PaymentStatus.REFUNDED)
    assert await rest(portal) == 450_000
    fees = sum(one.fee.minor for one in after.disputes.every if one.fee)
    assert await portal.account("cash:stripe") == -fees
    assert await portal.account("loss:taken_back") == LOST.minor
    assert await movements(portal, payment) == [("REFUND", "reversal", TOTAL.minor)]
    newest = await portal.portal.store.read(lambda tx: receipts.newest_file(tx, payment))
    assert newest
    assert newest.version == 2
    assert after.receipt_check
    proof = await portal.portal.receipts.prove(after.receipt_check, "somebody")
    assert proof
    assert (proof.all_back, proof.sent_back) == (True, TOTAL)
    await sound(portal)
    return after


@pytest.mark.covers("F11", "D78")
async def test_a_refund_in_stripes_console_is_imported_and_everybody_hears(portal: RunningPortal) -> None:
    payment = await paid(portal)
    await console(portal, payment, "refund")
    await portal.hear()
    after = await went_back_by_itself(portal, payment, Cause.ELSEWHERE)
    assert after.reason is Reason.REVERSED
    assert await kinds(portal, TENANT) == ["paid", "reversed"]
    assert await kinds(portal, LANDLORD) == ["received", "unreceived"]
    notices = [notice for notice, _, _ in await portal.portal.store.read(told_to_lease)]
    assert notices == ["DEPOSIT_PAID", "DEPOSIT_UNPAID"]
    await portal.pass_time(minutes=1)
    assert await portal.portal.store.read(inbox.parked) == []


@pytest.mark.covers("F11")
async def test_parts_in_the_console_add_up_and_each_is_booked_once(portal: RunningPortal) -> None:
    payment = await paid(portal)
    for _ in range(2):
        await console(portal, payment, "refund", amount=10_000_000)
        await portal.hear()
    after = await portal.payment(payment)
    assert after.status is PaymentStatus.PARTIALLY_REFUNDED
    assert [one.amount for one in after.refunds] == [shillings(100_000)] * 2
    assert await rest(portal) == 200_000
    await portal.pass_time(minutes=1)
    assert await portal.portal.store.read(inbox.parked) == []
    await sound(portal)


@pytest.mark.covers("F11")
async def test_what_stripe_says_again_moves_nothing_again(portal: RunningPortal) -> None:
    payment = await paid(portal)
    refund = await console(portal, payment, "refund")
    await portal.hear()
    for kind in ("refund.created", "refund.updated", "charge.refund.updated"):
        later = portal.clock() + timedelta(hours=1)
        assert await send(portal, event(kind, refund, later, id=f"evt_{kind}")) == 200
    await portal.hear()
    await went_back_by_itself(portal, payment, Cause.ELSEWHERE)


@pytest.mark.covers("F11")
async def test_a_console_refund_that_overtakes_the_news_of_the_payment_waits_for_it(
    portal: RunningPortal,
) -> None:
    portal.sandbox.world.callback_urls["stripe"] = ""
    payment = await pay(portal)
    await press(portal)
    network = portal.sandbox.world.network
    (movement,) = network.book.movements
    url = f"{portal.sandbox.base_url}/stripe/console/{movement.receipt}/refund"
    refund = (await portal.sandbox.client.post(url)).json()
    assert await send(portal, event("refund.created", refund, portal.clock())) == 200
    await portal.work()
    (parked,) = await portal.portal.store.read(inbox.parked)
    assert (parked.verdict, parked.payment) == ("before it was paid", None)
    await portal.pass_time(hours=2)
    await went_back_by_itself(portal, payment, Cause.ELSEWHERE)
    assert await portal.portal.store.read(inbox.parked) == []


@pytest.mark.covers("F11", "F12")
async def test_a_forged_word_of_money_that_went_back_is_stored_nowhere(portal: RunningPortal) -> None:
    payment = await paid(portal)
    about = {
        "id": "re_forged",
        "object": "refund",
        "amount": TOTAL.minor * 100,
        "currency": "tzs",
        "payment_intent": await intent_of(portal, payment),
        "metadata": {},
        "status": "succeeded",
    }
    body = event("refund.created", about, portal.clock())
    assert await send(portal, body, secret="whsec_of_somebody_else") == 401
    await portal.hear()
    assert (await portal.payment(payment)).status is PaymentStatus.COMPLETED
    assert await rest(portal) == 0


@pytest.mark.covers("F12", "D40")
async def test_a_dispute_takes_the_money_first_and_is_shown_until_it_is_lost(portal: RunningPortal) -> None:
    payment = await paid(portal)
    dispute = await console(portal, payment, "dispute")
    await portal.hear()
    after = await went_back_by_itself(portal, payment, Cause.DISPUTE)
    assert after.reason is Reason.DISPUTED
    (stands,) = after.disputes.open
    assert (stands.id, stands.amount) == (dispute["id"], TOTAL)
    assert (stands.fee, await portal.account("cost:stripe")) == (Money(1_500, Currency.USD), 1_500)
    assert stands.due_by
    assert int(stands.due_by.timestamp()) == dispute["evidence_details"]["due_by"]
    await console(portal, payment, "lose")
    await portal.hear()
    over = await went_back_by_itself(portal, payment, Cause.DISPUTE)
    assert over.disputes.open == []
    assert over.disputes.every[0].verdict is DisputeVerdict.LOST
    assert over.reason is Reason.REVERSED
    assert await kinds(portal, TENANT) == ["paid", "reversed", "dispute_lost"]
    assert await kinds(portal, LANDLORD) == ["received", "unreceived", "dispute_lost"]


@pytest.mark.covers("F12")
async def test_a_dispute_that_is_won_pays_the_bill_again(portal: RunningPortal) -> None:
    payment = await paid(portal)
    await console(portal, payment, "dispute")
    await portal.hear()
    portal.clock.advance(hours=1)
    await console(portal, payment, "win")
    await portal.hear()
    after = await portal.payment(payment)
    assert (after.status, after.reason) == (PaymentStatus.COMPLETED, None)
    assert await rest(portal) == 0
    assert await portal.account("cash:stripe") == TOTAL.minor
    assert await portal.account("cost:stripe") == 0
    assert await portal.account("loss:taken_back") == 0
    assert await kinds(portal, TENANT) == ["paid", "reversed", "returned"]
    assert await kinds(portal, LANDLORD) == ["received", "unreceived", "received_again"]
    notices = [notice for notice, _, _ in await portal.portal.store.read(told_to_lease)]
    assert notices == ["DEPOSIT_PAID", "DEPOSIT_UNPAID", "DEPOSIT_PAID"]
    newest = await portal.portal.store.read(lambda tx: receipts.newest_file(tx, payment))
    assert newest
    assert newest.version == 3
    await sound(portal)


@pytest.mark.covers("F12")
async def test_what_was_asked_back_gives_way_when_the_bank_takes_it_and_is_never_sent(
    portal: RunningPortal,
) -> None:
    payment = await paid(portal)
    refund = await portal.portal.refunds.ask(ASHA, payment, ALL, "key")
    case = await portal.portal.refund_views.case(ASHA, refund)
    await portal.portal.refunds.approve(JUMA, refund, shown=shown_of(case.refund))
    await console(portal, payment, "dispute")
    await portal.hear()
    await portal.pass_time(hours=2)
    after = await portal.payment(payment)
    named = after.refunds.named(refund)
    # Whichever was first: it was overtaken before it left, or Stripe refused it.
    assert named.state in (RefundState.REJECTED, RefundState.FAILED)
    assert portal.sandbox.world.network.refunds == {}
    assert (after.status, await rest(portal)) == (PaymentStatus.REFUNDED, 450_000)
    assert await portal.account("loss:taken_back") == LOST.minor
    await sound(portal)


@pytest.mark.covers("F11")
async def test_our_own_refund_is_never_taken_for_one_of_the_console(portal: RunningPortal) -> None:
    payment = await paid(portal)
    refund = await portal.portal.refunds.ask(ASHA, payment, ALL, "key")
    case = await portal.portal.refund_views.case(ASHA, refund)
    await portal.portal.refunds.approve(JUMA, refund, shown=shown_of(case.refund))
    await portal.hear()
    await portal.pass_time(minutes=2)
    after = await portal.payment(payment)
    assert after.refunds.by_itself == []
    assert [one.state for one in after.refunds] == [RefundState.SUCCEEDED]
    assert (await kinds(portal, LANDLORD))[-1] == "unreceived"
    await sound(portal)


@pytest.mark.covers("F12", "D78")
@pytest.mark.parametrize("mpesa", [VODACOM])
async def test_a_payer_who_has_m_pesa_undo_a_payment_owes_it_again(portal: RunningPortal) -> None:
    """Rudisha muamala: the operator tells no merchant, so we ask."""
    payment = await portal.pay("255754000001")
    await portal.hear()
    await portal.pass_time(minutes=1)
    paid_now = await portal.payment(payment)
    assert paid_now.status is PaymentStatus.COMPLETED
    url = f"{portal.sandbox.base_url}/sandbox/reversals"
    answer = await portal.sandbox.client.post(url, json={"receipt": paid_now.receipt_code})
    assert answer.status_code == 200
    await portal.pass_time(hours=2)
    after = await portal.payment(payment)
    assert (after.status, after.reason) == (PaymentStatus.REFUNDED, Reason.REVERSED)
    assert await rest(portal) == 450_000
    assert await kinds(portal, TENANT) == ["paid", "reversed"]
    await sound(portal)
