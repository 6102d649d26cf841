"""What can go wrong at AzamPay, over real HTTP: the query decides where it knows, its signature where it does not."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from portal.domain.method import PaymentMethod
from portal.domain.money import shillings
from portal.domain.outcome import Reason
from portal.domain.payment_state import State
from portal.domain.trouble import Trouble
from portal.sandbox.azampay.account import AzamPayAccount
from portal.sandbox.fates import number_of
from portal.sandbox.operators import AZAMPESA
from portal.store.alerts import open_alerts
from tests.faults.azampay import SHOP, address_of, pay, told
from tests.faults.callbacks import verdicts
from tests.faults.soundness import ending
from tests.faults.test_callback import office
from tests.faults.test_forgery import rows
from tests.makers import BILL, FakeClock
from tests.portal import RENT, RunningPortal, playing
from tests.sandbox.running import FAST

TOTAL = shillings(453_500)
OLDER = AzamPayAccount(signs=False)


@pytest.mark.covers("A7", "D23")
@pytest.mark.parametrize(
    "method", [PaymentMethod.HALOPESA, pytest.param(PaymentMethod.AZAMPESA, marks=pytest.mark.full)]
)
async def test_a_payment_by_each_wallet_is_paid_once_its_callback_and_the_query_agree(
    portal: RunningPortal, method: PaymentMethod
) -> None:
    number = number_of("approves", AZAMPESA) if method is PaymentMethod.AZAMPESA else SHOP
    await portal.sandbox.give_fate(number, "approves")
    reference = await portal.pay(number, method=method)
    await portal.hear()
    paid = await portal.payment(reference)
    assert (paid.state, paid.method, paid.received) == (State.COMPLETED, method, TOTAL)
    # What the payer's own message shows, nobody tells us.
    assert paid.receipt_code is None
    assert await portal.questions() == 1
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("A7", "J3")
@pytest.mark.parametrize(
    "fate, state",
    [
        ({"query": "unknown"}, State.COMPLETED),
        pytest.param({"result": "CANCELLED"}, State.FAILED, marks=pytest.mark.full),
    ],
)
async def test_where_the_query_knows_nothing_the_signed_word_counts(
    portal: RunningPortal, fate: dict[str, str], state: State
) -> None:
    await portal.sandbox.give_fate(SHOP, **{"query": "unknown"} | fate)
    reference = await pay(portal, "person")
    await portal.hear()
    assert (await portal.payment(reference)).state is state
    assert (await ending(portal, reference)).state is state


@pytest.mark.covers("A7", "D06")
@pytest.mark.parametrize("result", ["PAID", pytest.param("CANCELLED", marks=pytest.mark.full)])
async def test_where_the_query_knows_nothing_an_older_callback_decides_nothing(
    database_url: str, clock: FakeClock, result: str
) -> None:
    async with playing(database_url, clock, azampay=OLDER) as portal:
        await portal.sandbox.give_fate(SHOP, query="unknown", result=result)
        reference = await pay(portal, "person")
        await portal.hear()
        await portal.pass_time(minutes=30)
        assert (await portal.payment(reference)).state is State.UNCERTAIN
        assert await office(portal) == [reference]
        assert (await ending(portal, reference)).state is State.UNCERTAIN


@pytest.mark.covers("A7", "D07", "D14")
@pytest.mark.parametrize("answer", ["lost", pytest.param("foreign", marks=pytest.mark.full)])
async def test_an_answer_that_is_lost_is_found_again_by_our_reference(
    portal: RunningPortal, answer: str
) -> None:
    await portal.sandbox.give_fate(SHOP, answer=answer, twists=["lost"], result="PAID")
    reference = await pay(portal, "person")
    unsure = await portal.payment(reference)
    assert (unsure.state, unsure.request_id) == (State.UNCERTAIN, None)
    await portal.pass_time(minutes=3)
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).state is State.COMPLETED
    assert await portal.sandbox.pushes() == 1


@pytest.mark.covers("A7", "D26")
async def test_a_callback_that_comes_five_times_is_one_payment(portal: RunningPortal) -> None:
    reference = await pay(portal, "callback-five-times")
    await portal.hear()
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("A7", "D15")
async def test_money_that_comes_after_the_end_is_recorded_late(portal: RunningPortal) -> None:
    reference = await pay(portal, "failed-then-paid")
    await portal.hear()
    paid = await portal.payment(reference)
    assert (paid.state, paid.received) == (State.COMPLETED, TOTAL)
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("A7", "D12")
async def test_a_signed_success_of_a_smaller_amount_waits_for_a_person(portal: RunningPortal) -> None:
    reference = await pay(portal, "smaller-amount")
    await portal.hear()
    unsure = await portal.payment(reference)
    assert (unsure.state, unsure.reason) == (State.UNCERTAIN, Reason.WRONG_AMOUNT)
    assert (await ending(portal, reference)).state is State.UNCERTAIN


@pytest.mark.covers("A7", "D12", "D22")
async def test_a_signed_success_that_the_query_denies_is_a_contradiction(portal: RunningPortal) -> None:
    reference = await pay(portal, "callback-lies-paid")
    await portal.hear()
    unsure = await portal.payment(reference)
    assert (unsure.state, unsure.reason) == (State.UNCERTAIN, Reason.CONTRADICTION)
    assert (await ending(portal, reference)).state is State.UNCERTAIN


@pytest.mark.covers("A7", "D22", "J3")
async def test_a_forged_signature_is_told_to_the_office_and_only_makes_us_ask(
    database_url: str, clock: FakeClock
) -> None:
    async with playing(database_url, clock, held=FAST.prompt_lifetime) as portal:
        reference = await pay(portal, "person")
        forged = told(reference, "success", signed=False)
        with capture_logs() as logs:
            answer = await portal.client.post(address_of(portal, reference), content=forged)
            assert answer.status_code == 200
            await portal.work()
        assert "callback_signature_wrong" in [line["event"] for line in logs]
        after = await portal.payment(reference)
        assert (after.state, after.claimed_paid) == (State.PROCESSING, False)
        assert await portal.questions() == 1
        alerts = await portal.portal.store.read(open_alerts)
        assert [(alert.provider, alert.trouble) for alert in alerts] == [
            ("azampay", Trouble.CALLBACK_UNPROVED)
        ]


@pytest.mark.covers("A7", "D22", "D25")
async def test_an_address_that_is_none_of_ours_is_stored_nowhere(portal: RunningPortal) -> None:
    reference = await pay(portal, "callback-never")
    before = await rows(portal)
    for path in ("/webhooks/azampay", f"/webhooks/azampay/{'x' * 44}", address_of(portal, reference)[:-1]):
        answer = await portal.client.post(path, content=told(reference, "success", signed=True))
        assert answer.status_code == 404
    assert await rows(portal) == before


@pytest.mark.covers("A7", "D22")
async def test_a_signed_success_of_one_payment_proves_nothing_at_the_address_of_another(
    database_url: str, clock: FakeClock
) -> None:
    async with playing(database_url, clock, held=FAST.prompt_lifetime) as portal:
        await portal.sandbox.give_fate(SHOP, answer="lost", query="unknown", result=None)
        lost = await pay(portal, "person")
        body = told("AAAAAAAAAAAA", "success", signed=True)
        await portal.client.post(address_of(portal, lost), content=body)
        await portal.work()
        assert await verdicts(portal) == ["another request"]
        assert (await portal.payment(lost)).state is State.UNCERTAIN


@pytest.mark.covers("A7", "J3")
async def test_a_key_that_azampay_changes_is_learnt_with_the_first_callback(portal: RunningPortal) -> None:
    await portal.sandbox.give_fate(SHOP, query="unknown")
    for bill in (BILL, RENT):
        reference = await pay(portal, "person", bill=bill)
        await portal.hear()
        assert (await portal.payment(reference)).state is State.COMPLETED
        portal.sandbox.azampay.change_key()
