"""One-time codes and sessions. Both are kept as hashes only: a stolen database signs nobody in."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import delete, insert, select

from portal.domain.person import Person
from portal.store import people
from portal.store.transients import sessions, sign_in_codes
from portal.store.types import Tx


def keep_code(
    tx: Tx, *, code_id: str, purpose: str, person: str | None, code_hash: str, expires_at: datetime
) -> None:
    """Keep the newest code for a purpose, of which an address is one; the ones before it end."""
    tx.execute(delete(sign_in_codes).where(sign_in_codes.c.address_index == purpose))
    tx.execute(
        insert(sign_in_codes).values(
            id=code_id,
            address_index=purpose,
            person=person,
            code_hash=code_hash,
            expires_at=expires_at,
        )
    )


def take_code(tx: Tx, purpose: str, code_hash: str, now: datetime) -> str | None:
    """Use up the code of a purpose if it fits and lives; the person it is about, or None."""
    columns = sign_in_codes.c
    fitting = (
        columns.address_index == purpose,
        columns.code_hash == code_hash,
        columns.expires_at > now,
    )
    row = tx.execute(delete(sign_in_codes).where(*fitting).returning(columns.person)).first()
    return row.person if row else None


def open_session(tx: Tx, token: str, person: str, now: datetime, expires_at: datetime) -> None:
    tx.execute(
        insert(sessions).values(
            token_hash=hashed(token), person=person, created_at=now, expires_at=expires_at
        )
    )


def person_of_session(tx: Tx, token: str, now: datetime) -> Person | None:
    columns = sessions.c
    live = select(columns.person).where(columns.token_hash == hashed(token), columns.expires_at > now)
    person_id = tx.execute(live).scalar()
    return people.load(tx, person_id) if person_id else None


def close_session(tx: Tx, token: str) -> None:
    tx.execute(delete(sessions).where(sessions.c.token_hash == hashed(token)))


def hashed(secret: str) -> str:
    """Enough for secrets of 128 random bits; short codes are hashed with a key by whoever makes them."""
    return hashlib.sha256(secret.encode()).hexdigest()
