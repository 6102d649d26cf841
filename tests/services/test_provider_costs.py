"""What providers charge: told by their reports, booked once for each payment, and held against what was collected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest

from portal.domain.errors import NotFound, Refused
from portal.domain.money import shillings
from portal.services.provider_costs import BATCH, LARGEST, Outcome, Read
from portal.store import ledger_check
from portal.store.writer import Store
from tests.makers import FakeClock, some_fees
from tests.services.desk import CODE, TOTAL, Desk, a_desk
from tests.services.refunding import ASHA, JUMA, SALMA, hire

ESTIMATE = some_fees(shillings(450_000)).provider


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_store, clock) as desk:
        await hire(desk)
        yield desk


async def bring(desk: Desk, *rows: str) -> Outcome:
    data = "\n".join(["code,gross,fee", *rows]).encode()
    return await desk.portal.books.costs.bring(SALMA, "mpesa", data)


@pytest.mark.covers("I9", "D18")
async def test_what_a_provider_kept_is_booked_and_held_against_what_was_collected(desk: Desk) -> None:
    payment = await desk.start_and_settle()
    outcome = await bring(desk, f"{CODE},{TOTAL.minor},1700")
    assert dict(outcome.counts) == {Read.BOOKED: 1}
    balances = await desk.balances()
    assert balances["cost:mpesa"] == 1_700
    assert balances["cash:mpesa"] == TOTAL.minor - 1_700
    assert (await desk.payment(payment)).provider_cost == shillings(1_700)
    month, (cost,), disputes = await desk.portal.books.costs.month(SALMA, None)
    assert (month, disputes) == (date(2026, 3, 1), [])
    assert (cost.payments, cost.told, cost.collected, cost.cost) == (1, 1, ESTIMATE, shillings(1_700))
    assert cost.difference == ESTIMATE - shillings(1_700)
    assert (await desk.read(ledger_check.check)).sound
    assert (await desk.portal.books.costs.month(SALMA, date(2026, 2, 1)))[1] == []


async def test_the_same_report_twice_books_a_fee_once(desk: Desk) -> None:
    await desk.start_and_settle()
    row = f"{CODE},{TOTAL.minor},1700"
    assert dict((await bring(desk, row, row)).counts) == {Read.BOOKED: 1, Read.KNOWN: 1}
    assert dict((await bring(desk, row)).counts) == {Read.KNOWN: 1}
    assert (await desk.balances())["cost:mpesa"] == 1_700


@pytest.mark.parametrize(
    "row,read",
    [
        (f"UNHEARD,{TOTAL.minor},5", Read.UNKNOWN_CODE),
        (f"{CODE},5000,5", Read.OTHER_GROSS),
        (f"{CODE},five,5", Read.UNREADABLE),
        (f"{CODE},{TOTAL.minor},", Read.UNREADABLE),
        (f"{CODE},{TOTAL.minor},{TOTAL.minor + 1}", Read.UNREADABLE),
    ],
)
async def test_a_row_that_does_not_fit_books_nothing_and_is_named(desk: Desk, row: str, read: Read) -> None:
    await desk.start_and_settle()
    outcome = await bring(desk, row)
    assert outcome.odd == [(2, row.partition(",")[0], read)]
    assert "cost:mpesa" not in await desk.balances()


async def test_another_fee_than_before_is_for_a_person(desk: Desk) -> None:
    await desk.start_and_settle()
    await bring(desk, f"{CODE},{TOTAL.minor},1700")
    assert (await bring(desk, f"{CODE},{TOTAL.minor},1800")).odd == [(2, CODE, Read.OTHER_FEE)]
    assert (await desk.balances())["cost:mpesa"] == 1_700


async def test_a_long_report_is_booked_in_slices(desk: Desk) -> None:
    await desk.start_and_settle()
    strangers = [f"NONE{n},5000,5" for n in range(BATCH)]
    outcome = await bring(desk, *strangers, f"{CODE},{TOTAL.minor},0")
    assert dict(outcome.counts) == {Read.UNKNOWN_CODE: BATCH, Read.BOOKED: 1}
    assert (await desk.portal.books.costs.month(SALMA, None))[1][0].cost == shillings(0)


@pytest.mark.parametrize(
    "provider,data,field,problem",
    [
        ("nobody", b"code,gross,fee\n", "provider", "unknown"),
        ("mpesa", b"", "file", "empty"),
        ("mpesa", b"x" * (LARGEST + 1), "file", "report_too_large"),
        ("mpesa", b"a,b\n", "file", "report_columns"),
    ],
    ids=["provider", "empty", "large", "columns"],
)
async def test_a_report_that_cannot_be_read_says_why(
    desk: Desk, provider: str, data: bytes, field: str, problem: str
) -> None:
    with pytest.raises(Refused) as refused:
        await desk.portal.books.costs.bring(SALMA, provider, data)
    assert (refused.value.field, refused.value.problem) == (field, problem)


async def test_only_the_office_finds_what_providers_charge(desk: Desk) -> None:
    for person in (ASHA, JUMA):
        with pytest.raises(NotFound):
            await desk.portal.books.costs.month(person, None)
        with pytest.raises(NotFound):
            await desk.portal.books.costs.bring(person, "mpesa", b"code,gross,fee\n")
