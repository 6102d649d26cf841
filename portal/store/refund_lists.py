"""Refunds in lists, each page of which is one statement whatever the number of its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal, tuple_

from portal.domain.refund import OPEN_REFUND, Refund
from portal.store.queries import PAGE, Listed, listed, listed_of
from portal.store.refunds import refunds
from portal.store.tables import payments
from portal.store.types import Instant, Tx

Place = tuple[datetime, str]
"""Where a page ends: the instant by which its list is ordered, and the refund's reference."""


@dataclass(frozen=True, slots=True)
class ListedRefund:
    """A refund in a list, with the payment whose money it is."""

    refund: Refund
    paid: Listed


@dataclass(frozen=True, slots=True)
class RefundPage:
    """One page; `next_after` is the position of its last row when more follow."""

    rows: list[ListedRefund]
    next_after: Place | None


def waiting(tx: Tx, payee: str | None = None, after: Place | None = None) -> RefundPage:
    """Those that nobody has ended, of one landlord or of all, the oldest first."""
    columns = refunds.c
    question = _question(payee).where(columns.state.in_(OPEN_REFUND))
    if after is not None:
        question = question.where(tuple_(columns.requested_at, columns.reference) > _literal(after))
    ordered = question.order_by(columns.requested_at, columns.reference)
    return _page(tx, ordered, lambda one: one.refund.requested_at)


def ended(tx: Tx, payee: str, after: Place | None = None) -> RefundPage:
    """A landlord's that are over, the newest first."""
    columns = refunds.c
    question = _question(payee).where(columns.ended_at.is_not(None))
    if after is not None:
        question = question.where(tuple_(columns.ended_at, columns.reference) < _literal(after))
    ordered = question.order_by(columns.ended_at.desc(), columns.reference.desc())
    return _page(tx, ordered, lambda one: one.refund.ended_at or one.refund.updated_at)


def _question(payee: str | None) -> Select[Any]:
    columns = refunds.c
    question = listed().add_columns(columns.reference.label("refund"))
    question = question.join(refunds, columns.payment == payments.c.reference)
    return question if payee is None else question.where(columns.payee == payee)


def _literal(place: Place) -> Any:
    return tuple_(literal(place[0], Instant), literal(place[1]))


def _page(tx: Tx, ordered: Select[Any], placed: Callable[[ListedRefund], datetime]) -> RefundPage:
    rows = [_one(row) for row in tx.execute(ordered.limit(PAGE + 1)).mappings()]
    shown = rows[:PAGE]
    more = len(rows) > PAGE
    return RefundPage(shown, (placed(shown[-1]), shown[-1].refund.reference) if more else None)


def _one(row: Any) -> ListedRefund:
    paid = listed_of(row)
    return ListedRefund(paid.payment.refunds.named(row["refund"]), paid)
