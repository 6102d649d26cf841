"""Sending money back: one write before the call and one after, asked about when it is silent, and never sent twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from portal.documents.receipt import ReceiptFacts
from portal.domain.money import Currency, Money, shillings
from portal.domain.outcome import NotSent, Pending, Reason, Unknown
from portal.domain.payment_state import PaymentStatus
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import (
    Cause,
    NotRefunded,
    RefundAccepted,
    Refunded,
    RefundOutcome,
    RefundRefusal,
    RefundRoute,
)
from portal.providers.provider import Heard, NotOffered
from portal.providers.refund import HeardOfRefund, RefundInstruction, SendsBack
from portal.providers.registry import Registry
from portal.services.office import Unchanged
from portal.services.refund_sending import RefundSending
from portal.services.settlement import Settlement
from portal.store import jobs
from portal.store import refunds as refund_rows
from portal.store.writer import Store
from portal.worker.loop import LEASE
from tests.fakes import FakeProvider, TroubledStore
from tests.makers import FakeClock, a_phone, a_reference
from tests.services.desk import CODE, PAID, Desk, a_desk
from tests.services.refunding import (
    ASHA,
    PETER,
    REVERSAL,
    SALMA,
    approve,
    asked,
    hire,
    provider_that,
    refund_of,
    sent,
    typed,
)

S = RefundState
BACK = Refunded("RC35T8K2QX", shillings(100_000))
NO = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "full")
LOST = Unknown(Reason.AMBIGUOUS, "read timeout")


async def at_desk(store: Store, clock: FakeClock, provider: FakeProvider) -> AsyncIterator[Desk]:
    async with a_desk(store, clock, provider=provider) as desk:
        await hire(desk)
        yield desk


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async for desk in at_desk(sqlite_store, clock, provider_that(REVERSAL)):
        yield desk


async def state(desk: Desk, refund: str) -> RefundState:
    return (await refund_of(desk, refund)).state


async def events(desk: Desk, refund: str) -> list[str]:
    case = await desk.portal.refund_views.case(PETER, refund)
    return [type(event).__name__.removeprefix("Refund") for event, _ in case.timeline]


@pytest.mark.covers("F1", "F4", "D21", "D55", "C8")
async def test_what_was_agreed_to_is_sent_by_the_payment_s_own_names_and_receipted(desk: Desk) -> None:
    refund = await sent(desk)
    (instruction,) = desk.provider.refunds
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment
    assert instruction == RefundInstruction(
        reference=refund,
        payment=payment.reference,
        route=RefundRoute.REVERSAL,
        amount=shillings(100_000),
        paid=shillings(453_500),
        reason=instruction.reason,
        callback_url=f"https://pay.nest.co.tz/webhooks/mpesa/{desk.token(payment.reference)}",
        receipt_code=CODE,
        request_id="request-1",
        provider_reference="merchant-1",
        phone=a_phone(),
    )
    assert await state(desk, refund) is S.SUBMITTED
    desk.provider.will_trace(BACK)
    desk.sink.letters.clear()
    await desk.pass_time(seconds=10)
    after = await desk.payment(payment.reference)
    assert (after.status, after.receipt_version) == (PaymentStatus.PARTIALLY_REFUNDED, 2)
    assert await events(desk, refund) == ["Requested", "Approved", "Dispatched", "Submitted", "Succeeded"]
    to_payer = [one for one in desk.sink.letters if "0754xxx456" in one.text]
    to_landlord = [one for one in desk.sink.letters if one.email == "juma@example.com"]
    assert (len(to_payer), len(to_landlord), len(desk.sink.letters)) == (1, 1, 2)
    assert "100,000" in to_landlord[0].text
    assert all(len(one.text) <= 160 for one in desk.sink.letters)
    assert (await desk.bill()).rest == shillings(100_000)
    assert (await desk.balances())["cash:mpesa"] == 353_500
    printed, _ = desk.renderer.printed[-1]
    assert [back.amount for back in printed.sent_back] == [shillings(100_000)]
    assert not printed.all_back


@pytest.mark.covers("F4")
@pytest.mark.parametrize(
    "answer,end", [(BACK, S.SUCCEEDED), (NO, S.FAILED), (NotOffered("refund"), S.FAILED)]
)
async def test_a_definitive_answer_ends_it_at_once(
    desk: Desk, answer: Refunded | NotRefunded | NotOffered, end: RefundState
) -> None:
    desk.provider.will_refund(answer)
    refund = await sent(desk)
    assert await state(desk, refund) is end
    assert not {"refund", "ask_refund"} & set(await desk.job_kinds())
    free = shillings(450_000) if end is S.FAILED else shillings(350_000)
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    assert (await desk.portal.refund_views.offer(ASHA, payment)).available == free


@pytest.mark.covers("F4", "D55")
async def test_a_lost_answer_is_asked_about_and_never_sent_again(
    sqlite_store: Store, clock: FakeClock
) -> None:
    able = replace(REVERSAL, known_by_our_reference=True)
    async for desk in at_desk(sqlite_store, clock, provider_that(able)):
        desk.provider.will_refund(LOST)
        refund = await sent(desk)
        assert await state(desk, refund) is S.UNKNOWN
        desk.provider.will_trace(Pending(), LOST, BACK)
        await desk.pass_time(minutes=2)
        assert await state(desk, refund) is S.SUCCEEDED
        assert len(desk.provider.refunds) == 1
        assert len(desk.provider.traced) == 3
        assert desk.provider.traced[0].reference == refund


@pytest.mark.parametrize("answers", [True, False])
async def test_where_it_is_taken_once_the_same_request_is_repeated_until_it_answers(
    sqlite_store: Store, clock: FakeClock, *, answers: bool
) -> None:
    """Also where it could be asked about: of a request that never arrived nobody has heard."""
    able = SendsBack(
        route=RefundRoute.REVERSAL,
        part=True,
        repeats_safely=True,
        answers_questions=answers,
        known_by_our_reference=answers,
    )
    async for desk in at_desk(sqlite_store, clock, provider_that(able)):
        desk.provider.will_refund(LOST, LOST, NotSent("connect"), RefundAccepted("re_9"))
        refund = await sent(desk)
        await desk.pass_time(minutes=5)
        found = await refund_of(desk, refund)
        assert (found.state, found.request_id) == (S.SUBMITTED, "re_9")
        assert {instruction.reference for instruction in desk.provider.refunds} == {refund}
        assert len(desk.provider.refunds) == 4
        assert ("ask_refund" in await desk.job_kinds()) == answers


async def test_a_provider_that_is_off_for_now_is_asked_when_it_is_back(desk: Desk) -> None:
    refund, tools, nobody = await sent(desk), desk.portal.tools, Registry([])
    desk.clock.advance(minutes=1)
    (job,) = await desk.store.write(lambda tx: jobs.take(tx, desk.clock(), LEASE, 1))
    await RefundSending(tools, nobody, Settlement(tools, nobody), desk.portal.payments.alerts).ask(job)
    assert await state(desk, refund) is S.SUBMITTED
    desk.provider.will_trace(BACK)
    await desk.pass_time(hours=1)
    assert await state(desk, refund) is S.SUCCEEDED


@pytest.mark.covers("F4")
async def test_what_never_left_is_sent_again_and_gives_up_after_thirty_days(desk: Desk) -> None:
    desk.provider.will_refund(NotSent("connect"), NotSent("connect"))
    refund = await sent(desk)
    assert await state(desk, refund) is S.APPROVED
    await desk.pass_time(minutes=2)
    assert (await state(desk, refund), len(desk.provider.refunds)) == (S.SUBMITTED, 3)
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    second = await desk.portal.refunds.ask(ASHA, payment, typed(available=None), "second")
    await approve(desk, second)
    desk.provider.will_refund(*[NotSent("connect")] * 400)
    await desk.pass_time(days=31)
    failed = await refund_of(desk, second)
    assert (failed.state, failed.code) == (S.FAILED, "connect")


@pytest.mark.covers("F4", "F7")
async def test_what_cannot_leave_is_stopped_by_the_office_and_goes_another_way(desk: Desk) -> None:
    desk.provider.will_refund(NotSent("provider switched off"))
    refund = await sent(desk)
    assert (await refund_of(desk, refund)).cannot_leave
    await desk.portal.refunds.cannot_be_sent(SALMA, refund, "M-Pesa cannot be reached. We send it by bank.")
    stopped = await refund_of(desk, refund)
    assert (stopped.state, stopped.code) == (S.FAILED, "provider switched off")
    case = await desk.portal.refund_views.case(PETER, refund)
    assert case.names[SALMA.id] == SALMA.name
    await desk.pass_time(days=2)
    assert len(desk.provider.refunds) == 1
    again = await desk.portal.refund_desk.again(SALMA, refund, RefundRoute.BY_HAND)
    assert (await refund_of(desk, again)).by_hand


async def test_nobody_stops_what_may_be_on_its_way(desk: Desk) -> None:
    desk.provider.will_refund(LOST)
    refund = await sent(desk)
    with pytest.raises(Unchanged):
        await desk.portal.refunds.cannot_be_sent(SALMA, refund, "It takes long.")
    other = await desk.portal.refunds.ask(
        ASHA,
        (await desk.portal.refund_views.case(ASHA, refund)).payment.reference,
        typed(available=None),
        "2",
    )
    await approve(desk, other)
    assert not (await refund_of(desk, other)).cannot_leave
    with pytest.raises(Unchanged):
        await desk.portal.refunds.cannot_be_sent(SALMA, other, "It takes long.")


@pytest.mark.covers("F4")
async def test_a_request_that_was_cut_off_becomes_uncertain_and_not_sent_again(
    sqlite_store: Store, clock: FakeClock
) -> None:
    able = replace(REVERSAL, known_by_our_reference=True)
    async for desk in at_desk(sqlite_store, clock, provider_that(able)):

        async def dies(_: RefundInstruction) -> None:
            raise RuntimeError("the process is gone")

        desk.provider.on_refund = dies
        refund = await sent(desk)
        assert (await refund_of(desk, refund)).in_the_air
        desk.provider.will_trace(BACK)
        await desk.pass_time(minutes=5)
        assert await state(desk, refund) is S.SUCCEEDED
        assert "Uncertain" in await events(desk, refund)
        assert len(desk.provider.refunds) == 1


async def test_a_database_in_trouble_keeps_the_answer_until_it_can_write(desk: Desk) -> None:
    refund = await asked(desk)
    await approve(desk, refund)
    store, waits = TroubledStore(desk.store), list[float]()

    async def go_away(_: RefundInstruction) -> None:
        store.away = 3

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    desk.provider.on_refund = go_away
    tools = replace(desk.portal.tools, store=store, sleep=wait)
    sending = RefundSending(
        tools, desk.portal.registry, desk.portal.payments.settlement, desk.portal.payments.alerts
    )
    taken = await desk.store.write(lambda tx: jobs.take(tx, desk.clock.now, LEASE, 10))
    await sending.send(next(job for job in taken if job.kind == "refund"))
    assert (await state(desk, refund), waits) == (S.SUBMITTED, [1, 5, 15])


async def test_a_job_that_another_worker_has_taken_sends_nothing(desk: Desk) -> None:
    refund = await asked(desk)
    await approve(desk, refund)
    taken = await desk.store.write(lambda tx: jobs.take(tx, desk.clock.now, LEASE, 10))
    job = next(job for job in taken if job.kind == "refund")
    await desk.portal.refund_sending.send(job)
    await desk.portal.refund_sending.send(job)
    assert len(desk.provider.refunds) == 1


@pytest.mark.covers("C8")
async def test_what_went_back_while_the_receipt_was_printed_is_on_its_next_version(desk: Desk) -> None:
    first = await sent(desk)
    payment = (await desk.portal.refund_views.case(ASHA, first)).payment.reference
    second = await desk.portal.refunds.ask(ASHA, payment, typed(available=None), "second")
    await approve(desk, second)
    await desk.work()

    async def meanwhile(facts: ReceiptFacts) -> None:
        if len(facts.sent_back) == 1:
            heard = HeardOfRefund(cause=Cause.OURS, outcome=BACK, reference=second, proved=True)
            await desk.portal.refund_news.hear("mpesa", heard)

    desk.renderer.on_print = meanwhile
    await hears(desk, first, HeardOfRefund(cause=Cause.OURS, outcome=BACK, reference=first, proved=True))
    assert (await desk.payment(payment)).receipt_version == 3
    assert [len(facts.sent_back) for facts, _ in desk.renderer.printed] == [0, 1, 2]


@pytest.mark.parametrize("proved", [True, False])
async def test_a_callback_ends_it_when_it_is_proved_and_asks_when_it_is_a_hint(
    desk: Desk, *, proved: bool
) -> None:
    refund = await sent(desk)
    desk.provider.will_trace(NO)
    await hears(
        desk, refund, HeardOfRefund(cause=Cause.OURS, outcome=BACK, request_id="refund-1", proved=proved)
    )
    assert await state(desk, refund) is (S.SUCCEEDED if proved else S.FAILED)
    await desk.pass_time(minutes=1)
    assert "ask_refund" not in await desk.job_kinds()


@pytest.mark.covers("F7")
@pytest.mark.parametrize(
    "hint,answer,reason",
    [
        (RefundRefusal.LIMIT, RefundRefusal.REFUSED, RefundRefusal.LIMIT),
        (RefundRefusal.LIMIT, RefundRefusal.NOT_FOUND, RefundRefusal.NOT_FOUND),
    ],
)
async def test_of_a_refund_that_failed_the_callback_tells_why_where_the_answer_does_not(
    desk: Desk, hint: RefundRefusal, answer: RefundRefusal, reason: RefundRefusal
) -> None:
    refund = await sent(desk)
    desk.provider.will_trace(NotRefunded(answer, "Cancelled"))
    told = NotRefunded(hint, "INS-990")
    await hears(desk, refund, HeardOfRefund(cause=Cause.OURS, outcome=told, reference=refund))
    assert (await refund_of(desk, refund)).refusal is reason


async def test_an_unexplained_answer_stands_against_a_hint_of_success(desk: Desk) -> None:
    refund = await sent(desk)
    desk.provider.will_trace(NotRefunded(RefundRefusal.REFUSED, "Cancelled"))
    await hears(desk, refund, HeardOfRefund(cause=Cause.OURS, outcome=BACK, reference=refund))
    assert (await refund_of(desk, refund)).refusal is RefundRefusal.REFUSED


@pytest.mark.parametrize("by_callback", [True, False])
async def test_a_callback_is_believed_where_no_question_is_answered_at_once(
    sqlite_store: Store, clock: FakeClock, *, by_callback: bool
) -> None:
    able = SendsBack(route=RefundRoute.REVERSAL, part=True, answers_by_callback=by_callback)
    async for desk in at_desk(sqlite_store, clock, provider_that(able)):
        refund = await sent(desk)
        await desk.pass_time(minutes=1)
        assert bool(desk.provider.traced) == by_callback
        await hears(desk, refund, HeardOfRefund(cause=Cause.OURS, outcome=BACK, reference=refund))
        assert await state(desk, refund) is S.SUCCEEDED


async def test_a_hint_that_comes_before_the_answer_waits_for_it(desk: Desk) -> None:
    refund = await asked(desk)
    await approve(desk, refund)
    told: list[RefundState] = []

    async def overtaken(instruction: RefundInstruction) -> None:
        heard = HeardOfRefund(cause=Cause.OURS, outcome=BACK, reference=refund)
        await desk.portal.refund_news.hear("mpesa", heard)
        told.append(await state(desk, refund))

    desk.provider.on_refund = overtaken
    await desk.work()
    assert told == [S.APPROVED]
    assert await state(desk, refund) is S.SUBMITTED


@pytest.mark.parametrize(
    "heard",
    [
        HeardOfRefund(cause=Cause.ELSEWHERE, outcome=BACK, request_id="refund-1"),
        HeardOfRefund(cause=Cause.OURS, outcome=BACK, reference=a_reference(404)),
        HeardOfRefund(cause=Cause.OURS, outcome=BACK),
    ],
)
async def test_what_speaks_of_no_refund_of_ours_is_kept_for_people(desk: Desk, heard: HeardOfRefund) -> None:
    refund = await sent(desk)
    await hears(desk, refund, heard)
    assert await state(desk, refund) is S.SUBMITTED
    (parked,) = await desk.portal.views.parked()
    assert parked.verdict == "refund.updated"


@pytest.mark.parametrize(
    "total, known",
    [
        (shillings(100_000), True),
        (shillings(100_001), False),
        (Money(100_000, Currency.USD), False),
        (None, False),
    ],
)
@pytest.mark.parametrize("by_code", [True, False])
async def test_the_sum_of_what_went_back_is_news_only_where_we_sent_less(
    desk: Desk, total: Money | None, *, known: bool, by_code: bool
) -> None:
    refund = await sent(desk)
    summed = HeardOfRefund(cause=None, outcome=Pending("charge.refunded"), total=total)
    await hears(desk, refund, summed, of_receipt=CODE if by_code else None)
    assert [one.verdict for one in await desk.portal.views.parked()] == ([] if known else ["refund.updated"])
    assert await state(desk, refund) is S.SUBMITTED


async def test_the_sum_of_what_went_back_of_a_payment_that_we_sent_nothing_of_is_for_people(
    desk: Desk,
) -> None:
    refund = await asked(desk)
    await hears(
        desk, refund, HeardOfRefund(cause=None, outcome=Pending("charge.refunded"), total=shillings(1))
    )
    (parked,) = await desk.portal.views.parked()
    assert parked.verdict == "refund.updated"


async def test_a_callback_about_one_payment_ends_no_refund_of_another(desk: Desk) -> None:
    refund = await sent(desk)
    bill = await desk.add_bill()
    other = await desk.start_and_settle(replace(PAID, receipt_code="RC35OTHER1"), bill=bill.reference)
    heard = HeardOfRefund(cause=Cause.OURS, outcome=NO, reference=refund, proved=True)
    word = Heard(None, Pending(), "refund.updated", refund=heard, for_people=True)
    await desk.receive(other, desk.provider.callback(word))
    await desk.work()
    assert await state(desk, refund) is S.SUBMITTED
    (parked,) = await desk.portal.views.parked()
    assert (parked.payment, parked.verdict) == (other, "refund.updated")


async def test_only_what_was_sent_can_be_asked_about(desk: Desk) -> None:
    refund = await asked(desk)
    with pytest.raises(Unchanged):
        await desk.portal.refund_sending.look(PETER, refund)
    assert "ask_refund" not in await desk.job_kinds()


@pytest.mark.parametrize("word", [NO, LOST])
async def test_a_word_against_the_end_changes_nothing_and_is_told(desk: Desk, word: RefundOutcome) -> None:
    desk.provider.will_refund(BACK)
    refund = await sent(desk)
    odd = replace(word, mapped=False) if isinstance(word, Unknown) else word
    await hears(desk, refund, HeardOfRefund(cause=Cause.OURS, outcome=odd, reference=refund, proved=True))
    assert await state(desk, refund) is S.SUCCEEDED
    found = await refund_of(desk, refund)
    assert (found.contradicted_by, found.waits_for_office) == (
        ("full", True) if word is NO else (None, False)
    )
    assert not await desk.portal.views.parked()


async def test_what_nobody_answers_for_is_left_to_people_and_can_be_asked_again(desk: Desk) -> None:
    desk.provider.will_refund(LOST)
    refund = await sent(desk)
    await desk.pass_time(minutes=1)
    assert "ask_refund" not in await desk.job_kinds()
    queue = await desk.portal.reads.refund_lists.queue(PETER, None)
    assert [one.refund.reference for one in queue.rows] == [refund]
    await desk.portal.refund_sending.look(PETER, refund)
    assert "ask_refund" in await desk.job_kinds()


async def test_a_provider_that_is_silent_for_thirty_days_is_asked_no_more(desk: Desk) -> None:
    refund = await sent(desk)
    await desk.pass_time(days=32)
    assert await state(desk, refund) is S.SUBMITTED
    assert "ask_refund" not in await desk.job_kinds()


@pytest.mark.covers("F9")
async def test_how_long_it_usually_takes_is_what_it_took_before(desk: Desk) -> None:
    refund = await asked(desk)
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    assert (await desk.portal.refund_views.offer(ASHA, payment)).usual is None
    for number in range(6):
        desk.provider.will_trace(*[Pending()] * number, BACK, BACK)
        name = await desk.portal.refunds.ask(ASHA, payment, typed(amount="10", available=None), f"{number}")
        desk.provider.will_trace(*[Pending()] * number, Refunded(None))
        await approve(desk, name)
        await desk.pass_time(minutes=30)
    usual = (await desk.portal.refund_views.offer(ASHA, payment)).usual
    assert usual is not None
    assert timedelta(0) < usual.least < usual.most < timedelta(minutes=30)
    taken = await desk.read(lambda tx: refund_rows.times_taken(tx, "mpesa", RefundRoute.REVERSAL))
    assert len(taken) == 6


async def hears(desk: Desk, refund: str, heard: HeardOfRefund, of_receipt: str | None = None) -> None:
    """A callback at the payment's own address speaks of a refund."""
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    word = Heard(None, Pending(), "refund.updated", of_receipt=of_receipt, refund=heard, for_people=True)
    await desk.receive(payment, desk.provider.callback(word))
    await desk.work()
