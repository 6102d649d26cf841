"""Sending the prompt: once, and again only where it provably never left."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from structlog.testing import capture_logs

from portal.domain.errors import NotFound
from portal.domain.outcome import Accepted, NotSent, Pending, Reason, Rejected, Unknown
from portal.domain.payment_state import State
from portal.providers.provider import Instruction
from portal.services.orders import place
from portal.services.pushes import Pushes
from portal.services.settlement import Settlement
from portal.store import jobs
from portal.store.jobs import Job
from portal.store.types import Tx
from tests.fakes import TroubledStore
from tests.makers import NOW, FakeClock
from tests.services.desk import PAID, RENT, STRANGE_PHONE, Desk

REFUSED = NotSent("ConnectError")


@pytest.mark.covers("S42")
async def test_an_accepted_push_waits_for_the_payer(desk: Desk) -> None:
    reference = await desk.start()
    assert await desk.names(reference) == ["PaymentInitiated", "PushRequested", "PushAccepted"]
    assert (await desk.payment(reference)).provider_reference == "merchant-1"
    assert await desk.job_kinds() == ["ask"]


async def test_a_rejected_push_is_a_failed_payment_with_its_reason(desk: Desk) -> None:
    desk.provider.will_answer(Rejected(Reason.SESSION_BUSY, "500.001.1001"))
    payment = await desk.payment(await desk.start())
    assert (payment.state, payment.reason, payment.code) == (
        State.FAILED,
        Reason.SESSION_BUSY,
        "500.001.1001",
    )
    assert await desk.job_kinds() == ["tell"]


@pytest.mark.covers("D07", "D14", "B10")
async def test_a_push_without_an_answer_is_uncertain_and_never_sent_again(
    desk: Desk, clock: FakeClock
) -> None:
    desk.provider.will_answer(Unknown(Reason.AMBIGUOUS, "ReadTimeout"))
    reference = await desk.start()
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.UNCERTAIN, Reason.AMBIGUOUS)
    await desk.pass_time(days=31)
    assert len(desk.provider.pushes) == 1
    assert desk.provider.checks == []
    assert (await desk.payment(reference)).state is State.UNCERTAIN


async def test_an_answer_that_no_document_names_is_logged_and_left_open(desk: Desk) -> None:
    desk.provider.will_answer(Unknown(Reason.UNKNOWN_ERROR, "500.003.1001", mapped=False))
    with capture_logs() as logs:
        reference = await desk.start()
    assert (await desk.payment(reference)).state is State.UNCERTAIN
    (line,) = [line for line in logs if line["event"] == "outcome_unmapped"]
    assert (line["payment"], line["operation"], line["code"]) == (reference, "start", "500.003.1001")


@pytest.mark.covers("D14", "D65", "S70")
async def test_a_push_that_never_left_is_sent_after_1_5_and_15_seconds_and_then_given_up(desk: Desk) -> None:
    desk.provider.will_answer(REFUSED, REFUSED, REFUSED, REFUSED)
    tried_at: list[timedelta] = []

    async def note(_: Instruction) -> None:
        tried_at.append(desk.clock.now - NOW)

    desk.provider.on_push = note
    with capture_logs() as logs:
        reference = await desk.start()
        await desk.pass_time(minutes=2)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason, payment.code) == (
        State.FAILED,
        Reason.PROVIDER_BUSY,
        "ConnectError",
    )
    waits = [later - earlier for earlier, later in pairwise(tried_at)]
    for wait, seconds in zip(waits, (1, 5, 15), strict=True):
        assert timedelta(seconds=seconds) <= wait < timedelta(seconds=seconds * 1.2)
    assert _retries(logs) == [("retry", reference, "start", attempt) for attempt in (1, 2, 3)] + [
        ("retry_gave_up", reference, "start", 4)
    ]


def _retries(logs: Any) -> list[tuple[str, str, str, int]]:
    lines = [line for line in logs if line["event"].startswith("retry")]
    return [(line["event"], line["payment"], line["operation"], line["attempt"]) for line in lines]


@pytest.mark.covers("D14")
async def test_a_push_that_never_left_is_accepted_when_the_provider_is_back(desk: Desk) -> None:
    desk.provider.will_answer(REFUSED, REFUSED)
    reference = await desk.start()
    assert (await desk.payment(reference)).state is State.SUBMITTING
    await desk.pass_time(seconds=10)
    assert (await desk.payment(reference)).state is State.AWAITING_PAYER
    assert len(desk.provider.pushes) == 3
    assert len({push.callback_url for push in desk.provider.pushes}) == 1
    await desk.pass_time(minutes=2)
    assert len(desk.provider.pushes) == 3


@pytest.mark.covers("D14")
async def test_a_second_try_whose_answer_is_lost_is_not_followed_by_a_third(desk: Desk) -> None:
    desk.provider.will_answer(REFUSED, Unknown(Reason.AMBIGUOUS, "ReadTimeout"))
    reference = await desk.start()
    await desk.pass_time(minutes=5)
    assert (await desk.payment(reference)).state is State.UNCERTAIN
    assert len(desk.provider.pushes) == 2


@pytest.mark.covers("D14", "D15")
async def test_after_a_crash_between_commit_and_answer_the_worker_asks_nobody_to_pay_again(
    desk: Desk,
) -> None:
    desk.provider.will_answer(RuntimeError("the process dies here"))
    order = desk.order()
    with pytest.raises(RuntimeError):
        await desk.portal.payments.start(order)
    reference = await desk.portal.payments.start(order)
    assert (await desk.payment(reference)).state is State.SUBMITTING
    await desk.pass_time(seconds=89)
    assert (await desk.payment(reference)).state is State.SUBMITTING
    await desk.pass_time(seconds=1)
    payment = await desk.payment(reference)
    assert (payment.state, payment.code) == (State.UNCERTAIN, "the push was cut off")
    assert len(desk.provider.pushes) == 1


@pytest.mark.covers("D14", "D15")
async def test_a_retry_that_breaks_after_the_call_is_not_sent_again(desk: Desk) -> None:
    """Its job stood as safe to repeat: what breaks once the call is made must not bring that back."""
    desk.provider.will_answer(REFUSED, RuntimeError("the disk is full"))
    reference = await desk.start()
    await desk.pass_time(minutes=5)
    assert len(desk.provider.pushes) == 2
    assert (await desk.payment(reference)).state is State.UNCERTAIN


async def test_a_push_that_the_worker_gave_up_may_still_be_answered(desk: Desk) -> None:
    """The call took longer than anybody waits: its id is still worth having, and the payment can be asked about."""

    async def take_long(_: Instruction) -> None:
        await desk.pass_time(seconds=90)

    desk.provider.on_push = take_long
    reference = await desk.start()
    payment = await desk.payment(reference)
    assert (payment.state, payment.request_id) == (State.UNCERTAIN, "request-1")
    desk.provider.will_say(PAID)
    assert (await desk.ask(reference)).state is State.COMPLETED


async def test_a_push_job_of_a_payment_that_has_moved_on_is_just_done(desk: Desk) -> None:
    reference = await desk.start()

    def leave(tx: Tx) -> None:
        jobs.put(tx, "push", reference, desk.clock.now, payment=reference, tries=1, safe=True)

    await desk.store.write(leave)
    await desk.work()
    assert len(desk.provider.pushes) == 1
    assert (await desk.payment(reference)).state is State.AWAITING_PAYER
    assert "push" not in await desk.job_kinds()


@pytest.mark.covers("D16")
async def test_a_callback_that_overtakes_the_answer_settles_the_payment_once(desk: Desk) -> None:
    async def call_back(instruction: Instruction) -> None:
        desk.provider.will_say(PAID)
        await desk.hear(instruction.reference)

    desk.provider.on_push = call_back
    reference = await desk.start()
    payment = await desk.payment(reference)
    assert (payment.state, payment.request_id) == (State.COMPLETED, "request-1")
    names = await desk.names(reference)
    assert names.count("PaymentCompleted") == 1
    assert "PushAccepted" not in names
    assert "push" not in await desk.job_kinds()


async def test_a_lost_answer_after_a_callback_changes_nothing(desk: Desk) -> None:
    async def call_back(instruction: Instruction) -> None:
        await desk.hear(instruction.reference)

    desk.provider.on_push = call_back
    desk.provider.will_answer(Unknown(Reason.AMBIGUOUS, "ReadTimeout"))
    assert (await desk.payment(await desk.start())).state is State.PROCESSING


async def test_a_refusal_after_a_callback_changes_nothing(desk: Desk) -> None:
    async def call_back(instruction: Instruction) -> None:
        await desk.hear(instruction.reference)

    desk.provider.on_push = call_back
    desk.provider.will_answer(Rejected(Reason.PAYEE_PROBLEM, "400.002.02"))
    assert (await desk.payment(await desk.start())).state is State.PROCESSING


@pytest.mark.covers("D09")
async def test_a_request_id_that_belongs_to_another_payment_proves_nothing(desk: Desk) -> None:
    await desk.add_bill()
    await desk.start()
    desk.provider.will_answer(Accepted("request-1"))
    second = await desk.start(bill=RENT, phone=STRANGE_PHONE, agreed=True)
    payment = await desk.payment(second)
    assert (payment.state, payment.request_id, payment.code) == (
        State.UNCERTAIN,
        None,
        "request id of another payment",
    )


async def test_a_browser_that_goes_away_does_not_stop_the_push(desk: Desk) -> None:
    reached, let_go = asyncio.Event(), asyncio.Event()

    async def hold(_: Instruction) -> None:
        reached.set()
        await let_go.wait()

    desk.provider.on_push = hold
    order = desk.order()
    before = asyncio.all_tasks()
    pressing = asyncio.create_task(desk.portal.payments.start(order))
    await reached.wait()
    pressing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pressing
    pushing = asyncio.all_tasks() - before - {pressing}
    let_go.set()
    await asyncio.gather(*pushing)
    reference = await desk.portal.payments.start(order)
    assert (await desk.payment(reference)).state is State.AWAITING_PAYER


async def test_a_push_for_no_payment_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.portal.payments.pushes.send("7K29QXM4AB1C")


@pytest.mark.covers("D15")
async def test_two_workers_with_one_push_job_send_it_once(each_desk: Desk) -> None:
    each_desk.provider.will_answer(REFUSED)
    await each_desk.start()
    each_desk.clock.advance(seconds=2)

    def take(tx: Tx) -> list[Job]:
        return jobs.take(tx, each_desk.clock.now, timedelta(minutes=2), 5)

    (job,) = [job for job in await each_desk.store.write(take) if job.kind == "push"]
    resume = each_desk.portal.payments.pushes.resume
    await asyncio.gather(resume(job), resume(job))
    assert len(each_desk.provider.pushes) == 2


@pytest.mark.covers("D15")
@pytest.mark.parametrize("times", [1, 3])
async def test_an_answer_is_written_down_when_the_database_is_back(desk: Desk, times: int) -> None:
    pushes, slept = troubled_pushes(desk, times)
    reference = await placed(desk)
    await pushes.send(reference)
    assert (await desk.payment(reference)).request_id == "request-1"
    assert slept == [1, 5, 15][:times]
    assert len(desk.provider.pushes) == 1


@pytest.mark.covers("D15", "D14")
async def test_an_answer_that_cannot_be_written_down_leaves_the_push_uncertain(desk: Desk) -> None:
    pushes, _ = troubled_pushes(desk, 4)
    reference = await placed(desk)
    with capture_logs() as logs, pytest.raises(OSError, match="away"):
        await pushes.send(reference)
    assert [line["event"] for line in logs].count("push_not_recorded") == 3
    assert "request-1" in [line.get("request_id") for line in logs]
    await desk.pass_time(seconds=90)
    assert (await desk.payment(reference)).state is State.UNCERTAIN
    assert len(desk.provider.pushes) == 1


async def placed(desk: Desk) -> str:
    """A payment that stands, and whose push has not been sent."""
    tools, registry, order = desk.portal.tools, desk.portal.registry, desk.order()
    return (await desk.store.write(lambda tx: place(tx, tools, registry, order))).reference


def troubled_pushes(desk: Desk, times: int) -> tuple[Pushes, list[float]]:
    """Pushes whose database is away so often once the provider has answered, and how long they waited for it."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def go_away(_: Instruction) -> None:
        store.away = times

    store = TroubledStore(desk.store)
    desk.provider.on_push = go_away
    tools = replace(desk.portal.tools, store=store, sleep=sleep)
    registry = desk.portal.registry
    return Pushes(tools, registry, Settlement(tools, registry)), slept


