"""The ledger as people read it: what a payment or a bank line posted, and the accounts page by page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, literal, select, tuple_

from portal.domain.ledger import Entry
from portal.domain.money import Currency, Money
from portal.store.bank_tables import bank_line_events, bank_lines
from portal.store.queries import PAGE
from portal.store.tables import ledger_entries, payment_events
from portal.store.types import Instant, Tx

Place = tuple[datetime, str, int, int]
"""Where an entry stands among those of its account: its time, stream, seq and line."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What the entries of an account come to in one currency, and how many they are."""

    account: str
    amount: Money
    entries: int


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Accounts by name, each with a balance for every currency; `next_after` is the last name when more follow."""

    balances: list[Balance]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """An entry of an account, with the name of the event that posted it and whose stream it stands in.

    Both are None of a stream that is neither a payment's nor a bank line's.
    """

    entry: Entry
    event: str | None
    home: Literal["payment", "line"] | None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One page; `next_after` is the place of its last row when more follow."""

    rows: list[AccountEntry]
    next_after: Place | None


def entries_of_stream(tx: Tx, stream: str) -> list[Entry]:
    """All that a payment or a bank line posted, in order."""
    columns = ledger_entries.c
    question = select(ledger_entries).where(columns.stream == stream).order_by(columns.seq, columns.line)
    return [_entry(row) for row in tx.execute(question)]


def accounts(tx: Tx, after: str | None = None) -> AccountPage:
    columns = ledger_entries.c
    named = select(columns.account).distinct().order_by(columns.account).limit(PAGE + 1)
    names = tx.execute(named if after is None else named.where(columns.account > after)).scalars().all()
    shown = names[:PAGE]
    return AccountPage(_balances(tx, shown), shown[-1] if len(names) > PAGE else None)


def balances_of(tx: Tx, account: str) -> list[Balance]:
    """One for each currency; none where the account has no entries."""
    return _balances(tx, [account])


def waiting_by_bank(tx: Tx, account: str) -> dict[Currency, Money]:
    """What of an account's balance stands by the lines of statements, and not by payments."""
    columns = ledger_entries.c
    of_lines = columns.stream.in_(select(bank_lines.c.id))
    question = (
        select(columns.currency, func.sum(columns.amount))
        .where(columns.account == account, of_lines)
        .group_by(columns.currency)
    )
    return {Currency(row[0]): Money(int(row[1]), Currency(row[0])) for row in tx.execute(question)}


def entries_of_account(tx: Tx, account: str, after: Place | None = None) -> EntryPage:
    """The newest first."""
    columns = ledger_entries.c
    order = (columns.at, columns.stream, columns.seq, columns.line)
    question = select(ledger_entries).where(columns.account == account)
    if after is not None:
        at, *rest = after
        question = question.where(tuple_(*order) < tuple_(literal(at, Instant), *map(literal, rest)))
    ordered = question.order_by(*(column.desc() for column in order)).limit(PAGE + 1)
    entries = [_entry(row) for row in tx.execute(ordered)]
    shown = entries[:PAGE]
    last = shown[-1] if len(entries) > PAGE else None
    return EntryPage(_with_events(tx, shown), (last.at, last.stream, last.seq, last.line) if last else None)


def _balances(tx: Tx, names: Iterable[str]) -> list[Balance]:
    columns = ledger_entries.c
    question = (
        select(columns.account, columns.currency, func.sum(columns.amount), func.count())
        .where(columns.account.in_(list(names)))
        .group_by(columns.account, columns.currency)
        .order_by(columns.account, columns.currency)
    )
    return [
        Balance(account, Money(int(total), Currency(currency)), count)
        for account, currency, total, count in tx.execute(question)
    ]


def _with_events(tx: Tx, entries: list[Entry]) -> list[AccountEntry]:
    places = list({(entry.stream, entry.seq) for entry in entries})
    found: dict[tuple[str, int], tuple[str, Literal["payment", "line"]]] = {}
    for place, name in _event_names(tx, payment_events, "payment", places).items():
        found[place] = name, "payment"
    for place, name in _event_names(tx, bank_line_events, "line", places).items():
        found[place] = name, "line"
    return [AccountEntry(entry, *found.get((entry.stream, entry.seq), (None, None))) for entry in entries]


def _event_names(
    tx: Tx, table: Any, stream: str, places: list[tuple[str, int]]
) -> dict[tuple[str, int], str]:
    columns = table.c
    its = (columns[stream], columns.seq)
    question = select(*its, columns.type).where(tuple_(*its).in_(places))
    return {(row[0], row[1]): row[2] for row in tx.execute(question)}


def _entry(row: Any) -> Entry:
    return Entry(
        stream=row.stream,
        seq=row.seq,
        line=row.line,
        account=row.account,
        amount=Money(row.amount, Currency(row.currency)),
        at=row.at,
    )
