"""What the office proposed and decided about money that waits, kept for ever. Notes are sealed: people write names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from portal.domain.assignment import Assignment
from portal.domain.correction import Verdict
from portal.store.bank_tables import assignments
from portal.store.types import Tx
from portal.store.vault import Vault


def propose(tx: Tx, vault: Vault, assignment: Assignment) -> None:
    tx.execute(
        insert(assignments).values(
            id=assignment.id,
            line=assignment.line,
            payment=assignment.payment,
            note_sealed=vault.seal(assignment.note, at=_place(assignment.id)),
            proposed_by=assignment.proposed_by,
            proposed_at=assignment.proposed_at,
        )
    )


def decide(tx: Tx, assignment: Assignment, verdict: Verdict, person: str, now: datetime) -> None:
    """What came of a proposal, and who said so."""
    decided = {"verdict": verdict, "decided_by": person, "decided_at": now}
    tx.execute(update(assignments).where(assignments.c.id == assignment.id).values(**decided))


def of_line(tx: Tx, vault: Vault, line: str) -> list[Assignment]:
    """All that was ever proposed about a line, oldest first."""
    columns = assignments.c
    question = select(assignments).where(columns.line == line).order_by(columns.proposed_at, columns.id)
    return [_assignment(row, vault) for row in tx.execute(question)]


def proposed(tx: Tx, lines: Sequence[str]) -> set[str]:
    """Those of the lines about which a proposal waits."""
    columns = assignments.c
    question = select(columns.line).where(columns.line.in_(lines), columns.verdict.is_(None))
    return set(tx.execute(question).scalars())


def _assignment(row: Row[Any], vault: Vault) -> Assignment:
    return Assignment(
        id=row.id,
        line=row.line,
        payment=row.payment,
        note=vault.unseal(row.note_sealed, at=_place(row.id)),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        verdict=Verdict(row.verdict) if row.verdict else None,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _place(assignment: str) -> str:
    return f"assignments.note:{assignment}"
