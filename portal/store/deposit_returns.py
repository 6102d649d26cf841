"""The returns of deposits: their events, and their read rows. What they move stands in their payments' streams.

`deposit_return_events` is the truth; `deposit_returns`, `deposit_shares` and what is waived of a bill are folds of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from portal.domain.bill import HELD
from portal.domain.deposit_events import RETURN_EVENTS, DepositItemised, ReturnEvent, Share, Waiver
from portal.domain.deposit_line import Line
from portal.domain.deposit_return import DepositReturn, ReturnState, apply_return
from portal.domain.events import event_name
from portal.domain.ledger import deposit_of
from portal.domain.payment_state import State
from portal.domain.refund import CALLED_OFF_REFUND, OPEN_REFUND, RefundState
from portal.domain.refund_reason import RefundReason
from portal.store import codec
from portal.store.allocations import payment_bills
from portal.store.deposit_tables import deposit_return_events, deposit_returns, deposit_shares
from portal.store.event_log import EventLog
from portal.store.refunds import refunds
from portal.store.tables import bills, leases, ledger_entries, payments, properties
from portal.store.types import Tx, hold
from portal.store.writer import VersionConflict

LOG = EventLog(deposit_return_events, "deposit_return")
RETURN_EVENT_BY_NAME: Mapping[str, type[ReturnEvent]] = {event_name(kind): kind for kind in RETURN_EVENTS}


def append(
    tx: Tx, before: DepositReturn | None, events: Sequence[ReturnEvent], at: datetime, *, reference: str
) -> DepositReturn:
    """Write `events` after its version with all that follows. Raises VersionConflict when it has moved on."""
    after = before
    chain = LOG.tip(tx, reference, before.version if before else 0)
    for event in events:
        after = apply_return(after, event, at, reference=reference)
        chain = LOG.write(tx, LOG.row(reference, after.version, event, at, chain))
        waived = waived_by(event)
        if waived:
            tx.execute(_WAIVED, [{"bill": bill, "more": more} for bill, more in waived.items()])
    if after is None:
        raise ValueError("a stream begins with an event")
    _write_row(tx, before, after)
    return after


def waived_by(event: ReturnEvent) -> dict[str, int]:
    """What an event ends of bills that were never paid, in minor units."""
    waived = event.waived if isinstance(event, DepositItemised) else ()
    return {one.bill: one.amount.minor for one in waived}


def alone(tx: Tx, lease: str) -> None:
    """Whoever else begins or moves a return of this lease waits until the transaction ends."""
    hold(tx, f"deposit of {lease}")


def load(tx: Tx, reference: str, *, lock: bool = False) -> DepositReturn | None:
    question = select(deposit_returns).where(deposit_returns.c.reference == reference)
    row = tx.execute(question.with_for_update() if lock else question).mappings().first()
    return return_of(row) if row else None


def newest_of(tx: Tx, lease: str) -> DepositReturn | None:
    """The one of a lease that was begun last."""
    columns = deposit_returns.c
    question = select(deposit_returns).where(columns.lease == lease)
    row = (
        tx.execute(question.order_by(columns.begun_at.desc(), columns.reference).limit(1)).mappings().first()
    )
    return return_of(row) if row else None


def newest_of_each(tx: Tx, references: Collection[str]) -> dict[str, DepositReturn]:
    """The newest of each of these leases that has one."""
    columns = deposit_returns.c
    question = select(deposit_returns).where(columns.lease.in_(references)).order_by(columns.begun_at)
    return {row["lease"]: return_of(row) for row in tx.execute(question).mappings()}


def waiting(tx: Tx, states: Collection[ReturnState], most: int = 100) -> list[DepositReturn]:
    """Those in one of the states, the one that has waited longest first."""
    columns = deposit_returns.c
    question = select(deposit_returns).where(columns.state.in_(states))
    ordered = question.order_by(columns.updated_at, columns.reference).limit(most)
    return [return_of(row) for row in tx.execute(ordered).mappings()]


def count(tx: Tx, states: Collection[ReturnState]) -> int:
    """How many are in one of the states."""
    question = select(func.count()).where(deposit_returns.c.state.in_(states))
    return int(tx.execute(question).scalar_one())


def with_money_left(tx: Tx, after: str = "", most: int = 100) -> list[str]:
    """The leases whose return is over, or of which some refund came to nothing, and of whose deposit more is held than
    is on its way.

    In the order of their names, those after one; a page that is empty is the end.
    """
    columns, its = deposit_returns.c, ledger_entries.c
    held = select(func.sum(its.amount)).where(its.account == literal(deposit_of("")) + columns.lease)
    failed = _of_its_refunds(refunds.c.reference, CALLED_OFF_REFUND)
    on_the_way = _of_its_refunds(func.coalesce(func.sum(refunds.c.amount), 0), OPEN_REFUND)
    over = columns.state == ReturnState.SETTLED
    question = select(columns.lease).where(
        columns.lease > after,
        or_(over, failed.exists()),
        held.scalar_subquery() + on_the_way.scalar_subquery() < 0,
    )
    return list(tx.execute(question.distinct().order_by(columns.lease).limit(most)).scalars())


def _of_its_refunds(what: ColumnElement[Any], states: Collection[RefundState]) -> Select[Any]:
    """Of the refunds of the return that is asked about, those in one of the states."""
    return (
        select(what)
        .select_from(refunds.join(deposit_shares, deposit_shares.c.payment == refunds.c.payment))
        .where(
            deposit_shares.c.deposit_return == deposit_returns.c.reference,
            refunds.c.reason == RefundReason.LEASE_ENDED,
            refunds.c.state.in_(states),
        )
        .correlate(deposit_returns)
    )


def bound(tx: Tx, payments: Collection[str]) -> dict[str, str]:
    """Which of these payments hold a deposit that is, or was, returned, and by which return."""
    columns = deposit_shares.c
    question = select(columns.payment, columns.deposit_return).where(columns.payment.in_(payments))
    return {row.payment: row.deposit_return for row in tx.execute(question)}


def holding(tx: Tx, references: Collection[str]) -> list[str]:
    """The payments that brought a deposit of one of these leases."""
    question = (
        select(payments.c.reference)
        .join(payment_bills, payment_bills.c.payment == payments.c.reference)
        .join(bills, bills.c.reference == payment_bills.c.bill)
        .where(payments.c.lease.in_(references), payments.c.state == State.COMPLETED, bills.c.type.in_(HELD))
    )
    return sorted(set(tx.execute(question).scalars()))


def deposit_bills(tx: Tx, references: Collection[str]) -> list[str]:
    """The bills of a deposit that these payments paid."""
    question = (
        select(bills.c.reference)
        .join(payment_bills, payment_bills.c.bill == bills.c.reference)
        .where(payment_bills.c.payment.in_(references), bills.c.type.in_(HELD))
    )
    return sorted(set(tx.execute(question).scalars()))


def leases_of_landlord(tx: Tx, landlord: str) -> list[str]:
    """What somebody lets, by place."""
    question = (
        select(leases.c.reference)
        .join(properties, leases.c.property == properties.c.id)
        .where(leases.c.landlord == landlord)
        .order_by(properties.c.name, leases.c.unit)
    )
    return list(tx.execute(question).scalars())


def history(tx: Tx, reference: str) -> list[tuple[ReturnEvent, datetime]]:
    """Every event of a return in order."""
    columns = deposit_return_events.c
    rows = tx.execute(
        select(deposit_return_events).where(columns.deposit_return == reference).order_by(columns.seq)
    )
    return [(codec.decoded(row.type, row.version, row.data, RETURN_EVENT_BY_NAME), row.at) for row in rows]


def row_of(one: DepositReturn) -> dict[str, Any]:
    """The columns of a return."""
    return {name: getattr(one, name) for name in _PLAIN} | {
        "currency": one.deposit.currency,
        "deposit": one.deposit.minor,
        "deducted": one.deducted.minor,
        "shares": codec.as_json(one.shares),
        "lines": codec.as_json(one.lines),
        "waived": codec.as_json(one.waived),
    }


def share_rows_of(one: DepositReturn) -> list[dict[str, Any]]:
    return [
        {"payment": share.payment, "deposit_return": one.reference, "amount": share.amount.minor}
        for share in one.shares
    ]


def return_of(row: RowMapping) -> DepositReturn:
    plain = {name: row[name] for name in _PLAIN}
    return DepositReturn(
        **plain
        | {
            "state": ReturnState(row["state"]),
            "shares": msgspec.convert(row["shares"], type=tuple[Share, ...]),
            "lines": msgspec.convert(row["lines"], type=tuple[Line, ...]),
            "waived": msgspec.convert(row["waived"], type=tuple[Waiver, ...]),
        }
    )


def _write_row(tx: Tx, before: DepositReturn | None, after: DepositReturn) -> None:
    row, columns = row_of(after), deposit_returns.c
    if before is None:
        tx.execute(insert(deposit_returns).values(**row))
    else:
        same = (columns.reference == after.reference, columns.version == before.version)
        if tx.execute(update(deposit_returns).where(*same).values(**row)).rowcount != 1:
            raise VersionConflict(after.reference)
    if before is None or before.shares != after.shares:
        tx.execute(delete(deposit_shares).where(deposit_shares.c.deposit_return == after.reference))
        tx.execute(insert(deposit_shares), share_rows_of(after))


_PLAIN = (
    "reference",
    "lease",
    "tenant",
    "landlord",
    "state",
    "version",
    "begun_at",
    "updated_at",
    "answer_by",
    "itemised_by",
)
_WAIVED = (
    update(bills)
    .where(bills.c.reference == bindparam("bill"))
    .values(released=bills.c.released + bindparam("more"))
)
