"""Refunds in lists, each page of which is two statements whatever the number of its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, literal, select, tuple_

from portal.domain.bill import HELD
from portal.domain.refund import OPEN_REFUND, Refund
from portal.domain.refund_outcome import Cause
from portal.store import people
from portal.store.allocations import payment_bills
from portal.store.queries import PAGE, Listed, listed, listed_of
from portal.store.refunds import refunds
from portal.store.tables import bills, leases, payments
from portal.store.types import Instant, Tx

Place = tuple[datetime, str]
"""Where a page ends: the instant by which its list is ordered, and the refund's reference."""
OnePage = Callable[[Select[Any]], Select[Any]]
"""Of the refunds that a question is about those of one page, in the order of its list, and one more."""


@dataclass(frozen=True, slots=True)
class ListedRefund:
    """A refund in a list, with the payment whose money it is."""

    refund: Refund
    paid: Listed
    sender: str | None = None
    """The name of whoever of the office is about to send it by hand."""


@dataclass(frozen=True, slots=True)
class RefundPage:
    """One page; `next_after` is the position of its last row when more follow."""

    rows: list[ListedRefund]
    next_after: Place | None


def waiting(tx: Tx, landlord: str, after: Place | None = None) -> RefundPage:
    """Of what a landlord may hold, those that nobody has ended, the oldest first."""
    return _oldest_first(tx, refunds.c.state.in_(OPEN_REFUND), after, landlord)


def for_the_office(tx: Tx, after: Place | None = None) -> RefundPage:
    """All that are not over, and those that are and need a person all the same, the oldest first."""
    return _oldest_first(tx, refunds.c.waits, after)


def _oldest_first(
    tx: Tx, which: ColumnElement[bool], after: Place | None, landlord: str | None = None
) -> RefundPage:
    columns = refunds.c

    def one_page_of(question: Select[Any]) -> Select[Any]:
        if after is not None:
            question = question.where(tuple_(columns.requested_at, columns.reference) > _literal(after))
        return question.where(which).order_by(columns.requested_at, columns.reference).limit(PAGE + 1)

    return _page(tx, one_page_of, lambda one: one.refund.requested_at, landlord)


def ended(tx: Tx, landlord: str, after: Place | None = None) -> RefundPage:
    """Of what a landlord may hold, those that are over, the newest first."""
    columns = refunds.c

    def one_page_of(question: Select[Any]) -> Select[Any]:
        if after is not None:
            question = question.where(tuple_(columns.ended_at, columns.reference) < _literal(after))
        over = question.where(columns.ended_at.is_not(None))
        return over.order_by(columns.ended_at.desc(), columns.reference.desc()).limit(PAGE + 1)

    return _page(tx, one_page_of, lambda one: one.refund.ended_at or one.refund.updated_at, landlord)


def by_themselves(tx: Tx) -> RefundPage:
    """Those that nobody here asked for, the newest first."""
    columns = refunds.c

    def one_page_of(question: Select[Any]) -> Select[Any]:
        so = question.where(columns.cause != Cause.OURS)
        return so.order_by(columns.requested_at.desc(), columns.reference.desc()).limit(PAGE + 1)

    return _page(tx, one_page_of, lambda one: one.refund.requested_at)


def _may_be_held_by(landlord: str, one_page_of: OnePage) -> CompoundSelect[Any]:
    """A page of money that was paid to them, and one of deposits of the homes that they let now: who holds what of it
    follows from the parts of each. Neither costs more, however many there are of the other.
    """
    columns, its = refunds.c, payment_bills.c
    of_deposits = (
        select(its.payment)
        .join(bills, bills.c.reference == its.bill)
        .join(leases, leases.c.reference == bills.c.lease)
        .where(leases.c.landlord == landlord, bills.c.type.in_(HELD))
    )
    own = one_page_of(select(columns.reference).where(columns.payee == landlord)).subquery()
    held = one_page_of(select(columns.reference).where(columns.payment.in_(of_deposits))).subquery()
    return select(own.c.reference).union(select(held.c.reference))


def _literal(place: Place) -> Any:
    return tuple_(literal(place[0], Instant), literal(place[1]))


def _page(
    tx: Tx, one_page_of: OnePage, placed: Callable[[ListedRefund], datetime], landlord: str | None = None
) -> RefundPage:
    columns = refunds.c
    question = listed().add_columns(columns.reference.label("refund"))
    question = question.join(refunds, columns.payment == payments.c.reference)
    if landlord is not None:
        question = question.where(columns.reference.in_(_may_be_held_by(landlord, one_page_of)))
    rows = _several(tx, one_page_of(question))
    shown = rows[:PAGE]
    more = len(rows) > PAGE
    return RefundPage(shown, (placed(shown[-1]), shown[-1].refund.reference) if more else None)


def _several(tx: Tx, question: Select[Any]) -> list[ListedRefund]:
    found = [(listed_of(row), row["refund"]) for row in tx.execute(question).mappings()]
    pairs = [(paid.payment.refunds.named(reference), paid) for paid, reference in found]
    taken_by = {one.taken_by for one, _ in pairs if one.taken_by}
    senders = {who.id: who.name for who in people.named(tx, taken_by)} if taken_by else {}
    return [ListedRefund(one, paid, senders.get(one.taken_by or "")) for one, paid in pairs]
