"""What brought the money of a payment: the callbacks that were kept for it, and lines of statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from portal.domain.money import Currency, Money
from portal.store.bank_tables import bank_allocations, bank_lines
from portal.store.tables import inbox
from portal.store.types import Tx


@dataclass(frozen=True, slots=True)
class Callback:
    """A message of the provider's as it was kept. `digest` names its bytes; `verdict` says what came of it."""

    provider: str
    received_at: datetime
    verdict: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class LinePaid:
    """So much of a line of a bank's statement was given to the payment."""

    line: str
    account: str
    statement: str
    booked_on: date
    amount: Money
    at: datetime


def callbacks_of(tx: Tx, payment: str, most: int = 50) -> list[Callback]:
    """The oldest first."""
    columns = inbox.c
    wanted = (columns.provider, columns.received_at, columns.verdict, columns.digest)
    question = select(*wanted).where(columns.payment == payment).order_by(columns.id).limit(most)
    return [Callback(*row) for row in tx.execute(question)]


def lines_of(tx: Tx, payment: str) -> list[LinePaid]:
    """In the order in which they were given to it."""
    given, lines = bank_allocations.c, bank_lines.c
    question = (
        select(
            given.line,
            lines.account,
            lines.statement,
            lines.booked_on,
            given.amount,
            given.currency,
            given.at,
        )
        .join(bank_lines, lines.id == given.line)
        .where(given.payment == payment)
        .order_by(given.at, given.line, given.seq)
    )
    return [
        LinePaid(line, account, statement, day, Money(minor, Currency(currency)), at)
        for line, account, statement, day, minor, currency, at in tx.execute(question)
    ]
