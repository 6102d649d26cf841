"""Payouts: their events and the read tables that follow from them, written in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Table, func, insert, literal, select, tuple_, update

from portal.domain.events import event_name
from portal.domain.ledger import payout_entries_of
from portal.domain.money import Currency, Money
from portal.domain.payout import PAYOUT_EVENTS, Payout, PayoutEvent, PayoutState, apply_payout
from portal.store import codec
from portal.store.event_log import EventLog
from portal.store.payout_tables import payout_events, payout_items, payout_lines, payouts
from portal.store.projections import entry_row
from portal.store.tables import ledger_entries
from portal.store.types import Instant, Tx, hold
from portal.store.writer import VersionConflict

LOG = EventLog(payout_events, "payout")
PAYOUT_EVENT_BY_NAME: Mapping[str, type[PayoutEvent]] = {event_name(kind): kind for kind in PAYOUT_EVENTS}
PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A payout in a list."""

    reference: str
    state: PayoutState
    account: str
    amount: Money
    prepared_at: datetime


def alone(tx: Tx) -> None:
    """Whoever else prepares or changes a payout waits until the transaction ends, so nothing is taken twice."""
    hold(tx, "payouts")


def append(tx: Tx, before: Payout | None, event: PayoutEvent, at: datetime, *, reference: str) -> Payout:
    """Write one event with all that follows. Raises VersionConflict when the stream has moved on."""
    payout = apply_payout(before, event, at, reference=reference)
    chain = LOG.tip(tx, reference, before.version if before else 0)
    LOG.write(tx, LOG.row(reference, payout.version, event, at, chain))
    entries = [entry_row(entry) for entry in payout_entries_of(event, payout, at)]
    if entries:
        tx.execute(insert(ledger_entries), entries)
    if before is None:
        tx.execute(insert(payouts).values(**row_of(payout)))
        tx.execute(insert(payout_lines), line_rows_of(payout))
        tx.execute(insert(payout_items), item_rows_of(payout))
    else:
        _update(tx, before, payout)
    return payout


def load(tx: Tx, reference: str, *, lock: bool = False) -> Payout | None:
    """Out of its events, which are few; `lock` holds its row until the end of the transaction (PostgreSQL)."""
    if lock:
        tx.execute(select(payouts.c.version).where(payouts.c.reference == reference).with_for_update())
    columns = payout_events.c
    rows = tx.execute(select(payout_events).where(columns.payout == reference).order_by(columns.seq))
    payout: Payout | None = None
    for row in rows:
        event = codec.decoded(row.type, row.version, row.data, PAYOUT_EVENT_BY_NAME)
        payout = apply_payout(payout, event, row.at, reference=reference)
    return payout


def waiting(tx: Tx, account: str, currency: Currency) -> str | None:
    """The one of that account and currency that is not with the bank yet."""
    columns = payouts.c
    its_own = (columns.account == account, columns.currency == currency)
    not_sent = columns.state.in_((PayoutState.PREPARED, PayoutState.APPROVED))
    return tx.execute(select(columns.reference).where(*its_own, not_sent)).scalar()


def count_under_way(tx: Tx) -> int:
    """How many nobody has approved, sent or seen paid yet."""
    question = select(func.count()).where(
        payouts.c.state.in_((PayoutState.PREPARED, PayoutState.APPROVED, PayoutState.SENT))
    )
    return int(tx.execute(question).scalar_one())


def paid_with(tx: Tx, bank_reference: str) -> bool:
    """The bank's reference belongs to a payout already."""
    question = select(payouts.c.reference).where(payouts.c.bank_reference == bank_reference)
    return tx.execute(question).first() is not None


def newest(tx: Tx, after: tuple[datetime, str] | None) -> tuple[list[Listed], tuple[datetime, str] | None]:
    """One page, and where the next one begins."""
    columns = payouts.c
    question = select(payouts).order_by(columns.prepared_at.desc(), columns.reference.desc())
    if after is not None:
        place = tuple_(literal(after[0], Instant), literal(after[1]))
        question = question.where(tuple_(columns.prepared_at, columns.reference) < place)
    rows = [_listed(row) for row in tx.execute(question.limit(PAGE + 1)).mappings()]
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], (last.prepared_at, last.reference) if last else None


def row_of(payout: Payout) -> dict[str, Any]:
    return {name: getattr(payout, name) for name in _PLAIN} | {
        "amount": payout.amount.minor,
        "passed": codec.as_json(payout.passed),
    }


def line_rows_of(payout: Payout) -> list[dict[str, Any]]:
    return [
        {
            "payout": payout.reference,
            "line": line.number,
            "payee": line.payee,
            "destination": line.destination,
            "amount": line.amount.minor,
            "currency": line.amount.currency,
            "returned": line.returned,
        }
        for line in payout.lines
    ]


def item_rows_of(payout: Payout) -> list[dict[str, Any]]:
    live = {line.number for line in payout.live}
    return [
        {
            "payout": payout.reference,
            "account": item.account,
            "stream": item.stream,
            "line": line.number,
            "amount": item.amount.minor,
            "currency": item.amount.currency,
            "live": line.number in live,
        }
        for line in payout.lines
        for item in line.items
    ]


_PLAIN = (
    "reference",
    "version",
    "state",
    "account",
    "currency",
    "prepared_by",
    "prepared_at",
    "updated_at",
    "approved_by",
    "approved_at",
    "sent_by",
    "sent_at",
    "dropped_by",
    "bank_reference",
    "paid_at",
)


def _update(tx: Tx, before: Payout, payout: Payout) -> None:
    same = (payouts.c.reference == payout.reference, payouts.c.version == before.version)
    if tx.execute(update(payouts).where(*same).values(**row_of(payout))).rowcount != 1:
        raise VersionConflict(payout.reference)
    gone = [line.number for line in set(before.live) - set(payout.live)]
    if gone:
        _end(tx, payout_items, payout, gone, live=False)
    for line in payout.lines:
        if line.returned is not None and line.number in gone:
            _end(tx, payout_lines, payout, [line.number], returned=line.returned)


def _end(tx: Tx, table: Table, payout: Payout, lines: Sequence[int], **changes: object) -> None:
    its_own = (table.c.payout == payout.reference, table.c.line.in_(lines))
    tx.execute(update(table).where(*its_own).values(**changes))


def _listed(row: RowMapping) -> Listed:
    return Listed(
        reference=row["reference"],
        state=PayoutState(row["state"]),
        account=row["account"],
        amount=Money(row["amount"], Currency(row["currency"])),
        prepared_at=row["prepared_at"],
    )
