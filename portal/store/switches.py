"""Who switched which provider off and on again, when, and what payers are told of it; kept for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, func, insert, select

from portal.store.tables import metadata
from portal.store.types import BigKey, Instant, Tx

provider_switches = Table(
    "provider_switches",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("provider", String(20), nullable=False),
    # What payers read, in both languages; none where it was switched on.
    Column("note_en", Text),
    Column("note_sw", Text),
    Column("person", String(12), ForeignKey("people.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_provider_switches_provider_id", "provider", "id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One turn of it; off where it has notes, by language."""

    provider: str
    notes: dict[str, str]
    person: str
    at: datetime

    @property
    def is_off(self) -> bool:
        return bool(self.notes)


def turn(tx: Tx, switch: Switch) -> None:
    tx.execute(
        insert(provider_switches).values(
            provider=switch.provider,
            note_en=switch.notes.get("en"),
            note_sw=switch.notes.get("sw"),
            person=switch.person,
            at=switch.at,
        )
    )


def switched_off(tx: Tx) -> dict[str, Switch]:
    """The providers that are off now, by their names."""
    columns = provider_switches.c
    newest = select(func.max(columns.id)).group_by(columns.provider)
    rows = tx.execute(select(provider_switches).where(columns.id.in_(newest)))
    switches = [
        Switch(provider=row.provider, notes=_notes(row.note_en, row.note_sw), person=row.person, at=row.at)
        for row in rows
    ]
    return {switch.provider: switch for switch in switches if switch.is_off}


def turns_of(tx: Tx, provider: str, most: int = 20) -> list[Switch]:
    """The last turns, the newest first."""
    columns = provider_switches.c
    question = select(provider_switches).where(columns.provider == provider)
    rows = tx.execute(question.order_by(columns.id.desc()).limit(most))
    return [
        Switch(provider=provider, notes=_notes(row.note_en, row.note_sw), person=row.person, at=row.at)
        for row in rows
    ]


def _notes(english: str | None, swahili: str | None) -> dict[str, str]:
    return {language: note for language, note in (("en", english), ("sw", swahili)) if note}
