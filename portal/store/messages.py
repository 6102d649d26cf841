"""Messages to people: each is written once per (event, person), listed in the portal, then handed to its sink."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from portal.store.tables import messages
from portal.store.types import Tx, upsert
from portal.store.vault import Vault

CODES = ("code", "save_code")
"""Kinds whose body is a one-time code: nobody's reading."""


@dataclass(frozen=True, slots=True)
class Message:
    """What we told somebody. `sent_at` is None until the sink has taken it."""

    id: int
    person: str
    payment: str | None
    kind: str
    body: str
    created_at: datetime
    sent_at: datetime | None


def write(
    tx: Tx, vault: Vault, *, key: str, person: str, payment: str | None, kind: str, body: str, now: datetime
) -> int | None:
    """Write a message once under `key`; its id, or None when it was written before."""
    row = {
        "key": key,
        "person": person,
        "payment": payment,
        "kind": kind,
        "body_sealed": vault.seal(body, at=f"messages.body:{key}"),
        "created_at": now,
    }
    added = upsert(tx, messages).values(**row).on_conflict_do_nothing().returning(messages.c.id)
    return tx.execute(added).scalar()


def load(tx: Tx, vault: Vault, message_id: int) -> Message:
    return _message(tx.execute(select(messages).where(messages.c.id == message_id)).one(), vault)


def of_person(tx: Tx, vault: Vault, person: str, most: int = 20) -> list[Message]:
    """A person's newest messages first, without codes."""
    columns = messages.c
    question = (
        select(messages)
        .where(columns.person == person, columns.kind.not_in(CODES))
        .order_by(columns.created_at.desc(), columns.id.desc())
    )
    return [_message(row, vault) for row in tx.execute(question.limit(most))]


def sent(tx: Tx, message_id: int, now: datetime) -> None:
    tx.execute(update(messages).where(messages.c.id == message_id).values(sent_at=now))


def _message(row: Row[Any], vault: Vault) -> Message:
    body = vault.unseal(row.body_sealed, at=f"messages.body:{row.key}")
    return Message(row.id, row.person, row.payment, row.kind, body, row.created_at, row.sent_at)
