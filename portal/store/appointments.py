"""When a tenant wants to hear of unpaid rent: one row for each who does, and nothing of those who do not."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    delete,
    select,
)

from portal.domain.appointment import Appointment
from portal.domain.saved_method import Consent
from portal.store.tables import metadata
from portal.store.types import Instant, Tx, upsert

payment_appointments = Table(
    "payment_appointments",
    metadata,
    Column("person", String(12), ForeignKey("people.id"), primary_key=True),
    Column("method", String(12), ForeignKey("payment_methods.id"), nullable=False),
    Column("day", Integer, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("pushes", Boolean, nullable=False),
    Column("consent_version", String(40), nullable=False),
    Column("consent_text", Text, nullable=False),
    Column("consented_at", Instant, nullable=False),
    CheckConstraint("day BETWEEN 1 AND 28 AND hour BETWEEN 7 AND 20", name="time"),
)
_columns = payment_appointments.c


def keep(tx: Tx, appointment: Appointment, consent: Consent) -> None:
    """In place of the one that stood before."""
    fresh = {
        "method": appointment.method,
        "day": appointment.day,
        "hour": appointment.hour,
        "pushes": appointment.pushes,
        "consent_version": consent.version,
        "consent_text": consent.text,
        "consented_at": consent.at,
    }
    new = upsert(tx, payment_appointments).values(person=appointment.person, **fresh)
    tx.execute(new.on_conflict_do_update(index_elements=["person"], set_=fresh))


def of_person(tx: Tx, person: str) -> Appointment | None:
    question = select(payment_appointments).where(_columns.person == person)
    row = tx.execute(question).mappings().first()
    return _appointment(row) if row else None


def remove(tx: Tx, person: str, method: str) -> bool:
    """The one with that saved phone; False where there is none."""
    gone = delete(payment_appointments).where(_columns.person == person, _columns.method == method)
    return tx.execute(gone).rowcount == 1


def _appointment(row: RowMapping) -> Appointment:
    return Appointment(
        person=row["person"], method=row["method"], day=row["day"], hour=row["hour"], pushes=row["pushes"]
    )
