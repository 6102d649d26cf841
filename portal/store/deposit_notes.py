"""What people wrote about the lines of a deposit's return. Sealed beside the events, for people write names."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from portal.store.deposit_tables import deposit_notes
from portal.store.types import Tx, upsert
from portal.store.vault import Vault


class About(StrEnum):
    """Whose words, and on what."""

    CLAIMED = "CLAIMED"
    """The landlord's: what it is for."""
    DISPUTED = "DISPUTED"
    """The tenant's: why not."""
    DECIDED = "DECIDED"
    """The office's: why so."""


Notes = dict[tuple[int, About], str]
"""By the number of the line."""


def keep(
    tx: Tx, vault: Vault, deposit_return: str, line: int, about: About, note: str, now: datetime
) -> None:
    """The newest counts: a proposal that was turned down is followed by another one."""
    sealed = vault.seal(note, at=_place(deposit_return, line, about))
    row = {"deposit_return": deposit_return, "line": line, "about": about, "note_sealed": sealed, "at": now}
    kept = upsert(tx, deposit_notes).values(**row)
    columns = deposit_notes.c
    key = [columns.deposit_return, columns.line, columns.about]
    tx.execute(kept.on_conflict_do_update(index_elements=key, set_={"note_sealed": sealed, "at": now}))


def of_return(tx: Tx, vault: Vault, deposit_return: str) -> Notes:
    columns = deposit_notes.c
    question = select(columns.line, columns.about, columns.note_sealed)
    rows = tx.execute(question.where(columns.deposit_return == deposit_return))
    return {
        (row.line, About(row.about)): vault.unseal(
            row.note_sealed, at=_place(deposit_return, row.line, About(row.about))
        )
        for row in rows
    }


def _place(deposit_return: str, line: int, about: About) -> str:
    return f"deposit_notes.{about.lower()}:{deposit_return}:{line}"
