"""Statements in the office's hands: brought as files, read by the worker, shown with all that was not booked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.domain.ids import shown
from portal.domain.money import shillings
from portal.domain.payment_state import State
from portal.services.statements import LARGEST_UPLOAD
from portal.store.writer import Store
from tests.makers import LANDLORD, OFFICE, TENANT, FakeClock, a_reference
from tests.services.bank import CRDB
from tests.web.banking import booked, bring, open_bank, payment_of, reference_of, statement, transferring
from tests.web.client import Page, Portal
from tests.web.opening import open_portal
from tests.web.paying import read

STATEMENTS = "/ops/statements"


@pytest.fixture
async def bank(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    opened = await open_bank(sqlite_store, clock)
    yield opened
    await opened.close()


@pytest.mark.covers("I1", "A10")
async def test_a_file_is_brought_read_and_told_what_it_brought(bank: Portal) -> None:
    _, page = await transferring(bank)
    entries = [booked(reference_of(page)), booked("KODI", shillings(5_000), 2)]
    found = await bring(bank, statement(*entries, booked("FEE", shillings(7), 3, is_credit=False)))
    words = read(found)
    assert found.h1 == "march.csv"
    for told in (
        "By Rehema Said",
        "Lines read 3",
        "New 2",
        "Known already 0",
        "Money that went out 1",
        "1 new line has found its place: TSh 452,500. 1 new line waits in suspense: TSh 5,000.",
    ):
        assert told in words
    assert (await payment_of(bank, page)).state is State.COMPLETED


async def test_until_it_is_read_the_page_says_how_far_it_is(bank: Portal) -> None:
    salma = await bank.signed_in(OFFICE)
    page = await salma.upload(await salma.open(STATEMENTS), "march.csv", statement(booked("KODI")))
    assert (page.status, page.path.startswith(f"{STATEMENTS}/")) == (200, True)
    assert "Waits to be read" in page.words
    assert "0 lines are read so far." in page.words
    assert "march.csv" in (await salma.open(STATEMENTS)).words


@pytest.mark.covers("I1")
async def test_a_line_that_was_not_booked_is_told_with_its_number_and_reason(bank: Portal) -> None:
    spoilt = statement(booked("KODI"), booked("DUKA", shillings(9), 2)).replace(
        b"02/03/2026", b"32/03/2026", 1
    )
    found = await bring(bank, spoilt)
    number, why, excerpt = [
        " ".join(td.text_content().split()) for td in found.document.xpath("//tbody/tr[1]/td")
    ]
    assert (number, why, "KODI" in excerpt) == ("5", "Its date cannot be read", True)


async def test_a_file_that_is_no_statement_says_what_it_is(bank: Portal) -> None:
    found = await bring(bank, b"%PDF-1.7 a scan", "march.pdf")
    assert "Nothing was booked" in found.words
    assert "This is a PDF. Ask the bank for the statement as CSV, MT940 or camt." in found.words
    assert "No statement" in (await (await bank.signed_in(OFFICE)).open(STATEMENTS)).words


async def test_a_file_that_says_not_whose_it_is_is_read_for_the_account_that_was_chosen(bank: Portal) -> None:
    silent = statement(booked("KODI")).replace(CRDB.number.encode(), b"")
    assert "New 1" in read(await bring(bank, silent, account="CRDB"))


@pytest.mark.parametrize(
    "language, english",
    [("en", "Choose the file that the bank gave you"), ("sw", "Chagua faili ulilopewa na benki")],
)
async def test_nothing_brought_is_said_at_its_field(bank: Portal, language: str, english: str) -> None:
    salma = await bank.signed_in(OFFICE, language)
    empty = await salma.upload(await salma.open(STATEMENTS), "", b"")
    assert (empty.status, english in empty.error("file")) == (422, True)
    nothing = await salma.upload(await salma.open(STATEMENTS), "march.csv", b"", account="CRDB")
    assert (nothing.status, english in nothing.error("file")) == (422, True)
    assert nothing.form("main-form").fields["account"] == "CRDB"


async def test_an_account_that_is_none_of_ours_is_refused(bank: Portal) -> None:
    salma = await bank.signed_in(OFFICE)
    page = await salma.upload(await salma.open(STATEMENTS), "march.csv", b"x", account="NBC")
    assert (page.status, page.error("account")) == (422, "Error: Choose one of our accounts")


async def test_a_file_that_is_too_large_is_turned_away_and_kept_nowhere(bank: Portal) -> None:
    salma = await bank.signed_in(OFFICE)
    form = await salma.open(STATEMENTS)
    page = await salma.upload(form, "march.csv", b"x" * (LARGEST_UPLOAD + 100_000))
    assert page.status == 413
    page = await salma.upload(form, "march.csv", b"x" * (LARGEST_UPLOAD + 1))
    assert (page.status, page.error("file").startswith("Error: Use a file up to 20 MB")) == (422, True)
    assert "No statement yet" in (await salma.open(STATEMENTS)).words


async def test_a_file_from_elsewhere_is_not_taken(bank: Portal) -> None:
    salma = await bank.signed_in(OFFICE)
    files = {"file": ("march.csv", b"x")}
    for fields in ({}, {"csrf": "nonsense"}):
        answer = await salma.client.post(STATEMENTS, data=fields, files=files)
        assert answer.status_code == 403
    broken = await salma.client.post(
        STATEMENTS, content=b"--x\r\n", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert broken.status_code == 400
    plain = await salma.post(STATEMENTS, {"account": ""})
    assert plain.status_code == 422
    for path in ("/pay", "/sign-out"):
        assert (await salma.client.post(path, files=files)).status_code in (403, 404)


@pytest.mark.parametrize("person", [TENANT, LANDLORD])
async def test_for_tenants_and_landlords_there_are_no_statements(bank: Portal, person: str) -> None:
    browser = await bank.signed_in(person)
    assert (await browser.get(STATEMENTS)).status_code == 404
    assert (await browser.client.post(STATEMENTS, files={"file": ("a.csv", b"x")})).status_code == 404


async def test_a_statement_s_address_may_be_written_with_dashes(bank: Portal) -> None:
    found = await bring(bank, statement(booked("KODI")))
    id_ = found.path.removeprefix(f"{STATEMENTS}/")
    salma = await bank.signed_in(OFFICE)
    assert (await salma.open(f"{STATEMENTS}/{shown(id_).lower()}")).path == found.path
    for nothing in (a_reference(1), "nonsense"):
        assert (await salma.get(f"{STATEMENTS}/{nothing}")).status_code == 404


async def test_many_statements_stand_on_several_pages(bank: Portal) -> None:
    for number in range(21):
        bank.clock.advance(seconds=1)
        await bring(bank, b"x", f"{number}.csv")
    salma = await bank.signed_in(OFFICE)
    first = await salma.open(STATEMENTS)
    (onward,) = first.document.xpath("//nav//a[@rel='next']/@href")
    second = await salma.open(onward)
    assert _names(first)[:1] + _names(second) == ["20.csv", "0.csv"]
    assert (await salma.get(f"{STATEMENTS}?after=nonsense")).status_code == 400


def _names(page: Page) -> list[str]:
    return [" ".join(a.text_content().split()) for a in page.document.xpath("//tbody//a")]


async def test_more_bad_lines_than_are_kept_are_counted(bank: Portal) -> None:
    entries = [booked(f"KODI {n}", shillings(1_000 + n), n) for n in range(1, 131)]
    found = await bring(bank, statement(*entries).replace(b"/03/2026", b"/33/2026"))
    assert "The first 100 of 13" in read(found)


async def test_a_portal_that_takes_no_transfers_takes_no_statements(
    sqlite_store: Store, clock: FakeClock
) -> None:
    portal = await open_portal(sqlite_store, clock)
    salma = await portal.signed_in(OFFICE)
    page = await salma.open(STATEMENTS)
    assert "Bank transfer is off" in page.words
    assert not page.document.xpath("//form[@id='main-form']")
    answer = await salma.post(STATEMENTS, {"account": "CRDB"})
    assert (answer.status_code, "Bank transfer is off" in answer.text) == (422, True)
    await portal.close()
