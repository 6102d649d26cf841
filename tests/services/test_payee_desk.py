"""Whose account money goes to: entered by one, confirmed by another, kept sealed, and never lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from portal.domain.correction import Verdict
from portal.domain.errors import NotFound, Refused
from portal.domain.payout import OURSELVES
from portal.services.office import Unchanged
from portal.store.writer import Store
from tests.leaks import leaks_in_tables
from tests.makers import LANDLORD_CODE, FakeClock
from tests.services.desk import Desk
from tests.services.paying_out import NUMBER, OUR_NUMBER, a_paying_desk, confirm_account, give_account, office
from tests.services.refunding import ASHA, GRACE, JUMA, PETER, SALMA

NEW = "20110998877"


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_paying_desk(sqlite_store, clock, accounts=False) as desk:
        yield desk


async def test_an_account_is_used_once_a_second_person_has_confirmed_it(desk: Desk) -> None:
    await office(desk).payees.enter_own(JUMA, "CRDB", "Juma Mollel", "0150 9988 77600")
    own = await office(desk).payees.own(JUMA)
    assert own.standing is None
    assert own.waiting
    assert (own.waiting.masked, own.holder) == ("CRDB ••••\u00a07600", "Juma Mollel")
    assert not own.may_confirm(JUMA)
    assert own.may_confirm(PETER)
    await confirm_account(desk, LANDLORD_CODE)
    after = await office(desk).payees.of(SALMA, LANDLORD_CODE)
    assert (after.waiting, after.standing and after.standing.decided_by) == (None, PETER.id)
    assert (after.name, after.names) == ("Juma Mollel", {JUMA.id: "Juma Mollel", PETER.id: "Peter Lyimo"})
    assert not after.may_confirm(GRACE)


async def test_nobody_confirms_what_they_entered(desk: Desk) -> None:
    await office(desk).payees.enter(PETER, LANDLORD_CODE, "CRDB", "Juma Mollel", NUMBER)
    with pytest.raises(Unchanged, match="unchanged"):
        await confirm_account(desk, LANDLORD_CODE, PETER)
    waiting = (await office(desk).payees.of(SALMA, LANDLORD_CODE)).waiting
    assert waiting
    with pytest.raises(NotFound):
        await office(desk).payees.confirm(SALMA, LANDLORD_CODE, waiting.id)
    await confirm_account(desk, LANDLORD_CODE, GRACE)


async def test_a_change_leaves_the_old_account_in_use_until_it_is_confirmed(desk: Desk) -> None:
    await give_account(desk, LANDLORD_CODE, "Juma Mollel", NUMBER)
    desk.clock.advance(days=1)
    await office(desk).payees.enter_own(JUMA, "NMB", "Juma Mollel", NEW)
    before = await office(desk).payees.own(JUMA)
    assert before.standing
    assert before.standing.masked.startswith("CRDB")
    waiting = before.waiting
    assert waiting
    desk.clock.advance(hours=1)
    await office(desk).payees.turn_down(SALMA, LANDLORD_CODE, waiting.id)
    assert (await office(desk).payees.own(JUMA)).waiting is None
    desk.clock.advance(hours=1)
    await office(desk).payees.enter_own(JUMA, "NMB", "Juma Mollel", NEW)
    await confirm_account(desk, LANDLORD_CODE)
    after = await office(desk).payees.own(JUMA)
    assert after.standing
    assert after.standing.masked.startswith("NMB")
    assert [one.verdict for one in after.entered] == [
        Verdict.CONFIRMED,
        Verdict.TURNED_DOWN,
        Verdict.CONFIRMED,
    ]


async def test_whoever_enters_another_account_withdraws_the_one_that_waits(desk: Desk) -> None:
    await office(desk).payees.enter_own(JUMA, "CRDB", "Juma Mollel", NUMBER)
    first = (await office(desk).payees.own(JUMA)).waiting
    assert first
    await office(desk).payees.enter(SALMA, LANDLORD_CODE, "NMB", "Juma Mollel", NEW)
    with pytest.raises(Unchanged):
        await office(desk).payees.confirm(PETER, LANDLORD_CODE, first.id)
    with pytest.raises(Unchanged):
        await office(desk).payees.turn_down(PETER, LANDLORD_CODE, first.id)


async def test_two_who_confirm_at_once_confirm_one_account(desk: Desk) -> None:
    await office(desk).payees.enter_own(JUMA, "CRDB", "Juma Mollel", NUMBER)
    waiting = (await office(desk).payees.own(JUMA)).waiting
    assert waiting
    confirm = office(desk).payees.confirm
    results = await asyncio.gather(
        *(confirm(person, LANDLORD_CODE, waiting.id) for person in (PETER, GRACE)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "Unchanged"]


async def test_our_own_account_stands_in_the_list_with_those_of_landlords(desk: Desk) -> None:
    await office(desk).payees.enter(SALMA, OURSELVES, "CRDB", "Nest Pay Limited", OUR_NUMBER)
    listed = await office(desk).payees.every(SALMA)
    assert [(one.name, one.code, one.waiting is not None) for one in listed] == [
        (None, OURSELVES, True),
        ("Juma Mollel", LANDLORD_CODE, False),
    ]
    assert (await office(desk).payees.of(SALMA, OURSELVES)).name is None


@pytest.mark.parametrize(
    "bank,holder,number,field", [("", "Juma", NUMBER, "bank"), ("CRDB", "Juma", "12", "number")]
)
async def test_an_account_that_cannot_be_says_what_is_wrong(
    desk: Desk, bank: str, holder: str, number: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        await office(desk).payees.enter_own(JUMA, bank, holder, number)
    assert refused.value.field == field
    assert (await office(desk).payees.own(JUMA)).entered == []


async def test_nobody_finds_an_account_that_is_not_theirs_to_see(desk: Desk) -> None:
    payees = office(desk).payees
    for asked in (
        payees.own(ASHA),
        payees.own(SALMA),
        payees.every(JUMA),
        payees.of(JUMA, LANDLORD_CODE),
        payees.of(SALMA, "XYZ"),
        payees.enter(JUMA, LANDLORD_CODE, "CRDB", "Juma Mollel", NUMBER),
        payees.enter_own(ASHA, "CRDB", "Asha Mushi", NUMBER),
        payees.turn_down(JUMA, LANDLORD_CODE, "1"),
    ):
        with pytest.raises(NotFound):
            await asked


@pytest.mark.covers("J6")
async def test_no_table_holds_the_number_or_the_holder_in_clear(desk: Desk) -> None:
    await give_account(desk, LANDLORD_CODE, "Unheard Of", NUMBER)
    assert not await desk.read(lambda tx: leaks_in_tables(tx, [NUMBER, "Unheard Of"]))