async def test_a_proof_that_nothing_left_undoes_a_push_that_was_given_up(desk: Desk) -> None:
    """The call took longer than anybody waits, and then it turns out that it never left."""

    async def take_long(_: Instruction) -> None:
        await desk.pass_time(seconds=90)

    desk.provider.on_push = take_long
    desk.provider.will_answer(REFUSED)
    payment = await desk.payment(await desk.start())
    assert (payment.state, payment.reason) == (State.FAILED, Reason.PROVIDER_BUSY)


async def test_a_provider_that_refuses_our_account_raises_an_alarm(desk: Desk) -> None:
    desk.provider.will_answer(Rejected(Reason.PAYEE_PROBLEM, "400.002.02"))
    with capture_logs() as logs:
        await desk.start()
    assert "provider_refuses_us" in [line["event"] for line in logs]


async def test_an_answer_that_names_the_request_of_another_payment_settles_nothing(desk: Desk) -> None:
    await desk.start()
    await desk.add_bill()
    desk.provider.will_answer(Accepted("request-1", ended=PAID))
    reference = await desk.start(bill=RENT, phone=STRANGE_PHONE, agreed=True)
    payment = await desk.payment(reference)
    assert (payment.state, payment.receipt, payment.code) == (
        State.UNCERTAIN,
        None,
        "request id of another payment",
    )


