"""Bring a database to the newest tables, and say whether it is there."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from portal.places import MIGRATIONS
from portal.store.types import Tx
from portal.store.writer import sqlite_engine


async def migrate(url: str) -> None:
    """Run what is missing; forward only, and safe to run twice."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        engine = sqlite_engine(url)
        with engine.begin() as connection:
            upgrade(connection)
        engine.dispose()
        return
    pool = create_async_engine(parsed.set(drivername="postgresql+asyncpg"))
    async with pool.begin() as connection:
        await connection.run_sync(upgrade)
    await pool.dispose()


def upgrade(tx: Tx) -> None:
    """The migrations, on this connection."""
    command.upgrade(config(tx), "head")


def is_current(tx: Tx) -> bool:
    """The tables are those this program was written for."""
    newest = ScriptDirectory.from_config(config(tx)).get_current_head()
    return MigrationContext.configure(tx).get_current_revision() == newest


def config(tx: Tx) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["connection"] = tx
    return settings
