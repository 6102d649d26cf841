"""What can go wrong at Airtel, over real HTTP: our reference finds what was lost, and the enquiry alone decides.

A smaller amount cannot be told here: neither its enquiry nor its callback states one.
"""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from portal.domain.errors import PaymentInProgress
from portal.domain.money import shillings
from portal.domain.outcome import Reason
from portal.domain.payment_state import State
from portal.sandbox.airtel.account import AirtelAccount
from portal.sandbox.results import NO_ANSWER, PAID
from tests.faults.airtel import ADDRESS, NEEMA, pay, told
from tests.faults.callbacks import verdicts
from tests.faults.soundness import ending
from tests.faults.test_callback import office
from tests.faults.test_forgery import rows
from tests.makers import FakeClock
from tests.portal import RunningPortal, playing
from tests.sandbox.running import FAST

TOTAL = shillings(453_500)
HASH_KEY = "a private key of the application"
SIGNED = AirtelAccount(hash_key=HASH_KEY)


async def credentials(portal: RunningPortal) -> dict[str, object]:
    account = portal.sandbox.settings.airtel
    return {
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "grant_type": "client_credentials",
    }


@pytest.mark.covers("D23", "A6")
async def test_a_payment_is_confirmed_by_an_enquiry_as_soon_as_its_callback_comes(
    portal: RunningPortal,
) -> None:
    """Three minutes are the wait for the silent; a callback is a reason to ask at once."""
    started = portal.clock.now
    reference = await pay(portal, "approves")
    await portal.hear()
    paid = await portal.payment(reference)
    (movement,) = await portal.sandbox.book()
    assert (paid.state, paid.received, paid.receipt_code) == (State.COMPLETED, TOTAL, movement["receipt"])
    assert portal.clock.now == started
    assert await portal.questions() == 1
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("B12")
async def test_a_silent_payment_is_asked_about_after_three_minutes_and_not_before(
    portal: RunningPortal,
) -> None:
    reference = await pay(portal, "callback-never")
    await portal.hear()
    await portal.pass_time(seconds=179)
    assert await portal.questions() == 0
    assert (await portal.payment(reference)).state is State.AWAITING_PAYER
    await portal.pass_time(seconds=1)
    assert await portal.questions() == 1
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).receipt_code  # the enquiry brings it


@pytest.mark.covers("D07", "D14", "D16")
@pytest.mark.parametrize("answer", ["lost", "html", "truncated", "foreign"])
async def test_a_lost_answer_is_found_again_by_our_reference(portal: RunningPortal, answer: str) -> None:
    await portal.sandbox.give_fate(NEEMA, answer=answer, twists=["lost"])
    reference = await pay(portal, "person")
    unsure = await portal.payment(reference)
    assert (unsure.state, unsure.request_id) == (State.UNCERTAIN, None)
    with pytest.raises(PaymentInProgress):
        await pay(portal, "approves")
    await portal.pass_time(minutes=3)
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert await portal.sandbox.pushes() == 1


@pytest.mark.covers("D07")
@pytest.mark.parametrize("answer", ["unavailable", "redirected", "busy"])
async def test_a_push_that_met_trouble_and_was_never_taken_is_asked_about_and_never_guessed(
    portal: RunningPortal, answer: str
) -> None:
    await portal.sandbox.give_fate(NEEMA, answer=answer)
    reference = await pay(portal, "person")
    assert (await portal.payment(reference)).state is State.UNCERTAIN
    await portal.pass_time(minutes=16)
    assert await portal.questions() > 1
    assert (await portal.payment(reference)).reason is not None
    assert await office(portal) == [reference]
    assert (await ending(portal, reference)).state is State.UNCERTAIN
    assert await portal.sandbox.pushes() == 1


@pytest.mark.covers("D15", "D16")
async def test_a_push_answered_after_our_patience_is_paid_once(database_url: str, clock: FakeClock) -> None:
    async with playing(database_url, clock, patience=0.5, held=FAST.slow_answer) as portal:
        pressing = asyncio.create_task(pay(portal, "answer-late"))
        await portal.hear(callbacks=1)
        reference = await pressing
        assert (await portal.payment(reference)).state is State.COMPLETED
        assert (await ending(portal, reference)).state is State.COMPLETED
        assert await portal.sandbox.pushes() == 1


