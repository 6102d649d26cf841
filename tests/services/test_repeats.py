"""A request that the provider takes once, however often it is sent: a lost answer is fetched by sending it again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.domain.outcome import Accepted, Awaits, NotPaid, NotSent, Pending, Reason, Rejected, Unknown
from portal.domain.payment_state import State
from portal.store.writer import Store
from tests.makers import FakeClock
from tests.saved import CARD
from tests.services.cards import ASHA, PAGE, FakePages, begin, begin_with_saved, call, opened, paid, proof
from tests.services.desk import Desk, a_desk

LOST = Unknown(Reason.AMBIGUOUS, "ReadTimeout")
NEVER_LEFT = NotSent("ConnectError")
SILENT = [LOST] * 200


@pytest.fixture
async def desk(store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(store, clock, provider=FakePages()) as opened_desk:
        yield opened_desk


def closing(desk: Desk) -> FakePages:
    assert isinstance(desk.provider, FakePages)
    return desk.provider


@pytest.mark.covers("D07", "D14", "D46")
async def test_a_lost_answer_is_fetched_within_seconds_and_nobody_is_told_of_trouble(desk: Desk) -> None:
    desk.provider.will_answer(LOST, LOST, opened())
    reference = await begin(desk)
    assert (await desk.payment(reference)).state is State.SUBMITTING
    await desk.pass_time(seconds=8)
    payment = await desk.payment(reference)
    assert (payment.state, payment.page) == (State.AWAITING_CARD, PAGE.format(1))
    assert [push.reference for push in desk.provider.pushes] == [reference] * 3
    assert len({push.expires_at for push in desk.provider.pushes}) == 1
    assert "OutcomeUncertain" not in await desk.names(reference)


@pytest.mark.covers("D67")
async def test_a_request_that_never_left_in_all_its_tries_is_not_paid(desk: Desk) -> None:
    desk.provider.will_answer(*[NEVER_LEFT] * 9)
    reference = await begin(desk)
    await desk.pass_time(minutes=1)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.FAILED, Reason.PROVIDER_BUSY)
    assert len(desk.provider.pushes) == 4


@pytest.mark.parametrize("later", [NEVER_LEFT, Rejected(Reason.PAYEE_PROBLEM, "api_key_expired")])
async def test_what_comes_of_a_repetition_says_nothing_of_the_first_try(
    desk: Desk, later: NotSent | Rejected
) -> None:
    desk.provider.will_answer(LOST, *[later] * 200)
    reference = await begin(desk)
    await desk.pass_time(minutes=2)
    assert (await desk.payment(reference)).state is State.UNCERTAIN


async def test_a_provider_that_is_silent_for_minutes_still_brings_its_page(desk: Desk) -> None:
    desk.provider.will_answer(*[LOST] * 5, opened(1), opened(2))
    reference = await begin(desk)
    await desk.pass_time(seconds=25)
    assert (await desk.payment(reference)).state is State.UNCERTAIN
    await desk.pass_time(minutes=3)
    payment = await desk.payment(reference)
    assert (payment.state, payment.page) == (State.AWAITING_CARD, PAGE.format(1))
    sent = len(desk.provider.pushes)
    await desk.pass_time(hours=1)
    assert len(desk.provider.pushes) == sent
    await call(desk, proof(reference, paid()))
    assert (await desk.payment(reference)).state is State.COMPLETED


async def test_a_page_that_nobody_ever_had_lapses_with_its_time(desk: Desk) -> None:
    desk.provider.will_answer(*SILENT)
    reference = await begin(desk)
    await desk.pass_time(hours=22)
    assert (await desk.payment(reference)).state is State.UNCERTAIN
    await desk.pass_time(hours=2)
    assert (await desk.payment(reference)).state is State.EXPIRED
    assert desk.provider.checks == []


async def test_a_saved_card_that_may_have_been_charged_never_lapses(desk: Desk) -> None:
    desk.provider.will_answer(*SILENT)
    reference = await begin_with_saved(desk)
    await desk.pass_time(hours=25)
    payment = await desk.payment(reference)
    assert (payment.state, payment.by_saved_card) == (State.UNCERTAIN, True)
    assert {push.card for push in desk.provider.pushes} == {CARD.token}
    await call(desk, proof(reference, paid(), request_id=None))
    assert (await desk.payment(reference)).state is State.COMPLETED


async def test_a_saved_card_s_answer_is_fetched_and_ends_the_payment(desk: Desk) -> None:
    declined = NotPaid(Reason.INSUFFICIENT_FUNDS, "insufficient_funds")
    answer = Accepted("pi_1", awaits=Awaits.CARD, ended=declined)
    desk.provider.will_answer(LOST, LOST, answer)
    reference = await begin_with_saved(desk)
    await desk.pass_time(seconds=8)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.FAILED, Reason.INSUFFICIENT_FUNDS)
    assert "OutcomeUncertain" not in await desk.names(reference)


async def test_a_saved_card_whose_bank_takes_its_time_is_asked_about(desk: Desk) -> None:
    desk.provider.will_answer(Accepted("pi_1", awaits=Awaits.CARD))
    desk.provider.will_say(Pending("processing"), paid())
    reference = await begin_with_saved(desk)
    assert (await desk.payment(reference)).state is State.PROCESSING
    await desk.pass_time(minutes=2)
    assert (await desk.payment(reference)).state is State.COMPLETED


async def test_a_request_whose_sender_died_is_not_called_unsent_by_the_next(desk: Desk) -> None:
    desk.provider.will_answer(*[NEVER_LEFT] * 200)

    async def dies(_: object) -> None:
        raise SystemError

    desk.provider.on_push = dies
    with pytest.raises(SystemError):
        await begin(desk)
    desk.provider.on_push = None
    (reference,) = {push.reference for push in desk.provider.pushes}
    await desk.pass_time(minutes=5)
    assert (await desk.payment(reference)).state is State.UNCERTAIN


async def test_a_wish_to_cancel_is_tried_again_until_the_page_is_closed(desk: Desk) -> None:
    reference = await begin(desk)
    closing(desk).closing = [LOST, Pending("processing"), NotPaid(Reason.NO_RESPONSE, "expired")]
    await desk.portal.payments.cancel(ASHA, reference)
    payment = await desk.payment(reference)
    assert (payment.state, payment.cancel_wanted) == (State.AWAITING_CARD, True)
    await desk.pass_time(minutes=1)
    assert (await desk.payment(reference)).state is State.CANCELLED
    assert [asked.request_id for asked in closing(desk).called_off] == ["cs_1"] * 3


async def test_nobody_closes_the_page_of_a_payer_who_is_through_with_it(desk: Desk) -> None:
    reference = await begin(desk)
    closing(desk).closing = [LOST]
    await desk.portal.payments.cancel(ASHA, reference)
    await call(desk, proof(reference, paid()))
    await desk.pass_time(minutes=1)
    assert (await desk.payment(reference)).state is State.COMPLETED
    assert len(closing(desk).called_off) == 1
