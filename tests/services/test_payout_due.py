"""What a payout prepared now would send is what is shown as due; what it leaves out is told, and who owes us."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.domain.errors import NotFound
from portal.domain.ledger import payable_to
from portal.domain.money import Currency, shillings
from portal.domain.outcome import Pending
from portal.services.payout_due import Due
from portal.services.payout_views import Balance, Overview
from portal.store.writer import Store
from tests.makers import FakeClock, some_fees
from tests.services.desk import Desk
from tests.services.paying_out import a_paying_desk, give_back, office, payout_of, prepare, rent, sent_off
from tests.services.refunding import JUMA, SALMA
from tests.services.test_reversals import disputed, hears

WHOLE = shillings(450_000)
FEES = some_fees(WHOLE)
OWN = FEES.platform + FEES.processing
NOTHING = shillings(0)


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_paying_desk(sqlite_store, clock) as desk:
        yield desk


async def overview(desk: Desk) -> Overview:
    return await office(desk).views.overview(SALMA, None)


async def due(desk: Desk) -> Due:
    (found,) = (await overview(desk)).due
    return found


async def balance(desk: Desk) -> Balance:
    (found,) = await office(desk).views.of_landlord(JUMA)
    return found


async def asked_back_by_the_bank(desk: Desk) -> None:
    """One rent stays in question, and another one does not."""
    first = await rent(desk)
    await rent(desk, 300_000)
    await hears(desk, first, disputed(desk, Pending("needs_response"), request_id="dp_1"))


@pytest.mark.covers("I7")
async def test_what_is_due_is_what_a_payout_prepared_now_sends(desk: Desk) -> None:
    await asked_back_by_the_bank(desk)
    shown = await due(desk)
    own = some_fees(shillings(300_000))
    assert shown == Due(
        currency=Currency.TZS,
        landlords=1,
        amount=shillings(300_000),
        fees=own.platform + own.processing,
        disputed=WHOLE + OWN,
        stuck=NOTHING,
    )
    sent = await payout_of(desk, await prepare(desk))
    assert sent.amount == shown.amount + shown.fees
    left = await due(desk)
    assert (left.landlords, left.amount, left.fees, left.disputed) == (0, NOTHING, NOTHING, WHOLE + OWN)


@pytest.mark.covers("G6")
async def test_a_landlord_is_promised_nothing_that_the_bank_asks_back(desk: Desk) -> None:
    await asked_back_by_the_bank(desk)
    found = await balance(desk)
    assert (found.next, found.disputed, found.on_the_way) == (shillings(300_000), WHOLE, shillings(300_000))


async def test_what_nobody_has_an_account_for_is_told_apart(sqlite_store: Store, clock: FakeClock) -> None:
    async with a_paying_desk(sqlite_store, clock, accounts=False) as desk:
        await rent(desk)
        found = await due(desk)
        assert (found.landlords, found.amount, found.stuck) == (0, NOTHING, WHOLE + OWN)
        assert (await balance(desk)).next == WHOLE


@pytest.mark.covers("I7", "G6")
async def test_a_landlord_who_owes_us_is_named_until_the_next_rent_makes_it_good(desk: Desk) -> None:
    payment = await rent(desk)
    await sent_off(desk)
    assert await office(desk).views.debts(SALMA) == []
    desk.clock.advance(days=1)
    await give_back(desk, payment, "100,000")
    gone_at = desk.clock()
    desk.clock.advance(days=1)
    await give_back(desk, payment, "50,000", available="350000")
    (debt,) = await office(desk).views.debts(SALMA)
    assert (debt.payee, debt.name, debt.amount) == (JUMA.id, "Juma Mollel", shillings(150_000))
    assert debt.since > gone_at
    assert (await desk.balances())[payable_to(JUMA.id)] == debt.amount.minor
    assert (await overview(desk)).debts == [debt]
    below = await balance(desk)
    assert (below.next, below.on_the_way) == (shillings(-150_000), NOTHING)
    await rent(desk)
    assert await office(desk).views.debts(SALMA) == []
    assert (await due(desk)).amount == shillings(300_000)
    assert (await balance(desk)).on_the_way == shillings(300_000)


async def test_the_debt_is_as_old_as_the_first_payment_that_lost_money(desk: Desk) -> None:
    first, second = await rent(desk), await rent(desk)
    await sent_off(desk)
    desk.clock.advance(days=1)
    await give_back(desk, second, "50,000")
    gone_at = desk.clock()
    desk.clock.advance(days=1)
    await give_back(desk, first, "100,000")
    (debt,) = await office(desk).views.debts(SALMA)
    assert (debt.amount, debt.since) == (shillings(150_000), gone_at)


async def test_only_the_office_reads_who_owes_us(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await office(desk).views.debts(JUMA)


async def test_a_landlord_reads_what_one_payout_was_made_of(desk: Desk) -> None:
    payment = await rent(desk)
    waiting = await prepare(desk)
    statements = office(desk).statements
    with pytest.raises(NotFound):
        await statements.payout(JUMA, waiting)
    sent = await sent_off(desk)
    own = await statements.payout(JUMA, sent)
    assert ([item.stream for item in own.line.items], own.line.amount) == ([payment], WHOLE)
    assert own.account
    assert own.account.endswith("7600")
    for person, reference in ((SALMA, sent), (JUMA, payment)):
        with pytest.raises(NotFound):
            await statements.payout(person, reference)
