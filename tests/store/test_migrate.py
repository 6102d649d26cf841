"""Migrations: the tables they make are those the program was written for, on both databases."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from portal.store.migrate import is_current, migrate
from portal.store.tables import metadata
from portal.store.types import Tx
from portal.store.vault import Vault
from portal.store.writer import Store, open_store
from tests.databases import Postgres
from tests.makers import put_in_store, put_payment


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_url(request: pytest.FixtureRequest, postgres: Postgres, tmp_path: Path) -> AsyncIterator[str]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new.sqlite3"
        return
    url = await postgres.empty()
    yield url
    await postgres.drop(url)


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


async def test_rules_that_alembic_does_not_compare_stand_in_the_database(store: Store) -> None:
    def rules(tx: Tx) -> tuple[set[str], str]:
        checks = {
            str(check["name"])
            for table in metadata.tables
            for check in inspect(tx).get_check_constraints(table)
        }
        indexes = {index["name"]: index for index in inspect(tx).get_indexes("payments")}
        in_flight = indexes["uq_payments_bill_in_flight"]
        return checks, str(in_flight["dialect_options"][f"{tx.dialect.name}_where"])

    checks, where = await store.read(rules)
    named = {str(c.name) for t in metadata.tables.values() for c in t.constraints if "ck_" in str(c.name)}
    assert checks == named
    assert all(
        state in where for state in ("SUBMITTING", "AWAITING_PAYER", "PROCESSING", "UNCERTAIN", "late")
    )


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
