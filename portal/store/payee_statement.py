"""A landlord's account, entry by entry: what came, what went back to tenants, what was sent, and the balances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from portal.domain.ledger import payable_to
from portal.domain.money import Currency, Money
from portal.domain.receipt import ReceiptNumber
from portal.store.payout_tables import payouts
from portal.store.tables import leases, ledger_entries, payments, people, properties
from portal.store.types import Tx


class Kind(StrEnum):
    """What an entry did."""

    CAME = "CAME"
    WENT_BACK = "WENT_BACK"
    """To the tenant, or elsewhere."""
    SENT = "SENT"
    """To the landlord's own bank account."""
    RETURNED = "RETURNED"
    """The bank gave back what was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One entry as the landlord sees it: `amount` above zero is owed to them, `balance` what they were owed after it.

    `reference` is of the payment or the payout; the `receipt` only of a payment to this landlord.
    """

    at: datetime
    kind: Kind
    reference: str
    amount: Money
    balance: Money
    tenant: str | None
    place: str | None
    receipt: ReceiptNumber | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeStatement:
    """Of one currency and time."""

    currency: Currency
    opening: Money
    movements: list[Movement]

    @property
    def closing(self) -> Money:
        return self.movements[-1].balance if self.movements else self.opening


def of_payee(tx: Tx, payee: str, currency: Currency, start: datetime, end: datetime) -> PayeeStatement:
    """From `start` until before `end`."""
    columns = ledger_entries.c
    its_own = (columns.account == payable_to(payee), columns.currency == currency)
    before = select(func.sum(columns.amount)).where(*its_own, columns.at < start)
    opening = balance = Money(-int(tx.execute(before).scalar() or 0), currency)
    movements = []
    for row in tx.execute(_entries().where(*its_own, columns.at >= start, columns.at < end)):
        balance += Money(-row.amount, currency)
        movements.append(_movement(row, payee, balance))
    return PayeeStatement(currency=currency, opening=opening, movements=movements)


def currencies(tx: Tx, payee: str) -> list[Currency]:
    """In which anything was ever owed; shillings where nothing was."""
    columns = ledger_entries.c
    question = select(columns.currency).where(columns.account == payable_to(payee)).distinct()
    return sorted({Currency(one) for one in tx.execute(question).scalars()}) or [Currency.TZS]


def first_day(tx: Tx, payee: str) -> datetime | None:
    """When the account began."""
    columns = ledger_entries.c
    return tx.execute(select(func.min(columns.at)).where(columns.account == payable_to(payee))).scalar()


def _entries() -> Any:
    columns = ledger_entries.c
    return (
        select(
            columns.stream,
            columns.at,
            columns.amount,
            columns.currency,
            payouts.c.reference.label("payout"),
            people.c.name.label("tenant"),
            leases.c.unit,
            properties.c.name.label("property_name"),
            payments.c.payee,
            payments.c.receipt_landlord,
            payments.c.receipt_year,
            payments.c.receipt_serial,
        )
        .outerjoin(payouts, payouts.c.reference == columns.stream)
        .outerjoin(payments, payments.c.reference == columns.stream)
        .outerjoin(people, people.c.id == payments.c.payer)
        .outerjoin(leases, leases.c.reference == payments.c.lease)
        .outerjoin(properties, properties.c.id == leases.c.property)
        .order_by(columns.at, payouts.c.reference.is_not(None), columns.stream, columns.seq, columns.line)
    )


def _movement(row: Any, payee: str, balance: Money) -> Movement:
    # What a tenant kept pays whoever lets the home by then: the receipt is the other landlord's.
    has_receipt = row.receipt_serial is not None and row.payee == payee
    return Movement(
        at=row.at,
        kind=_kind(row),
        reference=row.stream,
        amount=Money(-row.amount, balance.currency),
        balance=balance,
        tenant=row.tenant,
        place=f"{row.unit}, {row.property_name}" if row.unit else None,
        receipt=ReceiptNumber(row.receipt_landlord, row.receipt_year, row.receipt_serial)
        if has_receipt
        else None,
    )


def _kind(row: Any) -> Kind:
    if row.payout is None:
        return Kind.CAME if row.amount < 0 else Kind.WENT_BACK
    return Kind.SENT if row.amount > 0 else Kind.RETURNED
