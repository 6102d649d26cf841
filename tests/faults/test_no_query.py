"""A wallet whose operator nobody can ask: only callbacks tell, and without one nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from portal.domain.method import PaymentMethod
from portal.domain.outcome import Reason
from portal.domain.payment_state import State
from portal.sandbox.fates import number_of
from portal.sandbox.operators import MIXX
from tests.faults.callbacks import verdicts
from tests.faults.soundness import ending
from tests.faults.test_callback import office
from tests.faults.test_forgery import rows
from tests.makers import FakeClock, a_phone, a_reference
from tests.portal import CALLBACK_KEY, RunningPortal, playing
from tests.sandbox.running import FAST

TOTAL = "453500"
PAYER = "255652111222"


async def pays(portal: RunningPortal, fate: str) -> str:
    number = PAYER if fate == "person" else number_of(fate, MIXX)
    return await portal.pay(number, method=PaymentMethod.TIGO_PESA)


async def state_of(portal: RunningPortal, reference: str) -> tuple[State, Reason | None]:
    payment = await portal.payment(reference)
    return payment.state, payment.reason


async def says(
    portal: RunningPortal, reference: str, *, paid: bool, key: str = CALLBACK_KEY, **changes: Any
) -> httpx.Response:
    """A callback by hand."""
    body = {"Status": paid, "Description": "", "ReferenceID": f"NEST{reference}", "Amount": TOTAL}
    transaction = {"MFSTransactionID": "CO260303.1200.A00001"} if paid else {}
    return await portal.client.post(f"/webhooks/tigo/{key}", json=body | transaction | changes)


@pytest.mark.covers("A5")
async def test_a_callback_settles_what_nobody_can_be_asked_about(portal: RunningPortal) -> None:
    reference = await pays(portal, "approves")
    assert (await state_of(portal, reference))[0] is State.AWAITING_PAYER
    await portal.hear()
    (movement,) = await portal.sandbox.book()
    (delivery,) = portal.sandbox.world.network.courier.deliveries
    assert (delivery.status, '"BILLER-30-0000-S"' in delivery.answer) == (200, True)
    payment = await ending(portal, reference)
    assert (payment.state, payment.receipt_code) == (State.COMPLETED, movement["receipt"])
    assert await portal.questions() == 0


async def test_a_no_is_certain_though_it_has_no_reason(portal: RunningPortal) -> None:
    reference = await pays(portal, "no-balance")
    await portal.hear()
    assert await state_of(portal, reference) == (State.FAILED, Reason.NOT_COMPLETED)
    again = await pays(portal, "approves")
    await portal.hear()
    assert (await ending(portal, again)).state is State.COMPLETED


@pytest.mark.covers("D07")
@pytest.mark.parametrize("fate", ["answer-lost", "answer-html", "answer-truncated", "answer-foreign"])
async def test_an_answer_that_is_lost_leaves_it_uncertain_until_the_callback(
    portal: RunningPortal, fate: str
) -> None:
    reference = await pays(portal, fate)
    assert (await state_of(portal, reference))[0] is State.UNCERTAIN
    await portal.hear()
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert await portal.sandbox.pushes() == 1


@pytest.mark.covers("D07")
async def test_an_answer_after_our_patience_leaves_it_uncertain_until_the_callback(
    database_url: str, clock: FakeClock
) -> None:
    async with playing(database_url, clock, patience=1, slow_answer=2.5) as portal:
        reference = await pays(portal, "answer-late")
        assert (await state_of(portal, reference))[0] is State.UNCERTAIN
        await portal.hear()
        assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D16", "D27")
async def test_a_callback_before_the_answer_to_the_push_settles_once(portal: RunningPortal) -> None:
    reference = await pays(portal, "callback-first")
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D09", "D26")
async def test_a_callback_that_comes_five_times_is_counted_once(portal: RunningPortal) -> None:
    reference = await pays(portal, "callback-five-times")
    await portal.hear()
    assert [one.status for one in portal.sandbox.world.network.courier.deliveries] == [200] * 5
    assert await verdicts(portal) == ["Paid: COMPLETED"]
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D10")
async def test_a_no_after_the_yes_takes_no_receipt_away(portal: RunningPortal) -> None:
    reference = await pays(portal, "approves")
    await portal.hear()
    await says(portal, reference, paid=False)
    await portal.work()
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D10")
async def test_a_yes_after_the_no_is_a_late_success(database_url: str, clock: FakeClock) -> None:
    async with playing(database_url, clock, held=FAST.late_after) as portal:
        reference = await pays(portal, "failed-then-paid")
        await portal.hear(1)
        assert await state_of(portal, reference) == (State.FAILED, Reason.NOT_COMPLETED)
        payment = await ending(portal, reference)
        assert (payment.state, payment.late) == (State.COMPLETED, True)


@pytest.mark.covers("D10")
async def test_a_yes_and_a_no_at_once_end_with_the_money(portal: RunningPortal) -> None:
    reference = await pays(portal, "failed-then-paid")
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D12")
async def test_another_amount_waits_for_a_person(portal: RunningPortal) -> None:
    reference = await pays(portal, "smaller-amount")
    await portal.hear()
    assert await state_of(portal, reference) == (State.UNCERTAIN, Reason.WRONG_AMOUNT)
    await says(portal, reference, paid=False)
    assert (await ending(portal, reference)).reason is Reason.WRONG_AMOUNT
    assert await office(portal) == [reference]


@pytest.mark.covers("D12")
async def test_a_yes_without_an_amount_waits_for_a_person(portal_with_people: RunningPortal) -> None:
    reference = await pays(portal_with_people, "person")
    await says(portal_with_people, reference, paid=True, Amount=None)
    await portal_with_people.work()
    assert await state_of(portal_with_people, reference) == (State.UNCERTAIN, Reason.WRONG_AMOUNT)


@pytest.mark.covers("D06")
async def test_a_yes_that_names_no_transaction_is_told_to_the_office_and_not_believed(
    portal: RunningPortal,
) -> None:
    reference = await pays(portal, "undocumented")
    with capture_logs() as logs:
        await portal.hear()
    assert [line["code"] for line in logs if line["event"] == "outcome_unmapped"] == ["no MFSTransactionID"]
    assert (await ending(portal, reference)).state is State.UNCERTAIN


@pytest.mark.covers("D07", "B12")
@pytest.mark.parametrize(
    "fate", ["callback-never", "callback-malformed", "callback-deep", "redirected", "unavailable"]
)
async def test_without_a_word_it_stays_uncertain_for_ever_and_stands_in_the_office(
    portal: RunningPortal, fate: str
) -> None:
    reference = await pays(portal, fate)
    await portal.hear()
    assert (await ending(portal, reference)).state is State.UNCERTAIN
    assert await office(portal) == [reference]
    await portal.pass_time(days=31)
    assert (await state_of(portal, reference))[0] is State.UNCERTAIN


@pytest.mark.covers("D22", "D25")
async def test_a_forged_address_is_nowhere_and_stores_nothing(portal_with_people: RunningPortal) -> None:
    portal = portal_with_people
    reference = await pays(portal, "person")
    before = await rows(portal)
    for key in ("guessed-key-that-has-thirty-two-signs", CALLBACK_KEY[:-1], CALLBACK_KEY.upper()):
        assert (await says(portal, reference, paid=True, key=key)).status_code == 404
    assert await rows(portal) == before


@pytest.mark.covers("D22")
async def test_a_callback_for_no_payment_of_this_wallet_is_acknowledged_and_parked(
    portal_with_people: RunningPortal,
) -> None:
    portal = portal_with_people
    elsewhere = await portal.pay(a_phone().digits)
    for reference in (a_reference(99), elsewhere, "short"):
        answer = await says(portal, reference, paid=True)
        assert (answer.status_code, answer.json()["ResponseStatus"]) == (200, True)
        assert answer.json()["ReferenceID"] == f"NEST{reference}"
    await portal.work()
    assert await verdicts(portal) == ["no payment of ours"] * 3
    assert (await state_of(portal, elsewhere))[0] is State.AWAITING_PAYER


@pytest.mark.covers("D66")
async def test_wrong_credentials_are_told_to_the_office_before_any_prompt(portal: RunningPortal) -> None:
    _changes_password(portal)
    with capture_logs() as logs:
        reference = await pays(portal, "approves")
    assert await state_of(portal, reference) == (State.FAILED, Reason.PAYEE_PROBLEM)
    assert [line["code"] for line in logs if line["event"] == "provider_refuses_us"] == ["invalid_grant"]
    assert await portal.sandbox.pushes() == 0


@pytest.mark.covers("D66")
async def test_credentials_that_change_under_a_live_token_are_no_reason_for_a_second_prompt(
    portal: RunningPortal,
) -> None:
    await pays(portal, "no-balance")
    await portal.hear()
    _changes_password(portal)
    reference = await pays(portal, "approves")
    assert await state_of(portal, reference) == (State.FAILED, Reason.PAYEE_PROBLEM)
    assert await portal.sandbox.book() == []


@pytest.mark.covers("D66")
async def test_a_token_that_ended_early_is_renewed_and_the_payer_notices_nothing(
    portal: RunningPortal,
) -> None:
    await pays(portal, "no-balance")
    await portal.hear()
    portal.sandbox.mixx.tokens.ends.clear()
    reference = await pays(portal, "approves")
    await portal.hear()
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D14", "D67")
async def test_a_gateway_that_is_away_is_tried_again_and_then_called_busy(portal: RunningPortal) -> None:
    await portal.sandbox.line.down()
    reference = await pays(portal, "approves")
    await portal.pass_time(minutes=2)
    await portal.sandbox.line.up()
    assert await state_of(portal, reference) == (State.FAILED, Reason.PROVIDER_BUSY)
    assert await portal.sandbox.pushes() == 0


def _changes_password(portal: RunningPortal) -> None:
    """At the provider's side."""
    mixx = portal.sandbox.mixx
    mixx.account = mixx.tokens.account = replace(mixx.account, password="another")
