"""The closed days, one row each, never changed; and whether the ledger still says of them what it said then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import JSON, BigInteger, Column, Date, Row, String, Table, func, select, type_coerce

from portal.domain.day_close import AccountSum, DayClose, day_of, digest_of, ends_at
from portal.store import codec
from portal.store.tables import ledger_entries, metadata
from portal.store.types import Instant, Tx, insert_once, micros

day_closes = Table(
    "day_closes",
    metadata,
    Column("day", Date, primary_key=True),
    Column("closed_at", Instant, nullable=False),
    Column("sums", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("balance", JSON, nullable=False),
    Column("differences", JSON, nullable=False),
)
_DAY = 86_400 * 1_000_000


def keep(tx: Tx, close: DayClose) -> bool:
    """False where that day is closed already."""
    return insert_once(
        tx,
        day_closes,
        day=close.day,
        closed_at=close.closed_at,
        sums=codec.as_json(close.sums),
        digest=close.digest,
        balance=close.balance,
        differences=list(close.differences),
    )


def load(tx: Tx, day: date) -> DayClose | None:
    row = tx.execute(select(day_closes).where(day_closes.c.day == day)).first()
    return _close(row) if row else None


def newest(tx: Tx, most: int, before: date | None = None) -> list[DayClose]:
    question = select(day_closes).order_by(day_closes.c.day.desc()).limit(most)
    rows = tx.execute(question if before is None else question.where(day_closes.c.day < before))
    return [_close(row) for row in rows]


def last_day(tx: Tx) -> date | None:
    return tx.execute(select(func.max(day_closes.c.day))).scalar()


def first_entry_day(tx: Tx) -> date | None:
    """The day on which the ledger began."""
    first = tx.execute(select(func.min(ledger_entries.c.at))).scalar()
    return day_of(first) if first else None


def sums_of(tx: Tx, day: date) -> list[AccountSum]:
    """What the ledger gained on that day, account by account."""
    columns = ledger_entries.c
    start, end = ends_at(day.fromordinal(day.toordinal() - 1)), ends_at(day)
    question = (
        select(columns.account, columns.currency, func.count(), func.sum(columns.amount))
        .where(columns.at >= start, columns.at < end)
        .group_by(columns.account, columns.currency)
    )
    return [_sum(*row) for row in tx.execute(question)]


def drift(tx: Tx) -> list[str]:
    """The closed days of which the ledger now says something else."""
    now = {day: digest_of(sums) for day, sums in _every_day(tx)}
    closed = tx.execute(select(day_closes.c.day, day_closes.c.digest).order_by(day_closes.c.day))
    return [
        f"{day.isoformat()}: the ledger says something else of this day than when it was closed"
        for day, digest in closed
        if now.get(day, digest_of([])) != digest
    ]


def _every_day(tx: Tx) -> Iterator[tuple[date, list[AccountSum]]]:
    """Counted by the day of East Africa, which is three hours ahead the whole year."""
    columns, offset = ledger_entries.c, -micros(ends_at(date(1969, 12, 31)))
    number = (type_coerce(columns.at, BigInteger) + offset) // _DAY
    question = select(number, columns.account, columns.currency, func.count(), func.sum(columns.amount))
    days: dict[int, list[AccountSum]] = {}
    for day, *told in tx.execute(question.group_by(number, columns.account, columns.currency)):
        days.setdefault(int(day), []).append(_sum(*told))
    yield from ((date.fromordinal(date(1970, 1, 1).toordinal() + day), sums) for day, sums in days.items())


def _sum(account: str, currency: str, count: int, total: Any) -> AccountSum:
    return AccountSum(account=account, currency=currency, count=count, sum=int(total))


def _close(row: Row[Any]) -> DayClose:
    return DayClose(
        day=row.day,
        closed_at=row.closed_at,
        sums=msgspec.convert(row.sums, type=tuple[AccountSum, ...]),
        digest=row.digest,
        balance=row.balance,
        differences=tuple(row.differences),
    )
