"""Callbacks that are lost, doubled, early, late, broken or untrue: hints, each of them, and the query decides."""

from __future__ import annotations

import asyncio

import pytest

from portal.domain.money import shillings
from portal.domain.outcome import Reason
from portal.domain.payment_state import State
from portal.sandbox.fates import NUMBER_OF
from portal.sandbox.results import NO_ANSWER, PAID
from tests.faults.callbacks import address_of, by_each_mpesa, claimed, verdicts
from tests.faults.soundness import ending
from tests.makers import FakeClock, a_phone
from tests.portal import RunningPortal, playing
from tests.sandbox.running import FAST

ASHA = a_phone().digits
TOTAL = shillings(453_500)


async def office(portal: RunningPortal) -> list[str]:
    return [listed.payment.reference for listed in await portal.portal.views.for_the_office()]


@by_each_mpesa
@pytest.mark.covers("B12")
async def test_a_callback_that_never_comes_is_made_up_for_by_asking(portal: RunningPortal) -> None:
    reference = await portal.pay(NUMBER_OF["callback-never"])
    await portal.hear()
    assert (await portal.payment(reference)).state is State.AWAITING_PAYER
    await portal.pass_time(seconds=6)
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert await verdicts(portal) == []
    assert (await ending(portal, reference)).state is State.COMPLETED


@by_each_mpesa
@pytest.mark.covers("D09", "D26")
async def test_a_callback_that_comes_five_times_at_once_is_counted_once(portal: RunningPortal) -> None:
    reference = await portal.pay(NUMBER_OF["callback-five-times"])
    await portal.hear()
    statuses = [delivery.status for delivery in portal.sandbox.world.network.courier.deliveries]
    assert statuses == [200] * 5
    assert await verdicts(portal) == ["Paid: COMPLETED"]
    assert (await ending(portal, reference)).state is State.COMPLETED


@by_each_mpesa
@pytest.mark.covers("D16", "D27")
async def test_a_callback_before_the_answer_to_the_push_is_not_lost(portal: RunningPortal) -> None:
    reference = await portal.pay(NUMBER_OF["callback-first"])
    payment = await portal.payment(reference)
    assert len(portal.sandbox.world.network.courier.deliveries) == 1
    assert payment.state is State.AWAITING_PAYER
    assert (await ending(portal, reference)).state is State.COMPLETED


@by_each_mpesa
@pytest.mark.covers("D16")
async def test_a_callback_that_is_worked_on_before_the_answer_is_noted_settles_once(
    database_url: str, clock: FakeClock, mpesa: str
) -> None:
    async with playing(database_url, clock, held=FAST.slow_answer, mpesa=mpesa) as portal:
        await portal.sandbox.give_fate(ASHA, answer="late", twists=["early"])
        pressing = asyncio.create_task(portal.pay(ASHA))
        await portal.hear(callbacks=1)
        ((prompt,), deciding) = portal.sandbox.world.network.prompts.values(), pressing.done()
        assert not deciding
        assert (await portal.payment(prompt.push.reference)).state is State.COMPLETED
        portal.let_go()
        assert (await ending(portal, await pressing)).state is State.COMPLETED


@by_each_mpesa
@pytest.mark.covers("B11", "D39")
async def test_a_callback_after_expiry_is_a_late_success_receipted_and_told(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    reference = await portal.pay(ASHA)
    (prompt,) = portal.sandbox.world.network.prompts.values()
    await portal.pass_time(minutes=6)
    portal.sandbox.world.network.act(prompt, NO_ANSWER)
    await portal.hear(callbacks=1)
    assert (await portal.payment(reference)).state is State.EXPIRED
    await portal.pass_time(hours=20)
    portal.sandbox.world.network.act(prompt, PAID)
    await portal.hear(callbacks=2)
    late = await portal.payment(reference)
    assert (late.state, late.late, late.received) == (State.COMPLETED, True, TOTAL)
    assert (await ending(portal, reference)).receipt is not None


@by_each_mpesa
@pytest.mark.covers("D12", "D22", "B10")
async def test_success_in_the_callback_and_no_in_the_query_is_a_contradiction_for_the_office(
    portal: RunningPortal,
) -> None:
    reference = await portal.pay(NUMBER_OF["callback-lies-paid"])
    await portal.hear()
    unsure = await portal.payment(reference)
    assert (unsure.state, unsure.reason) == (State.UNCERTAIN, Reason.CONTRADICTION)
    assert await office(portal) == [reference]
    assert await portal.sandbox.book() == []
    assert (await ending(portal, reference)).state is State.UNCERTAIN


@by_each_mpesa
@pytest.mark.covers("D08")
async def test_a_no_in_the_callback_and_success_in_the_query_is_paid(portal: RunningPortal) -> None:
    reference = await portal.pay(NUMBER_OF["callback-lies-cancelled"])
    await portal.hear()
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).received == TOTAL


