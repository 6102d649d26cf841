"""Whether the ledger holds of each returned deposit what its return and its refunds leave of it."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from portal.domain.refund import RefundState
from portal.domain.refund_reason import RefundReason
from portal.store.deposit_tables import deposit_returns, deposit_shares
from portal.store.refunds import refunds
from portal.store.tables import ledger_entries
from portal.store.types import Tx


def deposits_apart(tx: Tx) -> list[str]:
    """What does not agree: the deposit is what is held of it, what went back and what the landlord has, always."""
    held, back = _held(tx), _sent_back(tx)
    columns = deposit_returns.c
    rows = tx.execute(
        select(columns.reference, columns.deposit, columns.deducted).order_by(columns.reference)
    )
    return [
        f"{row.reference}: the ledger holds {held[row.reference]} of the deposit, "
        f"the return and its refunds leave {left}"
        for row in rows
        if (left := row.deposit - row.deducted - back[row.reference]) != held[row.reference]
    ]


def _held(tx: Tx) -> Counter[str]:
    """Minor units by return, on the accounts of deposits."""
    question = (
        select(deposit_shares.c.deposit_return, func.sum(-ledger_entries.c.amount))
        .join(ledger_entries, ledger_entries.c.stream == deposit_shares.c.payment)
        .where(ledger_entries.c.account.startswith("deposit:"))
        .group_by(deposit_shares.c.deposit_return)
    )
    return Counter({reference: int(total) for reference, total in tx.execute(question)})


def _sent_back(tx: Tx) -> Counter[str]:
    question = (
        select(deposit_shares.c.deposit_return, func.sum(refunds.c.amount))
        .join(refunds, refunds.c.payment == deposit_shares.c.payment)
        .where(refunds.c.reason == RefundReason.LEASE_ENDED, refunds.c.state == RefundState.SUCCEEDED)
        .group_by(deposit_shares.c.deposit_return)
    )
    return Counter({reference: int(total) for reference, total in tx.execute(question)})