@pytest.mark.covers("D14")
async def test_an_id_that_airtel_has_already_is_asked_about_and_no_second_prompt_goes_out(
    portal_with_people: RunningPortal,
) -> None:
    """Our push arrived, its answer and our memory of it did not: a worker that sends it again is told so."""
    portal = portal_with_people
    reference = await pay(portal, "person")
    send = portal.portal.payments.pushes.send
    with capture_logs() as logs:
        await send(reference)
    assert [line["outcome"] for line in logs if line["event"] == "push"] == ["Unknown"]
    assert len(portal.sandbox.world.network.prompts) == 1
    await portal.sandbox.press(NEEMA, "approve")
    await portal.hear(callbacks=1)
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D09", "D26")
async def test_a_callback_that_comes_five_times_at_once_is_counted_once(portal: RunningPortal) -> None:
    reference = await pay(portal, "callback-five-times")
    await portal.hear()
    statuses = [delivery.status for delivery in portal.sandbox.world.network.courier.deliveries]
    assert statuses == [200] * 5
    assert await verdicts(portal) == ["Paid: COMPLETED"]
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D16", "D27")
async def test_a_callback_before_the_answer_to_the_push_is_not_lost(portal: RunningPortal) -> None:
    reference = await pay(portal, "callback-first")
    assert len(portal.sandbox.world.network.courier.deliveries) == 1
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("B11", "D39")
async def test_a_success_after_the_end_is_receipted_and_told(portal_with_people: RunningPortal) -> None:
    portal = portal_with_people
    reference = await pay(portal, "person")
    (prompt,) = portal.sandbox.world.network.prompts.values()
    await portal.pass_time(minutes=6)
    portal.sandbox.world.network.act(prompt, NO_ANSWER)
    await portal.hear(callbacks=1)
    assert (await portal.payment(reference)).state is State.EXPIRED
    await portal.pass_time(hours=20)
    portal.sandbox.world.network.act(prompt, PAID)
    await portal.hear(callbacks=2)
    late = await portal.payment(reference)
    assert (late.state, late.late, late.received) == (State.COMPLETED, True, TOTAL)
    assert (await ending(portal, reference)).receipt is not None


@pytest.mark.covers("D12", "D22")
async def test_success_in_the_callback_and_no_in_the_enquiry_is_a_contradiction_for_the_office(
    portal: RunningPortal,
) -> None:
    reference = await pay(portal, "callback-lies-paid")
    await portal.hear()
    unsure = await portal.payment(reference)
    assert (unsure.state, unsure.reason) == (State.UNCERTAIN, Reason.CONTRADICTION)
    assert await portal.sandbox.book() == []
    assert await office(portal) == [reference]
    assert (await ending(portal, reference)).state is State.UNCERTAIN


@pytest.mark.covers("D08")
async def test_a_no_in_the_callback_and_success_in_the_enquiry_is_paid(portal: RunningPortal) -> None:
    reference = await pay(portal, "callback-lies-cancelled")
    await portal.hear()
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).received == TOTAL


@pytest.mark.covers("D06")
@pytest.mark.parametrize(
    "payer, reason",
    [
        ("cancels", Reason.CANCELLED_OR_TIMED_OUT),
        ("wrong-pin", Reason.WRONG_PIN),
        ("no-balance", Reason.INSUFFICIENT_FUNDS),
        ("pin-locked", Reason.NOT_COMPLETED),
        ("expired", Reason.NO_RESPONSE),
        ("limit", Reason.LIMIT_DAILY),
    ],
)
async def test_the_enquiry_tells_why_where_the_callback_only_says_no(
    portal: RunningPortal, payer: str, reason: Reason
) -> None:
    reference = await pay(portal, payer)
    await portal.hear()
    failed = await portal.payment(reference)
    assert (failed.state, failed.reason) == (State.FAILED, reason)
    assert (await ending(portal, await pay(portal, "approves"))).state is State.COMPLETED


@pytest.mark.covers("D06", "D23")
@pytest.mark.parametrize("code", ["DP00800001000", "DP00800001024"])
async def test_what_is_ambiguous_stays_uncertain_and_is_asked_about_until_it_ends(
    portal: RunningPortal, code: str
) -> None:
    await portal.sandbox.give_fate(NEEMA, result=code, twists=["lost"])
    reference = await pay(portal, "person")
    await portal.hear()
    await portal.pass_time(minutes=4)
    assert (await portal.payment(reference)).state is State.AWAITING_PAYER
    await portal.pass_time(minutes=2)
    asked = []
    for _ in range(4):
        await portal.pass_time(hours=6)
        asked.append(await portal.questions())
        assert (await portal.payment(reference)).state is State.UNCERTAIN
    assert sorted(set(asked)) == asked
    (prompt,) = portal.sandbox.world.network.prompts.values()
    portal.sandbox.world.network.act(prompt, PAID)
    await portal.pass_time(hours=25)
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).received == TOTAL


