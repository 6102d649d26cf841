"""Bank statements that were handed to us: how far each is read and what it brought; its bytes, sealed, until then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO

from sqlalchemy import RowMapping, delete, func, insert, literal, select, tuple_, update

from portal.domain.money import Currency, Money
from portal.store.bank_tables import bank_lines, statement_parts, statements
from portal.store.types import Instant, Tx
from portal.store.vault import Vault

PART_BYTES = 256 * 1024
MOST_BAD_KEPT = 100
PAGE = 20


class Progress(StrEnum):
    """How far a statement is read."""

    WAITING = "WAITING"
    READING = "READING"
    DONE = "DONE"
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True, slots=True)
class BadEntry:
    """A line that was not booked: where it stands, why, and a few words of it."""

    line: int
    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """`account` is ours by its short name, where whoever brought the file named it. Every entry is counted once:
    `booked` as a new line, `known` from another statement, `debits` that are no business of ours, or `bad`.

    `bad_entries` are the first of those. `begun_by` is None for the command line.
    """

    id: str
    name: str
    begun_at: datetime
    begun_by: str | None = None
    account: str | None = None
    size: int | None = None
    progress: Progress = Progress.WAITING
    problem: str | None = None
    booked: int = 0
    known: int = 0
    debits: int = 0
    bad: int = 0
    bad_entries: tuple[BadEntry, ...] = ()
    ended_at: datetime | None = None

    @property
    def read(self) -> int:
        """How many of its entries are dealt with."""
        return self.booked + self.known + self.debits + self.bad

    def with_entries(
        self, *, booked: int = 0, known: int = 0, debits: int = 0, bad: tuple[BadEntry, ...] = ()
    ) -> Statement:
        """So many more are dealt with."""
        return replace(
            self,
            booked=self.booked + booked,
            known=self.known + known,
            debits=self.debits + debits,
            bad=self.bad + len(bad),
            bad_entries=(*self.bad_entries, *bad)[:MOST_BAD_KEPT],
        )


@dataclass(frozen=True, slots=True)
class Brought:
    """What the lines that a statement booked have become, in one currency: money below zero was taken back."""

    currency: Currency
    matched: int
    matched_sum: Money
    waiting: int
    waiting_sum: Money


def begin(tx: Tx, vault: Vault, statement: Statement) -> None:
    tx.execute(
        insert(statements).values(id=statement.id, **_fixed(vault, statement), **_moving(vault, statement))
    )


def keep_file(tx: Tx, vault: Vault, statement: str, file: BinaryIO) -> None:
    """Its bytes, part by part, so that a large file is never whole in memory."""
    for part in iter(lambda: file.read(PART_BYTES), b""):
        number = tx.execute(select(func.count()).where(statement_parts.c.statement == statement)).scalar_one()
        place = _place(f"part:{statement}", number)
        # Every byte is a letter of Latin-1, and so the vault, which seals text, can take it.
        sealed = vault.seal(part.decode("latin-1"), at=place)
        tx.execute(insert(statement_parts).values(statement=statement, part=number, sealed=sealed))


def part_of_file(tx: Tx, vault: Vault, statement: str, number: int) -> bytes | None:
    """The bytes of one part; None behind the last."""
    columns = statement_parts.c
    question = select(columns.sealed).where(columns.statement == statement, columns.part == number)
    sealed = tx.execute(question).scalar()
    return vault.unseal(sealed, at=_place(f"part:{statement}", number)).encode("latin-1") if sealed else None


def drop_file(tx: Tx, statement: str) -> None:
    tx.execute(delete(statement_parts).where(statement_parts.c.statement == statement))


def load(tx: Tx, vault: Vault, id_: str, *, lock: bool = False) -> Statement | None:
    question = select(statements).where(statements.c.id == id_)
    row = tx.execute(question.with_for_update() if lock else question).mappings().first()
    return _statement(row, vault) if row else None


def update_row(tx: Tx, vault: Vault, statement: Statement) -> None:
    """How far it is read by now."""
    tx.execute(update(statements).where(statements.c.id == statement.id).values(**_moving(vault, statement)))


def newest(
    tx: Tx, vault: Vault, after: tuple[datetime, str] | None = None
) -> tuple[list[Statement], tuple[datetime, str] | None]:
    """A page of them, the newest first, and the place of its last where more follow."""
    columns = statements.c
    question = select(statements).order_by(columns.begun_at.desc(), columns.id.desc()).limit(PAGE + 1)
    if after is not None:
        place = tuple_(literal(after[0], Instant), literal(after[1]))
        question = question.where(tuple_(columns.begun_at, columns.id) < place)
    found = [_statement(row, vault) for row in tx.execute(question).mappings()]
    shown = found[:PAGE]
    return shown, (shown[-1].begun_at, shown[-1].id) if len(found) > PAGE else None


def brought(tx: Tx, statement: str) -> list[Brought]:
    """What has become of the lines that a statement booked, by currency."""
    return list(_brought(tx, statement))


def _brought(tx: Tx, statement: str) -> Iterator[Brought]:
    columns = bank_lines.c
    waits = columns.waiting != 0
    question = (
        select(
            columns.currency,
            func.count().filter(~waits).label("matched"),
            func.sum(columns.amount - columns.waiting).label("matched_sum"),
            func.count().filter(waits).label("waiting"),
            func.sum(columns.waiting).label("waiting_sum"),
        )
        .where(columns.statement == statement)
        .group_by(columns.currency)
        .order_by(columns.currency)
    )
    for row in tx.execute(question):
        currency = Currency(row.currency)
        matched, waiting = Money(int(row.matched_sum), currency), Money(int(row.waiting_sum), currency)
        yield Brought(currency, row.matched, matched, row.waiting, waiting)


def _fixed(vault: Vault, statement: Statement) -> dict[str, Any]:
    return {
        "account": statement.account,
        "name_sealed": vault.seal(statement.name, at=_place("name", statement.id)),
        "size": statement.size,
        "begun_by": statement.begun_by,
        "begun_at": statement.begun_at,
    }


def _moving(vault: Vault, statement: Statement) -> dict[str, Any]:
    bad = [[entry.line, entry.reason, entry.excerpt] for entry in statement.bad_entries]
    return {
        "state": statement.progress,
        "problem": statement.problem,
        "booked": statement.booked,
        "known": statement.known,
        "debits": statement.debits,
        "bad": statement.bad,
        "bad_sealed": vault.seal(json.dumps(bad), at=_place("bad", statement.id)) if bad else None,
        "ended_at": statement.ended_at,
    }


def _statement(row: RowMapping, vault: Vault) -> Statement:
    sealed = row["bad_sealed"]
    bad = json.loads(vault.unseal(sealed, at=_place("bad", row["id"]))) if sealed else []
    return Statement(
        id=row["id"],
        name=vault.unseal(row["name_sealed"], at=_place("name", row["id"])),
        begun_at=row["begun_at"],
        begun_by=row["begun_by"],
        account=row["account"],
        size=row["size"],
        progress=Progress(row["state"]),
        problem=row["problem"],
        booked=row["booked"],
        known=row["known"],
        debits=row["debits"],
        bad=row["bad"],
        bad_entries=tuple(BadEntry(*entry) for entry in bad),
        ended_at=row["ended_at"],
    )


def _place(column: str, row: object) -> str:
    return f"statements.{column}:{row}"
