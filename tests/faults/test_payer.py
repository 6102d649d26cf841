"""What the payer does, and what nobody does: each is written down as what it is, and said so."""

from __future__ import annotations

import pytest

from portal.domain.errors import AlreadyPaid
from portal.domain.outcome import Reason
from portal.domain.payment_state import State
from portal.sandbox.fates import NUMBER_OF
from portal.sandbox.results import NO_ANSWER
from portal.store.receipts import newest_file
from tests.faults.callbacks import by_each_mpesa
from tests.faults.soundness import ending
from tests.makers import FakeClock, a_person, a_phone
from tests.portal import RunningPortal, playing
from tests.sandbox.running import FAST, until

ASHA = a_phone().digits


@by_each_mpesa
@pytest.mark.covers("D02", "D12", "D19", "P1", "P2")
async def test_an_approval_is_paid_with_fees_receipted_and_told(portal: RunningPortal) -> None:
    reference = await portal.pay(NUMBER_OF["approves"])
    assert (await portal.payment(reference)).state is State.AWAITING_PAYER
    await portal.hear()
    paid = await portal.payment(reference)
    (movement,) = await portal.sandbox.book()
    assert paid.state is State.COMPLETED
    assert (paid.received, paid.receipt_code) == (paid.total, movement["receipt"])
    assert movement["amount"] == 453_500
    assert movement["account_reference"] == reference
    assert await portal.portal.store.read(lambda tx: newest_file(tx, reference))
    assert (await ending(portal, reference)).state is State.COMPLETED


async def test_a_person_approves_on_the_phone(portal_with_people: RunningPortal) -> None:
    portal = portal_with_people
    reference = await portal.pay(ASHA)
    await portal.sandbox.prompt_on(ASHA)
    await portal.sandbox.press(ASHA, "approve")
    await portal.hear(callbacks=1)
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("P2")
@pytest.mark.parametrize(
    "fate, reason",
    [
        ("cancels", Reason.CANCELLED_OR_TIMED_OUT),
        ("wrong-pin", Reason.WRONG_PIN),
        ("no-balance", Reason.INSUFFICIENT_FUNDS),
        ("unreachable", Reason.NO_RESPONSE),
        ("nobody-answers", Reason.NO_RESPONSE),
        ("expired", Reason.NO_RESPONSE),
        ("pin-locked", Reason.PIN_LOCKED),
    ],
)
async def test_a_definitive_no_fails_with_its_reason_and_takes_nothing(
    portal: RunningPortal, fate: str, reason: Reason
) -> None:
    reference = await portal.pay(NUMBER_OF[fate])
    await portal.hear()
    failed = await portal.payment(reference)
    assert (failed.state, failed.reason) == (State.FAILED, reason)
    assert await portal.sandbox.book() == []
    assert (await ending(portal, reference)).state is State.FAILED


@pytest.mark.covers("A24")
async def test_after_a_failure_the_same_bill_can_be_paid(portal: RunningPortal) -> None:
    failed = await portal.pay(NUMBER_OF["wrong-pin"])
    await portal.hear()
    paid = await portal.pay(NUMBER_OF["approves"])
    assert (await ending(portal, paid)).state is State.COMPLETED
    assert (await portal.payment(failed)).state is State.FAILED


@pytest.mark.covers("D07", "B10")
async def test_a_code_that_no_document_names_leaves_the_outcome_uncertain(portal: RunningPortal) -> None:
    reference = await portal.pay(NUMBER_OF["undocumented"])
    await portal.hear()
    assert (await portal.payment(reference)).state is State.PROCESSING
    await portal.pass_time(minutes=6)
    unsure = await portal.payment(reference)
    assert (unsure.state, unsure.reason, unsure.code) == (State.UNCERTAIN, Reason.UNKNOWN_ERROR, "7777")
    await portal.pass_time(minutes=16)
    assert [listed.payment.reference for listed in await portal.portal.views.for_the_office()] == [reference]
    assert (await ending(portal, reference)).state is State.UNCERTAIN


@pytest.mark.covers("D39", "A22")
async def test_a_prompt_that_nobody_answers_expires_only_when_the_provider_says_unpaid(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    reference = await portal.pay(ASHA)
    await portal.pass_time(minutes=6)
    assert (await portal.payment(reference)).state is State.UNCERTAIN  # the prompt still stands on the phone
    prompt = portal.sandbox.world.network.live_prompt(ASHA)
    assert prompt
    portal.sandbox.world.network.act(prompt, NO_ANSWER)
    await portal.hear(callbacks=1)
    assert (await portal.payment(reference)).state is State.EXPIRED
    assert (await ending(portal, reference)).state is State.EXPIRED


@by_each_mpesa
@pytest.mark.covers("B11")
async def test_an_approval_after_a_failure_is_recorded_as_late_receipted_and_told(
    database_url: str, clock: FakeClock, mpesa: str
) -> None:
    async with playing(database_url, clock, held=FAST.late_after, mpesa=mpesa) as portal:
        reference = await portal.pay(NUMBER_OF["failed-then-paid"])
        await portal.hear(callbacks=1)
        assert (await portal.payment(reference)).state is State.FAILED
        portal.let_go()
        await portal.hear()
        late = await portal.payment(reference)
        assert (late.state, late.late) == (State.COMPLETED, True)
        assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D41")
async def test_a_payer_who_cancels_here_is_cancelled_only_by_the_provider(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    reference = await portal.pay(ASHA)
    await portal.portal.payments.cancel(a_person(), reference)
    assert (await portal.payment(reference)).state is State.AWAITING_PAYER
    await portal.sandbox.press(ASHA, "cancel")
    await portal.hear(callbacks=1)
    assert (await portal.payment(reference)).state is State.CANCELLED
    assert (await ending(portal, reference)).state is State.CANCELLED


@pytest.mark.covers("D41", "B11")
async def test_a_payer_who_cancels_here_and_approves_there_has_paid(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    reference = await portal.pay(ASHA)
    await portal.portal.payments.cancel(a_person(), reference)
    await portal.sandbox.press(ASHA, "approve")
    await portal.hear(callbacks=1)
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("B8", "D14")
async def test_before_another_prompt_the_provider_is_asked_about_the_last(portal: RunningPortal) -> None:
    first = await portal.pay(NUMBER_OF["unreachable"])
    await portal.hear()
    asked = await portal.questions()
    second = await portal.pay(NUMBER_OF["approves"])
    assert await portal.questions() == asked + 1
    assert (await ending(portal, second)).state is State.COMPLETED
    assert (await portal.payment(first)).state is State.FAILED


@pytest.mark.covers("B8", "B11", "D14")
async def test_no_second_prompt_is_sent_where_the_last_was_paid_late_and_silently(
    database_url: str, clock: FakeClock
) -> None:
    async with playing(database_url, clock, held=FAST.late_after) as portal:
        await portal.sandbox.give_fate(ASHA, when="after-expiry", twists=["lost"])
        first = await portal.pay(ASHA)
        (prompt,) = portal.sandbox.world.network.prompts.values()
        await until(lambda: prompt.result == NO_ANSWER)
        await portal.pass_time(seconds=6)
        assert (await portal.payment(first)).state is State.FAILED
        portal.let_go()
        await portal.hear()
        with pytest.raises(AlreadyPaid):
            await portal.pay(NUMBER_OF["approves"])
        assert await portal.sandbox.pushes() == 1
        late = await ending(portal, first)
        assert (late.state, late.late) == (State.COMPLETED, True)
