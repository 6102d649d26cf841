"""Asking the provider about the silent: when, how long, and what its answer does to a payment."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from portal.domain.errors import AlreadyPaid, MethodUnavailable, NotFound
from portal.domain.outcome import NotPaid, NotSent, Outcome, Pending, Reason, Unknown
from portal.domain.payment_state import State
from portal.providers.provider import Capabilities, Inquiry
from portal.store.writer import Store
from tests.fakes import FakeProvider
from tests.makers import NOW, FakeClock, a_person
from tests.services.desk import (
    CLOSED,
    NO_RESPONSE,
    PAID,
    WRONG_PIN,
    Desk,
    a_desk,
)

SILENT = Unknown(Reason.AMBIGUOUS, "ReadTimeout")
MINUTE, HOUR, DAY = 60, 3_600, 86_400


class Diary:
    """When the provider was asked, in seconds after the start."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.times = desk, list[float]()
        self._check = desk.provider.check
        desk.provider.check = self._noted  # type: ignore[method-assign]

    async def _noted(self, inquiry: Inquiry) -> Outcome:
        self.times.append((self.desk.clock.now - NOW).total_seconds())
        return await self._check(inquiry)


@pytest.mark.covers("B12")
async def test_the_silent_are_asked_about_for_thirty_days(desk: Desk) -> None:
    diary = Diary(desk)
    with capture_logs() as logs:
        await desk.start()
        await desk.pass_time(days=40)
    assert diary.times == [
        *(5, 15, 30, 60, 120),
        *range(5 * MINUTE, HOUR + 1, 5 * MINUTE),
        *range(2 * HOUR, DAY + 1, HOUR),
        *range(2 * DAY, 30 * DAY + 1, DAY),
    ]
    assert [line["operation"] for line in logs if line["event"] == "gave_up_asking"] == ["check"]
    assert await desk.job_kinds() == []


@pytest.mark.covers("D39", "A22")
async def test_a_payment_that_is_still_pending_at_its_end_is_uncertain_not_failed(desk: Desk) -> None:
    reference = await desk.start()
    await desk.pass_time(seconds=299)
    assert (await desk.payment(reference)).state is State.AWAITING_PAYER
    await desk.pass_time(seconds=1)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason, payment.code) == (
        State.UNCERTAIN,
        Reason.AMBIGUOUS,
        "still pending",
    )


@pytest.mark.covers("D07", "B10")
@pytest.mark.parametrize(
    "answer, reason",
    [(SILENT, Reason.AMBIGUOUS), (Unknown(Reason.UNKNOWN_ERROR, "7777", mapped=False), Reason.UNKNOWN_ERROR)],
)
async def test_a_prompt_is_uncertain_and_the_payer_told_when_its_time_is_over_and_not_before(
    desk: Desk, answer: Unknown, reason: Reason
) -> None:
    reference = await desk.start()
    desk.provider.will_say(answer)
    await desk.pass_time(seconds=299)
    assert (await desk.payment(reference)).state is State.AWAITING_PAYER
    assert desk.sink.letters == []
    await desk.pass_time(seconds=1)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.UNCERTAIN, reason)
    assert len(desk.sink.letters) == 1


@pytest.mark.covers("D39", "A22", "D40")
async def test_a_payment_expires_only_when_the_provider_says_that_it_is_unpaid(desk: Desk) -> None:
    reference = await desk.start()
    await desk.pass_time(seconds=299)
    desk.provider.will_say(NO_RESPONSE)
    await desk.pass_time(seconds=1)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason, payment.code) == (State.EXPIRED, None, "1037")


async def test_a_definite_reason_at_the_end_is_told_as_it_is(desk: Desk) -> None:
    reference = await desk.start()
    await desk.pass_time(seconds=299)
    desk.provider.will_say(WRONG_PIN)
    await desk.pass_time(seconds=1)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.FAILED, Reason.WRONG_PIN)


