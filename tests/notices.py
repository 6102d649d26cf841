"""What a lease was told when money came, as its table keeps it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from portal.store.tables import lease_notices
from portal.store.types import Tx
from tests.makers import LEASE


def told_to_lease(tx: Tx) -> list[tuple[str, date | None, str]]:
    """(notice, period, payment) of everything that the lease of the tests was told, oldest first."""
    columns = lease_notices.c
    question = (
        select(columns.notice, columns.period, columns.payment)
        .where(columns.lease == LEASE)
        .order_by(columns.id)
    )
    return [(row.notice, row.period, row.payment) for row in tx.execute(question)]
