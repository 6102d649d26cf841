"""Whether the ledger agrees with the tables that people read: asked of the rows as they stand, without the events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, select

from portal.domain.ledger import cash_in_bank
from portal.domain.refund import RefundState
from portal.domain.transaction import IN_SUSPENSE, RETURNED, TransactionType
from portal.store import day_closes
from portal.store.deposit_check import deposits_apart
from portal.store.disputes import disputes
from portal.store.payout_tables import payout_items, payouts
from portal.store.refunds import refunds
from portal.store.replay import trial_balance
from portal.store.tables import ledger_entries, payments, transactions
from portal.store.tenant_credits import credit_uses, tenant_credits
from portal.store.types import Tx

_Sums = Counter[tuple[str, str]]
"""Minor units by payment, or payout, and currency."""


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """`balance` is the trial balance, zero in every currency; `differences` say what does not agree."""

    balance: dict[str, int]
    differences: list[str]

    @property
    def sound(self) -> bool:
        return not self.differences and not any(self.balance.values())


def check(tx: Tx) -> LedgerReport:
    """Ask by `store.snapshot`, as replay is asked."""
    charged, back = _moved(tx, TransactionType.CHARGE), _moved(tx, TransactionType.REFUND)
    held = Counter(charged)
    held.subtract(back)
    held.subtract(_kept(tx))
    return LedgerReport(
        balance=trial_balance(tx),
        differences=[
            *_apart("the cash of the ledger is", _cash(tx), held),
            *_apart("the refunds are", _ended(tx), _asked_back(tx, back)),
            *_apart(
                "the bills paid out of credit are", _used(tx), _moved(tx, TransactionType.TRANSFER, "credit")
            ),
            *_not_kept(_credit(tx), _unused(tx)),
            *deposits_apart(tx),
            *_apart("the ledger has sent", _paid_out(tx), _settled(tx), "its lines say"),
            *day_closes.drift(tx),
        ],
    )


def _cash(tx: Tx) -> _Sums:
    """What each payment brought to a provider's account, less what went back or was kept. Statements move their own."""
    columns = ledger_entries.c
    its_own = columns.stream.in_(select(transactions.c.payment))
    question = (
        select(columns.stream, columns.currency, func.sum(columns.amount))
        .where(its_own, columns.account.startswith("cash:"))
        .group_by(columns.stream, columns.currency)
    )
    return _counted(tx, question)


def _moved(tx: Tx, kind: TransactionType, of: str | None = None) -> _Sums:
    """What the transactions of that type say, of one kind of them alone where it is named.

    What is ours again counts against what went back.
    """
    columns = transactions.c
    moved = case((columns.kind == RETURNED, -columns.amount), else_=columns.amount)
    question = select(columns.payment, columns.currency, func.sum(moved)).where(columns.type == kind)
    question = question if of is None else question.where(columns.kind.in_([of, RETURNED]))
    return _counted(tx, question.group_by(columns.payment, columns.currency))


def _asked_back(tx: Tx, back: _Sums) -> _Sums:
    """All that went back by a refund: not what had never paid anything."""
    columns = transactions.c
    question = select(columns.payment, columns.currency, func.sum(columns.amount))
    given_back = question.where(columns.type == TransactionType.REFUND, columns.kind == IN_SUSPENSE)
    by_refunds = Counter(back)
    by_refunds.subtract(_counted(tx, given_back.group_by(columns.payment, columns.currency)))
    return by_refunds


def _kept(tx: Tx) -> _Sums:
    """What providers kept of each payment for themselves, and for its disputes."""
    columns = payments.c
    question = select(columns.reference, columns.currency, columns.provider_cost)
    kept = _counted(tx, question.where(columns.provider_cost.is_not(None)))
    fee = disputes.c.fee
    fees = select(disputes.c.payment, disputes.c.fee_currency, func.sum(fee)).where(fee.is_not(None))
    kept.update(_counted(tx, fees.group_by(disputes.c.payment, disputes.c.fee_currency)))
    return kept


def _ended(tx: Tx) -> _Sums:
    """What the refunds that succeeded sent back."""
    columns = refunds.c
    question = select(columns.payment, columns.currency, func.sum(columns.amount))
    sent_back = question.where(columns.state == RefundState.SUCCEEDED)
    return _counted(tx, sent_back.group_by(columns.payment, columns.currency))


def _used(tx: Tx) -> _Sums:
    """What each payment's credit has paid."""
    columns = credit_uses.c
    question = select(columns.payment, columns.currency, func.sum(columns.amount))
    return _counted(tx, question.group_by(columns.payment, columns.currency))


def _credit(tx: Tx) -> _Sums:
    """What the ledger keeps of each payment for the next bills of its lease: what is owed stands there as a credit."""
    columns = ledger_entries.c
    question = select(columns.stream, columns.currency, func.sum(-columns.amount))
    of_credit = question.where(columns.account.startswith("credit:"))
    return _counted(tx, of_credit.group_by(columns.stream, columns.currency))


def _unused(tx: Tx) -> _Sums:
    columns = tenant_credits.c
    return _counted(tx, select(columns.payment, columns.currency, columns.unused))


def _not_kept(found: _Sums, told: _Sums) -> list[str]:
    return [
        f"{payment}: the ledger keeps a credit of {found[payment, currency]} {currency}, the table says "
        f"{told[payment, currency]}"
        for payment, currency in sorted(found.keys() | told.keys())
        if found[payment, currency] != told[payment, currency]
    ]


def _paid_out(tx: Tx) -> _Sums:
    """What each payout has sent from our bank account, less what came back to it."""
    columns = ledger_entries.c
    its_own = (columns.stream.in_(select(payouts.c.reference)), columns.account.startswith(cash_in_bank("")))
    question = select(columns.stream, columns.currency, -func.sum(columns.amount)).where(*its_own)
    return _counted(tx, question.group_by(columns.stream, columns.currency))


def _settled(tx: Tx) -> _Sums:
    """What its lines have that the bank has done, payment by payment."""
    its = payout_items.c
    question = (
        select(its.payout, its.currency, func.sum(its.amount))
        .join(payouts, payouts.c.reference == its.payout)
        .where(its.live.is_(True), payouts.c.paid_at.is_not(None))
        .group_by(its.payout, its.currency)
    )
    return _counted(tx, question)


def _counted(tx: Tx, question: Select[Any]) -> _Sums:
    return Counter({(payment, currency): int(total) for payment, currency, total in tx.execute(question)})


def _apart(what: str, found: _Sums, told: _Sums, where: str = "the transactions say") -> list[str]:
    return [
        f"{payment}: {what} {found[payment, currency]} {currency}, {where} {told[payment, currency]}"
        for payment, currency in sorted(found.keys() | told.keys())
        if found[payment, currency] != told[payment, currency]
    ]
