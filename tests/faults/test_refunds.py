"""What can go wrong when money goes back, over real HTTP: what was lost is asked about, and nothing is sent twice."""

from __future__ import annotations

import pytest

from portal.domain.money import shillings
from portal.domain.payment_state import PaymentStatus
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_outcome import RefundRefusal, RefundRoute
from portal.sandbox.fates import NUMBER_OF
from portal.sandbox.results import LIMIT, PAID
from portal.services.refunds import shown_of
from portal.store import ledger_check, receipts, replay
from tests.faults.roads import ALL, ASHA, JUMA
from tests.faults.stripe import pay, press
from tests.portal import VODACOM, RunningPortal

BACK = shillings(452_250)
"""The deposit and our fee; what Stripe and the processing took stays."""


async def agreed(portal: RunningPortal) -> tuple[str, str]:
    """A payment by card, and its refund to which the landlord has agreed."""
    payment = await pay(portal)
    await press(portal)
    await portal.hear(callbacks=3)
    refund = await portal.portal.refunds.ask(ASHA, payment, ALL, "key")
    shown = shown_of(await of(portal, refund))
    await portal.portal.refunds.approve(JUMA, refund, shown=shown)
    return payment, refund


async def of(portal: RunningPortal, refund: str) -> Refund:
    return (await portal.portal.refund_views.case(ASHA, refund)).refund


async def went_back_once(portal: RunningPortal, payment: str, refund: str) -> None:
    """At the provider and in the books alike, with a receipt that says so and the one before it."""
    after = await portal.payment(payment)
    assert (await of(portal, refund)).state is RefundState.SUCCEEDED
    assert (after.status, after.refunds.sum_back) == (PaymentStatus.REFUNDED, BACK)
    assert len(portal.sandbox.world.network.refunds) == 1
    assert (await portal.portal.store.snapshot(ledger_check.check)).sound
    assert (await portal.portal.store.snapshot(replay.check)).differences == []
    assert after.received
    assert await portal.account("cash:stripe") == after.received.minor - BACK.minor
    newest = await portal.portal.store.read(lambda tx: receipts.newest_file(tx, payment))
    assert newest is not None
    assert newest.version == 2


@pytest.mark.covers("F1", "F4", "C8", "D21")
async def test_money_goes_back_to_the_card_and_the_books_hold(portal: RunningPortal) -> None:
    payment, refund = await agreed(portal)
    await portal.hear()
    await portal.pass_time(minutes=1)
    await went_back_once(portal, payment, refund)


@pytest.mark.covers("F4", "D55")
@pytest.mark.parametrize("answer", ["lost", "html"])
async def test_a_refund_whose_answer_was_lost_is_asked_about_and_never_sent_twice(
    portal: RunningPortal, answer: str
) -> None:
    payment, refund = await agreed(portal)
    portal.sandbox.world.network.switches.refund_answer = answer
    await portal.portal.worker.run_due()
    assert (await of(portal, refund)).state is RefundState.UNKNOWN
    portal.sandbox.world.network.switches.refund_answer = "accepted"
    await portal.hear()
    await portal.pass_time(minutes=2)
    await went_back_once(portal, payment, refund)


@pytest.mark.covers("F4")
async def test_what_stripe_cannot_send_has_failed_and_is_free_again(portal: RunningPortal) -> None:
    portal.sandbox.world.network.switches.refund = "NO_BALANCE"
    payment, refund = await agreed(portal)
    await portal.hear()
    await portal.pass_time(minutes=2)
    assert (await of(portal, refund)).state is RefundState.FAILED
    assert (await portal.portal.refund_views.offer(ASHA, payment)).available == shillings(450_000)
    assert (await portal.payment(payment)).status is PaymentStatus.COMPLETED


@pytest.mark.covers("F7")
@pytest.mark.parametrize("mpesa", [VODACOM])
async def test_what_a_reversal_cannot_carry_goes_as_a_payout_when_it_is_asked_for_again(
    portal: RunningPortal,
) -> None:
    network = portal.sandbox.world.network
    payment = await portal.pay(NUMBER_OF["approves"])
    await portal.hear()
    await portal.pass_time(minutes=2)
    network.switches.refund = LIMIT
    refused = await agreed_to(portal, payment, "first")
    assert (refused.state, refused.route, refused.refusal) == (
        RefundState.FAILED,
        RefundRoute.REVERSAL,
        RefundRefusal.LIMIT,
    )
    network.switches.refund = PAID
    offer = await portal.portal.refund_views.offer(ASHA, payment, ALL)
    assert offer.way.route is RefundRoute.PAYOUT
    second = await agreed_to(portal, payment, "second")
    assert (second.state, second.route) == (RefundState.SUCCEEDED, RefundRoute.PAYOUT)
    moved = [(movement["kind"], movement["amount"]) for movement in await portal.sandbox.book()]
    assert moved == [("payment", 453_500), ("payout", -BACK.minor)]
    assert (await portal.portal.store.snapshot(ledger_check.check)).sound


async def agreed_to(portal: RunningPortal, payment: str, key: str) -> Refund:
    """The landlord has agreed, and the provider has told the end."""
    refund = await portal.portal.refunds.ask(ASHA, payment, ALL, key)
    await portal.portal.refunds.approve(JUMA, refund, shown=shown_of(await of(portal, refund)))
    await portal.work()
    await portal.hear()
    await portal.pass_time(minutes=2)
    return await of(portal, refund)
