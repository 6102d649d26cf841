"""Migrations: the tables they make are those the program was written for, on both databases."""

import asyncio
import sys
from datetime import date
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import DBAPIError

from portal.domain import events as e
from portal.domain.bill import PaymentType
from portal.domain.money import shillings
from portal.domain.payment_state import State
from portal.store import drafts, payments
from portal.store.drafts import Draft
from portal.store.migrate import is_current, migrate
from portal.store.tables import metadata
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store, open_store
from tests.databases import Postgres
from tests.makers import BILL, NOW, TENANT, a_bill, a_reference, mismatch, put_in_store, put_payment
from tests.store.carrying_over import Row, all_rows, carried_over


async def asked(url: str, question: str) -> bool:
    opened = open_store(url)
    try:
        return await opened.read(is_current if question == "is_current" else has_tables)
    finally:
        await opened.close()


def has_tables(tx: Tx) -> bool:
    return set(metadata.tables) <= set(inspect(tx).get_table_names())


@pytest.mark.covers("O11")
async def test_an_empty_database_gets_all_tables_and_says_so(empty_url: str) -> None:
    assert not await asked(empty_url, "is_current")
    await migrate(empty_url)
    assert await asked(empty_url, "is_current")
    assert await asked(empty_url, "has_tables")


async def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    await migrate(empty_url)
    await migrate(empty_url)
    assert await asked(empty_url, "is_current")


async def test_processes_that_start_together_migrate_one_after_the_other(postgres: Postgres) -> None:
    url = await postgres.empty()
    program = f"import asyncio; from portal.store.migrate import migrate; asyncio.run(migrate({url!r}))"
    started = [await asyncio.create_subprocess_exec(sys.executable, "-c", program) for _ in range(2)]
    assert [await process.wait() for process in started] == [0, 0]
    assert await asked(url, "is_current")
    await postgres.drop(url)


@pytest.mark.covers("P6")
async def test_the_migrations_make_the_tables_of_the_program(store: Store) -> None:
    def differences(tx: Tx) -> list[object]:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))

    assert await store.read(differences) == []


async def test_every_check_of_the_program_stands_in_the_database(store: Store) -> None:
    def checks(tx: Tx) -> set[str]:
        found = (inspect(tx).get_check_constraints(table) for table in metadata.tables)
        return {str(check["name"]) for checks in found for check in checks}

    constraints = (c for table in metadata.tables.values() for c in table.constraints)
    assert await store.read(checks) == {str(c.name) for c in constraints if isinstance(c, CheckConstraint)}


@pytest.mark.covers("J10")
@pytest.mark.parametrize("statement", ["UPDATE payment_events SET seq = 9", "DELETE FROM payment_events"])
async def test_nobody_can_rewrite_an_event(store: Store, statement: str, vault: Vault) -> None:
    await put_in_store(store, vault)
    await put_payment(store)
    with pytest.raises(DBAPIError, match="append-only"):
        await store.write(lambda tx: tx.execute(text(statement)))


async def test_nobody_can_empty_the_table_of_events(postgres_store: Store) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        await postgres_store.write(lambda tx: tx.execute(text("TRUNCATE payment_events")))


BEFORE_SEVERAL_BILLS = "0012"


def of_one_bill(row: Row) -> Row:
    """As a portal of that time would have it, whose payments were for one bill each."""
    (one,) = row.get("allocations", [{}])
    its_bill = {name: one[name] for name in ("bill", "type") if name in one}
    return row | its_bill | {"period": _day(one.get("period") or row.get("period"))}


def _day(day: Any) -> date | None:
    return date.fromisoformat(day) if isinstance(day, str) else day


@pytest.mark.covers("O11", "A20")
async def test_payments_and_drafts_of_the_time_when_each_was_for_one_bill_are_carried_over(
    empty_url: str, sqlite_store: Store, vault: Vault
) -> None:
    rent = a_bill(reference=a_reference(20), type=PaymentType.RENT, period=date(2026, 3, 1))
    its = {"bill": rent.reference, "type": rent.type, "period": rent.period}
    await put_in_store(sqlite_store, vault, bills=[a_bill(), rent])
    failed = await put_payment(sqlite_store, State.FAILED)
    paid = await put_payment(sqlite_store, reference=a_reference(9))
    await put_payment(sqlite_store, State.UNCERTAIN, reference=a_reference(10), **its)

    def news(tx: Tx) -> None:
        extra, wrong = e.DuplicateSuccess(excess=shillings(5)), mismatch(shillings(5))
        payments.append(tx, paid, [extra], NOW, reference=paid.reference)
        payments.append(tx, failed, [wrong], NOW, reference=failed.reference)

    await sqlite_store.write(news)
    now = await sqlite_store.read(all_rows)
    draft = {"id": a_reference(70), "person": TENANT, "amount": 7, "agreed": False, "created_at": 1}
    then = now | {"drafts": [draft | {"bill": BILL}]}
    async with carried_over(then, empty_url, BEFORE_SEVERAL_BILLS, of_one_bill) as carried:
        rows = await carried.read(all_rows)
        assert sorted(map(str, rows["payment_bills"])) == sorted(map(str, now["payment_bills"]))
        assert [row["in_flight"] for row in rows["payment_bills"]].count(True) == 1
        kept = await carried.read(lambda tx: drafts.load(tx, vault, a_reference(70), TENANT))
        assert kept == Draft(id=a_reference(70), person=TENANT, amounts={BILL: 7})
