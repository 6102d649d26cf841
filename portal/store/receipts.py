"""Receipt numbers without gaps, and the PDF files that were rendered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Integer, LargeBinary, String, Table, select

from portal.domain.payment import Payment
from portal.domain.receipt import ReceiptNumber
from portal.store.payments import payment_of
from portal.store.tables import metadata, payments, receipt_counters
from portal.store.types import Instant, Tx, insert_once, upsert

receipt_files = Table(
    "receipt_files",
    metadata,
    Column("payment", String(12), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("pdf", LargeBinary, nullable=False),
    Column("rendered_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """One rendered PDF."""

    version: int
    sha256: str
    pdf: bytes
    rendered_at: datetime


def next_number(tx: Tx, landlord_code: str, year: int) -> ReceiptNumber:
    """The next number of a landlord's year; a rolled-back transaction gives it back, so no gap can come."""
    new = upsert(tx, receipt_counters).values(landlord_code=landlord_code, year=year, last=1)
    counted = new.on_conflict_do_update(
        index_elements=["landlord_code", "year"], set_={"last": receipt_counters.c.last + 1}
    )
    serial = tx.execute(counted.returning(receipt_counters.c.last)).scalar_one()
    return ReceiptNumber(landlord_code, year, serial)


def by_number(tx: Tx, number: ReceiptNumber) -> Payment | None:
    columns = payments.c
    question = select(payments).where(
        columns.receipt_landlord == number.landlord_code,
        columns.receipt_year == number.year,
        columns.receipt_serial == number.serial,
    )
    row = tx.execute(question).mappings().first()
    return payment_of(row) if row else None


def by_code(tx: Tx, code: str) -> Payment | None:
    row = tx.execute(select(payments).where(payments.c.receipt_check == code)).mappings().first()
    return payment_of(row) if row else None


def keep_file(tx: Tx, payment: str, file: ReceiptFile) -> bool:
    """Keep a rendered version; False when that version stands already (it is never replaced)."""
    return insert_once(
        tx,
        receipt_files,
        payment=payment,
        version=file.version,
        sha256=file.sha256,
        size=len(file.pdf),
        pdf=file.pdf,
        rendered_at=file.rendered_at,
    )


def newest_file(tx: Tx, payment: str) -> ReceiptFile | None:
    columns = receipt_files.c
    question = (
        select(receipt_files).where(columns.payment == payment).order_by(columns.version.desc()).limit(1)
    )
    row = tx.execute(question).first()
    return ReceiptFile(row.version, row.sha256, bytes(row.pdf), row.rendered_at) if row else None


def file_size(tx: Tx, payment: str) -> int | None:
    """Bytes of the newest PDF, without reading it; None while there is none."""
    columns = receipt_files.c
    question = select(columns.size).where(columns.payment == payment).order_by(columns.version.desc())
    return tx.execute(question.limit(1)).scalar()