@pytest.mark.covers("D06")
async def test_letters_that_no_document_names_are_told_to_the_office_and_never_believed(
    portal: RunningPortal,
) -> None:
    with capture_logs() as logs:
        reference = await pay(portal, "undocumented")
        await portal.hear()
    assert {"outcome_unmapped"} <= {line["event"] for line in logs if line["log_level"] == "error"}
    assert (await portal.payment(reference)).state is State.PROCESSING
    assert (await ending(portal, reference)).state is State.UNCERTAIN


@pytest.mark.covers("D06")
@pytest.mark.parametrize("payer", ["query-unknown", "query-busy"])
async def test_a_payment_that_no_enquiry_finds_is_never_called_unpaid(
    portal: RunningPortal, payer: str
) -> None:
    reference = await pay(portal, payer)
    await portal.hear()
    await portal.pass_time(minutes=30)
    assert (await portal.payment(reference)).state in (State.PROCESSING, State.UNCERTAIN)
    assert await office(portal) == [reference]
    assert (await ending(portal, reference)).state is State.UNCERTAIN


async def test_an_enquiry_that_lags_behind_the_callback_is_repeated_in_seconds(portal: RunningPortal) -> None:
    reference = await pay(portal, "query-lags")
    await portal.hear()
    assert (await portal.payment(reference)).state is State.PROCESSING
    await portal.pass_time(seconds=30)
    assert (await portal.payment(reference)).state is State.COMPLETED


@pytest.mark.covers("D22", "D25")
@pytest.mark.parametrize("key", ["", "another-unguessable-end-of-one", "0" * 44, "x" * 3_000])
async def test_a_callback_with_a_forged_key_is_not_found_and_stored_nowhere(
    portal: RunningPortal, key: str
) -> None:
    reference = await pay(portal, "callback-never")
    before = await rows(portal)
    for address in (f"/webhooks/airtel/{key}", f"/webhooks/mpesa/{key}", ADDRESS.replace("airtel", "mpesa")):
        answer = await portal.client.post(address, json=told(reference, "TS"))
        assert answer.status_code == 404
    assert await rows(portal) == before


@pytest.mark.covers("D12", "D22")
async def test_a_forged_success_with_the_right_key_is_not_believed(portal_with_people: RunningPortal) -> None:
    portal = portal_with_people
    reference = await pay(portal, "person")
    await portal.client.post(ADDRESS, json=told(reference, "TS", airtel_money_id="MP260303.1200.L00000"))
    await portal.work()
    assert (await portal.payment(reference)).state is State.PROCESSING
    await portal.sandbox.press(NEEMA, "wrong-pin")
    await portal.hear(callbacks=1)
    unsure = await portal.payment(reference)
    assert (unsure.state, unsure.reason) == (State.UNCERTAIN, Reason.CONTRADICTION)
    assert (await ending(portal, reference)).state is State.UNCERTAIN


@pytest.mark.covers("D22")
async def test_a_callback_of_another_provider_s_payment_or_of_none_changes_nothing(
    portal: RunningPortal,
) -> None:
    by_mpesa = await portal.pay("255754000007")
    await portal.hear()
    before = await portal.payment(by_mpesa)
    for reference in (by_mpesa, "NOBODYKNOWS1"):
        assert (await portal.client.post(ADDRESS, json=told(reference, "TS"))).status_code == 200
    await portal.work()
    assert await verdicts(portal) == ["no payment of ours"] * 2
    assert await portal.payment(by_mpesa) == before


