"""What a provider says of a refund that is over: proved it turns the books, otherwise people are told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from portal.domain.money import shillings
from portal.domain.outcome import NotSent, Paid, Pending, Reason, Unknown
from portal.domain.payment_state import PaymentStatus
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import (
    Cause,
    NotRefunded,
    Refunded,
    RefundOutcome,
    RefundRefusal,
    RefundRoute,
)
from portal.domain.trouble import Trouble
from portal.providers.provider import Heard
from portal.providers.refund import HeardOfRefund, RefundInstruction, SendsBack
from portal.services.office import Unchanged
from portal.store import alerts, ledger_check, replay
from portal.store.writer import Store
from tests.makers import FakeClock, some_fees
from tests.services.desk import Desk
from tests.services.refunding import (
    ASHA,
    PETER,
    REVERSAL,
    SALMA,
    a_sending_desk,
    approve,
    asked,
    queue_of,
    refund_of,
    sent,
    typed,
)

S = RefundState
BACK = Refunded("RC35T8K2QX", shillings(100_000))
NO = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "expired_or_canceled_card")
LOST = Unknown(Reason.AMBIGUOUS, "read timeout")
ANSWERS = replace(REVERSAL, known_by_our_reference=True)
TELLS = SendsBack(route=RefundRoute.REVERSAL, part=True, again=True, answers_by_callback=True)
"""Nobody can be asked, but for a callback."""


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_sending_desk(sqlite_store, clock, ANSWERS) as desk:
        yield desk


@pytest.fixture
async def deaf(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_sending_desk(sqlite_store, clock, TELLS) as desk:
        yield desk


async def ended(desk: Desk, answer: Refunded | NotRefunded) -> str:
    desk.provider.will_refund(answer)
    refund = await sent(desk)
    await desk.work()
    desk.sink.letters.clear()
    return refund


async def hears(desk: Desk, refund: str, word: RefundOutcome, **named: object) -> None:
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    told = replace(HeardOfRefund(cause=Cause.OURS, outcome=word, reference=refund), **named)  # type: ignore[arg-type]
    await desk.receive(
        payment, desk.provider.callback(Heard(None, Pending(), "refund", refund=told, for_people=True))
    )
    await desk.work()


async def troubles(desk: Desk) -> list[Trouble]:
    return [alert.trouble for alert in await desk.read(alerts.open_alerts)]


async def sound(desk: Desk) -> None:
    assert (await desk.store.snapshot(ledger_check.check)).differences == []
    assert (await desk.store.snapshot(replay.check)).differences == []


@pytest.mark.covers("F4", "D55", "C8", "I8")
async def test_a_refund_that_failed_after_it_had_succeeded_is_taken_back(desk: Desk) -> None:
    refund = await ended(desk, BACK)
    desk.provider.will_trace(NO)
    await hears(desk, refund, NO, proved=True)
    case = await desk.portal.refund_views.case(ASHA, refund)
    assert (case.refund.state, case.payment.status) == (S.FAILED, PaymentStatus.COMPLETED)
    assert (await desk.bill()).paid == shillings(450_000)
    assert (await desk.balances())["cash:mpesa"] == 453_500
    told = {letter.key.partition(":")[0] for letter in desk.sink.letters}
    assert told == {"refund_returned", "received_again"}
    assert await queue_of(desk) == [refund]
    assert await troubles(desk) == [Trouble.CONTRADICTED]
    assert not await desk.portal.views.parked()
    await sound(desk)
    desk.provider.will_trace(BACK)
    await hears(desk, refund, BACK, proved=True)
    assert (await refund_of(desk, refund)).state is S.SUCCEEDED
    await desk.work()
    payment = await desk.payment(case.payment.reference)
    assert (payment.receipt_version, payment.status) == (4, PaymentStatus.PARTIALLY_REFUNDED)
    assert [len(facts.sent_back) for facts, _ in desk.renderer.printed] == [0, 1, 0, 1]
    await sound(desk)


async def test_an_old_word_that_comes_late_is_asked_about_and_turns_nothing(desk: Desk) -> None:
    refund = await ended(desk, NO)
    desk.provider.will_trace(NO)
    await hears(desk, refund, BACK, proved=True)
    found = await refund_of(desk, refund)
    assert (found.state, found.contradicted_by) == (S.FAILED, None)


@pytest.mark.parametrize("answer,end", [(NO, S.FAILED), (BACK, S.SUCCEEDED)])
async def test_what_nobody_can_answer_now_is_asked_until_somebody_does(
    desk: Desk, answer: RefundOutcome, end: RefundState
) -> None:
    refund = await ended(desk, BACK)
    desk.provider.will_trace(LOST, Pending(), answer)
    await hears(desk, refund, NO, proved=True)
    doubted = await refund_of(desk, refund)
    assert (doubted.state, doubted.contradicted_by) == (S.SUCCEEDED, NO.code)
    await desk.pass_time(minutes=5)
    found = await refund_of(desk, refund)
    assert (found.state, found.contradicted_by) == (end, None)
    assert "ask_refund" not in await desk.job_kinds()
    await sound(desk)


async def test_a_hint_that_nobody_can_confirm_stands_in_the_queue_for_people(deaf: Desk) -> None:
    refund = await ended(deaf, BACK)
    await hears(deaf, refund, NO)
    await hears(deaf, refund, NO)
    found = await refund_of(deaf, refund)
    assert (found.state, found.contradicted_by) == (S.SUCCEEDED, NO.code)
    assert await queue_of(deaf) == [refund]
    assert not await deaf.portal.views.parked()
    await deaf.portal.refund_desk.close(SALMA, refund, "Vodacom says by phone that it arrived.")
    assert await queue_of(deaf) == []
    assert (await refund_of(deaf, refund)).state is S.SUCCEEDED
    await sound(deaf)


async def test_a_proved_word_counts_where_nobody_can_be_asked(deaf: Desk) -> None:
    refund = await ended(deaf, BACK)
    await hears(deaf, refund, NO, proved=True)
    assert (await refund_of(deaf, refund)).state is S.FAILED


@pytest.mark.covers("F2", "D20")
async def test_money_that_is_promised_elsewhere_does_not_go_twice_and_people_are_told(desk: Desk) -> None:
    refund = await ended(desk, NO)
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    await desk.portal.refunds.ask(ASHA, payment, typed(whole=True, available=None), "all")
    desk.provider.will_trace(BACK)
    await hears(desk, refund, BACK, proved=True)
    found = await refund_of(desk, refund)
    assert (found.state, found.contradicted_by) == (S.FAILED, BACK.code)
    assert await troubles(desk) == [Trouble.CONTRADICTED]
    await desk.pass_time(days=2)
    assert "ask_refund" not in await desk.job_kinds()
    await sound(desk)


async def test_what_was_declined_and_went_all_the_same_is_for_people(desk: Desk) -> None:
    refund = await asked(desk)
    await desk.portal.refunds.decline(PETER, refund, "It was earned.")
    await hears(desk, refund, BACK, proved=True)
    assert (await refund_of(desk, refund)).state is S.REJECTED
    assert len(await desk.portal.views.parked()) == 1


async def test_a_bill_that_was_paid_meanwhile_is_not_paid_twice_by_what_comes_back(desk: Desk) -> None:
    refund = await ended(desk, BACK)
    rest = await desk.bill()
    total = rest.rest + some_fees(rest.rest).total
    await desk.start_and_settle(Paid(total, "RC35AGAIN1"), amount=rest.rest)
    assert not (await desk.bill()).rest
    desk.provider.will_trace(NO)
    await hears(desk, refund, NO, proved=True)
    assert (await desk.bill()).paid == shillings(450_000)
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment
    assert payment.excess_waiting == shillings(100_000)
    await sound(desk)


async def test_the_sender_that_comes_back_with_proof_that_nothing_left_sends_it_again(desk: Desk) -> None:
    """It had been given up for lost, and nobody could have been asked about it."""
    refund = await asked(desk)
    await approve(desk, refund)
    told: list[RefundState] = []

    async def slow(_: RefundInstruction) -> None:
        desk.provider.on_refund = None
        desk.clock.advance(minutes=3)
        await desk.work()
        told.append((await refund_of(desk, refund)).state)

    desk.provider.on_refund = slow
    desk.provider.will_refund(NotSent("connect"))
    await desk.work()
    assert told == [S.UNKNOWN]
    assert (await refund_of(desk, refund)).state is S.APPROVED
    await desk.pass_time(minutes=5)
    assert (await refund_of(desk, refund)).state is S.SUBMITTED
    assert len(desk.provider.refunds) == 2


async def test_a_late_answer_to_the_request_turns_nothing_by_itself(desk: Desk) -> None:
    refund = await asked(desk)
    await approve(desk, refund)

    async def overtaken(_: RefundInstruction) -> None:
        told = HeardOfRefund(cause=Cause.OURS, outcome=NO, reference=refund, proved=True)
        await desk.portal.refund_news.hear("mpesa", told)

    desk.provider.on_refund = overtaken
    desk.provider.will_refund(BACK)
    desk.provider.will_trace(BACK)
    await desk.work()
    doubted = await refund_of(desk, refund)
    assert (doubted.state, doubted.contradicted_by) == (S.FAILED, BACK.code)
    await desk.pass_time(minutes=1)
    assert (await refund_of(desk, refund)).state is S.SUCCEEDED


async def test_a_request_that_is_refused_says_nothing_of_one_that_went(desk: Desk) -> None:
    refund = await asked(desk)
    await approve(desk, refund)

    async def overtaken(_: RefundInstruction) -> None:
        told = HeardOfRefund(cause=Cause.OURS, outcome=BACK, reference=refund, proved=True)
        await desk.portal.refund_news.hear("mpesa", told)

    desk.provider.on_refund = overtaken
    desk.provider.will_refund(NotRefunded(RefundRefusal.ALREADY_DONE, "again"))
    await desk.work()
    found = await refund_of(desk, refund)
    assert (found.state, found.contradicted_by) == (S.SUCCEEDED, None)


@pytest.mark.covers("F4", "D55")
async def test_a_result_under_a_name_that_was_lost_is_that_of_the_only_request_in_the_air(deaf: Desk) -> None:
    deaf.provider.will_refund(LOST)
    refund = await sent(deaf)
    assert (await refund_of(deaf, refund)).state is S.UNKNOWN
    await hears(deaf, refund, BACK, reference=None, request_id="AG_20260303_lost")
    assert (await refund_of(deaf, refund)).state is S.SUCCEEDED
    await hears(deaf, refund, BACK, reference=None, request_id="AG_20260303_other")
    assert len(await deaf.portal.views.parked()) == 1


async def test_of_two_in_the_air_a_result_under_an_unknown_name_is_for_people(deaf: Desk) -> None:
    deaf.provider.will_refund(LOST)
    refund = await sent(deaf)
    payment = (await deaf.portal.refund_views.case(ASHA, refund)).payment.reference
    deaf.provider.will_refund(LOST)
    second = await deaf.portal.refunds.ask(ASHA, payment, typed(available=None), "second")
    await approve(deaf, second)
    await deaf.work()
    await hears(deaf, refund, BACK, reference=None, request_id="AG_20260303_lost")
    assert {(await refund_of(deaf, one)).state for one in (refund, second)} == {S.UNKNOWN}
    assert len(await deaf.portal.views.parked()) == 1
    await hears(deaf, refund, BACK, reference=None, request_id=None)
    assert (await refund_of(deaf, refund)).state is S.UNKNOWN


async def test_the_office_asks_again_about_what_was_contradicted_and_about_nothing_that_is_over(
    deaf: Desk,
) -> None:
    refund = await ended(deaf, BACK)
    with pytest.raises(Unchanged):
        await deaf.portal.refund_sending.look(SALMA, refund)
    await hears(deaf, refund, NO)
    await deaf.pass_time(minutes=1)
    await deaf.portal.refund_sending.look(SALMA, refund)
    assert "ask_refund" in await deaf.job_kinds()
