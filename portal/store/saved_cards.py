"""What is kept of a saved card beside what every saved way has: the provider's token, and what it looks like now."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select, update

from portal.domain.card import CardFace
from portal.store.payment_methods import payment_methods
from portal.store.saved_methods import face_columns, face_of, token_at
from portal.store.types import Tx
from portal.store.vault import Vault

_columns = payment_methods.c


@dataclass(frozen=True, slots=True)
class Token:
    """By what a provider knows a card."""

    provider: str
    token: str = field(repr=False)


def token(tx: Tx, vault: Vault, method_id: str) -> Token | None:
    """Also of a card that is deleted, until its provider has forgotten it."""
    question = select(_columns.provider, _columns.token_sealed).where(_columns.id == method_id)
    row = tx.execute(question).first()
    if row is None or row.token_sealed is None:
        return None
    return Token(row.provider, vault.unseal(row.token_sealed, at=token_at(method_id)))


def face(tx: Tx, method_id: str) -> CardFace | None:
    """What it looks like, as far as we know; None of one that is deleted."""
    standing = (_columns.id == method_id, _columns.deleted_at.is_(None))
    row = tx.execute(select(payment_methods).where(*standing)).mappings().first()
    return face_of(row) if row else None


def forgotten(tx: Tx, method_id: str) -> None:
    """The provider keeps it no longer."""
    nothing = {"token_sealed": None, "token_index": None}
    tx.execute(update(payment_methods).where(_columns.id == method_id).values(**nothing))


def change_face(tx: Tx, method_id: str, face: CardFace) -> None:
    """Its bank has sent a new one under the same number."""
    standing = (_columns.id == method_id, _columns.deleted_at.is_(None))
    tx.execute(update(payment_methods).where(*standing).values(masked=face.masked, **face_columns(face)))
