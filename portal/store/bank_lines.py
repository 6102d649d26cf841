"""Lines of bank statements: their events, their read rows, and beside both, sealed, what the payer wrote and is called.

`bank_line_events` is the truth; `bank_lines`, `bank_allocations` and the lines' entries in the ledger are folds of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Table, insert, select, tuple_, update

from portal.domain.bank_line import (
    LINE_EVENT_TYPES,
    BankLine,
    Held,
    LineAllocated,
    LineEvent,
    apply,
)
from portal.domain.events import event_name
from portal.domain.ledger import line_entries_of
from portal.domain.money import Currency, Money
from portal.store import codec
from portal.store.bank_tables import bank_allocations, bank_line_events, bank_line_texts, bank_lines
from portal.store.event_log import EventLog
from portal.store.projections import entry_row
from portal.store.tables import ledger_entries
from portal.store.types import Tx, hold
from portal.store.vault import Vault
from portal.store.writer import VersionConflict

LOG = EventLog(bank_line_events, "line")
LINE_EVENT_BY_NAME: Mapping[str, type[LineEvent]] = {event_name(kind): kind for kind in LINE_EVENT_TYPES}


@dataclass(frozen=True, slots=True)
class Written:
    """What the payer wrote and is called, as the bank passed it on."""

    text: str
    payer: str | None


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line that nobody has seen before, with all that is known to happen to it at once."""

    id: str
    events: Sequence[LineEvent]
    written: Written


def book(tx: Tx, vault: Vault, new: Sequence[NewLine], at: datetime) -> list[BankLine]:
    """Begin many streams at once: a statement has a hundred thousand lines, and most of them pay nothing."""
    lines: list[BankLine] = []
    rows: dict[Table, list[dict[str, Any]]] = {table: [] for table in _TABLES}
    for one in new:
        line, chain = None, codec.GENESIS
        for event in one.events:
            line = apply(line, event, at, id=one.id)
            told = LOG.row(one.id, line.version, event, at, chain)
            chain = told["hash"]
            rows[bank_line_events].append(told)
            rows[ledger_entries] += [entry_row(entry) for entry in line_entries_of(event, line, at)]
        if line is not None:
            lines.append(line)
            rows[bank_lines].append(row_of(line))
            rows[bank_line_texts].append(_sealed(vault, one))
    for table, added in rows.items():
        if added:
            tx.execute(insert(table), added)
    return lines


def append(tx: Tx, line: BankLine, events: Sequence[LineEvent], at: datetime) -> BankLine:
    """Write `events` after the line's version. Raises VersionConflict when the stream has moved on."""
    before = line
    chain = LOG.tip(tx, line.id, line.version)
    for event in events:
        line = apply(line, event, at, id=line.id)
        chain = LOG.write(tx, LOG.row(line.id, line.version, event, at, chain))
        entries = [entry_row(entry) for entry in line_entries_of(event, line, at)]
        if entries:
            tx.execute(insert(ledger_entries), entries)
        if isinstance(event, LineAllocated):
            tx.execute(insert(bank_allocations).values(**allocation_row(event, line, at)))
    same = (bank_lines.c.id == line.id, bank_lines.c.version == before.version)
    if tx.execute(update(bank_lines).where(*same).values(**row_of(line))).rowcount != 1:
        raise VersionConflict(line.id)
    return line


def alone(tx: Tx) -> None:
    """Whoever else books, matches or assigns money of the bank waits until the transaction ends."""
    hold(tx, "money of the bank")


def load(tx: Tx, id_: str, *, lock: bool = False) -> BankLine | None:
    question = select(bank_lines).where(bank_lines.c.id == id_)
    row = tx.execute(question.with_for_update() if lock else question).mappings().first()
    return line_of(row) if row else None


def history(tx: Tx, id_: str) -> list[tuple[LineEvent, datetime]]:
    """Every event of a line in order."""
    columns = bank_line_events.c
    rows = tx.execute(select(bank_line_events).where(columns.line == id_).order_by(columns.seq))
    return [(codec.decoded(row.type, row.version, row.data, LINE_EVENT_BY_NAME), row.at) for row in rows]


Key = tuple[str, str, int, str]
"""Account, bank reference, amount with its sign, currency: by these a line is known again."""


