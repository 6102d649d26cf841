"""Rebuild every read table from the events and compare: the proof that the tables tell what happened, no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Table, select

from portal.domain.events import EVENT_BY_NAME
from portal.domain.fold import apply
from portal.domain.payment import Payment
from portal.domain.payment_state import IllegalTransition
from portal.domain.transaction import TransactionType
from portal.store import codec
from portal.store.allocations import payment_bills
from portal.store.allocations import rows_of as allocation_rows_of
from portal.store.bank_replay import rebuilt_lines
from portal.store.bank_tables import bank_allocations, bank_lines
from portal.store.deposit_replay import rebuilt_returns
from portal.store.deposit_tables import deposit_returns, deposit_shares
from portal.store.disputes import disputes
from portal.store.disputes import rows_of as dispute_rows_of
from portal.store.payments import LOG, row_of
from portal.store.payout_replay import rebuilt_payouts
from portal.store.payout_tables import payout_items, payout_lines, payouts
from portal.store.projections import learned_code, rows_of
from portal.store.receipts import receipt_files
from portal.store.refunds import refunds
from portal.store.refunds import rows_of as refund_rows_of
from portal.store.tables import (
    bills,
    ledger_entries,
    payments,
    receipt_counters,
    transactions,
)
from portal.store.tenant_credits import credit_uses, tenant_credits, use_rows_of
from portal.store.tenant_credits import rows_of as credit_rows_of
from portal.store.types import Tx


@dataclass(slots=True)
class Rebuilt:
    """The read tables as the events tell them, keyed by primary key."""

    payments: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    payment_bills: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    transactions: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    ledger_entries: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    refunds: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    credits: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    credit_uses: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    disputes: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    bills_paid: Counter[str] = field(default_factory=Counter)
    bills_released: Counter[str] = field(default_factory=Counter)
    last_receipts: dict[tuple[str, int], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """What replay found; empty `differences` means identical, and the ledger must be zero in every currency."""

    payments: int
    events: int
    differences: list[str]
    ledger: dict[str, int]
    bank_lines: int = 0

    @property
    def sound(self) -> bool:
        return not self.differences and not any(self.ledger.values())


def check(tx: Tx) -> Report:
    """Fold all events, verify their hash chains and compare every read table, row by row.

    Ask by `store.snapshot`: on a portal at work, rows that are read at different instants differ.
    """
    rebuilt, events, differences = Rebuilt(), 0, []
    for reference, stream in LOG.streams(tx):
        events += len(stream)
        differences += _replayed(rebuilt, reference, stream)
    money = rebuilt_lines(tx)
    rebuilt.ledger_entries |= _keyed(ledger_entries, money.entries)
    differences += money.differences
    differences += _compare(tx, bank_lines, _keyed(bank_lines, money.lines))
    differences += _compare(tx, bank_allocations, _keyed(bank_allocations, money.allocations))
    deposits = rebuilt_returns(tx)
    rebuilt.bills_released.update(deposits.waived)
    differences += deposits.differences
    differences += _compare(tx, deposit_returns, _keyed(deposit_returns, deposits.returns))
    differences += _compare(tx, deposit_shares, _keyed(deposit_shares, deposits.shares))
    paid_out = rebuilt_payouts(tx)
    rebuilt.ledger_entries |= _keyed(ledger_entries, paid_out.entries)
    differences += paid_out.differences
    for table, rows in (
        (payouts, paid_out.payouts),
        (payout_lines, paid_out.lines),
        (payout_items, paid_out.items),
    ):
        differences += _compare(tx, table, _keyed(table, rows))
    differences += _compare(tx, payments, rebuilt.payments)
    differences += _compare(tx, payment_bills, rebuilt.payment_bills)
    differences += _compare(tx, refunds, rebuilt.refunds)
    differences += _compare(tx, tenant_credits, rebuilt.credits)
    differences += _compare(tx, credit_uses, rebuilt.credit_uses)
    differences += _compare(tx, disputes, rebuilt.disputes)
    differences += _compare(tx, transactions, rebuilt.transactions)
    differences += _compare(tx, ledger_entries, rebuilt.ledger_entries)
    differences += _compare_bills(tx, "paid", rebuilt.bills_paid)
    differences += _compare_bills(tx, "released", rebuilt.bills_released)
    differences += _compare_counters(tx, rebuilt.last_receipts)
    differences += _gaps(rebuilt.payments.values()) + _compare_files(tx, rebuilt.payments.values())
    events += money.events + deposits.events + paid_out.events
    return Report(len(rebuilt.payments), events, differences, trial_balance(tx), len(money.lines))


def trial_balance(tx: Tx) -> dict[str, int]:
    """The sum of all ledger entries per currency; zero, always."""
    sums: Counter[str] = Counter()
    for row in tx.execute(select(ledger_entries.c.currency, ledger_entries.c.amount)):
        sums[row.currency] += row.amount
    return dict(sums)


def _replayed(rebuilt: Rebuilt, reference: str, stream: list[Any]) -> list[str]:
    payment = None
    for row, is_chained in LOG.verified(reference, stream):
        if not is_chained:
            return [f"payment_events {reference} seq {row.seq}: the chain is broken"]
        try:
            payment = _fold(rebuilt, payment, row, reference)
        except (IllegalTransition, codec.UnknownEvent, ValueError) as error:
            return [f"payment_events {reference} seq {row.seq}: {error}"]
    if payment is not None:
        rebuilt.payments[(reference,)] = row_of(payment)
        for told in (rebuilt.bills_paid, rebuilt.bills_released):
            told.update(dict.fromkeys(payment.bills, 0))
        rebuilt.refunds |= _keyed(refunds, refund_rows_of(payment))
        rebuilt.credits |= _keyed(tenant_credits, credit_rows_of(payment))
        rebuilt.credit_uses |= _keyed(credit_uses, use_rows_of(payment))
        rebuilt.disputes |= _keyed(disputes, dispute_rows_of(payment))
        rebuilt.payment_bills |= {_key(payment_bills, row): row for row in allocation_rows_of(payment)}
    return []


def _fold(rebuilt: Rebuilt, before: Payment | None, row: Any, reference: str) -> Payment:
    event = codec.decoded(row.type, row.version, row.data, EVENT_BY_NAME)
    payment = apply(before, event, row.at, reference=reference)
    rows = rows_of(event, payment, row.at)
    rebuilt.transactions |= _keyed(transactions, rows.transactions)
    rebuilt.ledger_entries |= _keyed(ledger_entries, rows.entries)
    rebuilt.bills_paid.update(rows.bill_credits)
    rebuilt.bills_released.update(rows.bill_releases)
    if before is not None and learned_code(before, payment):
        _teach_code(rebuilt, payment)
    if payment.receipt is not None:
        year = (payment.receipt.landlord_code, payment.receipt.year)
        rebuilt.last_receipts[year] = max(rebuilt.last_receipts.get(year, 0), payment.receipt.serial)
    return payment


def _teach_code(rebuilt: Rebuilt, payment: Payment) -> None:
    for row in rebuilt.transactions.values():
        if row["payment"] == payment.reference and row["type"] == TransactionType.CHARGE:
            row["provider_transaction_id"] = payment.receipt_code
            row["provider_request_id"] = payment.request_id


def _key(table: Table, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


def _keyed(table: Table, rows: Iterable[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {_key(table, row): row for row in rows}


def _compare(tx: Tx, table: Table, told: dict[tuple[Any, ...], dict[str, Any]]) -> list[str]:
    stored = {_key(table, dict(row)): dict(row) for row in tx.execute(select(table)).mappings()}
    missing = [f"{table.name} {key}: missing" for key in told.keys() - stored.keys()]
    orphans = [f"{table.name} {key}: no event tells of it" for key in stored.keys() - told.keys()]
    changed = [
        f"{table.name} {key}: {column} is {stored[key][column]!r}, the events say {value!r}"
        for key in told.keys() & stored.keys()
        for column, value in told[key].items()
        if stored[key][column] != value
    ]
    return sorted(missing + orphans + changed)


def _compare_bills(tx: Tx, column: str, told: Counter[str]) -> list[str]:
    stored = {row.reference: row[1] for row in tx.execute(select(bills.c.reference, bills.c[column]))}
    return [
        f"bills {reference}: {column} is {stored.get(reference)}, the events say {told[reference]}"
        for reference in sorted(stored.keys() | told.keys())
        if stored.get(reference) != told[reference]
    ]


def _compare_counters(tx: Tx, told: dict[tuple[str, int], int]) -> list[str]:
    stored = {(r.landlord_code, r.year): r.last for r in tx.execute(select(receipt_counters))}
    return [
        f"receipt_counters {key}: differs"
        for key in sorted(stored.keys() | told.keys())
        if stored.get(key) != told.get(key)
    ]


def _gaps(told: Iterable[dict[str, Any]]) -> list[str]:
    """Every landlord's year counts from one, with no number left out and none given twice."""
    serials: dict[tuple[str, int], list[int]] = {}
    for row in told:
        if row["receipt_serial"] is not None:
            serials.setdefault((row["receipt_landlord"], row["receipt_year"]), []).append(
                row["receipt_serial"]
            )
    return [
        f"receipts {landlord} {year}: the numbers have a gap"
        for (landlord, year), given in sorted(serials.items())
        if sorted(given) != list(range(1, len(given) + 1))
    ]


def _compare_files(tx: Tx, told: Iterable[dict[str, Any]]) -> list[str]:
    """The newest PDF of a payment is the one whose hash its events tell, byte for byte."""
    hashes = {row["reference"]: (row["receipt_version"], row["receipt_sha256"]) for row in told}
    columns = receipt_files.c
    stored = tx.execute(select(columns.payment, columns.version, columns.pdf).order_by(columns.version))
    newest = {row.payment: (row.version, sha256(bytes(row.pdf)).hexdigest()) for row in stored}
    told_of = {payment: file for payment, file in hashes.items() if file[0] is not None}
    return [
        f"receipt_files {payment}: not the file that the events tell of"
        for payment in sorted(told_of.keys() | newest.keys())
        if told_of.get(payment) != newest.get(payment)
    ]
