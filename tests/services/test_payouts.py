"""Payouts: who may do what, what a stale or a second press does, and that nothing is sent twice, however it races."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from portal.domain.errors import NotFound, Refused
from portal.domain.ledger import PLATFORM_FEE, payable_to
from portal.domain.money import Money, shillings
from portal.domain.outcome import Pending
from portal.domain.payment_state import State
from portal.domain.payout import OURSELVES, LeftOut, PayoutState, Returned
from portal.domain.person import Person
from portal.services.office import Unchanged
from portal.store import ledger_check
from portal.store.owed import owed, shares_of
from portal.store.writer import Store
from tests.makers import LANDLORD, FakeClock, a_reference, some_fees
from tests.services.desk import Desk, a_desk
from tests.services.paying_out import (
    NUMBER,
    OUR_NUMBER,
    a_paying_desk,
    do,
    give_account,
    give_back,
    office,
    payout_of,
    prepare,
    rent,
    sent_off,
)
from tests.services.refunding import ASHA, GRACE, JUMA, PETER, SALMA, hire
from tests.services.test_reversals import disputed, hears

S = PayoutState
WHOLE = shillings(450_000)
FEES = some_fees(WHOLE)
OWN = FEES.platform + FEES.processing


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_paying_desk(sqlite_store, clock) as desk:
        yield desk


async def left(desk: Desk) -> list[Money]:
    """What Juma is owed and no payout has."""
    return [item.amount for item in await desk.read(lambda tx: owed(tx, payable_to(LANDLORD)))]


@pytest.mark.covers("I7", "D17", "D18", "S25", "S60")
async def test_what_was_paid_is_sent_to_the_landlord_and_our_fees_to_us_when_the_bank_has_done_it(
    desk: Desk,
) -> None:
    payment = await rent(desk)
    before = await desk.balances()
    reference = await prepare(desk)
    payout = await payout_of(desk, reference)
    assert [(line.payee, line.amount) for line in payout.lines] == [(LANDLORD, WHOLE), (OURSELVES, OWN)]
    await do(desk, "approve", reference, person=PETER)
    await do(desk, "sent", reference)
    assert await desk.balances() == before
    await do(desk, "paid", reference, "FT26062ABC")
    after = await desk.balances()
    assert after["cash:bank:CRDB"] == -(WHOLE + OWN).minor
    assert after["cash:own"] == OWN.minor
    assert f"payable:{LANDLORD}" not in after
    # Our fees stay our income: they have only changed banks.
    assert after[PLATFORM_FEE] == before[PLATFORM_FEE]
    shares = (await desk.read(lambda tx: shares_of(tx, [payment])))[payment]
    assert {(share.own, share.payout, share.is_settled) for share in shares} == {
        (own, reference, True) for own in (True, False)
    }
    assert (await desk.payment(payment)).state is State.COMPLETED
    assert (await desk.read(ledger_check.check)).sound


async def test_nothing_is_sent_a_second_time(desk: Desk) -> None:
    await rent(desk)
    await sent_off(desk)
    with pytest.raises(Unchanged, match="unchanged"):
        await prepare(desk)
    assert await desk.read(owed) == []


@pytest.mark.covers("I7")
async def test_money_that_goes_back_after_the_payout_is_taken_off_the_next_one(desk: Desk) -> None:
    payment = await rent(desk)
    await give_back(desk, payment, "100,000")
    assert await left(desk) == [shillings(350_000)]
    await sent_off(desk)
    await give_back(desk, payment, "50,000", available="350000")
    assert await left(desk) == [shillings(-50_000)]
    await rent(desk, 300_000)
    line = (await payout_of(desk, await prepare(desk))).lines[0]
    assert (line.payee, line.amount) == (LANDLORD, shillings(250_000))
    assert sorted(item.amount.minor for item in line.items) == [-50_000, 300_000]


@pytest.mark.covers("I7")
async def test_whoever_is_owed_less_than_nothing_is_carried_over_with_the_reason(desk: Desk) -> None:
    payment = await rent(desk)
    await sent_off(desk)
    await give_back(desk, payment, "100,000")
    await desk.start_and_settle()
    passed = (await payout_of(desk, await prepare(desk))).passed
    assert [(one.payee, one.amount, one.why) for one in passed] == [
        (LANDLORD, shillings(-100_000), LeftOut.NOTHING_TO_SEND)
    ]


@pytest.mark.covers("I7")
@pytest.mark.parametrize("approved", [False, True])
async def test_what_has_shrunk_since_it_was_prepared_is_not_sent_in_full(
    desk: Desk, *, approved: bool
) -> None:
    payment = await rent(desk)
    reference = await prepare(desk)
    if approved:
        await do(desk, "approve", reference, person=PETER)
    await give_back(desk, payment, "100,000")
    with pytest.raises(Unchanged) as unchanged:
        await (do(desk, "sent", reference) if approved else do(desk, "approve", reference, person=PETER))
    assert unchanged.value.problem == "shrunk"
    await do(desk, "drop", reference)
    again = await payout_of(desk, await prepare(desk))
    assert [line.amount for line in again.lines] == [shillings(350_000), OWN]


@pytest.mark.covers("I7")
async def test_what_came_since_it_was_prepared_bars_nothing(desk: Desk) -> None:
    await rent(desk)
    reference = await prepare(desk)
    await rent(desk, 300_000)
    await do(desk, "approve", reference, person=PETER)
    await do(desk, "sent", reference)
    assert await left(desk) == [shillings(300_000)]


@pytest.mark.covers("F12", "I7")
async def test_what_a_bank_asks_back_is_in_no_payout_until_it_has_decided(desk: Desk) -> None:
    first = await rent(desk)
    reference = await prepare(desk)
    await rent(desk, 300_000)
    await hears(desk, first, disputed(desk, Pending("needs_response"), request_id="dp_1"))
    with pytest.raises(Unchanged) as unchanged:
        await do(desk, "approve", reference, person=PETER)
    assert unchanged.value.problem == "shrunk"
    await do(desk, "drop", reference)
    again = await payout_of(desk, await prepare(desk))
    assert again.lines[0].amount == shillings(300_000)
    assert [(one.payee, one.amount, one.why) for one in again.passed] == [
        (LANDLORD, WHOLE, LeftOut.DISPUTED),
        (OURSELVES, OWN, LeftOut.DISPUTED),
    ]


async def test_a_deposit_is_held_and_only_our_fee_of_it_is_sent(desk: Desk) -> None:
    await desk.start_and_settle()
    payout = await payout_of(desk, await prepare(desk))
    assert [(line.payee, line.amount) for line in payout.lines] == [(OURSELVES, OWN)]


@pytest.mark.covers("I7")
async def test_a_landlord_whose_account_nobody_knows_or_confirmed_is_named(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_paying_desk(sqlite_store, clock, accounts=False) as desk:
        await give_account(desk, OURSELVES, "Nest Pay Limited", OUR_NUMBER)
        await rent(desk)
        first = await prepare(desk)
        assert [one.why for one in (await payout_of(desk, first)).passed] == [LeftOut.NO_ACCOUNT]
        await do(desk, "drop", first)
        await office(desk).payees.enter_own(JUMA, "CRDB", "Juma Mollel", NUMBER)
        second = await payout_of(desk, await prepare(desk))
        assert [one.why for one in second.passed] == [LeftOut.UNCONFIRMED]


async def test_what_was_dropped_or_came_back_can_be_sent_again(desk: Desk) -> None:
    await rent(desk)
    dropped = await prepare(desk)
    await do(desk, "drop", dropped)
    reference = await sent_off(desk)
    await do(desk, "returned", reference, "1", "NAME_DIFFERS")
    payout = await payout_of(desk, reference)
    assert (payout.state, payout.line(1).returned) == (S.PAID, Returned.NAME_DIFFERS)
    assert (await desk.balances())[f"payable:{LANDLORD}"] == -WHOLE.minor
    again = await payout_of(desk, await prepare(desk))
    assert [(line.payee, line.amount) for line in again.lines] == [(LANDLORD, WHOLE)]
    await do(desk, "returned", reference, "2", "NOT_SENT")
    assert (await payout_of(desk, reference)).state is S.RETURNED
    assert (await desk.read(ledger_check.check)).sound


@pytest.mark.covers("D17")
async def test_two_people_who_prepare_at_once_prepare_one_payout(desk: Desk) -> None:
    await rent(desk)
    made = await asyncio.gather(
        *(office(desk).payouts.prepare(person, "CRDB", "TZS") for person in (SALMA, PETER, GRACE))
    )
    assert len({one.reference for one in made}) == 1
    assert sorted(one.new for one in made) == [False, False, True]


async def test_from_another_account_only_what_the_first_payout_has_not_taken_can_be_sent(desk: Desk) -> None:
    await rent(desk)
    await prepare(desk)
    with pytest.raises(Unchanged):
        await prepare(desk, account="NMB")


@pytest.mark.covers("D17")
async def test_whoever_prepared_it_does_not_approve_it_and_only_an_approver_does(desk: Desk) -> None:
    await rent(desk)
    reference = await prepare(desk, PETER)
    for person, error in ((SALMA, NotFound), (JUMA, NotFound), (PETER, Unchanged)):
        with pytest.raises(error):
            await do(desk, "approve", reference, person=person)
    await do(desk, "approve", reference, person=GRACE)
    assert (await payout_of(desk, reference)).approved_by == GRACE.id


@pytest.mark.parametrize("person", [ASHA, JUMA], ids=["tenant", "landlord"])
async def test_nobody_but_the_office_finds_payouts(desk: Desk, person: Person) -> None:
    await rent(desk)
    reference = await prepare(desk)
    for what, *more in (("drop",), ("sent",), ("paid", "FT1234"), ("returned", "1", "REFUSED")):
        with pytest.raises(NotFound):
            await do(desk, what, reference, *more, person=person)
    for asked in (
        office(desk).payouts.prepare(person, "CRDB", "TZS"),
        office(desk).views.overview(person, None),
        office(desk).views.case(person, reference),
        office(desk).views.shares(person, reference),
        office(desk).files.write(person, reference, "csv"),
    ):
        with pytest.raises(NotFound):
            await asked


@pytest.mark.parametrize(
    "account,currency,field,problem",
    [("ABC", "TZS", "account", "unknown"), ("CRDB", "EUR", "currency", "unknown")],
)
async def test_a_payout_that_cannot_be_prepared_says_why(
    desk: Desk, account: str, currency: str, field: str, problem: str
) -> None:
    with pytest.raises(Refused) as refused:
        await prepare(desk, account=account, currency=currency)
    assert (refused.value.field, refused.value.problem) == (field, problem)


@pytest.mark.parametrize(
    "typed,problem", [(" ", "empty"), ("F", "format"), ("FT<1234>", "format"), ("FT26062ABC", "paid_out")]
)
async def test_the_banks_reference_has_its_form_and_belongs_to_one_payout(
    desk: Desk, typed: str, problem: str
) -> None:
    await rent(desk)
    await sent_off(desk)
    await rent(desk, 300_000)
    reference = await prepare(desk)
    await do(desk, "approve", reference, person=PETER)
    await do(desk, "sent", reference)
    with pytest.raises(Refused) as refused:
        await do(desk, "paid", reference, typed)
    assert refused.value.problem == problem
    assert (await payout_of(desk, reference)).state is S.SENT


async def test_a_page_that_is_old_or_a_step_out_of_turn_changes_nothing(desk: Desk) -> None:
    await rent(desk)
    reference = await prepare(desk)
    with pytest.raises(Unchanged):
        await office(desk).payouts.approve(PETER, reference, "7")
    for what, *more in (("sent",), ("paid", "FT1234"), ("returned", "1", "REFUSED")):
        with pytest.raises(Unchanged):
            await do(desk, what, reference, *more)
    for line in ("9", "x", "99999999"):
        with pytest.raises((Unchanged, NotFound)):
            await do(desk, "returned", reference, line, "REFUSED")
    with pytest.raises(Refused):
        await do(desk, "returned", reference, "1", "BECAUSE")
    with pytest.raises(NotFound):
        await office(desk).payouts.drop(SALMA, a_reference(999), "1")
    assert (await payout_of(desk, reference)).version == 1


@pytest.mark.covers("I7")
async def test_every_banking_morning_a_payout_is_prepared_by_itself_once(desk: Desk) -> None:
    await office(desk).payouts.plan()
    await office(desk).plan()
    await rent(desk)
    await desk.pass_time(days=1)
    overview = await office(desk).views.overview(SALMA, None)
    (listed,) = overview.payouts
    assert (listed.account, listed.amount) == ("CRDB", WHOLE + OWN)
    assert (await payout_of(desk, listed.reference)).prepared_by is None
    await desk.pass_time(days=7)
    assert len((await office(desk).views.overview(SALMA, None)).payouts) == 1
    assert "payouts" in await desk.job_kinds()


async def test_without_an_account_of_ours_nothing_is_prepared(sqlite_store: Store, clock: FakeClock) -> None:
    async with a_desk(sqlite_store, clock) as desk:
        await hire(desk)
        await rent(desk)
        with pytest.raises(Refused) as refused:
            await prepare(desk)
        assert refused.value.problem == "off"
        await office(desk).payouts.plan()
        await desk.pass_time(days=1)
        assert (await office(desk).views.overview(SALMA, None)).payouts == []


async def test_a_payout_is_the_office_s_to_go_on_with_until_the_bank_has_done_it(desk: Desk) -> None:
    await rent(desk)
    views = office(desk).views
    assert await views.under_way(SALMA) == 0
    reference = await prepare(desk)
    for step, person in (("approve", PETER), ("sent", SALMA)):
        assert await views.under_way(SALMA) == 1
        await do(desk, step, reference, person=person)
    assert await views.under_way(SALMA) == 1
    await do(desk, "paid", reference, "FT26062XYZ")
    assert await views.under_way(SALMA) == 0
    with pytest.raises(NotFound):
        await views.under_way(JUMA)
