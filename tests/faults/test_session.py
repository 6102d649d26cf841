"""M-Pesa's own ways: sessions that end, begin late or are refused, and an app that answers when the payer has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from portal.domain.errors import PaymentInProgress
from portal.domain.outcome import Reason
from portal.domain.payment_state import State
from portal.sandbox.fates import NUMBER_OF
from portal.sandbox.vodacom.account import VodacomAccount
from tests.faults.callbacks import by_each_mpesa, verdicts
from tests.faults.soundness import ending
from tests.makers import FakeClock, a_phone
from tests.portal import DARAJA, VODACOM, playing

ASHA = a_phone().digits
GOOD = NUMBER_OF["approves"]
SYNCHRONOUS: Mapping[str, str] = {"MPESA_VODACOM_CALLBACK_KEY": ""}


@pytest.mark.parametrize(
    "mpesa, setting, reason, sign",
    [
        (DARAJA, "MPESA_DARAJA_CONSUMER_SECRET", Reason.PAYEE_PROBLEM, "provider_refuses_us"),
        (VODACOM, "MPESA_VODACOM_API_KEY", Reason.PAYEE_PROBLEM, "provider_refuses_us"),
        (VODACOM, "MPESA_VODACOM_SERVICE_PROVIDER_CODE", Reason.PAYEE_PROBLEM, "provider_refuses_us"),
    ],
)
async def test_wrong_credentials_ask_no_payer_and_tell_the_office(
    database_url: str, clock: FakeClock, mpesa: str, setting: str, reason: Reason, sign: str
) -> None:
    async with playing(database_url, clock, mpesa=mpesa, told={setting: "999999"}) as portal:
        with capture_logs() as logs:
            reference = await portal.pay(GOOD)
            await portal.pass_time(seconds=30)
        refused = await portal.payment(reference)
        assert (refused.state, refused.reason) == (State.FAILED, reason)
        assert sign in [line["event"] for line in logs if line["log_level"] == "error"]
        assert await portal.sandbox.book() == []
        assert portal.sandbox.world.network.prompts == {}


@pytest.mark.covers("D66")
async def test_a_session_that_ended_is_renewed_and_one_push_accepted(
    database_url: str, clock: FakeClock
) -> None:
    async with playing(database_url, clock, mpesa=VODACOM) as portal:
        await portal.pay(NUMBER_OF["wrong-pin"])
        await portal.hear()
        await portal.pass_time(minutes=2)
        portal.sandbox.vodacom.sessions.end_all()
        reference = await portal.pay(GOOD)
        portal.sandbox.vodacom.sessions.end_all()
        await portal.pass_time(minutes=2)
        assert (await ending(portal, reference)).state is State.COMPLETED
        assert len(portal.sandbox.world.network.prompts) == 2


async def test_a_session_that_is_not_live_yet_is_waited_for(database_url: str, clock: FakeClock) -> None:
    begun, slow = clock.now, VodacomAccount(session_delay=20)
    async with playing(database_url, clock, mpesa=VODACOM, vodacom=slow) as portal:
        reference = await portal.pay(GOOD)
        assert clock.now - begun >= timedelta(seconds=20)
        counts = (await portal.sandbox.requests())["counts"]
        assert counts["token"] == 1
        assert (await ending(portal, reference)).state is State.COMPLETED
        assert len(portal.sandbox.world.network.prompts) == 1


@pytest.mark.covers("D14")
@by_each_mpesa
async def test_a_provider_that_is_down_and_then_up_asks_the_payer_once(
    database_url: str, clock: FakeClock, mpesa: str
) -> None:
    async with playing(database_url, clock, mpesa=mpesa) as portal:
        await portal.sandbox.line.down()
        reference = await portal.pay(GOOD)
        await portal.pass_time(seconds=3)
        assert (await portal.payment(reference)).state is State.SUBMITTING
        await portal.sandbox.line.up()
        await portal.pass_time(seconds=10)
        assert await portal.sandbox.pushes() == 1
        assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D07", "D14", "B10")
@by_each_mpesa
@pytest.mark.parametrize("fate", ["unavailable", "redirected"])
async def test_a_push_of_which_nobody_knows_is_no_failure_and_bars_the_bill(
    database_url: str, clock: FakeClock, mpesa: str, fate: str
) -> None:
    async with playing(database_url, clock, mpesa=mpesa) as portal:
        reference = await portal.pay(NUMBER_OF[fate])
        assert (await portal.payment(reference)).state is State.UNCERTAIN
        with pytest.raises(PaymentInProgress):
            await portal.pay(GOOD)
        await portal.pass_time(minutes=16)
        listed = await portal.portal.views.for_the_office()
        assert [one.payment.reference for one in listed] == [reference]
        assert (await ending(portal, reference)).state is State.UNCERTAIN


@pytest.mark.covers("D15")
@pytest.mark.parametrize("answer", ["lost", "html", "truncated", "foreign"])
@pytest.mark.parametrize("told", [{}, SYNCHRONOUS])
async def test_a_push_whose_answer_and_callback_are_lost_is_found_by_our_reference(
    database_url: str, clock: FakeClock, answer: str, told: Mapping[str, str]
) -> None:
    async with playing(database_url, clock, mpesa=VODACOM, told=told) as portal:
        await portal.sandbox.give_fate(ASHA, answer=answer, twists=["lost"])
        reference = await portal.pay(ASHA)
        unsure = await portal.payment(reference)
        assert (unsure.state, unsure.request_id) == (State.UNCERTAIN, None)
        await portal.hear()
        await portal.pass_time(seconds=10)
        assert (await ending(portal, reference)).state is State.COMPLETED
        assert await portal.sandbox.pushes() == 1


async def test_an_app_that_waits_is_paid_when_it_answers_and_hears_no_callback(
    database_url: str, clock: FakeClock
) -> None:
    async with playing(database_url, clock, mpesa=VODACOM, told=SYNCHRONOUS) as portal:
        await portal.sandbox.register(vodacom="")
        reference = await portal.pay(GOOD)
        paid = await portal.payment(reference)
        (movement,) = await portal.sandbox.book()
        assert (paid.state, paid.receipt_code) == (State.COMPLETED, movement["receipt"])
        assert await verdicts(portal) == []
        assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.parametrize(
    "fate, reason",
    [
        ("wrong-pin", Reason.NOT_COMPLETED),
        ("cancels", Reason.NOT_COMPLETED),
        ("no-balance", Reason.INSUFFICIENT_FUNDS),
        ("limit", Reason.LIMIT_DAILY),
    ],
)
@pytest.mark.parametrize("told", [{}, SYNCHRONOUS])
async def test_a_no_of_the_payer_fails_with_what_the_code_says(
    database_url: str, clock: FakeClock, fate: str, reason: Reason, told: Mapping[str, str]
) -> None:
    async with playing(database_url, clock, mpesa=VODACOM, told=told) as portal:
        if told:
            await portal.sandbox.register(vodacom="")
        reference = await portal.pay(NUMBER_OF[fate])
        await portal.hear()
        failed = await portal.payment(reference)
        assert (failed.state, failed.reason) == (State.FAILED, reason)
        assert await portal.sandbox.book() == []
        assert (await ending(portal, reference)).state is State.FAILED
