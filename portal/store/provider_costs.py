"""What payers were charged for providers, and what providers have charged, by provider and currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from portal.domain.money import Currency, Money
from portal.store.disputes import disputes
from portal.store.tables import payments
from portal.store.types import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyCost:
    """Of so many `payments`; of those that are `told` of, what was collected for the provider and what it kept."""

    provider: str
    payments: int
    collected: Money
    told: int
    estimate: Money
    cost: Money

    @property
    def difference(self) -> Money:
        """Above zero, we collected more than the provider kept."""
        return self.estimate - self.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeCost:
    """What a provider has kept for so many `disputes`, less what it gave back."""

    provider: str
    disputes: int
    cost: Money


def of_disputes(tx: Tx, start: datetime, end: datetime) -> list[DisputeCost]:
    """Of disputes that were opened from `start` until before `end`, and of whose fee the provider told."""
    columns = disputes.c
    question = (
        select(payments.c.provider, columns.fee_currency, func.count(), func.sum(columns.fee))
        .join(payments, payments.c.reference == columns.payment)
        .where(columns.fee.is_not(None), columns.opened_at >= start, columns.opened_at < end)
        .group_by(payments.c.provider, columns.fee_currency)
        .order_by(payments.c.provider, columns.fee_currency)
    )
    return [
        DisputeCost(provider=row[0], disputes=row[2], cost=Money(int(row[3]), Currency(row[1])))
        for row in tx.execute(question)
    ]


def between(tx: Tx, start: datetime, end: datetime) -> list[MonthlyCost]:
    """Of payments that were completed from `start` until before `end`."""
    columns = payments.c
    told = columns.provider_cost.is_not(None)
    question = (
        select(
            columns.provider,
            columns.currency,
            func.count(),
            func.sum(columns.provider_fee),
            func.count(columns.provider_cost),
            func.sum(case((told, columns.provider_fee), else_=0)),
            func.coalesce(func.sum(columns.provider_cost), 0),
        )
        .where(columns.completed_at >= start, columns.completed_at < end)
        .group_by(columns.provider, columns.currency)
        .order_by(columns.provider, columns.currency)
    )
    return [
        MonthlyCost(
            provider=row[0],
            payments=row[2],
            collected=Money(int(row[3]), Currency(row[1])),
            told=row[4],
            estimate=Money(int(row[5]), Currency(row[1])),
            cost=Money(int(row[6]), Currency(row[1])),
        )
        for row in tx.execute(question)
    ]
