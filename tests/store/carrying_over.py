"""Rows as an older portal had them, carried over to today's tables by the migrations themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from alembic import command
from sqlalchemy import MetaData, insert, select

from portal.store import replay
from portal.store.migrate import config, migrate
from portal.store.types import Tx
from portal.store.writer import Store, open_store

Row = dict[str, Any]
Rows = dict[str, list[Row]]
AsBefore = Callable[[Row], Row]


def all_rows(tx: Tx) -> Rows:
    tables = MetaData()
    tables.reflect(tx)
    return {
        table.name: [dict(row) for row in tx.execute(select(table)).mappings()]
        for table in tables.sorted_tables
    }


@asynccontextmanager
async def carried_over(rows: Rows, empty_url: str, before: str, as_before: AsBefore) -> AsyncIterator[Store]:
    """Today's rows, put into the tables of revision `before`, each as it was then, and migrated."""
    old = open_store(empty_url)
    await old.write(lambda tx: _put_back(tx, rows, before, as_before))
    await old.close()
    await migrate(empty_url)
    carried = open_store(empty_url)
    assert (await carried.snapshot(replay.check)).differences == []
    yield carried
    await carried.close()


def _put_back(tx: Tx, rows: Rows, before: str, as_before: AsBefore) -> None:
    command.upgrade(config(tx), before)
    tables = MetaData()
    tables.reflect(tx)
    for table in tables.sorted_tables:
        for row in rows[table.name] if table.name != "alembic_version" else []:
            told = as_before(row)
            # `position` is counted by the database.
            known = {name: told[name] for name in told if name in table.c and name != "position"}
            tx.execute(insert(table).values(known))
