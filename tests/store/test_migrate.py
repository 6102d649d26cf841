"""Migrations: the tables they make are those the program was written for, on both databases."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import DBAPIError

from portal.domain.payment import IN_FLIGHT
from portal.store.migrate import is_current, migrate
from portal.store.tables import IN_FLIGHT_SQL, metadata
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


async def test_every_check_of_the_program_stands_in_the_database(store: Store) -> None:
    def checks(tx: Tx) -> set[str]:
        found = (inspect(tx).get_check_constraints(table) for table in metadata.tables)
        return {str(check["name"]) for checks in found for check in checks}

    constraints = (c for table in metadata.tables.values() for c in table.constraints)
    assert await store.read(checks) == {str(c.name) for c in constraints if isinstance(c, CheckConstraint)}


@pytest.mark.covers("L8")
async def test_the_rule_of_one_attempt_in_flight_names_the_states_of_the_domain(store: Store) -> None:
    def condition(tx: Tx) -> str:
        indexes = {index["name"]: index for index in inspect(tx).get_indexes("payments")}
        return str(indexes["uq_payments_bill_in_flight"]["dialect_options"][f"{tx.dialect.name}_where"])

    for rule in (IN_FLIGHT_SQL, await store.read(condition)):
        assert re.findall(r"'([A-Z_]+)'", rule) == [state.value for state in IN_FLIGHT]
        assert "NOT late" in rule


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
