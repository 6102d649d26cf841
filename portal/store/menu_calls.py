"""What providers asked us to take from a menu, and what we answered: the same id gets the same answer again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, String, Table, Text, insert, select

from portal.store.tables import metadata
from portal.store.types import Instant, Tx, hold

menu_calls = Table(
    "menu_calls",
    metadata,
    Column("provider", String(20), primary_key=True),
    Column("id", String(40), primary_key=True),
    # A keyed hash of what was asked: it holds a number.
    Column("asked", String(64), nullable=False),
    Column("answer", String(12), nullable=False, unique=True),
    Column("refusal", String(20)),
    Column("text", Text, nullable=False),
    Column("payment", String(12)),
    Column("at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """`answer` is the answer's own reference, `text` what the payer reads; where nothing was refused, it was paid."""

    asked: str
    answer: str
    refusal: str | None
    text: str
    payment: str | None = None


def recall(tx: Tx, provider: str, call: str) -> Answered | None:
    """What was answered to the call of that id, which is held until the transaction ends."""
    hold(tx, f"menu call {provider} {call}")
    columns = menu_calls.c
    question = select(columns.asked, columns.answer, columns.refusal, columns.text, columns.payment)
    row = tx.execute(question.where(columns.provider == provider, columns.id == call)).mappings().first()
    return Answered(**row) if row else None


def keep(tx: Tx, provider: str, call: str, answered: Answered, now: datetime) -> None:
    tx.execute(
        insert(menu_calls).values(
            provider=provider,
            id=call,
            asked=answered.asked,
            answer=answered.answer,
            refusal=answered.refusal,
            text=answered.text,
            payment=answered.payment,
            at=now,
        )
    )
