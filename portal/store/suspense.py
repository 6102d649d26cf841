"""Questions about money that waits in suspense: the queue, its sums, and the payments that it may be for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, select, tuple_

from portal.domain.bank_line import BankLine
from portal.domain.money import Currency, Money
from portal.domain.payment import Payment
from portal.domain.payment_state import CALLED_OFF, State
from portal.store.bank_lines import line_of
from portal.store.bank_tables import bank_lines
from portal.store.payments import payment_of
from portal.store.tables import payments, people
from portal.store.types import Instant, Tx

PAGE = 20
Place = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class WaitingSum:
    """How many lines wait in one currency, and what they come to; what banks took back counts below zero."""

    count: int
    sum: Money


@dataclass(frozen=True, slots=True)
class Expected:
    """A payment that money of its total may be for."""

    payment: Payment
    payer_name: str


def queue(tx: Tx, after: Place | None = None) -> tuple[list[BankLine], Place | None]:
    """A page of what waits, the oldest first, and the place of its last where more follow."""
    columns = bank_lines.c
    question = select(bank_lines).where(columns.waiting != 0).order_by(columns.created_at, columns.id)
    if after is not None:
        place = tuple_(literal(after[0], Instant), literal(after[1]))
        question = question.where(tuple_(columns.created_at, columns.id) > place)
    found = [line_of(row) for row in tx.execute(question.limit(PAGE + 1)).mappings()]
    shown = found[:PAGE]
    return shown, (shown[-1].created_at, shown[-1].id) if len(found) > PAGE else None


def sums(tx: Tx) -> list[WaitingSum]:
    """All that waits, by currency."""
    columns = bank_lines.c
    question = (
        select(columns.currency, func.count(), func.sum(columns.waiting))
        .where(columns.waiting != 0)
        .group_by(columns.currency)
        .order_by(columns.currency)
    )
    return [
        WaitingSum(count, Money(int(sum_), Currency(currency)))
        for currency, count, sum_ in tx.execute(question)
    ]


def expected(
    tx: Tx, provider: str, totals: Iterable[Money], codes: Iterable[str], since: datetime
) -> list[Expected]:
    """Payments through that provider, begun since then, that one of the totals would pay; or whose payers have
    typed one of the bank's ids.
    """
    columns = payments.c
    total = columns.amount + columns.platform_fee + columns.processing_fee + columns.provider_fee
    wanted = {(money.currency, money.minor) for money in totals}
    question = (
        select(payments, people.c.name.label("payer_name"))
        .join(people, columns.payer == people.c.id)
        .where(
            columns.provider == provider,
            columns.state.in_([State.AWAITING_BANK, *CALLED_OFF]),
            columns.created_at >= since,
            tuple_(columns.currency, total).in_(wanted) | columns.claimed_code.in_(list(codes)),
        )
        .order_by(columns.created_at.desc())
        .limit(200)
    )
    return [Expected(payment_of(row), row["payer_name"]) for row in tx.execute(question).mappings()]
