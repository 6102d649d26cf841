"""The pages of the daily close: which days are closed, what each gained, and that a change of the past is shown."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from portal.store.tables import ledger_entries
from tests.makers import LANDLORD, OFFICE, TENANT
from tests.web.client import Portal
from tests.web.records import put


async def closed(portal: Portal, days: int = 1) -> None:
    """Asha's payment, and so many midnights after it."""
    await put(portal)
    portal.clock.advance(days=days)
    await portal.parts.books.close.plan()
    while await portal.parts.worker.run_due():
        pass


@pytest.mark.covers("I10")
async def test_a_closed_day_says_what_each_account_gained_and_that_the_books_agreed(portal: Portal) -> None:
    await closed(portal)
    office = await portal.signed_in(OFFICE)
    listed = await office.open("/ops/close")
    assert "They agree" in listed.words
    (href,) = listed.document.xpath("//td/a/@href")
    page = await office.open(href)
    for word in ("3 March 2026", "The books agreed", "cash:mpesa", "453,500"):
        assert word in page.words


@pytest.mark.covers("I10")
async def test_a_day_that_was_changed_afterwards_is_told_on_its_page_and_the_first_page(
    portal: Portal,
) -> None:
    await closed(portal)
    first = ledger_entries.c.line == 0
    await portal.store.write(lambda tx: tx.execute(update(ledger_entries).where(first).values(amount=7)))
    office = await portal.signed_in(OFFICE)
    assert "has changed since it was closed" in (await office.open("/ops/close/2026-03-03")).words
    assert "The books do not agree" not in (await office.open("/ops")).words
    portal.clock.advance(days=1)
    while await portal.parts.worker.run_due():
        pass
    start = await office.open("/ops")
    assert "The books do not agree" in start.words
    found = await office.open("/ops/close/2026-03-04")
    for word in ("The books did not agree", "must be 0", "2026-03-03: the ledger says something else"):
        assert word in found.words


async def test_many_days_stand_on_several_pages(portal: Portal) -> None:
    office = await portal.signed_in(OFFICE)
    assert "No day is closed yet" in (await office.open("/ops/close")).words
    await closed(portal, days=33)
    first = await office.open("/ops/close")
    (older,) = first.document.xpath("//a[@rel='next']/@href")
    second = await office.open(older)
    assert len(first.document.xpath("//td/a")) + len(second.document.xpath("//td/a")) == 33
    assert second.document.xpath("//a[@rel='prev']/@href") == ["/ops/close"]


@pytest.mark.parametrize("path", ["/ops/close/2026-03-03", "/ops/close/yesterday", "/ops/close?before=x"])
async def test_a_day_that_is_not_closed_is_not_found(portal: Portal, path: str) -> None:
    assert (await (await portal.signed_in(OFFICE)).get(path)).status_code == 404


@pytest.mark.parametrize("person", [TENANT, LANDLORD])
async def test_nobody_else_finds_the_closed_days(portal: Portal, person: str) -> None:
    assert (await (await portal.signed_in(person)).get("/ops/close")).status_code == 404
