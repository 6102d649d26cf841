"""Statements: read in slices that nothing loses, whatever interrupts them; twice the same file changes nothing."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.domain.errors import NotFound, Refused
from portal.domain.money import Currency, shillings
from portal.domain.payment_state import State
from portal.providers.statement_line import Unreadable
from portal.services.statements import BATCH, LARGEST_UPLOAD, SLICE, Overtaken, Report, Statements
from portal.store import jobs
from portal.store import statements as statement_rows
from portal.store.bank_tables import bank_lines, statement_parts, statements
from portal.store.cursors import BadCursor
from portal.store.jobs import Job
from portal.store.statements import Brought, Progress, Statement
from portal.store.types import Tx
from portal.store.writer import Store
from tests.makers import NOW, FakeClock, a_landlord, a_person, a_reference
from tests.services.bank import CRDB, MONDAY, SALMA, TOTAL, BankDesk, a_bank_desk
from tests.statements import Booked, csv_of, in_file


@pytest.fixture
async def bank(store: Store, clock: FakeClock) -> AsyncIterator[BankDesk]:
    async with a_bank_desk(store, clock) as desk:
        await desk.hire()
        yield desk
        await desk.is_balanced()


@pytest.fixture
async def quick(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[BankDesk]:
    async with a_bank_desk(sqlite_store, clock) as desk:
        await desk.hire()
        yield desk
        await desk.is_balanced()


def books(bank: BankDesk) -> Statements:
    return bank.desk.portal.statements


def entry(text: str, amount: int = TOTAL.minor, number: int = 1, **changes: Any) -> Booked:
    money, bank_reference = shillings(amount), f"FT{number:05}"
    told = Booked(booked_on=MONDAY, amount=money, bank_reference=bank_reference, text=text)
    return replace(told, **changes)


def many(count: int) -> list[Booked]:
    return [entry(f"KODI {number}", 1_000 + number, number) for number in range(count)]


def file_of(booked: Iterable[Booked]) -> BytesIO:
    return in_file(csv_of(booked))


async def read_in(bank: BankDesk, booked: Iterable[Booked], account: str = "") -> Report:
    seen: list[int] = []
    report = await books(bank).read_in(file_of(booked), "march.csv", account, seen.append)
    await bank.desk.work()
    assert seen == sorted(seen)
    return report


async def upload(bank: BankDesk, file: BytesIO, account: str = "", name: str = "march.csv") -> str:
    return await books(bank).accept(SALMA, file, name, len(file.getvalue()), account)


async def test_a_file_is_read_and_told_what_it_brought(bank: BankDesk) -> None:
    reference = await bank.expect()
    report = await read_in(
        bank, [entry(reference), entry("KODI", 5_000, 2), entry("LEDGER FEE", 2_360, 3, is_credit=False)]
    )
    found = report.statement
    assert (found.progress, found.booked, found.known, found.debits, found.bad) == (Progress.DONE, 2, 0, 1, 0)
    assert (found.name, found.ended_at, report.begun_by) == ("march.csv", NOW, None)
    assert report.brought == [Brought(Currency.TZS, 1, TOTAL, 1, shillings(5_000))]
    assert (await bank.desk.payment(reference)).state is State.COMPLETED


@pytest.mark.covers("D26")
async def test_the_same_file_twice_changes_nothing(bank: BankDesk) -> None:
    reference = await bank.expect()
    lines = [entry(reference), entry("KODI", 5_000, 2)]
    await read_in(bank, lines)
    before = await bank.lines()
    again = (await read_in(bank, lines)).statement
    assert (again.booked, again.known) == (0, 2)
    assert await bank.lines() == before


async def test_a_bad_line_is_kept_with_its_number_and_reason(bank: BankDesk) -> None:
    lines = "".join(csv_of([entry("KODI")])).replace("02/03/2026", "32/03/2026")
    report = await books(bank).read_in(in_file([lines]), "march.csv", "", lambda _: None)
    (bad, *_) = report.statement.bad_entries
    assert (report.statement.bad, bad.line, bad.reason) == (1, 5, "date_unreadable")


async def test_what_is_no_statement_is_called_so(bank: BankDesk) -> None:
    report = await books(bank).read_in(in_file(["%PDF-1.7"]), "march.pdf", "", lambda _: None)
    assert (report.statement.progress, report.statement.problem) == (Progress.UNREADABLE, Unreadable.PDF)
    assert report.brought == []


async def test_a_file_that_says_not_whose_it_is_is_read_for_the_account_that_is_named(bank: BankDesk) -> None:
    silent = "".join(csv_of([entry("KODI")])).replace(CRDB.number, "")
    unnamed = await books(bank).read_in(in_file([silent]), "march.csv", "", lambda _: None)
    assert unnamed.statement.booked == 0
    named = await books(bank).read_in(in_file([silent]), "march.csv", "CRDB", lambda _: None)
    assert named.statement.booked == 1
    with pytest.raises(Refused) as refusal:
        await books(bank).read_in(in_file([silent]), "march.csv", "NBC", lambda _: None)
    assert (refusal.value.field, refusal.value.problem) == ("account", "unknown")


async def test_an_upload_is_read_by_the_worker_and_its_bytes_are_let_go(bank: BankDesk) -> None:
    reference = await bank.expect()
    id_ = await upload(bank, file_of([entry(reference)]))
    waiting = await books(bank).show(SALMA, id_)
    assert (waiting.statement.progress, waiting.begun_by) == (Progress.WAITING, "Salma Othman")
    assert await bank.desk.count(statement_parts) == [1]
    await bank.desk.work()
    assert (await books(bank).show(SALMA, id_)).statement.progress is Progress.DONE
    assert (await bank.desk.payment(reference)).state is State.COMPLETED
    assert await bank.desk.count(statement_parts) == [0]
    assert "statement" not in await bank.desk.job_kinds()


async def test_an_upload_that_is_no_statement_ends_too(quick: BankDesk) -> None:
    id_ = await upload(quick, BytesIO(b"%PDF-1.7"))
    await quick.desk.work()
    assert (await books(quick).show(SALMA, id_)).statement.problem == "pdf"
    assert await quick.desk.count(statement_parts) == [0]


async def test_what_is_kept_of_an_upload_is_sealed(quick: BankDesk) -> None:
    await upload(quick, file_of([entry("ASHA MUSHI 255754123456")]), name="asha-mushi.csv")
    rows = await quick.desk.read(
        lambda tx: [*tx.execute(select(statement_parts)), *tx.execute(select(statements))]
    )
    assert not [row for row in rows if "asha" in str(row).lower()]


@pytest.mark.parametrize(
    "file, size, account, field, problem",
    [
        (None, 0, "", "file", "empty"),
        (BytesIO(), 0, "", "file", "empty"),
        (BytesIO(b"x"), LARGEST_UPLOAD + 1, "", "file", "too_large"),
        (BytesIO(b"x"), 1, "NBC", "account", "unknown"),
    ],
)
async def test_an_upload_that_cannot_be_is_refused_and_kept_nowhere(
    quick: BankDesk, file: BytesIO | None, size: int, account: str, field: str, problem: str
) -> None:
    with pytest.raises(Refused) as refusal:
        await books(quick).accept(SALMA, file, "march.csv", size, account)
    assert (refusal.value.field, refusal.value.problem) == (field, problem)
    assert await quick.desk.count(statements, statement_parts) == [0, 0]


@pytest.mark.parametrize("person", [a_person(), a_landlord()], ids=["tenant", "landlord"])
async def test_for_others_than_the_office_there_is_none_of_it(quick: BankDesk, person: Any) -> None:
    id_ = await upload(quick, file_of([entry("KODI")]))
    asked = [
        books(quick).accept(person, BytesIO(b"x"), "march.csv", 1, ""),
        books(quick).show(person, id_),
        books(quick).newest(person, None),
    ]
    for one in asked:
        with pytest.raises(NotFound):
            await one


async def test_a_statement_that_is_not_there_is_not_found(quick: BankDesk) -> None:
    with pytest.raises(NotFound):
        await books(quick).show(SALMA, a_reference(1))
    lost = Job(1, "statement", "statement:x", {"statement": a_reference(1)}, NOW, 1)
    with pytest.raises(NotFound):
        await books(quick).work(lost)


async def test_the_list_shows_the_newest_first_and_leads_to_the_older_ones(bank: BankDesk) -> None:
    for number in range(22):
        bank.desk.clock.advance(seconds=1)
        await books(bank).read_in(in_file(["x"]), f"{number}.csv", "", lambda _: None)
    first = await books(bank).newest(SALMA, None)
    second = await books(bank).newest(SALMA, first.older)
    assert [one.name for one in first.statements + second.statements] == [
        f"{n}.csv" for n in range(21, -1, -1)
    ]
    assert second.older is None
    with pytest.raises(BadCursor):
        await books(bank).newest(replace(SALMA, id=a_reference(62)), first.older)


@pytest.mark.parametrize(
    "told, kept",
    [
        ("C:\\Users\\salma\\march.csv", "march.csv"),
        ("a/b\x00c.csv", "b c.csv"),
        ("x" * 200, "x" * 120),
        ("", ""),
    ],
)
async def test_of_a_name_only_its_last_part_is_kept(quick: BankDesk, told: str, kept: str) -> None:
    report = await books(quick).read_in(in_file(["x"]), told, "", lambda _: None)
    assert report.statement.name == kept


class Interrupted(Exception):
    """The power went out."""


async def test_an_import_that_was_interrupted_and_is_run_again_ends_the_same(quick: BankDesk) -> None:
    lines = many(3 * BATCH)

    def dies(read: int) -> None:
        if read > BATCH:
            raise Interrupted

    with pytest.raises(Interrupted):
        await books(quick).read_in(file_of(lines), "march.csv", "", dies)
    again = (await read_in(quick, lines)).statement
    assert (again.booked, again.known) == (BATCH, 2 * BATCH)
    assert len(await quick.lines()) == len(lines)


async def test_a_worker_that_died_over_an_upload_is_followed_by_one_that_goes_on(quick: BankDesk) -> None:
    id_ = await upload(quick, file_of(many(2 * BATCH + 7)))
    (job,) = await quick.desk.store.write(lambda tx: jobs.take(tx, NOW, timedelta(minutes=2), 5))
    reading = asyncio.create_task(books(quick).work(job))
    while (await books(quick).show(SALMA, id_)).statement.read < BATCH:  # noqa: ASYNC110  (a commit has no event)
        await asyncio.sleep(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    quick.desk.clock.advance(minutes=3)
    await quick.desk.work()
    after = (await books(quick).show(SALMA, id_)).statement
    assert (after.progress, after.booked, after.known) == (Progress.DONE, 2 * BATCH + 7, 0)


async def test_two_who_read_one_statement_do_not_count_it_twice(bank: BankDesk) -> None:
    id_ = await upload(bank, file_of(many(BATCH + 1)))
    jobs_taken = [Job(n, "statement", f"statement:{id_}", {"statement": id_}, NOW, 1) for n in range(2)]
    ended = await asyncio.gather(*map(books(bank).work, jobs_taken), return_exceptions=True)
    assert [one for one in ended if isinstance(one, BaseException)] == [
        one for one in ended if isinstance(one, Overtaken)
    ]
    await bank.desk.pass_time(minutes=1)
    after = (await books(bank).show(SALMA, id_)).statement
    assert (after.progress, after.booked, after.known) == (Progress.DONE, BATCH + 1, 0)


async def test_a_long_upload_gives_its_slot_back_between_slices(quick: BankDesk) -> None:
    id_ = await upload(quick, file_of(many(SLICE + 1)))
    assert await quick.desk.portal.worker.run_due() == 1
    half = (await books(quick).show(SALMA, id_)).statement
    assert (half.progress, half.read) == (Progress.READING, SLICE)
    await quick.desk.work()
    after = (await books(quick).show(SALMA, id_)).statement
    assert (after.progress, after.booked) == (Progress.DONE, SLICE + 1)


async def test_of_many_bad_lines_the_first_are_kept_and_all_are_counted(quick: BankDesk) -> None:
    lines = "".join(csv_of(many(150))).replace("/03/2026", "/33/2026")
    report = await books(quick).read_in(in_file([lines]), "march.csv", "", lambda _: None)
    assert report.statement.bad >= 150
    assert len(report.statement.bad_entries) == 100


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.covers("I1")
async def test_a_hundred_thousand_lines_are_read_in_constant_memory(quick: BankDesk) -> None:
    """Ten thousand and a hundred thousand need the same; what grows is the database alone."""
    peaks = []
    # The more lies about from earlier tests, the longer Python leaves what is garbage by now.
    gc.collect()
    gc.freeze()
    for count in (10_000, 100_000):
        file = file_of(many(count))
        tracemalloc.start()
        report = await books(quick).read_in(file, "march.csv", "CRDB", lambda _: None)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert report.statement.read == count
    gc.unfreeze()
    assert await quick.desk.read(_lines) == 100_000
    assert peaks[1] < 1.5 * peaks[0]


def _lines(tx: Tx) -> int:
    return tx.execute(select(func.count()).select_from(bank_lines)).scalar_one()


def test_entries_are_counted_once_each() -> None:
    begun = Statement(id=a_reference(1), name="march.csv", begun_at=NOW)
    after = begun.with_entries(booked=1, known=2).with_entries(debits=3)
    assert (after.read, after.booked, after.known, after.debits, after.bad) == (6, 1, 2, 3, 0)
    assert statement_rows.MOST_BAD_KEPT == 100
