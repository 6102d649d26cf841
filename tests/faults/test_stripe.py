"""What can go wrong at Stripe, over real HTTP: lost, late, twice or forged, each shilling is counted once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from portal.domain.errors import PaymentInProgress
from portal.domain.money import Currency, Money, shillings
from portal.domain.outcome import Reason
from portal.domain.payment_state import State
from portal.sandbox.fates import BY_NAME, PERSON, composed
from tests.faults.callbacks import verdicts
from tests.faults.soundness import ending
from tests.faults.stripe import (
    ADDRESS,
    DECLINED,
    GOOD,
    TOTAL,
    event,
    paid,
    pay,
    press,
    send,
    sessions,
)
from tests.faults.test_callback import office
from tests.faults.test_forgery import rows
from tests.makers import FakeClock, a_person, a_reference
from tests.portal import RunningPortal, playing

ASHA = a_person()
HALF = shillings(233_175)
SUCCEEDED = "payment_intent.succeeded"


@pytest.fixture
async def impatient(database_url: str, clock: FakeClock) -> AsyncIterator[RunningPortal]:
    """A portal that does not wait for an answer as long as a slow provider takes."""
    async with playing(database_url, clock, patience=0.4, slow_answer=1.2) as running:
        yield running


@pytest.mark.covers("A8", "D23", "D43")
async def test_a_card_is_paid_once_its_event_is_stored(portal: RunningPortal) -> None:
    reference = await pay(portal)
    assert (await portal.payment(reference)).state is State.AWAITING_CARD
    await press(portal)
    await portal.hear(callbacks=3)
    done = await portal.payment(reference)
    (movement,) = await portal.sandbox.book()
    assert (done.state, done.received, done.receipt_code) == (State.COMPLETED, TOTAL, movement["receipt"])
    assert await portal.questions() == 0
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert await portal.sandbox.pushes() == 1


@pytest.mark.covers("B12")
async def test_events_that_never_come_are_made_up_for_by_asking(portal: RunningPortal) -> None:
    reference = await pay(portal, "callback-never")
    await portal.hear()
    assert (await portal.payment(reference)).state is State.AWAITING_CARD
    await portal.pass_time(seconds=6)
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert await verdicts(portal) == []
    assert (await ending(portal, reference)).received == TOTAL


@pytest.mark.covers("D09", "D26")
async def test_fifteen_events_at_once_are_one_payment(portal: RunningPortal) -> None:
    reference = await pay(portal, "callback-five-times")
    await portal.hear()
    statuses = [delivery.status for delivery in portal.sandbox.world.network.courier.deliveries]
    assert statuses == [200] * 15
    told = await verdicts(portal)
    assert sorted(str(verdict) for verdict in told) == ["Paid: COMPLETED", "nothing said", "told before"]
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D16")
async def test_events_that_overtake_the_answer_count(portal: RunningPortal) -> None:
    reference = await pay(portal, "callback-first")
    await portal.hear()
    done = await portal.payment(reference)
    assert (done.state, done.request_id) == (State.COMPLETED, sessions(portal)[0].request_id)
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D07", "D14")
@pytest.mark.parametrize("answer", ["lost", "html", "truncated", "foreign"])
async def test_a_lost_answer_is_fetched_and_the_payer_goes_on(portal: RunningPortal, answer: str) -> None:
    portal.sandbox.world.network.fates["card"] = composed(result=None, answer=answer)
    reference = await pay(portal, "as the fate says")
    assert (await portal.payment(reference)).state is State.SUBMITTING
    with pytest.raises(PaymentInProgress):
        await pay(portal, "as the fate says")
    await portal.pass_time(seconds=2)
    fetched = await portal.payment(reference)
    assert (fetched.state, fetched.request_id) == (State.AWAITING_CARD, sessions(portal)[0].request_id)
    await press(portal)
    await portal.hear(callbacks=3)
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert len(sessions(portal)) == 1


@pytest.mark.covers("D15", "D16")
async def test_an_answer_after_our_patience_is_fetched_and_paid_once(impatient: RunningPortal) -> None:
    reference = await pay(impatient, "answer-late")
    await impatient.hear()
    assert (await impatient.payment(reference)).state is State.COMPLETED
    await impatient.pass_time(seconds=30)
    assert (await ending(impatient, reference)).state is State.COMPLETED
    assert len(sessions(impatient)) == 1


@pytest.mark.parametrize("answer", ["unavailable", "redirected"])
async def test_trouble_on_the_way_is_never_failed_and_ends_with_the_page(
    portal: RunningPortal, answer: str
) -> None:
    reference = await pay(portal, answer)
    await portal.pass_time(seconds=40)
    unsure = await portal.payment(reference)
    assert (unsure.state, unsure.reason, unsure.page) == (State.UNCERTAIN, Reason.AMBIGUOUS, None)
    portal.sandbox.world.network.fates["card"] = PERSON
    await portal.pass_time(minutes=3)
    assert (await portal.payment(reference)).state is State.AWAITING_CARD
    await press(portal)
    await portal.hear(callbacks=3)
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert len(sessions(portal)) == 1


async def test_a_stripe_that_never_answers_lapses_and_frees_the_bill(portal: RunningPortal) -> None:
    reference = await pay(portal, "unavailable")
    await portal.pass_time(minutes=20)
    assert await office(portal) == [reference]
    assert (await ending(portal, reference)).state is State.EXPIRED
    again = await pay(portal, "approves")
    await portal.hear()
    assert (await ending(portal, again)).state is State.COMPLETED


@pytest.mark.covers("D67")
@pytest.mark.parametrize("down", [True, False])
async def test_a_request_that_was_turned_away_at_the_door_is_not_paid(
    portal: RunningPortal,
    down: bool,  # noqa: FBT001
) -> None:
    if down:
        await portal.sandbox.line.down()
    with capture_logs() as logs:
        reference = await pay(portal, "busy")
        await portal.pass_time(minutes=1)
    failed = await portal.payment(reference)
    assert (failed.state, failed.reason) == (State.FAILED, Reason.PROVIDER_BUSY)
    assert [line["attempt"] for line in logs if line["event"] == "push"] == [1, 2, 3, 4]
    if down:
        await portal.sandbox.line.up()
    assert (await ending(portal, reference)).state is State.FAILED


@pytest.mark.covers("D46")
@pytest.mark.parametrize(
    "key, code",
    [("sk_test_of0somebody0else", "invalid_request_error"), ("sk_test_sandbox0ended0key", "api_key_expired")],
)
async def test_wrong_or_ended_credentials_have_a_reason_and_reach_the_office(
    database_url: str, clock: FakeClock, key: str, code: str
) -> None:
    async with playing(database_url, clock, told={"STRIPE_SECRET_KEY": key}) as portal:
        with capture_logs() as logs:
            reference = await pay(portal)
        failed = await portal.payment(reference)
        assert (failed.state, failed.reason, failed.code) == (State.FAILED, Reason.PAYEE_PROBLEM, code)
        alerts = [line for line in logs if line["event"] == "provider_refuses_us"]
        assert [(line["log_level"], line["payment"]) for line in alerts] == [("error", reference)]
        assert key not in json.dumps(logs, default=str)
        assert (await ending(portal, reference)).state is State.FAILED


@pytest.mark.covers("D12")
async def test_half_of_the_money_waits_for_a_person(portal: RunningPortal) -> None:
    reference = await pay(portal, "smaller-amount")
    await portal.hear()
    short = await portal.payment(reference)
    assert (short.state, short.reason, short.received) == (State.UNCERTAIN, Reason.WRONG_AMOUNT, HALF)
    assert await portal.account("suspense") == -HALF.minor
    assert await office(portal) == [reference]
    assert (await ending(portal, reference)).state is State.UNCERTAIN


async def test_an_event_in_another_currency_waits_for_a_person(portal: RunningPortal) -> None:
    reference = await pay(portal)
    assert await send(portal, event(SUCCEEDED, paid(reference, 20_000, "usd"), portal.clock())) == 200
    wrong = await portal.payment(reference)
    assert (wrong.state, wrong.received) == (State.UNCERTAIN, Money(20_000, Currency.USD))
    assert await office(portal) == [reference]


@pytest.mark.covers("D19")
async def test_an_end_without_money_is_believed_only_when_stripe_confirms_it(portal: RunningPortal) -> None:
    reference = await pay(portal, "callback-lies-cancelled")
    await portal.hear()
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D22")
async def test_a_signed_success_that_stripe_denies_is_told_to_the_office(portal: RunningPortal) -> None:
    """Only who knows the secret can sign, so it counts; and yet the session is looked at once more."""
    reference = await pay(portal, "callback-lies-paid")
    await portal.hear()
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert await office(portal) == []
    await portal.pass_time(minutes=1)
    settled = await portal.payment(reference)
    assert (settled.state, settled.reason) == (State.COMPLETED, Reason.CONTRADICTION)
    assert await office(portal) == [reference]


@pytest.mark.covers("D22", "D23")
async def test_a_forged_event_is_turned_away_and_stored_nowhere(portal: RunningPortal) -> None:
    reference = await pay(portal)
    body = event(SUCCEEDED, paid(reference), portal.clock())
    before = await rows(portal)
    assert await send(portal, body, secret="whsec_of0somebody0else0entirely") == 401
    assert await send(portal, body, age=301) == 401
    assert await send(portal, event(SUCCEEDED, paid(reference), portal.clock(), livemode=True)) == 401
    assert (await portal.client.post(ADDRESS, content=body)).status_code == 401
    assert (await portal.client.post(f"{ADDRESS}/anything", content=body)).status_code == 404
    assert await send(portal, "<html>", secret=None) == 422
    assert await rows(portal) == before
    await press(portal, number=GOOD)
    await portal.hear(callbacks=3)
    assert (await ending(portal, reference)).state is State.COMPLETED


async def test_a_true_event_of_nobody_s_payment_is_kept_and_moves_nothing(portal: RunningPortal) -> None:
    reference = await pay(portal)
    for stranger in (None, a_reference(77), "' OR 1=1 --"):
        assert (
            await send(portal, event(SUCCEEDED, paid(stranger), portal.clock(), id=f"evt_{stranger}")) == 200
        )
    await portal.work()
    assert await verdicts(portal) == ["no payment of ours"] * 3
    assert (await ending(portal, reference)).state is State.EXPIRED


@pytest.mark.covers("D08")
async def test_a_decline_that_is_told_after_the_success_changes_nothing(portal: RunningPortal) -> None:
    reference = await pay(portal)
    await press(portal, "late")
    await press(portal, number=DECLINED)
    await press(portal, number=GOOD)
    await portal.hear(callbacks=4)
    done = await portal.payment(reference)
    assert (done.state, done.reason) == (State.COMPLETED, None)
    assert (await ending(portal, reference)).state is State.COMPLETED


async def test_a_card_that_is_declined_and_another_that_pays_are_one_payment(portal: RunningPortal) -> None:
    reference = await pay(portal)
    await press(portal, number=DECLINED)
    await portal.hear(callbacks=1)
    tried = await portal.payment(reference)
    assert (tried.state, tried.reason) == (State.AWAITING_CARD, Reason.CARD_DECLINED)
    await press(portal, number=GOOD)
    await portal.hear(callbacks=4)
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert len(await portal.sandbox.book()) == 1


@pytest.mark.parametrize(
    "payer, reason",
    [("no-balance", Reason.INSUFFICIENT_FUNDS), ("wrong-pin", Reason.CARD_DECLINED)],
)
async def test_a_session_that_ended_says_why_the_card_did_not_do(
    portal: RunningPortal, payer: str, reason: Reason
) -> None:
    reference = await pay(portal, payer)
    await portal.hear()
    failed = await portal.payment(reference)
    assert (failed.state, failed.reason) == (State.FAILED, reason)
    assert (await ending(portal, reference)).state is State.FAILED


async def test_a_page_that_nobody_finished_ends_with_its_time(portal: RunningPortal) -> None:
    reference = await pay(portal)
    await portal.pass_time(hours=22)
    assert (await portal.payment(reference)).state is State.AWAITING_CARD
    assert (await ending(portal, reference)).state is State.EXPIRED


@pytest.mark.covers("A23")
async def test_who_cancels_closes_the_page_and_can_pay_anew(portal: RunningPortal) -> None:
    reference = await pay(portal)
    await portal.portal.payments.cancel(ASHA, reference)
    await portal.hear()
    assert (await portal.payment(reference)).state is State.CANCELLED
    assert not sessions(portal)[0].in_flight
    again = await pay(portal, "approves")
    await portal.hear()
    assert (await ending(portal, again)).state is State.COMPLETED
    assert (await portal.payment(reference)).state is State.CANCELLED


@pytest.mark.covers("B11")
async def test_who_pays_and_cancels_at_once_has_paid(portal: RunningPortal) -> None:
    reference = await pay(portal)
    await asyncio.gather(press(portal), portal.portal.payments.cancel(ASHA, reference))
    await portal.hear()
    moved = bool(await portal.sandbox.book())
    assert (await ending(portal, reference)).state is (State.COMPLETED if moved else State.CANCELLED)


async def test_a_cancelling_that_stripe_did_not_hear_is_tried_again(portal: RunningPortal) -> None:
    reference = await pay(portal)
    await portal.sandbox.line.down()
    await portal.portal.payments.cancel(ASHA, reference)
    assert (await portal.payment(reference)).state is State.AWAITING_CARD
    await portal.sandbox.line.up()
    await portal.pass_time(minutes=2)
    assert (await portal.payment(reference)).state is State.CANCELLED
    assert not sessions(portal)[0].in_flight


@pytest.mark.parametrize("payer", ["query-unknown", "query-busy", "query-lags"])
async def test_a_question_without_an_answer_decides_nothing(portal: RunningPortal, payer: str) -> None:
    portal.sandbox.world.network.fates["card"] = composed(
        twists=["lost"], query=BY_NAME[payer].query.value, result="PAID"
    )
    reference = await pay(portal, "as the fate says")
    await portal.hear()
    await portal.pass_time(seconds=10)
    assert (await portal.payment(reference)).state is State.AWAITING_CARD
    lags = payer == "query-lags"
    assert (await ending(portal, reference)).state is (State.COMPLETED if lags else State.UNCERTAIN)


async def test_a_question_that_hangs_says_nothing_about_the_money(impatient: RunningPortal) -> None:
    reference = await pay(impatient, "query-hangs")
    await impatient.hear()
    assert (await impatient.payment(reference)).state is State.COMPLETED
    assert (await ending(impatient, reference)).state is State.COMPLETED


async def test_a_refund_of_which_nobody_says_how_it_stands_moves_nothing_and_is_told_to_the_office(
    portal: RunningPortal,
) -> None:
    reference = await pay(portal, "approves")
    await portal.hear()
    code = (await portal.payment(reference)).receipt_code
    refund: dict[str, Any] = {"id": "re_1", "object": "refund", "payment_intent": code, "metadata": {}}
    with capture_logs() as logs:
        assert await send(portal, event("refund.created", refund, portal.clock())) == 200
        await portal.work()
    troubles = [(line["provider"], line["code"]) for line in logs if line["event"] == "provider_trouble"]
    assert troubles == [("stripe", "refund.created")]
    after = await ending(portal, reference)
    assert (after.state, after.refunds.every) == (State.COMPLETED, ())


async def test_two_tabs_that_press_pay_at_once_open_one_page(portal: RunningPortal) -> None:
    first, second = await asyncio.gather(pay(portal, key="one draft"), pay(portal, key="one draft"))
    assert first == second
    assert len(sessions(portal)) == 1
    assert (await ending(portal, first)).state is State.EXPIRED
