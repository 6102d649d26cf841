"""Whether the ledger holds of each returned deposit what its return and all refunds of its payments leave of it."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import ColumnElement, func, select

from portal.domain.bill import HELD
from portal.domain.deposit_events import DepositDeducted
from portal.domain.events import DuplicateSuccess, event_name
from portal.domain.refund import RefundState
from portal.domain.refund_events import PaymentReversed, RefundReturned, RefundSucceeded, ReversalCovered
from portal.domain.refund_part import Pot
from portal.store.deposit_tables import deposit_returns, deposit_shares
from portal.store.refunds import refunds
from portal.store.tables import bills, ledger_entries, payment_events
from portal.store.types import Tx

_LEAVES = (DepositDeducted, PaymentReversed, RefundReturned, RefundSucceeded, ReversalCovered)


def deposits_apart(tx: Tx) -> list[str]:
    """What does not agree: what came is what is held, what went back and what the landlord has, whatever took it."""
    came, held, back = _on_accounts(tx, came=True), _on_accounts(tx, came=False), _gone_back(tx)
    beyond = _beyond_its_bill(tx)
    columns = deposit_returns.c
    rows = tx.execute(
        select(columns.reference, columns.deposit, columns.deducted).order_by(columns.reference)
    )
    apart = []
    for row in rows:
        reference = row.reference
        left = came[reference] - row.deducted - back[reference]
        if left != held[reference]:
            apart.append(
                f"{reference}: the ledger holds {held[reference]} of the deposit, "
                f"the return and its refunds leave {left}"
            )
        if came[reference] + beyond[reference] < row.deposit:
            apart.append(f"{reference}: {came[reference]} came, and {row.deposit} is returned")
    return apart


def _on_accounts(tx: Tx, *, came: bool) -> Counter[str]:
    """Minor units by return on the accounts of deposits: all that is there, or what `came` before anything left."""
    entries, events = ledger_entries.c, payment_events.c
    its_event = (events.payment == entries.stream) & (events.seq == entries.seq)
    which: list[ColumnElement[bool]] = [entries.account.startswith("deposit:")]
    if came:
        which.append(events.type.not_in([event_name(kind) for kind in _LEAVES]))
    question = (
        select(deposit_shares.c.deposit_return, func.sum(-entries.amount))
        .join(ledger_entries, entries.stream == deposit_shares.c.payment)
        .join(payment_events, its_event)
        .where(*which)
        .group_by(deposit_shares.c.deposit_return)
    )
    return Counter({reference: int(total) for reference, total in tx.execute(question)})


def _beyond_its_bill(tx: Tx) -> Counter[str]:
    """What of it was here again while it was returned, when somebody had paid its bill: its payer says what becomes of
    it.
    """
    entries, events, returns = ledger_entries.c, payment_events.c, deposit_returns.c
    question = (
        select(deposit_shares.c.deposit_return, func.sum(entries.amount))
        .join(deposit_returns, returns.reference == deposit_shares.c.deposit_return)
        .join(ledger_entries, entries.stream == deposit_shares.c.payment)
        .join(payment_events, (events.payment == entries.stream) & (events.seq == entries.seq))
        .where(
            entries.account.startswith("deposit:"),
            events.type == event_name(DuplicateSuccess),
            events.at >= returns.begun_at,
        )
        .group_by(deposit_shares.c.deposit_return)
    )
    return Counter({reference: int(total) for reference, total in tx.execute(question)})


def _gone_back(tx: Tx) -> Counter[str]:
    """What refunds of any kind took out of the pots of deposits, and what went by itself."""
    question = (
        select(deposit_shares.c.deposit_return, refunds.c.parts)
        .join(refunds, refunds.c.payment == deposit_shares.c.payment)
        .where(refunds.c.state == RefundState.SUCCEEDED)
    )
    parts = [
        (row.deposit_return, part)
        for row in tx.execute(question)
        for part in row.parts
        if part["pot"] == Pot.BILL
    ]
    named = {part["bill"] for _, part in parts}
    held = set(
        tx.execute(
            select(bills.c.reference).where(bills.c.reference.in_(named), bills.c.type.in_(HELD))
        ).scalars()
    )
    back: Counter[str] = Counter()
    for reference, part in parts:
        if part["bill"] in held:
            back[reference] += part["amount"]["minor"]
    return back
