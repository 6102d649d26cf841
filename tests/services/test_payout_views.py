"""What is shown of payouts, to the office and to landlords; the bank's file, and a landlord's statement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest
from lxml import etree

from portal.documents.payout_file import NAMESPACE
from portal.domain.errors import NotFound
from portal.domain.money import Currency, shillings
from portal.providers.bank_transfer import BankTransfer
from portal.providers.registry import Registry
from portal.services.matching import Matching
from portal.services.office import Unchanged
from portal.services.payout_files import PayoutFiles
from portal.services.payout_views import Balance
from portal.store.payee_statement import Kind
from portal.store.writer import Store
from tests.makers import LANDLORD_CODE, FakeClock, a_reference, some_fees
from tests.services.bank import NMB
from tests.services.desk import Desk
from tests.services.paying_out import (
    NUMBER,
    OUR_NUMBER,
    a_paying_desk,
    do,
    give_account,
    give_back,
    office,
    prepare,
    rent,
    sent_off,
)
from tests.services.refunding import ASHA, GRACE, JUMA, PETER, SALMA

WHOLE = shillings(450_000)
FEES = some_fees(WHOLE)
OWN = FEES.platform + FEES.processing


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_paying_desk(sqlite_store, clock) as desk:
        yield desk


def sums(balance: Balance) -> tuple[int, int, int]:
    return balance.arrived.minor, balance.sent.minor, balance.next.minor


@pytest.mark.covers("G6")
async def test_a_landlord_sees_what_has_arrived_and_what_is_on_the_way(desk: Desk) -> None:
    (nothing,) = await office(desk).views.of_landlord(JUMA)
    assert sums(nothing) == (0, 0, 0)
    payment = await rent(desk)
    assert sums((await office(desk).views.of_landlord(JUMA))[0]) == (0, 0, 450_000)
    assert await office(desk).views.settled(JUMA, [payment]) == {}
    reference = await prepare(desk)
    (under_way,) = await office(desk).views.of_landlord(JUMA)
    assert (sums(under_way), under_way.on_the_way) == ((0, 450_000, 0), WHOLE)
    await do(desk, "approve", reference, person=PETER)
    await do(desk, "sent", reference)
    await do(desk, "paid", reference, "FT26062ABC")
    assert sums((await office(desk).views.of_landlord(JUMA))[0]) == (450_000, 0, 0)
    (share,) = (await office(desk).views.settled(JUMA, [payment]))[payment]
    assert (share.payout, share.amount, share.paid_at) == (reference, WHOLE, desk.clock())
    with pytest.raises(NotFound):
        await office(desk).views.of_landlord(ASHA)


@pytest.mark.covers("I7")
async def test_the_office_sees_what_is_due_and_each_payout_with_its_people(desk: Desk) -> None:
    payment = await rent(desk)
    (due,) = (await office(desk).views.overview(SALMA, None)).due
    assert (due.currency, due.landlords, due.amount, due.fees) == (Currency.TZS, 1, WHOLE, OWN)
    reference = await prepare(desk)
    case = await office(desk).views.case(GRACE, reference)
    assert case.may_approve(GRACE)
    assert not case.may_approve(SALMA)
    assert set(case.names.values()) == {"Juma Mollel", "Salma Othman"}
    assert set(case.codes.values()) == {LANDLORD_CODE}
    assert len(case.masked) == 2
    _, line = await office(desk).views.line(SALMA, reference, "1")
    assert [item.stream for item in line.items] == [payment]
    for number in ("3", "x"):
        with pytest.raises(NotFound):
            await office(desk).views.line(SALMA, reference, number)
    with pytest.raises(NotFound):
        await office(desk).views.case(SALMA, a_reference(999))
    assert {share.own for share in await office(desk).views.shares(SALMA, payment)} == {True, False}
    assert await office(desk).views.shares(SALMA, a_reference(999)) == []
    assert (await office(desk).views.overview(SALMA, None)).due == []


async def test_payouts_are_listed_in_pages_and_every_one_once(desk: Desk) -> None:
    made = []
    await rent(desk)
    for _ in range(22):
        desk.clock.advance(minutes=1)
        made.append(await prepare(desk))
        await do(desk, "drop", made[-1])
    first = await office(desk).views.overview(SALMA, None)
    assert first.older
    second = await office(desk).views.overview(SALMA, first.older)
    assert [one.reference for one in (*first.payouts, *second.payouts)] == made[::-1]
    assert second.older is None


@pytest.mark.covers("I7")
async def test_the_bank_gets_a_file_with_the_numbers_once_the_payout_is_approved(desk: Desk) -> None:
    await rent(desk)
    reference = await prepare(desk)
    with pytest.raises(Unchanged):
        await office(desk).files.write(SALMA, reference, "csv")
    await do(desk, "approve", reference, person=PETER)
    csv = (await office(desk).files.write(SALMA, reference, "csv")).decode("utf-8-sig")
    assert csv.splitlines()[1:] == [
        f"{reference}-1,Juma Mollel,CRDB,{NUMBER},TZS,450000,Rent paid through Nest Pay {reference}",
        f"{reference}-2,Nest Pay Limited,CRDB,{OUR_NUMBER},TZS,{OWN.minor},Rent paid through Nest Pay {reference}",
    ]
    xml = etree.fromstring(await office(desk).files.write(SALMA, reference, "xml"))
    total = xml.findtext(f".//{{{NAMESPACE}}}GrpHdr/{{{NAMESPACE}}}CtrlSum")
    assert total == str((WHOLE + OWN).minor)
    for unknown in ((reference, "pdf"), (a_reference(999), "csv")):
        with pytest.raises(NotFound):
            await office(desk).files.write(SALMA, *unknown)


async def test_a_line_that_came_back_is_not_in_the_file_any_more(desk: Desk) -> None:
    await rent(desk)
    reference = await prepare(desk)
    await do(desk, "approve", reference, person=PETER)
    await do(desk, "sent", reference)
    await do(desk, "returned", reference, "1", "REFUSED")
    csv = (await office(desk).files.write(SALMA, reference, "csv")).decode()
    assert NUMBER not in csv
    assert OUR_NUMBER in csv


async def test_money_goes_to_the_account_that_stood_when_the_payout_was_prepared(desk: Desk) -> None:
    await rent(desk)
    reference = await prepare(desk)
    desk.clock.advance(hours=1)
    await give_account(desk, LANDLORD_CODE, "Juma Mollel", "20110998877")
    await do(desk, "approve", reference, person=GRACE)
    assert NUMBER in (await office(desk).files.write(SALMA, reference, "csv")).decode()


async def test_of_an_account_that_is_not_ours_any_more_there_is_no_file(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_paying_desk(sqlite_store, clock) as desk:
        await rent(desk)
        reference = await prepare(desk)
        await do(desk, "approve", reference, person=PETER)
        matching = Matching(
            desk.portal.tools, Registry([BankTransfer((NMB,))]), desk.portal.payments.settlement
        )
        with pytest.raises(Unchanged):
            await PayoutFiles(desk.portal.tools, matching).write(SALMA, reference, "csv")


@pytest.mark.covers("G6", "G4")
async def test_a_statement_has_every_movement_between_its_opening_and_closing_balance(desk: Desk) -> None:
    payment = await rent(desk)
    await sent_off(desk)
    statements = office(desk).statements
    march = await statements.of(JUMA, None, None)
    assert march.month == date(2026, 3, 1)
    assert [
        (one.kind, one.reference, one.amount.minor, one.balance.minor) for one in march.statement.movements
    ] == [
        (Kind.CAME, payment, 450_000, 450_000),
        (Kind.SENT, (await _newest(desk)), -450_000, 0),
    ]
    first, last = march.statement.movements
    assert (first.tenant, first.place, first.receipt is not None) == ("Asha Mushi", "A3, Mikocheni", True)
    assert (last.tenant, last.place, last.receipt) == (None, None, None)
    await do(desk, "returned", await _newest(desk), "1", "REFUSED")
    desk.clock.advance(days=31)
    later = await statements.of(JUMA, date(2026, 4, 1), Currency.TZS)
    assert (later.statement.opening, later.statement.closing) == (WHOLE, WHOLE)
    assert later.months == [date(2026, 4, 1), date(2026, 3, 1)]
    again = await statements.of(JUMA, date(2026, 3, 1), Currency.USD)
    assert again.currencies == [Currency.TZS]
    assert [one.kind for one in again.statement.movements] == [Kind.CAME, Kind.SENT, Kind.RETURNED]
    assert again.statement.closing == WHOLE


async def test_an_empty_statement_stands_at_zero_and_is_the_landlords_alone(desk: Desk) -> None:
    empty = await office(desk).statements.of(JUMA, date(2020, 1, 1), None)
    assert (empty.month, empty.months) == (date(2026, 3, 1), [date(2026, 3, 1)])
    assert (empty.statement.opening, empty.statement.closing) == (shillings(0), shillings(0))
    for person in (ASHA, SALMA):
        with pytest.raises(NotFound):
            await office(desk).statements.of(person, None, None)


async def test_money_that_went_back_to_a_tenant_stands_in_the_statement(desk: Desk) -> None:
    payment = await rent(desk)
    await give_back(desk, payment, "100,000")
    movements = (await office(desk).statements.of(JUMA, None, None)).statement.movements
    assert [(one.kind, one.amount.minor) for one in movements] == [
        (Kind.CAME, 450_000),
        (Kind.WENT_BACK, -100_000),
    ]


async def _newest(desk: Desk) -> str:
    return (await office(desk).views.overview(SALMA, None)).payouts[0].reference
