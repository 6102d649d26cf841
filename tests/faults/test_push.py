"""The push itself: its answer lost, late or unreadable, the provider down or busy. It is never sent twice blindly."""

from __future__ import annotations

import asyncio

import pytest

from portal.domain.errors import PaymentInProgress
from portal.domain.outcome import Reason
from portal.domain.payment_state import State
from portal.sandbox.fates import NUMBER_OF
from tests.faults.callbacks import by_each_mpesa
from tests.faults.soundness import ending
from tests.makers import FakeClock, a_phone
from tests.portal import RunningPortal, playing
from tests.sandbox.running import FAST, basic

ASHA = a_phone().digits
GOOD = NUMBER_OF["approves"]


@by_each_mpesa
@pytest.mark.covers("D15", "D16")
@pytest.mark.parametrize("fate", ["answer-lost", "answer-html", "answer-truncated", "answer-foreign"])
async def test_a_push_whose_answer_was_lost_is_found_by_its_token(portal: RunningPortal, fate: str) -> None:
    reference = await portal.pay(NUMBER_OF[fate])
    assert (await portal.payment(reference)).request_id is None
    await portal.hear()
    paid = await portal.payment(reference)
    assert (paid.state, paid.late) == (State.COMPLETED, False)
    assert paid.request_id in portal.sandbox.world.network.prompts
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert await portal.sandbox.pushes() == 1


@by_each_mpesa
@pytest.mark.covers("D15", "D16")
@pytest.mark.parametrize("is_first", [True, False])
async def test_a_push_answered_after_the_time_out_is_paid_once(
    database_url: str, clock: FakeClock, mpesa: str, *, is_first: bool
) -> None:
    async with playing(database_url, clock, patience=0.5, held=FAST.slow_answer, mpesa=mpesa) as portal:
        pressing = asyncio.create_task(portal.pay(NUMBER_OF["answer-late"]))
        if is_first:  # the callback is worked on before our patience ends
            await portal.hear(callbacks=1)
        reference = await pressing
        assert (await portal.payment(reference)).state is (State.COMPLETED if is_first else State.UNCERTAIN)
        assert (await ending(portal, reference)).state is State.COMPLETED
        assert await portal.sandbox.pushes() == 1


@pytest.mark.covers("D07", "D14", "B10")
@pytest.mark.parametrize("answer", ["lost", "html", "unavailable", "redirected"])
async def test_a_push_of_which_nobody_knows_bars_the_bill_until_a_person_decides(
    portal: RunningPortal, answer: str
) -> None:
    await portal.sandbox.give_fate(ASHA, answer=answer, twists=["lost"])
    reference = await portal.pay(ASHA)
    assert (await portal.payment(reference)).state is State.UNCERTAIN
    with pytest.raises(PaymentInProgress):
        await portal.pay(GOOD)
    await portal.pass_time(minutes=16)
    assert [listed.payment.reference for listed in await portal.portal.views.for_the_office()] == [reference]
    assert (await ending(portal, reference)).state is State.UNCERTAIN
    assert await portal.sandbox.pushes() == 1


@pytest.mark.covers("D06", "A24")
async def test_a_push_that_is_refused_fails_at_once_and_may_be_tried_again(portal: RunningPortal) -> None:
    refused = await portal.pay(NUMBER_OF["busy"])
    failed = await portal.payment(refused)
    assert (failed.state, failed.reason, failed.code) == (State.FAILED, Reason.PROVIDER_BUSY, "500.003.02")
    assert (await ending(portal, await portal.pay(GOOD))).state is State.COMPLETED
    assert (await portal.payment(refused)).state is State.FAILED


@pytest.mark.covers("D14")
@pytest.mark.parametrize("has_token", [True, False])
async def test_a_provider_that_is_down_and_then_up_receives_exactly_one_push(
    portal: RunningPortal, *, has_token: bool
) -> None:
    if has_token:
        await portal.pay(NUMBER_OF["busy"])
    await portal.sandbox.line.down()
    reference = await portal.pay(GOOD)
    await portal.pass_time(seconds=3)
    assert (await portal.payment(reference)).state is State.SUBMITTING
    await portal.sandbox.line.up()
    received = await portal.sandbox.pushes()
    await portal.pass_time(seconds=10)
    assert await portal.sandbox.pushes() == received + 1
    assert (await ending(portal, reference)).state is State.COMPLETED


@by_each_mpesa
@pytest.mark.covers("D14")
async def test_a_provider_that_gives_no_token_has_received_no_push(portal: RunningPortal) -> None:
    await portal.sandbox.switch(down=True)
    reference = await portal.pay(GOOD)
    await portal.sandbox.switch(down=False)
    await portal.pass_time(seconds=2)
    assert await portal.sandbox.pushes() == 1
    assert (await ending(portal, reference)).state is State.COMPLETED


@by_each_mpesa
@pytest.mark.covers("D06", "D65")
async def test_after_three_retries_the_payer_may_choose_another_way(portal: RunningPortal) -> None:
    await portal.sandbox.line.down()
    reference = await portal.pay(GOOD)
    await portal.pass_time(seconds=20)
    assert (await portal.payment(reference)).state is State.SUBMITTING
    await portal.pass_time(seconds=10)
    failed = await portal.payment(reference)
    assert (failed.state, failed.reason) == (State.FAILED, Reason.PROVIDER_BUSY)
    await portal.sandbox.line.up()
    assert await portal.sandbox.pushes() == 0
    assert (await ending(portal, await portal.pay(GOOD))).state is State.COMPLETED


@pytest.mark.covers("D66")
@pytest.mark.parametrize("ends", ["in time", "too early"])
async def test_a_token_that_ends_in_the_middle_is_renewed_and_one_push_accepted(
    portal: RunningPortal, ends: str
) -> None:
    await portal.pay(NUMBER_OF["busy"])
    if ends == "in time":
        await portal.pass_time(seconds=FAST.daraja.token_lifetime)
    else:
        portal.sandbox.daraja.tokens.issue(basic(FAST), "client_credentials")
    reference = await portal.pay(GOOD)
    portal.sandbox.daraja.tokens.issue(basic(FAST), "client_credentials")  # and once more before the query
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert len(portal.sandbox.world.network.prompts) == 1