@pytest.mark.covers("D65", "S70", "D07")
async def test_trouble_while_asking_is_asked_again_after_1_5_and_15_seconds(desk: Desk) -> None:
    diary = Diary(desk)
    desk.provider.will_say(SILENT)
    with capture_logs() as logs:
        reference = await desk.start()
        await desk.pass_time(minutes=3)
    waits = [later - earlier for earlier, later in pairwise(diary.times)]
    assert diary.times[0] == 5
    assert 1 <= waits[0] < 1.2
    assert 5 <= waits[1] < 6
    # The third would come after fifteen seconds; the schedule's own question is sooner, and then goes on.
    assert diary.times[3:] == [15, 30, 60, 120]
    assert (await desk.payment(reference)).state is State.AWAITING_PAYER
    assert [
        (line["payment"], line["operation"], line["attempt"]) for line in logs if line["event"] == "retry"
    ] == [(reference, "check", attempt) for attempt in (1, 2, 3)]


@pytest.mark.covers("D65")
async def test_late_trouble_is_asked_again_after_all_three_waits(desk: Desk) -> None:
    diary = Diary(desk)
    reference = await desk.start()
    await desk.pass_time(minutes=14)
    desk.provider.will_say(SILENT)
    await desk.pass_time(minutes=7)
    asked = diary.times[diary.times.index(15 * MINUTE) :]
    waits = [later - earlier for earlier, later in pairwise(asked)]
    for wait, least in zip(waits, (1, 5, 15), strict=False):
        assert least <= wait < least * 1.2
    assert len(asked) == 5
    assert (await desk.payment(reference)).state is State.UNCERTAIN


async def test_an_answer_gives_the_next_trouble_its_three_tries_again(desk: Desk) -> None:
    diary = Diary(desk)
    await desk.start()
    await desk.pass_time(minutes=9)
    for _ in range(2):
        desk.provider.will_say(SILENT, SILENT, SILENT, SILENT, Pending())
        await desk.pass_time(minutes=10)
    assert len([time for time in diary.times if time > 9 * MINUTE]) == 2 * (3 + 2)


