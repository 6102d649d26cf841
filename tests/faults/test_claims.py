"""A payer who gives a receipt code: true, made up, somebody else's, or of other money, at providers over real HTTP."""

from __future__ import annotations

import pytest

from portal.domain.errors import Refused
from portal.domain.method import PaymentMethod
from portal.domain.outcome import Reason
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.receipt_code import CodeFound
from portal.sandbox.fates import number_of
from portal.sandbox.operators import AIRTEL, MPESA, Operator
from tests.faults.callbacks import by_each_mpesa
from tests.faults.soundness import ending
from tests.faults.tenant import Tenant, hidden
from tests.faults.test_callback import office
from tests.makers import FakeClock, a_person
from tests.portal import DARAJA, RENT, VODACOM, RunningPortal, playing
from tests.sandbox.running import FAST

MADE_UP = "NLJ7RT61SV"
ASKED = [
    (DARAJA, PaymentMethod.MPESA, MPESA),
    (VODACOM, PaymentMethod.MPESA, MPESA),
    (DARAJA, PaymentMethod.AIRTEL_MONEY, AIRTEL),
]


async def claim(portal: RunningPortal, reference: str, typed: str) -> Payment:
    await portal.portal.claims.claim(a_person(), reference, typed)
    return await portal.payment(reference)


async def receipts(portal: RunningPortal) -> list[str]:
    return [movement["receipt"] for movement in await portal.sandbox.book()]


@pytest.mark.covers("B9", "B11")
@pytest.mark.parametrize("mpesa, method, operator", ASKED)
async def test_money_that_came_when_nobody_looked_any_more_is_found_by_a_claim(
    database_url: str, clock: FakeClock, mpesa: str, method: PaymentMethod, operator: Operator
) -> None:
    phone = number_of("approves-late", operator)
    async with playing(database_url, clock, held=FAST.late_after, mpesa=mpesa) as portal:
        await portal.sandbox.give_fate(phone, when="after-expiry", twists=["lost"])
        reference = await portal.pay(phone, method=method)
        await portal.pass_time(hours=3)
        assert (await portal.payment(reference)).state in (State.FAILED, State.EXPIRED)
        portal.let_go()
        await portal.hear()
        (receipt,) = await receipts(portal)
        assert (await portal.payment(reference)).state in (State.FAILED, State.EXPIRED)
        paid = await claim(portal, reference, receipt.lower())
        assert (paid.state, paid.late) == (State.COMPLETED, True)
        assert paid.receipt_code in (receipt, None)
        assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("B9")
@by_each_mpesa
async def test_a_code_that_was_made_up_changes_nothing_and_stands_in_the_office(
    portal: RunningPortal,
) -> None:
    reference = await portal.pay(number_of("wrong-pin", MPESA))
    await portal.hear()
    failed = await portal.payment(reference)
    claimed = await claim(portal, reference, MADE_UP)
    assert (claimed.state, claimed.reason, claimed.claim_found) == (State.FAILED, failed.reason, None)
    await portal.pass_time(hours=25)
    assert (await portal.payment(reference)).state is State.FAILED
    assert await office(portal) == [reference]
    assert await receipts(portal) == []


@pytest.mark.covers("B9", "D12")
@by_each_mpesa
async def test_the_code_of_other_money_settles_nothing_though_it_is_as_much(portal: RunningPortal) -> None:
    """The rent has been paid, and nobody here knows it yet: its code is given for the deposit."""
    deposit = await portal.pay(number_of("wrong-pin", MPESA))
    await portal.hear()
    rent = await portal.pay(number_of("callback-never", MPESA), bill=RENT)
    await portal.hear()
    (receipt,) = await receipts(portal)
    claimed = await claim(portal, deposit, receipt)
    known = portal.portal.registry.named(claimed.provider).capabilities.known_by_receipt_code
    assert (claimed.state, claimed.claim_found) == (State.FAILED, CodeFound.KNOWN if known else None)
    await portal.pass_time(seconds=10)
    assert (await portal.payment(rent)).state is State.COMPLETED
    assert (await portal.payment(deposit)).state is State.FAILED
    assert (await ending(portal, rent)).state is State.COMPLETED