def known(tx: Tx, keys: Iterable[Key]) -> dict[Key, tuple[str, ...]]:
    """Which of the lines stand already, and the references that each names."""
    columns = bank_lines.c
    key = (columns.account, columns.bank_reference, columns.amount, columns.currency)
    question = select(*key, columns.names).where(tuple_(*key).in_(list(keys)))
    return {(row[0], row[1], row[2], row[3]): _names(row.names) for row in tx.execute(question)}


def toward(tx: Tx, payment: str) -> list[BankLine]:
    """What has come for a payment and waits for the rest of its total, the oldest first."""
    columns = bank_lines.c
    question = select(bank_lines).where(columns.payment == payment, columns.held == Held.TOO_LITTLE)
    ordered = question.order_by(columns.booked_on, columns.id)
    return [line_of(row) for row in tx.execute(ordered).mappings()]


def waiting_under(tx: Tx, references: Iterable[str]) -> BankLine | None:
    """A credit that waits under one of these ids of a bank."""
    columns = bank_lines.c
    question = select(bank_lines).where(columns.bank_reference.in_(list(references)), columns.waiting > 0)
    row = tx.execute(question.order_by(columns.created_at).limit(1)).mappings().first()
    return line_of(row) if row else None


def counterpart(tx: Tx, line: BankLine) -> BankLine | None:
    """The credit that a reversal takes back, or the reversal of a credit, as long as nothing of it is used."""
    columns = bank_lines.c
    question = select(bank_lines).where(
        columns.account == line.account,
        columns.bank_reference == line.bank_reference,
        columns.currency == line.amount.currency,
        columns.amount == -line.amount.minor,
        columns.waiting == columns.amount,
    )
    row = tx.execute(question).mappings().first()
    return line_of(row) if row else None


def allocated(tx: Tx, payment: str) -> bool:
    """Some line has paid it."""
    question = select(bank_allocations.c.line).where(bank_allocations.c.payment == payment).limit(1)
    return tx.execute(question).first() is not None


def written(tx: Tx, vault: Vault, ids: Sequence[str]) -> dict[str, Written]:
    """What the payers of these lines wrote."""
    rows = tx.execute(select(bank_line_texts).where(bank_line_texts.c.line.in_(ids)))
    return {
        row.line: Written(
            vault.unseal(row.text_sealed, at=_place("text", row.line)),
            vault.unseal(row.payer_sealed, at=_place("payer", row.line)) if row.payer_sealed else None,
        )
        for row in rows
    }


def key_of(account: str, bank_reference: str, amount: Money) -> Key:
    return account, bank_reference, amount.minor, amount.currency


def row_of(line: BankLine) -> dict[str, Any]:
    plain = {name: getattr(line, name) for name in _PLAIN}
    return plain | {
        "amount": line.amount.minor,
        "currency": line.amount.currency,
        "names": ",".join(line.names),
        "waiting": line.waiting.minor,
    }


def allocation_row(event: LineAllocated, line: BankLine, at: datetime) -> dict[str, Any]:
    amount = event.amount
    moved = {"payment": event.payment, "amount": amount.minor, "currency": amount.currency}
    return {"line": line.id, "seq": line.version, **moved, "at": at}


def line_of(row: RowMapping) -> BankLine:
    currency = Currency(row["currency"])
    return BankLine(
        **{name: row[name] for name in _PLAIN}
        | {
            "amount": Money(row["amount"], currency),
            "names": _names(row["names"]),
            "waiting": Money(row["waiting"], currency),
            "held": Held(row["held"]) if row["held"] else None,
        }
    )


_TABLES = (bank_line_events, bank_lines, bank_line_texts, ledger_entries)
_PLAIN = (
    "id",
    "version",
    "statement",
    "account",
    "bank_reference",
    "booked_on",
    "is_reversal",
    "held",
    "payment",
    "created_at",
    "updated_at",
)


def _sealed(vault: Vault, one: NewLine) -> dict[str, Any]:
    payer = one.written.payer
    return {
        "line": one.id,
        "text_sealed": vault.seal(one.written.text, at=_place("text", one.id)),
        "payer_sealed": vault.seal(payer, at=_place("payer", one.id)) if payer else None,
    }


def _names(text_: str) -> tuple[str, ...]:
    return tuple(text_.split(",")) if text_ else ()


def _place(column: str, line: str) -> str:
    return f"bank_line_texts.{column}:{line}"
