"""Idempotency keys: same key and body, same answer; same key and another body, refused."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from portal.domain.errors import KeyReused
from portal.store.transients import idempotency_keys
from portal.store.types import Tx, insert_once
from portal.store.writer import VersionConflict


def recall(tx: Tx, scope: str, key: str, body: dict[str, Any]) -> str | None:
    """The answer given under this key before, or None; raises KeyReused when the body is another."""
    row = _row(tx, scope, key)
    if row is None:
        return None
    if row.body_hash != _hash(body):
        raise KeyReused
    return str(row.answer)


def answer_to(tx: Tx, scope: str, key: str) -> str | None:
    """The answer given under this key before, whatever the body was."""
    row = _row(tx, scope, key)
    return str(row.answer) if row else None


def remember(tx: Tx, scope: str, key: str, body: dict[str, Any], answer: str, now: datetime) -> None:
    """Keep the answer in the transaction that made it true; a twin that was faster undoes it, and runs it again."""
    first = insert_once(
        tx, idempotency_keys, scope=scope, key=key, body_hash=_hash(body), answer=answer, created_at=now
    )
    if not first:
        raise VersionConflict(key)


def forget(tx: Tx, scope: str, key: str) -> None:
    """What was begun under it came to nothing."""
    columns = idempotency_keys.c
    tx.execute(delete(idempotency_keys).where(columns.scope == scope, columns.key == key))


def _row(tx: Tx, scope: str, key: str) -> Any:
    columns = idempotency_keys.c
    question = select(columns.body_hash, columns.answer).where(columns.scope == scope, columns.key == key)
    return tx.execute(question).first()


def _hash(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