@pytest.mark.covers("D06", "D07")
async def test_a_payment_is_never_failed_by_silence(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(SILENT)
    await desk.pass_time(days=31)
    assert (await desk.payment(reference)).state is State.UNCERTAIN


@pytest.mark.covers("B12", "D07")
async def test_silence_that_ends_with_money_is_a_payment_like_any_other(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(SILENT)
    await desk.pass_time(hours=3)
    desk.provider.will_say(PAID)
    await desk.pass_time(hours=1)
    payment = await desk.payment(reference)
    assert (payment.state, payment.late) == (State.COMPLETED, False)
    assert (await desk.bill()).rest.minor == 0


async def test_a_code_that_no_document_names_is_logged_and_asked_about_again(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(Unknown(Reason.UNKNOWN_ERROR, "7777", mapped=False), PAID)
    with capture_logs() as logs:
        await desk.pass_time(seconds=30)
    assert (await desk.payment(reference)).state is State.COMPLETED
    (line,) = [line for line in logs if line["event"] == "outcome_unmapped"]
    assert (line["payment"], line["operation"], line["code"]) == (reference, "check", "7777")


async def test_a_question_that_breaks_is_asked_again(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(RuntimeError("a fault of ours"), PAID)
    await desk.pass_time(seconds=10)
    assert (await desk.payment(reference)).state is State.COMPLETED


async def test_a_provider_that_asks_to_wait_is_left_alone_that_long(
    sqlite_store: Store, clock: FakeClock
) -> None:
    patient = FakeProvider(capabilities=Capabilities(earliest_ask=timedelta(minutes=3)))
    async with a_desk(sqlite_store, clock, provider=patient) as desk:
        diary = Diary(desk)
        await desk.start()
        await desk.pass_time(minutes=9, seconds=59)
    assert diary.times == [180, 300]


@pytest.mark.covers("B11")
@pytest.mark.parametrize("ended", [NO_RESPONSE, CLOSED])
async def test_a_prompt_that_nobody_answered_is_watched_for_an_hour(desk: Desk, ended: NotPaid) -> None:
    reference = await desk.start_and_settle(ended)
    assert (await desk.payment(reference)).state is State.FAILED
    await desk.pass_time(minutes=40)
    desk.provider.will_say(PAID)
    await desk.pass_time(minutes=10)
    payment = await desk.payment(reference)
    assert (payment.state, payment.late) == (State.COMPLETED, True)
    assert (await desk.names(reference)).count("LateSuccessReceived") == 1


async def test_after_the_hour_nobody_asks_any_more(desk: Desk) -> None:
    await desk.start_and_settle(NO_RESPONSE)
    await desk.pass_time(hours=2)
    asked = len(desk.provider.checks)
    await desk.pass_time(days=2)
    assert len(desk.provider.checks) == asked
    assert "ask" not in await desk.job_kinds()


async def test_what_ended_for_good_is_not_asked_about(desk: Desk) -> None:
    await desk.start_and_settle(WRONG_PIN)
    await desk.pass_time(days=1)
    assert len(desk.provider.checks) == 1


@pytest.mark.covers("B8", "D14")
async def test_before_another_prompt_goes_out_the_last_one_is_asked_about(desk: Desk) -> None:
    await desk.start_and_settle(NO_RESPONSE)
    asked = len(desk.provider.checks)
    await desk.start()
    assert len(desk.provider.checks) == asked + 1
    assert len(desk.provider.pushes) == 2


@pytest.mark.covers("B8", "D14", "B11")
async def test_no_second_prompt_goes_out_for_what_was_paid_late(desk: Desk) -> None:
    reference = await desk.start_and_settle(NO_RESPONSE)
    desk.provider.will_say(PAID)
    with pytest.raises(AlreadyPaid):
        await desk.start()
    assert (await desk.payment(reference)).state is State.COMPLETED
    assert len(desk.provider.pushes) == 1


@pytest.mark.covers("B8", "D14")
@pytest.mark.parametrize("answer", [SILENT, Pending("500.001.1001")])
async def test_no_second_prompt_goes_out_without_the_provider_s_word(desk: Desk, answer: Outcome) -> None:
    reference = await desk.start_and_settle(NO_RESPONSE)
    desk.provider.will_say(answer)
    with pytest.raises(MethodUnavailable):
        await desk.start()
    assert (await desk.payment(reference)).state is State.FAILED
    assert len(desk.provider.pushes) == 1


async def test_an_attempt_of_long_ago_is_not_asked_about(desk: Desk, clock: FakeClock) -> None:
    await desk.start_and_settle(NO_RESPONSE)
    clock.advance(days=3)
    desk.provider.will_say(SILENT)
    await desk.start()
    assert len(desk.provider.pushes) == 2


async def test_the_same_key_gets_its_answer_without_a_question(desk: Desk) -> None:
    reference = await desk.start_and_settle(NO_RESPONSE, key="one key")
    desk.provider.will_say(SILENT)
    asked = len(desk.provider.checks)
    assert await desk.start(key="one key") == reference
    assert len(desk.provider.checks) == asked


async def test_nobody_can_have_a_stranger_s_payment_asked_about(desk: Desk) -> None:
    neighbour = await desk.add_neighbour()
    await desk.start_and_settle(NO_RESPONSE)
    asked = len(desk.provider.checks)
    with pytest.raises(NotFound):
        await desk.start(payer=neighbour)
    assert len(desk.provider.checks) == asked


@pytest.mark.covers("D41")
async def test_cancelling_ends_a_payment_when_the_provider_says_that_it_is_unpaid(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(CLOSED)
    await desk.portal.payments.cancel(a_person(), reference)
    payment = await desk.payment(reference)
    assert (payment.state, payment.code) == (State.CANCELLED, "1032")
    assert await desk.names(reference) == [
        "PaymentInitiated",
        "PushRequested",
        "PushAccepted",
        "PayerActionSeen",
        "PaymentCancelled",
    ]


@pytest.mark.covers("D41")
async def test_cancelling_what_was_paid_finds_the_money(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(PAID)
    await desk.portal.payments.cancel(a_person(), reference)
    assert (await desk.payment(reference)).state is State.COMPLETED


@pytest.mark.covers("D41")
async def test_cancelling_is_remembered_until_the_provider_has_spoken(desk: Desk) -> None:
    reference = await desk.start()
    await desk.portal.payments.cancel(a_person(), reference)
    payment = await desk.payment(reference)
    assert (payment.state, payment.cancel_wanted) == (State.AWAITING_PAYER, True)
    desk.provider.will_say(NO_RESPONSE)
    assert (await desk.ask(reference)).state is State.CANCELLED


async def test_cancelling_twice_asks_once(desk: Desk) -> None:
    reference = await desk.start()
    for _ in range(3):
        await desk.portal.payments.cancel(a_person(), reference)
    assert (await desk.names(reference)).count("PayerActionSeen") == 1
    assert len(desk.provider.checks) == 1


async def test_what_has_ended_cannot_be_cancelled(desk: Desk) -> None:
    reference = await desk.start_and_settle(PAID)
    asked = len(desk.provider.checks)
    await desk.portal.payments.cancel(a_person(), reference)
    assert (await desk.payment(reference)).state is State.COMPLETED
    assert len(desk.provider.checks) == asked


@pytest.mark.covers("B11")
async def test_a_cancelled_payment_that_is_paid_after_all_is_found(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(CLOSED)
    await desk.portal.payments.cancel(a_person(), reference)
    desk.provider.will_say(PAID)
    await desk.pass_time(minutes=10)
    payment = await desk.payment(reference)
    assert (payment.state, payment.late) == (State.COMPLETED, True)


async def test_only_the_payer_cancels_or_has_it_looked_at(desk: Desk) -> None:
    neighbour = await desk.add_neighbour()
    reference = await desk.start()
    for act in (desk.portal.payments.cancel, desk.portal.payments.look_again):
        with pytest.raises(NotFound):
            await act(neighbour, reference)
        with pytest.raises(NotFound):
            await act(a_person(), "7K29QXM4AB1C")
    assert desk.provider.checks == []


async def test_check_now_asks_sooner(desk: Desk, clock: FakeClock) -> None:
    await desk.start()
    await desk.pass_time(minutes=16)
    asked = len(desk.provider.checks)
    reference = desk.provider.pushes[0].reference
    await desk.portal.payments.look_again(a_person(), reference)
    await desk.work()
    assert len(desk.provider.checks) == asked + 1


async def test_check_now_asks_at_most_every_five_seconds(desk: Desk, clock: FakeClock) -> None:
    reference = await desk.start()
    await desk.pass_time(minutes=16)
    asked = len(desk.provider.checks)
    for _ in range(50):
        await desk.portal.payments.look_again(a_person(), reference)
        await desk.work()
        clock.advance(seconds=0.1)
    assert len(desk.provider.checks) == asked + 1
    await desk.portal.payments.look_again(a_person(), reference)
    await desk.work()
    assert len(desk.provider.checks) == asked + 2


async def test_check_now_asks_nothing_about_what_has_ended(desk: Desk) -> None:
    reference = await desk.start_and_settle(PAID)
    asked = len(desk.provider.checks)
    await desk.portal.payments.look_again(a_person(), reference)
    await desk.work()
    assert len(desk.provider.checks) == asked


async def test_while_the_push_is_being_sent_there_is_nothing_to_ask_about(desk: Desk) -> None:
    desk.provider.will_answer(NotSent("ConnectError"))
    reference = await desk.start()
    await desk.portal.payments.look_again(a_person(), reference)
    await desk.work()
    assert desk.provider.checks == []
    assert (await desk.payment(reference)).state is State.SUBMITTING


async def test_a_payment_that_is_not_there_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.payment("7K29QXM4AB1C")
