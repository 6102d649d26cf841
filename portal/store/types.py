"""Column types that mean the same on SQLite and PostgreSQL, and the one insert that may meet its twin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, Table, TypeDecorator, func, select
from sqlalchemy.dialects import postgresql, sqlite

Tx = Connection
"""An open transaction, or a read connection; services hand it on and never look inside."""

NEW_JOBS = "new_jobs"
"""Key in `Tx.info`: this transaction has left work for the worker."""

BigKey = BigInteger().with_variant(Integer, "sqlite")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware instant as microseconds since 1970 in UTC: exact, compact, and sorted the same everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:  # noqa: ARG002
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        return None if value is None else from_micros(value)


def micros(at: datetime) -> int:
    """Microseconds since 1970; refuses an instant without a zone."""
    if at.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return (at - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    return _EPOCH + value * _MICROSECOND


def hold(tx: Tx, name: str) -> None:
    """Whoever else holds this name waits until the transaction ends. SQLite has one writer at a time anyway."""
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def upsert(tx: Tx, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows ON CONFLICT, in the dialect of the transaction."""
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)


def insert_once(tx: Tx, table: Table, **values: object) -> bool:
    """Insert unless a row with the same unique key stands; True when this call made the row."""
    result = tx.execute(upsert(tx, table).values(**values).on_conflict_do_nothing())
    return result.rowcount == 1