@pytest.mark.covers("B9")
async def test_the_code_of_a_payment_that_was_settled_is_refused_for_any_other(portal: RunningPortal) -> None:
    await portal.pay(number_of("approves", MPESA))
    await portal.hear()
    (receipt,) = await receipts(portal)
    other = await portal.pay(number_of("wrong-pin", MPESA), bill=RENT)
    await portal.hear()
    with pytest.raises(Refused) as refusal:
        await claim(portal, other, receipt.lower())
    assert refusal.value.problem == "taken"
    assert (await ending(portal, other)).state is State.FAILED


@pytest.mark.covers("B9", "D12")
async def test_the_code_of_another_amount_leaves_it_with_the_office(
    database_url: str, clock: FakeClock
) -> None:
    """Half of it moved. The callback that says so is lost, and the query names no amount, so its word stands."""
    async with playing(database_url, clock, mpesa=VODACOM) as portal:
        deposit = await portal.pay(number_of("wrong-pin", MPESA))
        await portal.hear()
        phone = number_of("approves", MPESA)
        await portal.sandbox.give_fate(phone, twists=["smaller-amount", "lost"])
        await portal.pay(phone, bill=RENT)
        await portal.hear()
        (movement,) = await portal.sandbox.book()
        assert movement["amount"] < 453_500
        claimed = await claim(portal, deposit, movement["receipt"])
        assert (claimed.state, claimed.claim_found) == (State.FAILED, CodeFound.KNOWN)
        assert deposit in await office(portal)


@pytest.mark.covers("B9")
async def test_where_nobody_can_be_asked_the_claim_waits_until_the_callback_comes(
    portal_with_people: RunningPortal,
) -> None:
    portal, phone = portal_with_people, "255652111222"
    reference = await portal.pay(phone, method=PaymentMethod.TIGO_PESA)
    await portal.pass_time(minutes=6)
    assert (await portal.payment(reference)).state is State.UNCERTAIN
    claimed = await claim(portal, reference, "CO260303.1200.A00001")
    assert (claimed.state, claimed.claimed_code) == (State.UNCERTAIN, "CO260303.1200.A00001")
    assert await office(portal) == [reference]
    await portal.sandbox.press(phone, "approve")
    await portal.hear(1)
    paid = await portal.payment(reference)
    assert (paid.state, paid.claimed_code) == (State.COMPLETED, None)
    assert paid.receipt_code in await receipts(portal)
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("B9", "D67")
@by_each_mpesa
async def test_a_provider_that_is_away_costs_the_claim_nothing(portal: RunningPortal) -> None:
    reference = await portal.pay(number_of("unavailable", MPESA))
    await portal.sandbox.line.down()
    claimed = await claim(portal, reference, MADE_UP)
    assert (claimed.state, claimed.claimed_code) == (State.UNCERTAIN, MADE_UP)
    assert claimed.reason is Reason.AMBIGUOUS
    await portal.sandbox.line.up()
    assert (await ending(portal, reference)).state is State.UNCERTAIN


@pytest.mark.covers("B9", "M4")
async def test_a_tenant_without_javascript_gives_a_code_over_http(portal: RunningPortal) -> None:
    asha = Tenant(portal.client)
    await asha.sign_in()
    reference = await portal.pay(number_of("unavailable", MPESA))
    form = await portal.client.get(f"/pay/{reference}/claim")
    answer = await portal.client.post(f"/pay/{reference}/claim", data=hidden(form) | {"claim": MADE_UP})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/pay/{reference}")
    page = await portal.client.get(f"/pay/{reference}")
    assert MADE_UP in page.text
    assert (await ending(portal, reference)).state is State.UNCERTAIN
