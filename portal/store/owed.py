"""What landlords are owed, asked of the ledger itself: posting by posting, less what payouts have taken of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, union_all

from portal.domain.ledger import payable_to
from portal.domain.money import Currency, Money
from portal.domain.owed import OWN_FEES
from portal.domain.payout import PayoutItem, PayoutState
from portal.store.payout_tables import payout_items, payouts
from portal.store.tables import ledger_entries
from portal.store.types import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What of one payment one payout has: for its landlord, or (`own`) of our fees."""

    payout: str
    line: int
    own: bool
    amount: Money
    state: PayoutState
    live: bool
    paid_at: datetime | None

    @property
    def is_settled(self) -> bool:
        """It has arrived."""
        return self.live and self.paid_at is not None


def owed(tx: Tx, account: str | None = None) -> list[PayoutItem]:
    """All that no payout has taken, by account and payment; of one account or of all that are paid out."""
    # The database itself leaves out what is paid out: that is nearly all there ever was.
    every = union_all(_posted(account), _taken(account)).subquery().c
    its, left = (every.account, every.stream, every.currency), func.sum(every.amount)
    rows = tx.execute(select(*its, left).group_by(*its).having(left != 0)).all()
    return [
        PayoutItem(account=row[0], stream=row[1], amount=Money(int(row[3]), Currency(row[2])))
        for row in sorted(rows, key=lambda row: tuple(row[:3]))
    ]


def earned_of(tx: Tx, account: str, streams: Collection[str]) -> dict[str, Money]:
    """What of each payment that landlord's account is owed, paid out or not; those that owe it nothing are left out."""
    columns = ledger_entries.c
    question = (
        select(columns.stream, columns.currency, func.sum(columns.amount))
        .where(columns.account == account, columns.stream.in_(streams))
        .group_by(columns.stream, columns.currency)
    )
    return {row[0]: Money(-int(row[2]), Currency(row[1])) for row in tx.execute(question) if row[2]}


def lost_at(tx: Tx, accounts: Collection[str]) -> dict[tuple[str, Currency, str], datetime]:
    """When these accounts last lost something of a payment, by account, currency and payment."""
    columns = ledger_entries.c
    which = (columns.account, columns.currency, columns.stream)
    question = select(*which, func.max(columns.at)).where(columns.account.in_(accounts), columns.amount > 0)
    rows = tx.execute(question.group_by(*which)).all()
    return {(row[0], Currency(row[1]), row[2]): row[3] for row in rows}


def shares_of(tx: Tx, streams: Collection[str], account: str | None = None) -> dict[str, list[Share]]:
    """What payouts have of each payment, the oldest first; of one account of the ledger or of all."""
    its = payout_items.c
    question = (
        select(payout_items, payouts.c.state, payouts.c.paid_at)
        .join(payouts, payouts.c.reference == its.payout)
        .where(its.stream.in_(streams), _paid_out(its.account, account))
        .order_by(payouts.c.prepared_at, its.payout, its.account)
    )
    found: dict[str, list[Share]] = {}
    for row in tx.execute(question):
        found.setdefault(row.stream, []).append(_share(row))
    return found


def moved(tx: Tx, payee: str) -> dict[tuple[Currency, bool], int]:
    """What live payouts have for a landlord: by currency, and whether it has arrived; minor units."""
    its = payout_items.c
    arrived = payouts.c.paid_at.is_not(None)
    question = (
        select(its.currency, arrived, func.sum(its.amount))
        .join(payouts, payouts.c.reference == its.payout)
        .where(its.account == payable_to(payee), its.live.is_(True))
        .group_by(its.currency, arrived)
    )
    return {(Currency(row[0]), bool(row[1])): int(row[2]) for row in tx.execute(question)}


def _posted(account: str | None) -> Select[Any]:
    """What each payment owes; payouts post to the same accounts, and are counted by their items."""
    columns = ledger_entries.c
    amount = (-columns.amount).label("amount")
    return select(columns.account, columns.stream, columns.currency, amount).where(
        _paid_out(columns.account, account), columns.stream.not_in(select(payouts.c.reference))
    )


def _taken(account: str | None) -> Select[Any]:
    its = payout_items.c
    amount = (-its.amount).label("amount")
    return select(its.account, its.stream, its.currency, amount).where(
        _paid_out(its.account, account), its.live.is_(True)
    )


def _paid_out(column: ColumnElement[str], account: str | None) -> ColumnElement[bool]:
    if account is not None:
        return column == account
    return or_(column.startswith(payable_to("")), column.in_(OWN_FEES))


def _share(row: Any) -> Share:
    return Share(
        payout=row.payout,
        line=row.line,
        own=row.account in OWN_FEES,
        amount=Money(row.amount, Currency(row.currency)),
        state=PayoutState(row.state),
        live=row.live,
        paid_at=row.paid_at,
    )