@pytest.mark.covers("D29")
@pytest.mark.parametrize("payer", ["callback-malformed", "callback-oversized", "callback-deep"])
async def test_an_unreadable_callback_leaves_the_payment_to_the_enquiry(
    portal: RunningPortal, payer: str
) -> None:
    reference = await pay(portal, payer)
    await portal.hear()
    assert (await portal.payment(reference)).state is State.AWAITING_PAYER
    await portal.pass_time(minutes=3)
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D22")
@pytest.mark.parametrize("over_transaction", [False, True])
async def test_a_callback_with_its_hash_is_confirmed_like_any_other(
    database_url: str, clock: FakeClock, *, over_transaction: bool
) -> None:
    account = AirtelAccount(hash_key=HASH_KEY, hashes_transaction=over_transaction)
    with capture_logs() as logs:
        async with playing(database_url, clock, airtel=account) as portal:
            reference = await pay(portal, "approves")
            await portal.hear()
            assert (await portal.payment(reference)).state is State.COMPLETED
            assert await portal.questions() == 1
    assert "callback_hash_wrong" not in [line["event"] for line in logs]


@pytest.mark.covers("D22")
@pytest.mark.parametrize("payer, state", [("callback-never", State.COMPLETED), ("person", State.PROCESSING)])
async def test_a_callback_with_a_wrong_hash_is_logged_and_only_makes_us_ask(
    database_url: str, clock: FakeClock, payer: str, state: State
) -> None:
    async with playing(database_url, clock, airtel=SIGNED, held=FAST.prompt_lifetime) as portal:
        reference = await pay(portal, payer)
        if payer != "person":
            await portal.hear()
        forged = told(reference, "TS", airtel_money_id="MP260303.1200.L00000") | {"hash": "A" * 44}
        with capture_logs() as logs:
            assert (await portal.client.post(ADDRESS, json=forged)).status_code == 200
            await portal.work()
        assert ("callback_hash_wrong", "error") in [(line["event"], line["log_level"]) for line in logs]
        after = await portal.payment(reference)
        assert (after.state, after.claimed_paid) == (state, False)
        assert after.receipt_code != "MP260303.1200.L00000"
        assert await portal.questions() == 1


@pytest.mark.covers("D14")
@pytest.mark.parametrize("has_token", [True, False])
async def test_an_airtel_that_is_down_and_then_up_receives_exactly_one_push(
    portal: RunningPortal, *, has_token: bool
) -> None:
    if has_token:
        await pay(portal, "no-balance")
        await portal.hear()
    received = await portal.sandbox.pushes()
    await portal.sandbox.line.down()
    reference = await pay(portal, "approves")
    await portal.pass_time(seconds=3)
    assert (await portal.payment(reference)).state is State.SUBMITTING
    await portal.sandbox.line.up()
    await portal.pass_time(seconds=10)
    assert await portal.sandbox.pushes() == received + 1
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D66")
@pytest.mark.parametrize("ends", ["in time", "too early"])
async def test_a_token_that_ends_in_the_middle_is_renewed_and_one_push_accepted(
    portal: RunningPortal, ends: str
) -> None:
    await pay(portal, "cancels")
    await portal.hear()
    if ends == "in time":
        await portal.pass_time(seconds=180)
    else:
        portal.sandbox.airtel.tokens.issue(await credentials(portal))
    reference = await pay(portal, "approves")
    portal.sandbox.airtel.tokens.issue(await credentials(portal))  # and once more before the enquiry
    await portal.hear()
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert len(portal.sandbox.world.network.prompts) == 2
    assert (await ending(portal, reference)).state is State.COMPLETED


async def test_wrong_credentials_are_told_to_the_office_and_the_payer_may_choose_another_way(
    portal: RunningPortal,
) -> None:
    """The application's secret was changed at Airtel."""
    portal.sandbox.airtel.tokens.account = AirtelAccount(client_secret="another")
    with capture_logs() as logs:
        reference = await pay(portal, "approves")
    failed = await portal.payment(reference)
    assert (failed.state, failed.reason, failed.code) == (
        State.FAILED,
        Reason.PAYEE_PROBLEM,
        "invalid_client",
    )
    assert "provider_refuses_us" in [line["event"] for line in logs if line["log_level"] == "error"]
    assert await portal.sandbox.pushes() == 0
    assert (await ending(portal, await portal.pay("255754000001"))).state is State.COMPLETED


async def test_credentials_that_end_while_a_payment_is_in_flight_leave_it_open(portal: RunningPortal) -> None:
    reference = await pay(portal, "callback-never")
    await portal.hear()
    portal.sandbox.airtel.tokens.account = AirtelAccount(client_secret="another")
    await portal.pass_time(minutes=10)
    assert (await portal.payment(reference)).state is State.UNCERTAIN
    portal.sandbox.airtel.tokens.account = AirtelAccount()
    assert (await ending(portal, reference)).state is State.COMPLETED
