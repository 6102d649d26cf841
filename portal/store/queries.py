"""Questions that pages ask, one function each; every list is a keyset page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, literal, select, tuple_

from portal.domain.events import Event
from portal.domain.money import Money
from portal.domain.outcome import Reason
from portal.domain.payment import Payment
from portal.domain.payment_state import IN_FLIGHT, PaymentStatus, State
from portal.domain.transaction import TransactionType
from portal.domain.zone import EAST_AFRICA
from portal.store import allocations, corrections, refunds, tenant_credits
from portal.store import leases as lease_rows
from portal.store import payments as payment_rows
from portal.store.allocations import payment_bills
from portal.store.leases import Basket
from portal.store.tables import leases, payments, people, properties, transactions
from portal.store.types import Instant, Tx

PAGE = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A payment in a list, with the place it is for; `lets` is the landlord of that place now."""

    payment: Payment
    place: str
    payer_name: str
    lets: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `next_after` is the position of its last row when more follow."""

    rows: list[Listed]
    next_after: tuple[datetime, str] | None


@dataclass(frozen=True, slots=True)
class MoneyMoved:
    """A transaction row for people; `seq` is that of the event that made it."""

    seq: int
    type: TransactionType
    kind: str
    amount: int
    currency: str
    at: datetime


def due_of(tx: Tx, payment: Payment) -> Basket:
    """The bills that a payment is for, in its own order, and their lease."""
    found = {due.bill.reference: due for due in lease_rows.dues(tx, payment.bills)}
    missing = set(payment.bills) - found.keys()
    if missing:
        raise LookupError(*missing)
    return Basket(tuple(found[bill].bill for bill in payment.bills), found[payment.bills[0]].lease)


def attempts_in_flight(tx: Tx, bills: Collection[str]) -> dict[str, str]:
    """By bill the attempt that is in flight for it; those without one are left out."""
    columns, its = payments.c, payment_bills.c
    question = (
        select(its.bill, columns.reference)
        .join(payments, columns.reference == its.payment)
        .where(its.bill.in_(bills), columns.state.in_(IN_FLIGHT))
        .order_by(columns.created_at)
    )
    return {row.bill: row.reference for row in tx.execute(question)}


def open_attempts(tx: Tx, payer: str) -> list[Payment]:
    """A tenant's payments that nobody has decided yet."""
    question = (
        select(payments)
        .where(payments.c.payer == payer, payments.c.state.in_(IN_FLIGHT))
        .order_by(payments.c.created_at)
        .limit(10)
    )
    return [payment_rows.payment_of(row) for row in tx.execute(question).mappings()]


def with_excess(tx: Tx, payer: str) -> list[Payment]:
    """A tenant's payments of which some came beyond the bills, and waits for the tenant's word."""
    waits = (payments.c.payer == payer, payments.c.excess.is_not(None))
    rows = tx.execute(select(payments).where(*waits).order_by(payments.c.created_at).limit(10)).mappings()
    return [payment_rows.payment_of(row) for row in rows]


def attempts_since(tx: Tx, bills: Collection[str], since: datetime) -> list[Payment]:
    """The attempts to pay one of these bills that were begun after an instant, the newest first."""
    columns = payments.c
    its_bills = columns.reference.in_(allocations.with_a_bill(bills))
    question = select(payments).where(its_bills, columns.created_at > since)
    rows = tx.execute(question.order_by(columns.created_at.desc()).limit(20)).mappings()
    return [payment_rows.payment_of(row) for row in rows]


def paid_by_link(tx: Tx, bills: Collection[str]) -> Payment | None:
    """The newest payment that a guest has completed, of these bills and of no other beside them."""
    columns, its = payments.c, payment_bills.c
    of_another = select(its.payment).where(its.payment == columns.reference, its.bill.not_in(bills)).exists()
    paid = (columns.by_link.is_(True), columns.state == State.COMPLETED, ~of_another)
    question = select(payments).where(columns.reference.in_(allocations.with_a_bill(bills)), *paid)
    row = tx.execute(question.order_by(columns.created_at.desc()).limit(1)).mappings().first()
    return payment_rows.payment_of(row) if row else None


def last_completed(tx: Tx, payer: str) -> Payment | None:
    """A tenant's newest paid payment: the last receipt on the home page."""
    question = (
        select(payments)
        .where(payments.c.payer == payer, payments.c.state == State.COMPLETED)
        .order_by(payments.c.created_at.desc())
        .limit(1)
    )
    row = tx.execute(question).mappings().first()
    return payment_rows.payment_of(row) if row else None


def paid_with_code(tx: Tx, provider: str, receipt_code: str) -> str | None:
    """The payment that an operator's receipt code already belongs to."""
    return next(iter(paid_with_codes(tx, provider, {receipt_code})), None)


def paid_with_codes(tx: Tx, provider: str, codes: set[str]) -> set[str]:
    """The payments that any of these receipt codes belongs to."""
    columns = transactions.c
    question = select(columns.payment).where(
        columns.provider == provider, columns.provider_transaction_id.in_(codes)
    )
    return set(tx.execute(question).scalars())


def owners_of_codes(tx: Tx, provider: str, receipt_codes: Iterable[str]) -> dict[str, str]:
    """The payments that receipt codes already belong to, by code."""
    columns = transactions.c
    question = select(columns.provider_transaction_id, columns.payment).where(
        columns.provider == provider, columns.provider_transaction_id.in_(list(receipt_codes))
    )
    return {row[0]: row[1] for row in tx.execute(question)}


