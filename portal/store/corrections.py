"""What the office proposed and decided about payments, kept for ever. Notes are sealed, for people write names."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    text,
    update,
)

from portal.domain.correction import Correction, Finding, Verdict
from portal.domain.money import Currency, Money
from portal.store.tables import metadata, payments
from portal.store.types import Instant, Tx
from portal.store.vault import Vault

OPEN_SQL = "verdict IS NULL"

corrections = Table(
    "corrections",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("payment", String(12), nullable=False, index=True),
    Column("finding", String(10), nullable=False),
    Column("amount", BigInteger),
    Column("currency", String(3)),
    Column("receipt_code", String(40)),
    Column("note_sealed", Text),
    Column("proposed_by", String(12), ForeignKey("people.id"), nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("version", Integer),
    Column("verdict", String(11)),
    Column("decided_by", String(12), ForeignKey("people.id")),
    Column("decided_at", Instant),
    # One proposal at a time: two that wait could be confirmed one after the other.
    Index(
        "uq_corrections_payment_open",
        "payment",
        unique=True,
        sqlite_where=text(OPEN_SQL),
        postgresql_where=text(OPEN_SQL),
    ),
)


def propose(tx: Tx, vault: Vault, correction: Correction) -> None:
    amount, note = correction.amount, correction.note
    tx.execute(
        insert(corrections).values(
            id=correction.id,
            payment=correction.payment,
            finding=correction.finding,
            amount=amount.minor if amount else None,
            currency=amount.currency if amount else None,
            receipt_code=correction.receipt_code,
            note_sealed=vault.seal(note, at=_place(correction.id)) if note else None,
            proposed_by=correction.proposed_by,
            proposed_at=correction.proposed_at,
            version=correction.version,
        )
    )


def decide(tx: Tx, correction: Correction, verdict: Verdict, person: str, now: datetime) -> None:
    """What came of a proposal, and who said so."""
    decided = {"verdict": verdict, "decided_by": person, "decided_at": now}
    tx.execute(update(corrections).where(corrections.c.id == correction.id).values(**decided))


def of_payment(tx: Tx, vault: Vault, payment: str) -> list[Correction]:
    """All that was ever proposed about a payment, oldest first."""
    columns = corrections.c
    question = select(corrections).where(columns.payment == payment).order_by(columns.proposed_at, columns.id)
    return [_correction(row, vault) for row in tx.execute(question)]


def with_proposal() -> Select[Any]:
    """The payments about which a proposal waits for a second person."""
    return select(corrections.c.payment).where(corrections.c.verdict.is_(None))


def waiting(tx: Tx, vault: Vault, references: Collection[str]) -> dict[str, Correction]:
    """The proposals that wait about these payments, by payment."""
    question = select(corrections).where(
        corrections.c.verdict.is_(None), corrections.c.payment.in_(references)
    )
    return {row.payment: _correction(row, vault) for row in tx.execute(question)}


def another_went_back_with(tx: Tx, payment: str, provider: str, code: str) -> bool:
    """Somebody proposed, or found, that money of another payment of this provider went back with that code."""
    columns = corrections.c
    question = (
        select(columns.id)
        .join(payments, payments.c.reference == columns.payment)
        .where(
            columns.payment != payment,
            payments.c.provider == provider,
            columns.finding == Finding.WENT_BACK,
            func.upper(columns.receipt_code) == code.upper(),
            columns.verdict.is_distinct_from(Verdict.TURNED_DOWN),
        )
    )
    return tx.execute(question.limit(1)).first() is not None


def _correction(row: Row[Any], vault: Vault) -> Correction:
    return Correction(
        id=row.id,
        payment=row.payment,
        finding=Finding(row.finding),
        amount=None if row.amount is None else Money(row.amount, Currency(row.currency)),
        receipt_code=row.receipt_code,
        note=vault.unseal(row.note_sealed, at=_place(row.id)) if row.note_sealed else None,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        version=row.version,
        verdict=Verdict(row.verdict) if row.verdict else None,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _place(correction: str) -> str:
    return f"corrections.note:{correction}"