async def test_an_answer_that_names_another_request_than_the_callback_did_settles_nothing(desk: Desk) -> None:
    async def callback_comes_first(instruction: Instruction) -> None:
        desk.provider.will_say(Pending())
        await desk.hear(instruction.reference, PAID, request_id="request-7")

    desk.provider.on_push = callback_comes_first
    desk.provider.will_answer(Accepted("request-1", ended=PAID))
    with capture_logs() as logs:
        payment = await desk.payment(await desk.start())
    assert (payment.state, payment.request_id) == (State.PROCESSING, "request-7")
    assert "answer_of_another_request" in [line["event"] for line in logs]


async def test_a_worker_goes_on_while_a_payer_thinks(desk: Desk) -> None:
    answered = asyncio.Event()

    async def thinks(_: Instruction) -> None:
        await answered.wait()

    async def at_once(_: float) -> None:
        return None

    desk.provider.will_answer(REFUSED, Accepted("request-2", ended=PAID))
    reference = await desk.start()
    desk.provider.on_push = thinks
    desk.clock.advance(seconds=2)
    tools = replace(desk.portal.tools, sleep=at_once)
    pushes = Pushes(tools, desk.portal.registry, Settlement(tools, desk.portal.registry))
    (job,) = await desk.store.write(lambda tx: jobs.take(tx, desk.clock(), timedelta(minutes=2), 1))
    await pushes.resume(job)
    assert (await desk.payment(reference)).state is State.SUBMITTING
    answered.set()
    await pushes.close()
    assert (await desk.payment(reference)).state is State.COMPLETED


async def test_a_push_that_breaks_when_nobody_waits_any_more_is_told(desk: Desk) -> None:
    broken = asyncio.Event()

    async def breaks(_: Instruction) -> None:
        await broken.wait()
        raise RuntimeError("no provider raises")

    async def at_once(_: float) -> None:
        return None

    tools = replace(desk.portal.tools, sleep=at_once)
    pushes = Pushes(tools, desk.portal.registry, Settlement(tools, desk.portal.registry))
    placed = await desk.store.write(lambda tx: place(tx, tools, desk.portal.registry, desk.order()))
    desk.provider.on_push = breaks
    await pushes.begin(placed.reference)
    broken.set()
    with capture_logs() as logs:
        await pushes.close()
        await asyncio.sleep(0)
        await pushes.close()  # and now there is nothing to wait for
    assert [line["error"] for line in logs if line["event"] == "push_broke"] == [
        "RuntimeError('no provider raises')"
    ]