@by_each_mpesa
@pytest.mark.covers("D08")
async def test_a_failure_told_after_the_success_changes_nothing(portal: RunningPortal) -> None:
    reference = await portal.pay(NUMBER_OF["approves"])
    await portal.hear()
    request_id = (await portal.payment(reference)).request_id
    assert request_id
    answer = await portal.client.post(
        address_of(portal, reference), json=claimed(portal, reference, request_id, paid=False)
    )
    assert answer.status_code == 200
    await portal.work()
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D12", "D19")
async def test_a_smaller_amount_waits_in_suspense_for_the_office(portal: RunningPortal) -> None:
    reference = await portal.pay(NUMBER_OF["smaller-amount"])
    await portal.hear()
    held = await portal.payment(reference)
    (movement,) = await portal.sandbox.book()
    assert (held.state, held.reason) == (State.UNCERTAIN, Reason.WRONG_AMOUNT)
    assert held.received == shillings(movement["amount"])
    assert await portal.account("suspense") == -movement["amount"]
    assert await office(portal) == [reference]
    assert (await ending(portal, reference)).state is State.UNCERTAIN


async def test_two_receipts_for_one_push_are_one_payment_and_a_question_for_the_office(
    portal: RunningPortal,
) -> None:
    reference = await portal.pay(NUMBER_OF["two-receipts"])
    await portal.hear()
    paid = await portal.payment(reference)
    assert paid.state is State.COMPLETED
    assert paid.receipt_code
    assert paid.second_receipt_code
    assert await office(portal) == [reference]
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D29")
async def test_a_malformed_callback_is_kept_and_the_provider_is_asked_instead(portal: RunningPortal) -> None:
    reference = await portal.pay(NUMBER_OF["callback-malformed"])
    await portal.hear()
    assert await verdicts(portal) == ["unreadable"]
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D29")
@pytest.mark.parametrize("fate", ["callback-oversized", "callback-deep"])
async def test_a_callback_far_too_large_is_refused_unread_and_the_payment_settles_by_asking(
    portal: RunningPortal, fate: str
) -> None:
    reference = await portal.pay(NUMBER_OF[fate])
    await portal.hear()
    (delivery,) = portal.sandbox.world.network.courier.deliveries
    assert delivery.status in (413, None)  # whoever still sends may only see the connection end
    assert await verdicts(portal) == []
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D29")
async def test_an_oversized_callback_meets_413_and_is_stored_nowhere(portal: RunningPortal) -> None:
    reference = await portal.pay(NUMBER_OF["callback-never"])
    answer = await portal.client.post(address_of(portal, reference), content=b" " * 65 * 1024)
    assert answer.status_code == 413
    assert await verdicts(portal) == []


@pytest.mark.covers("D29")
@pytest.mark.parametrize("opening, closing", [('{"Body":', "}"), ("[", "]")])
async def test_a_deeply_nested_callback_is_kept_unread_and_the_provider_is_asked_instead(
    portal: RunningPortal, opening: str, closing: str
) -> None:
    reference = await portal.pay(NUMBER_OF["callback-never"])
    await portal.hear()
    depth = 7_000
    body = opening * depth + "0" + closing * depth
    answer = await portal.client.post(address_of(portal, reference), content=body)
    assert answer.status_code == 200
    await portal.work()
    assert await verdicts(portal) == ["unreadable"]
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).state is State.COMPLETED
