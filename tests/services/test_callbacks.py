"""Callbacks: kept before they are understood, hints until the provider's own answer, and harmless however they come."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from structlog.testing import capture_logs

from portal.domain.errors import NotFound
from portal.domain.money import shillings
from portal.domain.outcome import NotPaid, Paid, Pending, Reason, Rejected, Source, Unknown
from portal.domain.payment_state import State
from portal.providers.provider import Capabilities, Heard
from portal.store import inbox, jobs
from portal.store.tables import inbox as inbox_rows
from portal.store.tables import payment_events
from portal.store.writer import Store
from portal.worker.loop import LEASE
from tests.fakes import FakeProvider
from tests.makers import NOW, PAYMENT, FakeClock, a_reference, put_payment
from tests.services.desk import (
    CLOSED,
    CODE,
    NO_RESPONSE,
    PAID,
    RENT,
    STRANGE_PHONE,
    TOTAL,
    WRONG_PIN,
    Desk,
    a_desk,
)

PENDING = Pending("4999")
SILENT = Unknown(Reason.AMBIGUOUS, "ReadTimeout")
HALF = shillings(226_750)


@pytest.mark.covers("D27", "D83", "S14", "S15")
async def test_a_callback_is_kept_at_once_and_understood_later(desk: Desk) -> None:
    reference = await desk.start()
    await desk.receive(reference, desk.provider.callback(Heard("request-1", PAID, "0")))
    assert (await desk.payment(reference)).state is State.AWAITING_PAYER
    assert desk.provider.checks == []
    assert await desk.count(inbox_rows) == [1]
    desk.provider.will_say(Paid())
    await desk.work()
    assert (await desk.payment(reference)).state is State.COMPLETED


@pytest.mark.covers("D12", "D19", "D53", "S56")
async def test_the_query_proves_and_the_callback_adds_code_and_moment(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(Paid())
    await desk.hear(reference, Paid(TOTAL, CODE, NOW - timedelta(seconds=30)))
    payment = await desk.payment(reference)
    assert (payment.state, payment.received, payment.receipt_code) == (State.COMPLETED, TOTAL, CODE)
    assert payment.provider_paid_at == NOW - timedelta(seconds=30)
    assert payment.completed_at == NOW
    assert await desk.names(reference) == [
        "PaymentInitiated",
        "PushRequested",
        "PushAccepted",
        "ProviderEventReceived",
        "PaymentCompleted",
        "ReceiptAllocated",
        "ReceiptRendered",
    ]


async def test_what_the_query_tells_itself_goes_before_what_the_callback_claims(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(Paid(TOTAL, "QRY1234567", NOW))
    await desk.hear(reference, Paid(HALF, CODE, NOW - timedelta(hours=1)))
    payment = await desk.payment(reference)
    assert (payment.state, payment.receipt_code, payment.second_receipt_code) == (
        State.COMPLETED,
        "QRY1234567",
        CODE,
    )
    assert payment.provider_paid_at == NOW


@pytest.mark.covers("D22")
async def test_a_callback_alone_completes_nothing(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(PENDING)
    await desk.hear(reference, PAID)
    payment = await desk.payment(reference)
    assert (payment.state, payment.received) == (State.PROCESSING, None)
    assert await desk.balances() == {}


@pytest.mark.covers("D06", "D22")
async def test_a_callback_alone_fails_nothing(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(PENDING)
    await desk.hear(reference, CLOSED, code="1032")
    assert (await desk.payment(reference)).state is State.PROCESSING


async def test_a_failure_that_the_query_confirms_is_a_failure(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(WRONG_PIN)
    await desk.hear(reference, WRONG_PIN, code="2001")
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.FAILED, Reason.WRONG_PIN)


VAGUE = NotPaid(Reason.NOT_COMPLETED, "TF")


@pytest.mark.parametrize(
    "heard, answered, reason",
    [
        (WRONG_PIN, VAGUE, Reason.WRONG_PIN),
        (VAGUE, WRONG_PIN, Reason.WRONG_PIN),
        (VAGUE, VAGUE, Reason.NOT_COMPLETED),
        (WRONG_PIN, CLOSED, Reason.CANCELLED_OR_TIMED_OUT),
        (WRONG_PIN, NO_RESPONSE, Reason.NO_RESPONSE),
        (CLOSED, VAGUE, Reason.CANCELLED_OR_TIMED_OUT),
        (NO_RESPONSE, WRONG_PIN, Reason.WRONG_PIN),
    ],
)
async def test_of_two_reasons_the_better_one_is_told_unless_the_prompt_may_still_be_answered(
    desk: Desk, heard: NotPaid, answered: NotPaid, reason: Reason
) -> None:
    reference = await desk.start()
    desk.provider.will_say(answered)
    await desk.hear(reference, heard, code=heard.code)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.FAILED, reason)


async def test_a_closed_prompt_is_watched_though_its_callback_was_vague(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(CLOSED)
    await desk.hear(reference, VAGUE, code="TF")
    desk.provider.will_say(Paid())
    await desk.pass_time(minutes=10)
    payment = await desk.payment(reference)
    assert (payment.state, payment.late) == (State.COMPLETED, True)


@pytest.mark.covers("D06", "D12")
async def test_a_success_that_the_query_denies_is_a_question_for_a_person(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(CLOSED)
    await desk.hear(reference, PAID)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.UNCERTAIN, Reason.CONTRADICTION)
    assert [listed.payment.reference for listed in await desk.portal.views.for_the_office()] == [reference]


@pytest.mark.covers("D12")
@pytest.mark.parametrize("said", [SILENT, PENDING])
async def test_another_amount_told_after_the_query_had_proved_the_payment_is_a_question_for_a_person(
    desk: Desk, said: Unknown | Pending
) -> None:
    reference = await desk.start_and_settle(Paid())
    desk.provider.will_say(said)
    await desk.hear(reference, replace(PAID, amount=HALF))
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.COMPLETED, Reason.WRONG_AMOUNT)
    assert [listed.payment.reference for listed in await desk.portal.views.for_the_office()] == [reference]


async def test_the_same_amount_told_again_is_no_question(desk: Desk) -> None:
    reference = await desk.start_and_settle(Paid())
    desk.provider.will_say(SILENT)
    await desk.hear(reference, PAID)
    assert (await desk.payment(reference)).reason is None


async def test_a_denied_success_that_is_confirmed_later_is_money(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(CLOSED)
    await desk.hear(reference, PAID)
    desk.provider.will_say(Paid())
    await desk.pass_time(minutes=10)
    assert (await desk.payment(reference)).state is State.COMPLETED


async def test_a_failure_that_the_query_denies_is_money(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(Paid())
    await desk.hear(reference, CLOSED, code="1032")
    assert (await desk.payment(reference)).state is State.COMPLETED


@pytest.mark.covers("D12")
async def test_a_smaller_amount_waits_in_suspense_for_a_person(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(Paid())
    await desk.hear(reference, replace(PAID, amount=HALF))
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason, payment.received) == (State.UNCERTAIN, Reason.WRONG_AMOUNT, HALF)
    assert await desk.balances() == {"cash:mpesa": 226_750, "suspense": -226_750}
    assert (await desk.bill()).paid.minor == 0
    assert [listed.payment.reference for listed in await desk.portal.views.for_the_office()] == [reference]


@pytest.mark.covers("D12")
@pytest.mark.parametrize("told_first", [Paid(), PENDING])
async def test_money_for_another_payee_waits_in_suspense_for_a_person(
    sqlite_store: Store, clock: FakeClock, told_first: Paid | Pending
) -> None:
    provider = FakeProvider(capabilities=Capabilities(payee="174379"))
    async with a_desk(sqlite_store, clock, provider=provider) as desk:
        reference = await desk.start()
        provider.will_say(told_first, Paid())
        await desk.hear(reference, replace(PAID, payee="600000"))
        await desk.pass_time(minutes=1)
        payment = await desk.payment(reference)
        assert (payment.state, payment.reason) == (State.UNCERTAIN, Reason.WRONG_AMOUNT)
        assert await desk.balances() == {"cash:mpesa": 453_500, "suspense": -453_500}
        assert [listed.payment.reference for listed in await desk.portal.views.for_the_office()] == [
            reference
        ]


async def test_money_for_our_own_account_is_ours(sqlite_store: Store, clock: FakeClock) -> None:
    provider = FakeProvider(capabilities=Capabilities(payee="174379"))
    async with a_desk(sqlite_store, clock, provider=provider) as desk:
        reference = await desk.start()
        provider.will_say(Paid())
        await desk.hear(reference, replace(PAID, payee="174379"))
        assert (await desk.payment(reference)).state is State.COMPLETED


@pytest.mark.covers("D12")
@pytest.mark.parametrize("silence", [PENDING, SILENT])
async def test_a_smaller_amount_is_not_forgotten_while_the_query_is_silent(
    desk: Desk, silence: Pending | Unknown
) -> None:
    """The query that answers at last tells no amount: what the callback told is still known then."""
    reference = await desk.start()
    desk.provider.will_say(silence)
    await desk.hear(reference, replace(PAID, amount=HALF))
    desk.provider.will_say(Paid())
    await desk.pass_time(minutes=10)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason, payment.received) == (State.UNCERTAIN, Reason.WRONG_AMOUNT, HALF)


async def test_code_and_moment_are_not_forgotten_while_the_query_is_silent(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(SILENT)
    await desk.hear(reference, PAID)
    desk.provider.will_say(Paid())
    await desk.pass_time(minutes=10)
    payment = await desk.payment(reference)
    assert (payment.state, payment.receipt_code, payment.provider_paid_at) == (State.COMPLETED, CODE, NOW)


@pytest.mark.covers("D12")
async def test_of_two_stated_amounts_the_wrong_one_counts(desk: Desk) -> None:
    reference = await desk.start()
    await desk.hear(reference, replace(PAID, amount=HALF))
    await desk.hear(reference, PAID)
    desk.provider.will_say(Paid())
    await desk.pass_time(minutes=1)
    assert (await desk.payment(reference)).reason is Reason.WRONG_AMOUNT


async def test_no_amount_of_asking_completes_a_wrong_amount(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(Paid())
    await desk.hear(reference, replace(PAID, amount=HALF))
    await desk.pass_time(days=31)
    assert (await desk.payment(reference)).reason is Reason.WRONG_AMOUNT
    assert await desk.balances() == {"cash:mpesa": 226_750, "suspense": -226_750}


async def test_another_amount_after_completion_is_the_office_s_question(desk: Desk) -> None:
    reference = await desk.start_and_settle(Paid())
    await desk.hear(reference, replace(PAID, amount=HALF))
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason, payment.received) == (State.COMPLETED, Reason.WRONG_AMOUNT, TOTAL)


@pytest.mark.covers("D09", "D26")
async def test_a_second_receipt_code_for_one_request_moves_no_second_money(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(Paid())
    await desk.hear(reference, PAID)
    await desk.hear(reference, replace(PAID, receipt_code="SECOND1234"))
    payment = await desk.payment(reference)
    assert (payment.receipt_code, payment.second_receipt_code) == (CODE, "SECOND1234")
    assert (
        sum(value for account, value in (await desk.balances()).items() if account == "cash:mpesa") == 453_500
    )
    assert [listed.payment.reference for listed in await desk.portal.views.for_the_office()] == [reference]


@pytest.mark.covers("D12", "D22")
async def test_a_callback_about_another_request_is_written_nowhere(desk: Desk) -> None:
    reference = await desk.start()
    before = await desk.count(payment_events)
    desk.provider.will_say(PAID)
    with capture_logs() as logs:
        await desk.hear(reference, PAID, request_id="request-of-somebody-else")
    assert await desk.count(payment_events) == before
    assert (await desk.payment(reference)).state is State.AWAITING_PAYER
    (line,) = [line for line in logs if line["event"] == "callback_of_another_request"]
    assert (line["provider"], line["code"]) == ("mpesa", "0")


@pytest.mark.covers("D12", "D22")
async def test_a_request_that_is_another_payment_s_cannot_be_claimed(desk: Desk) -> None:
    """The answer to the second push is lost, and a callback to its address names the first push, which is paid."""
    await desk.add_bill()
    await desk.start_and_settle(PAID)
    desk.provider.will_answer(SILENT)
    second = await desk.start(bill=RENT, phone=STRANGE_PHONE, agreed=True)
    await desk.hear(second, PAID, request_id="request-1")
    payment = await desk.payment(second)
    assert (payment.state, payment.request_id) == (State.UNCERTAIN, None)


@pytest.mark.covers("D12")
async def test_a_receipt_code_that_settled_another_payment_settles_nothing(desk: Desk) -> None:
    await desk.add_bill()
    await desk.start_and_settle(PAID)
    second = await desk.start(bill=RENT, phone=STRANGE_PHONE, agreed=True)
    desk.provider.will_say(Paid())
    with capture_logs() as logs:
        await desk.hear(second, PAID, request_id="request-2")
    payment = await desk.payment(second)
    assert (payment.state, payment.reason) == (State.UNCERTAIN, Reason.DUPLICATE)
    assert "receipt_code_taken" in [line["event"] for line in logs]


@pytest.mark.covers("D16")
async def test_a_callback_brings_the_id_of_a_push_whose_answer_was_lost(desk: Desk) -> None:
    desk.provider.will_answer(SILENT)
    reference = await desk.start()
    desk.provider.will_say(Paid())
    await desk.hear(reference, PAID)
    payment = await desk.payment(reference)
    assert (payment.state, payment.request_id) == (State.COMPLETED, "request-1")


@pytest.mark.covers("D29", "D69")
async def test_what_nobody_can_read_is_kept_flagged_and_a_moment_to_ask(desk: Desk) -> None:
    reference = await desk.start()
    desk.provider.will_say(Paid())
    with capture_logs() as logs:
        await desk.receive(reference, "<html>")
        await desk.work()
    assert (await desk.payment(reference)).state is State.COMPLETED
    assert "callback_unreadable" in [line["event"] for line in logs]
    stored = await desk.read(lambda tx: inbox.load(tx, desk.portal.tools.vault, 1))
    assert (stored.body, stored.handled) == ("<html>", True)


@pytest.mark.covers("B11", "D29")
@pytest.mark.parametrize("days", [2, 45])
@pytest.mark.parametrize("silence", [PENDING, SILENT])
@pytest.mark.parametrize("body", ["<html>", None], ids=["unreadable", "claim"])
async def test_what_was_said_long_after_a_no_is_asked_about_until_the_provider_decides(
    desk: Desk, body: str | None, silence: Pending | Unknown, days: int
) -> None:
    reference = await desk.start_and_settle(WRONG_PIN)
    await desk.pass_time(days=days)
    desk.provider.will_say(silence)
    await desk.receive(reference, body or desk.provider.callback(Heard("request-1", PAID, "0")))
    await desk.work()
    assert (await desk.read(lambda tx: inbox.load(tx, desk.portal.tools.vault, 1))).handled
    await desk.pass_time(hours=3)
    desk.provider.will_say(Paid())
    await desk.pass_time(hours=1)
    payment = await desk.payment(reference)
    assert (payment.state, payment.late) == (State.COMPLETED, True)
    assert "ask" not in await desk.job_kinds()


@pytest.mark.covers("D29")
async def test_what_nobody_could_read_is_asked_about_for_thirty_days_at_most(desk: Desk) -> None:
    reference = await desk.start_and_settle(WRONG_PIN)
    await desk.pass_time(days=45)
    desk.provider.will_say(SILENT)
    await desk.receive(reference, "<html>")
    asked = len(desk.provider.checks)
    await desk.pass_time(days=40)
    assert asked + 50 < len(desk.provider.checks) < asked + 300
    assert (await desk.payment(reference)).state is State.FAILED
    assert await desk.job_kinds() == []


@pytest.mark.covers("D29")
async def test_a_no_after_what_nobody_could_read_ends_the_asking(desk: Desk) -> None:
    reference = await desk.start_and_settle(WRONG_PIN)
    await desk.pass_time(days=2)
    desk.provider.will_say(SILENT, WRONG_PIN)
    await desk.receive(reference, "<html>")
    await desk.pass_time(days=1)
    assert (await desk.payment(reference)).state is State.FAILED
    assert await desk.job_kinds() == []
    assert len(desk.provider.checks) == 3


async def test_of_what_nobody_could_read_about_a_refused_push_there_is_nothing_to_ask(desk: Desk) -> None:
    desk.provider.will_answer(Rejected(Reason.PAYEE_PROBLEM, "400.002.02"))
    reference = await desk.start()
    await desk.receive(reference, "<html>")
    await desk.work()
    assert desk.provider.checks == []
    assert "ask" not in await desk.job_kinds()


async def test_a_callback_that_says_nothing_is_done(desk: Desk) -> None:
    reference = await desk.start()
    await desk.receive(reference, desk.provider.callback())
    await desk.work()
    assert (await desk.payment(reference)).state is State.AWAITING_PAYER
    assert desk.provider.checks == []


@pytest.mark.covers("D22", "D25")
@pytest.mark.parametrize("provider", ["mpesa", "airtel", "MPESA", "", "../mpesa"])
async def test_a_forged_address_is_not_found_and_stores_nothing(desk: Desk, provider: str) -> None:
    reference = await desk.start()
    good = desk.token(reference)
    forged = [
        "",
        "x",
        reference,
        good[:-1],
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        good.upper(),
        good + "0",
    ]
    for token in [*forged, "é" * 44, *([good] if provider != "mpesa" else [])]:
        with pytest.raises(NotFound):
            await desk.portal.callbacks.receive(provider, token, "{}")
    assert await desk.count(inbox_rows) == [0]


@pytest.mark.covers("D22")
async def test_a_true_address_of_a_payment_that_is_not_there_stores_nothing(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.receive(a_reference(77), "{}")
    assert await desk.count(inbox_rows) == [0]


@pytest.mark.covers("D09", "D26")
async def test_one_callback_five_times_at_once_is_one_callback(each_desk: Desk) -> None:
    reference = await each_desk.start()
    body = each_desk.provider.callback(Heard("request-1", PAID, "0"))
    each_desk.provider.will_say(Paid())
    await asyncio.gather(*(each_desk.receive(reference, body) for _ in range(5)))
    assert await each_desk.count(inbox_rows) == [1]
    await each_desk.work()
    assert (await each_desk.names(reference)).count("PaymentCompleted") == 1


@pytest.mark.covers("D09", "D26")
async def test_five_callbacks_with_one_meaning_settle_once(each_desk: Desk) -> None:
    """Their bodies differ by a blank, so all five are kept, and worked on side by side."""
    reference = await each_desk.start()
    each_desk.provider.will_say(Paid())
    heard = Heard("request-1", PAID, "0")
    bodies = [each_desk.provider.callback(heard) for _ in range(5)]
    await asyncio.gather(*(each_desk.receive(reference, body) for body in bodies))
    assert await each_desk.count(inbox_rows) == [5]
    await each_desk.work()
    names = await each_desk.names(reference)
    assert (names.count("PaymentCompleted"), names.count("ReceiptAllocated")) == (1, 1)
    assert (await each_desk.bill()).paid == shillings(450_000)


@pytest.mark.covers("D09")
async def test_callback_and_poll_at_once_settle_once(each_desk: Desk) -> None:
    reference = await each_desk.start()
    each_desk.provider.will_say(PAID)
    await each_desk.receive(reference, each_desk.provider.callback(Heard("request-1", PAID, "0")))
    door = each_desk.portal.payments
    await asyncio.gather(
        each_desk.work(),
        *(door.ask(reference, Source.RETURN) for _ in range(5)),
        *(door.record_outcome(reference, PAID, Source.WORKER) for _ in range(5)),
    )
    names = await each_desk.names(reference)
    assert (names.count("PaymentCompleted"), names.count("ReceiptAllocated")) == (1, 1)
    assert (await each_desk.balances())["cash:mpesa"] == 453_500


@pytest.mark.covers("D08")
async def test_a_late_failure_cannot_undo_what_was_paid(desk: Desk) -> None:
    reference = await desk.start_and_settle(PAID)
    desk.provider.will_say(CLOSED)
    await desk.hear(reference, CLOSED, code="1032")
    payment = await desk.payment(reference)
    assert (payment.state, payment.received) == (State.COMPLETED, TOTAL)
    assert (await desk.names(reference))[-1] == "VerificationResult"


@pytest.mark.covers("D08", "B11")
@pytest.mark.parametrize("order", list(permutations(["failed", "paid", "silent"])))
async def test_whatever_the_order_money_that_was_verified_stays(desk: Desk, order: tuple[str, ...]) -> None:
    reference = await desk.start()
    facts: dict[str, Paid | NotPaid | Unknown] = {"failed": NO_RESPONSE, "paid": PAID, "silent": SILENT}
    for fact in order:
        await desk.portal.payments.record_outcome(reference, facts[fact], Source.WORKER)
    payment = await desk.payment(reference)
    assert (payment.state, payment.received) == (State.COMPLETED, TOTAL)
    assert (await desk.balances())["cash:mpesa"] == 453_500


@pytest.mark.covers("B11")
async def test_a_callback_after_expiry_is_recorded_as_late_success(desk: Desk) -> None:
    reference = await desk.start()
    await desk.pass_time(seconds=299)
    desk.provider.will_say(NO_RESPONSE)
    await desk.pass_time(days=3)
    assert (await desk.payment(reference)).state is State.EXPIRED
    desk.provider.will_say(Paid())
    await desk.hear(reference, PAID)
    payment = await desk.payment(reference)
    assert (payment.state, payment.late, payment.receipt_code) == (State.COMPLETED, True, CODE)
    assert "LateSuccessReceived" in await desk.names(reference)
    assert (await desk.bill()).rest.minor == 0


async def test_a_claim_after_a_failure_that_stays_denied_is_a_question(desk: Desk) -> None:
    reference = await desk.start_and_settle(CLOSED)
    await desk.hear(reference, PAID)
    payment = await desk.payment(reference)
    assert (payment.state, payment.reason) == (State.UNCERTAIN, Reason.CONTRADICTION)


async def test_a_callback_that_was_handled_already_asks_nobody_again(desk: Desk) -> None:
    """Its worker died between its last two commits."""
    reference = await desk.start()
    await desk.receive(reference, desk.provider.callback(Heard("request-1", PAID, "0")))
    (job,) = await desk.store.write(lambda tx: jobs.take(tx, NOW, LEASE, 5))
    for _ in range(2):
        await desk.portal.callbacks.process(job)
    assert len(desk.provider.checks) == 1


@pytest.mark.covers("B12")
async def test_claimed_money_is_asked_about_within_seconds(desk: Desk) -> None:
    reference = await desk.start()
    await desk.pass_time(minutes=20)
    await desk.hear(reference, PAID)
    desk.provider.will_say(Paid())
    await desk.pass_time(seconds=2)
    assert (await desk.payment(reference)).state is State.COMPLETED


async def test_a_provider_that_is_off_keeps_its_callbacks_until_it_is_on_again(
    sqlite_store: Store, clock: FakeClock
) -> None:
    off = FakeProvider("another provider")
    async with a_desk(sqlite_store, clock, provider=off) as desk:
        await put_payment(sqlite_store, State.AWAITING_PAYER)
        await desk.receive(PAYMENT, "a callback of M-Pesa")
        await desk.pass_time(days=2)
        assert await desk.job_kinds() == ["callback"]
        assert (await desk.payment(PAYMENT)).state is State.AWAITING_PAYER
