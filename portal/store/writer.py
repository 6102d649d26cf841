"""The store: one way to write (a plain function of a transaction), one to read (a plain function of a connection).

A write function holds no `await`, so no provider can be called inside a transaction. SQLite has one writer thread per
process; PostgreSQL has a pool and runs the same function. Readers never wait for writers.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from portal.store.types import NEW_JOBS, Tx

Result = TypeVar("Result")
_LOCK_WAIT_MS = 5_000
_TRIES = 5
_BEGIN_SNAPSHOT = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}


class VersionConflict(Exception):
    """Somebody else wrote this stream in between; the work is run again from a fresh read."""


class StoreClosed(Exception):
    """Work for a store that was let go of: nobody would ever do it."""


class Writer(Protocol):
    """Runs one function in one transaction and answers after the commit."""

    async def run(self, work: Callable[[Tx], Result]) -> Result: ...
    async def close(self) -> None: ...


class Store:
    """The database, opened. `write` answers only after the commit is durable."""

    def __init__(self, writer: Writer, reader: AsyncEngine) -> None:
        self._writer, self._reader = writer, reader
        self.jobs_changed = asyncio.Event()

    async def write(self, work: Callable[[Tx], Result]) -> Result:
        for _ in range(_TRIES - 1):
            try:
                return await self._committed(work)
            except (VersionConflict, DBAPIError) as error:
                if not _may_pass(error):
                    raise
        return await self._committed(work)

    async def read(self, question: Callable[[Tx], Result]) -> Result:
        async with self._reader.connect() as connection:
            return await connection.run_sync(question)

    async def snapshot(self, question: Callable[[Tx], Result]) -> Result:
        """Like `read`, but everything it asks is seen at one instant."""

        def at_one_instant(tx: Tx) -> Result:
            tx.exec_driver_sql(_BEGIN_SNAPSHOT[tx.dialect.name])
            try:
                return question(tx)
            finally:
                # Of one that broke off, the connection is thrown away.
                if not tx.invalidated:
                    tx.exec_driver_sql("ROLLBACK")

        return await self.read(at_one_instant)

    async def close(self) -> None:
        await self._writer.close()
        await self._reader.dispose()

    async def _committed(self, work: Callable[[Tx], Result]) -> Result:
        def noting_new_jobs(tx: Tx) -> tuple[Result, bool]:
            return work(tx), tx.info.pop(NEW_JOBS, False)

        result, new_jobs = await self._writer.run(noting_new_jobs)
        if new_jobs:
            self.jobs_changed.set()
        return result


def open_store(url: str) -> Store:
    """`sqlite:///path` or `postgresql://…`; the tables must stand already (see `migrate`)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = create_async_engine(
            parsed.set(drivername="postgresql+asyncpg"), pool_size=8, hide_parameters=True
        )
        reader = engine.execution_options(isolation_level="AUTOCOMMIT")
        return Store(PoolWriter(engine), reader)
    return Store(ThreadWriter(sqlite_engine(url)), _sqlite_reader(url))


_IN_THE_WAY = ("40001", "40P01")
"""PostgreSQL: could not serialize, deadlock detected."""


def _may_pass(error: Exception) -> bool:
    """Somebody else was in the way, and the transaction is undone: the same work may go through now."""
    if isinstance(error, DBAPIError):
        code = getattr(error.orig, "sqlstate", None)
        return code in _IN_THE_WAY or "database is locked" in str(error.orig)
    return isinstance(error, VersionConflict)


class ThreadWriter:
    """One thread, one connection, one transaction at a time: SQLite has a single writer anyway; a queue is fair."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: SimpleQueue[tuple[Callable[[Tx], Any], Future[Any]] | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Tx], Result]) -> Result:
        if self._closed:
            raise StoreClosed
        done: Future[Result] = Future()
        self._waiting.put((work, done))
        # Shielded, because a commit goes on when the browser that asked for it has gone.
        return await asyncio.shield(asyncio.wrap_future(done))

    async def close(self) -> None:
        self._closed = True
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)
        self._engine.dispose()

    def _work(self) -> None:
        while (next_one := self._waiting.get()) is not None:
            work, done = next_one
            if done.set_running_or_notify_cancel():
                self._answer(work, done)

    def _answer(self, work: Callable[[Tx], Any], done: Future[Any]) -> None:
        try:
            with self._engine.begin() as tx:
                result = work(tx)
        except BaseException as error:  # noqa: BLE001  (it belongs to whoever asked, not to this thread)
            done.set_exception(error)
        else:
            done.set_result(result)


class PoolWriter:
    """PostgreSQL: as many transactions at once as the pool has connections."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._running: set[asyncio.Task[Any]] = set()

    async def run(self, work: Callable[[Tx], Result]) -> Result:
        commit = asyncio.ensure_future(self._transaction(work))
        self._running.add(commit)
        commit.add_done_callback(self._running.discard)
        return await asyncio.shield(commit)

    async def close(self) -> None:
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._engine.dispose()

    async def _transaction(self, work: Callable[[Tx], Result]) -> Result:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)


def sqlite_engine(url: str) -> Engine:
    """The writing engine: WAL, every commit on the disk before it is answered, foreign keys on."""
    engine = create_engine(
        make_url(url).set(drivername="sqlite+pysqlite"), pool_size=1, max_overflow=0, hide_parameters=True
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _sqlite_reader(url: str) -> AsyncEngine:
    engine = create_async_engine(
        make_url(url).set(drivername="sqlite+aiosqlite"),
        pool_size=5,
        isolation_level="AUTOCOMMIT",
        # Only a snapshot begins anything, and ends it: to undo nothing is one more errand of the driver's thread.
        skip_autocommit_rollback=True,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", _set_up_sqlite_reader)
    return engine


def _set_up_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own
    _pragmas(connection, "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def _set_up_sqlite_reader(connection: Any, _: object) -> None:
    _pragmas(connection, "query_only=ON")


def _pragmas(connection: Any, *pragmas: str) -> None:
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={_LOCK_WAIT_MS}", *pragmas):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
