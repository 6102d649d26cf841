"""What people wrote about refunds: why they ask, why they decline. Sealed beside the events, for people write names."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, String, Table, Text, select

from portal.store.tables import metadata
from portal.store.types import Instant, Tx, insert_once
from portal.store.vault import Vault

refund_notes = Table(
    "refund_notes",
    metadata,
    Column("refund", String(12), primary_key=True),
    Column("about", String(10), primary_key=True),
    Column("note_sealed", Text, nullable=False),
    Column("at", Instant, nullable=False),
)


class About(StrEnum):
    """What a note explains."""

    ASKED = "ASKED"
    WORD = "WORD"
    """How the office heard that the payer wants it, where no form was filled in."""
    DECLINED = "DECLINED"
    CLOSED = "CLOSED"
    """Why one that is over is left as it is."""
    FOUND = "FOUND"
    """How somebody of the office knows what became of it. Of these two there may be several, each has its own name."""


def keep(tx: Tx, vault: Vault, refund: str, about: About, note: str, now: datetime) -> None:
    """Each is written once."""
    sealed = vault.seal(note, at=_place(refund, about))
    insert_once(tx, refund_notes, refund=refund, about=about, note_sealed=sealed, at=now)


def of_refund(tx: Tx, vault: Vault, refund: str) -> dict[About, str]:
    columns = refund_notes.c
    rows = tx.execute(select(columns.about, columns.note_sealed).where(columns.refund == refund))
    return {
        About(row.about): vault.unseal(row.note_sealed, at=_place(refund, About(row.about))) for row in rows
    }


def named(tx: Tx, vault: Vault, names: Collection[str]) -> dict[str, str]:
    """What was written under these names."""
    columns = refund_notes.c
    question = select(columns.refund, columns.about, columns.note_sealed)
    rows = tx.execute(question.where(columns.refund.in_(names)))
    return {
        row.refund: vault.unseal(row.note_sealed, at=_place(row.refund, About(row.about))) for row in rows
    }


def _place(refund: str, about: About) -> str:
    return f"refund_notes.{about.lower()}:{refund}"