def other_with_request(tx: Tx, payment: Payment, request_id: str) -> str | None:
    """Another payment that already goes by this request id of the provider."""
    columns = payments.c
    question = select(columns.reference).where(
        columns.provider == payment.provider,
        columns.request_id == request_id,
        columns.reference != payment.reference,
    )
    return tx.execute(question).scalar()


def history_of_payer(
    tx: Tx,
    payer: str,
    *,
    status: PaymentStatus | None = None,
    month: tuple[int, int] | None = None,
    after: tuple[datetime, str] | None = None,
) -> Page:
    """A tenant's payments, newest first, filtered by status and by month of East Africa Time."""
    question = listed().where(payments.c.payer == payer)
    if status is not None:
        question = question.where(payments.c.status == status)
    if month is not None:
        question = question.where(
            payments.c.created_at >= _month(*month), payments.c.created_at < _next(*month)
        )
    return _page(tx, question, after)


def payments_of_payee(tx: Tx, payee: str, after: tuple[datetime, str] | None = None) -> Page:
    """What came in for a landlord, newest first."""
    paid = (payments.c.payee == payee, payments.c.state == State.COMPLETED)
    return _page(tx, listed().where(*paid), after)


def uncertain(tx: Tx, now: datetime, older_than: Any, most: int = 100) -> list[Listed]:
    """What the office must look at: what waits for a second person, then the oldest of what is long uncertain, or in
    need of a person at once.

    A payer who gives a receipt code is one, but for a transfer that is on its way.
    """
    columns = payments.c
    needs_a_person = columns.reason.in_([Reason.WRONG_AMOUNT, Reason.CONTRADICTION, Reason.DUPLICATE])
    # A card page and a transfer are given hours and days: until then nothing is amiss.
    unhurried = columns.state.in_([State.AWAITING_CARD, State.AWAITING_BANK]) & (columns.expires_at > now)
    old = (columns.created_at <= now - older_than) & ~unhurried
    proposed = columns.reference.in_(corrections.with_proposal())
    question = (
        listed()
        .where(
            (columns.state.in_(IN_FLIGHT) & (old | needs_a_person))
            | columns.second_receipt_code.is_not(None)
            | columns.excess.is_not(None)
            | (columns.claimed_code.is_not(None) & (columns.state != State.AWAITING_BANK))
            | columns.reason.in_([Reason.WRONG_AMOUNT, Reason.CONTRADICTION])
            | proposed
        )
        .order_by(~proposed, columns.created_at, columns.reference)
        .limit(most)
    )
    return [listed_of(row) for row in tx.execute(question).mappings()]


def balances_after(tx: Tx, payment: Payment, due: Basket) -> dict[str, Money]:
    """What each of its bills lacked right after a payment: a receipt must not change when the next part is paid."""
    credited = Counter(allocations.credited(tx, payment.bills, until=payment))
    credited.update(tenant_credits.used_for(tx, payment.bills, payment.completed_at))
    back = lost_by_refunds(tx, payment)
    return {
        bill.reference: Money(
            max(0, bill.amount.minor - credited[bill.reference] + back[bill.reference]),
            bill.amount.currency,
        )
        for bill in due.bills
    }


def lost_by_refunds(tx: Tx, payment: Payment) -> Counter[str]:
    """What each of its bills owed again when it was completed, because money had gone back."""
    if payment.completed_at is None:
        return Counter()
    return refunds.opened_again(tx, allocations.with_a_bill(payment.bills), payment.completed_at)


def transactions_of(tx: Tx, payment: str) -> list[MoneyMoved]:
    columns = transactions.c
    question = select(transactions).where(columns.payment == payment).order_by(columns.seq, columns.line)
    return [
        MoneyMoved(row.seq, TransactionType(row.type), row.kind, row.amount, row.currency, row.created_at)
        for row in tx.execute(question)
    ]


def timeline_of(tx: Tx, payment: str) -> list[tuple[Event, datetime]]:
    return payment_rows.history(tx, payment)


def listed() -> Select[Any]:
    return (
        select(
            payments,
            properties.c.name.label("property_name"),
            leases.c.unit,
            leases.c.landlord.label("lets"),
            people.c.name.label("payer_name"),
        )
        .join(leases, payments.c.lease == leases.c.reference)
        .join(properties, leases.c.property == properties.c.id)
        .join(people, payments.c.payer == people.c.id)
    )


def several_listed(tx: Tx, references: Collection[str]) -> dict[str, Listed]:
    """Those of the references that are payments, as lists show them."""
    rows = tx.execute(listed().where(payments.c.reference.in_(references))).mappings()
    found = [listed_of(row) for row in rows]
    return {one.payment.reference: one for one in found}


def _page(tx: Tx, question: Select[Any], after: tuple[datetime, str] | None) -> Page:
    columns = payments.c
    if after is not None:
        place = tuple_(literal(after[0], Instant), literal(after[1]))
        question = question.where(tuple_(columns.created_at, columns.reference) < place)
    ordered = question.order_by(columns.created_at.desc(), columns.reference.desc()).limit(PAGE + 1)
    rows = [listed_of(row) for row in tx.execute(ordered).mappings()]
    more, shown = len(rows) > PAGE, rows[:PAGE]
    last = shown[-1].payment if more else None
    return Page(shown, (last.created_at, last.reference) if last else None)


def listed_of(row: Any) -> Listed:
    place = f"{row['unit']}, {row['property_name']}"
    return Listed(payment_rows.payment_of(row), place, row["payer_name"], row["lets"])


def _month(year: int, month: int) -> datetime:
    return datetime(year, month, 1, tzinfo=EAST_AFRICA).astimezone(UTC)


def _next(year: int, month: int) -> datetime:
    return _month(year + month // 12, month % 12 + 1)
