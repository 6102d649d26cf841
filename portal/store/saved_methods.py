"""Saved ways to pay, in the customer's table `payment_methods`: what they hold is sealed, and found by its keyed hash.

Whatever changes the list of a person holds it until the commit, so that exactly one is the default however many ask at
once; a second one could not even be written. What is deleted leaves a row that says what was agreed to, and no number.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from portal.domain.bank_account import BankAccount
from portal.domain.card import CardFace, CardOnFile
from portal.domain.method import PaymentMethod
from portal.domain.phone import Phone
from portal.domain.saved_method import Consent, Held, SavedMethod
from portal.store.payment_methods import payment_methods
from portal.store.types import Tx, hold
from portal.store.vault import Vault

_columns = payment_methods.c


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMethod:
    """What is to be saved: a phone or an account that is `held`, or a card."""

    id: str
    person: str
    method: PaymentMethod
    what: Held | CardOnFile
    nickname: str | None
    consent: Consent
    verified_at: datetime | None
    last_used_at: datetime | None = None


def add(tx: Tx, vault: Vault, new: NewMethod, now: datetime) -> bool:
    """Save it, as the default if it is the first; False where the same one is saved already."""
    _hold(tx, new.person)
    if find(tx, vault, new.person, new.what) is not None:
        return False
    tx.execute(
        insert(payment_methods).values(
            id=new.id,
            person=new.person,
            method=new.method,
            nickname_sealed=_sealed_nickname(vault, new.id, new.nickname),
            verified_at=new.verified_at,
            is_default=_default_of(tx, new.person) is None,
            consent_version=new.consent.version,
            consent_text=new.consent.text,
            consented_at=new.consent.at,
            created_at=now,
            last_used_at=new.last_used_at,
            **_kept(vault, new),
        )
    )
    return True


def of_person(tx: Tx, vault: Vault, person: str) -> list[SavedMethod]:
    """The default first, then the one that was used last."""
    question = select(payment_methods).where(*_standing(person)).order_by(*_DEFAULT_THEN_NEWEST)
    return [_saved(row, vault) for row in tx.execute(question).mappings()]


def load(tx: Tx, vault: Vault, person: str, method_id: str) -> SavedMethod | None:
    """A person's own; one that is deleted, or anybody else's, is not there."""
    row = tx.execute(select(payment_methods).where(*_own(person, method_id))).mappings().first()
    return _saved(row, vault) if row else None


def held(tx: Tx, vault: Vault, method_id: str) -> Held | None:
    """The phone or account itself; None of a card, and of what is deleted."""
    question = select(_columns.held_sealed).where(_columns.id == method_id)
    sealed = tx.execute(question).scalar()
    return _unsealed(vault.unseal(sealed, at=_held_at(method_id))) if sealed else None


def find(tx: Tx, vault: Vault, person: str, what: Held | CardOnFile) -> str | None:
    """Under which id a person has saved it."""
    question = select(_columns.id).where(
        _columns.person == person, _columns.held_index == _index(vault, what)
    )
    return tx.execute(question).scalar()


def has_verified(tx: Tx, vault: Vault, phone: Phone, person: str | None = None) -> bool:
    """This person, or anybody at all, has saved the number and proved it to be theirs."""
    question = select(_columns.id).where(
        _columns.held_index == _index(vault, phone), _columns.verified_at.is_not(None)
    )
    if person is not None:
        question = question.where(_columns.person == person)
    return tx.execute(question.limit(1)).first() is not None


def make_default(tx: Tx, person: str, method_id: str) -> bool:
    """False where it is not there."""
    _hold(tx, person)
    if tx.execute(select(_columns.id).where(*_own(person, method_id))).first() is None:
        return False
    _set_default(tx, person, method_id)
    return True


def rename(tx: Tx, vault: Vault, person: str, method_id: str, nickname: str | None) -> bool:
    """False where it is not there."""
    sealed = _sealed_nickname(vault, method_id, nickname)
    renamed = update(payment_methods).where(*_own(person, method_id)).values(nickname_sealed=sealed)
    return tx.execute(renamed).rowcount == 1


def used(tx: Tx, person: str, method_id: str, now: datetime) -> bool:
    """A payment by it begins. False where it is not there."""
    mark = update(payment_methods).where(*_own(person, method_id)).values(last_used_at=now)
    return tx.execute(mark).rowcount == 1


def change_network(tx: Tx, person: str, method_id: str, method: PaymentMethod) -> None:
    """The number has moved: a payment through another network was completed from it."""
    tx.execute(update(payment_methods).where(*_own(person, method_id)).values(method=method))


def delete(tx: Tx, person: str, method_id: str, now: datetime) -> bool:
    """Forget what it held; the default goes to the one that was used last. False where it is not there."""
    _hold(tx, person)
    was_default = _default_of(tx, person) == method_id
    nothing = dict.fromkeys(("held_sealed", "held_index", "nickname_sealed"))
    gone = (
        update(payment_methods)
        .where(*_own(person, method_id))
        .values(**nothing, is_default=False, deleted_at=now)
    )
    if tx.execute(gone).rowcount == 0:
        return False
    heir = select(_columns.id).where(*_standing(person)).order_by(*_DEFAULT_THEN_NEWEST).limit(1)
    if was_default and (next_one := tx.execute(heir).scalar()) is not None:
        _set_default(tx, person, next_one)
    return True


def was_deleted(tx: Tx, person: str, method_id: str) -> bool:
    """By that person, whose own it was."""
    own = _columns.person == person, _columns.id == method_id, _columns.deleted_at.is_not(None)
    return tx.execute(select(_columns.id).where(*own)).first() is not None


_DEFAULT_THEN_NEWEST = (
    _columns.is_default.desc(),
    _columns.last_used_at.desc().nulls_last(),
    _columns.created_at.desc(),
    _columns.id,
)


def _hold(tx: Tx, person: str) -> None:
    hold(tx, f"saved methods:{person}")


def _standing(person: str) -> tuple[Any, ...]:
    return _columns.person == person, _columns.deleted_at.is_(None)


def _own(person: str, method_id: str) -> tuple[Any, ...]:
    return *_standing(person), _columns.id == method_id


def _default_of(tx: Tx, person: str) -> str | None:
    question = select(_columns.id).where(_columns.person == person, _columns.is_default)
    return tx.execute(question).scalar()


def _set_default(tx: Tx, person: str, method_id: str) -> None:
    """One statement after the other: at no moment may there be two."""
    before = (_columns.person == person, _columns.is_default)
    tx.execute(update(payment_methods).where(*before).values(is_default=False))
    tx.execute(update(payment_methods).where(_columns.id == method_id).values(is_default=True))


def _kept(vault: Vault, new: NewMethod) -> dict[str, Any]:
    """The columns of what is saved itself."""
    index = _index(vault, new.what)
    if not isinstance(new.what, CardOnFile):
        sealed = vault.seal(_written(new.what), at=_held_at(new.id))
        return {"masked": new.what.masked, "held_sealed": sealed, "held_index": index}
    card = new.what
    return {
        "masked": card.face.masked,
        "held_index": index,
        "provider": card.provider,
        "token_sealed": vault.seal(card.token, at=token_at(new.id)),
        "token_index": vault.index(card.token, kind="card token"),
        **face_columns(card.face),
    }


def face_columns(face: CardFace) -> dict[str, Any]:
    return {
        "brand": face.brand,
        "last4": face.last4,
        "expiry_month": face.month,
        "expiry_year": face.year,
    }


def _written(what: Held) -> str:
    return what.digits if isinstance(what, Phone) else json.dumps(asdict(what))


def _unsealed(plain: str) -> Held:
    return Phone(plain) if plain.isdigit() else BankAccount(**json.loads(plain))


def _index(vault: Vault, what: Held | CardOnFile) -> str:
    """A phone's is the one by which all tables know it."""
    match what:
        case Phone():
            return vault.index(what.digits, kind="phone")
        case BankAccount():
            return vault.index(f"{what.bank.casefold()}:{what.number}", kind="bank account")
        case CardOnFile():
            return vault.index(f"{what.provider}:{what.fingerprint}", kind="card")


def _sealed_nickname(vault: Vault, method_id: str, nickname: str | None) -> str | None:
    return vault.seal(nickname, at=_nickname_at(method_id)) if nickname else None


def _saved(row: RowMapping, vault: Vault) -> SavedMethod:
    sealed = row["nickname_sealed"]
    return SavedMethod(
        id=row["id"],
        person=row["person"],
        method=PaymentMethod(row["method"]),
        masked=row["masked"],
        nickname=vault.unseal(sealed, at=_nickname_at(row["id"])) if sealed else None,
        card=face_of(row) if row["last4"] else None,
        is_default=row["is_default"],
        created_at=row["created_at"],
        verified_at=row["verified_at"],
        last_used_at=row["last_used_at"],
    )


def face_of(row: RowMapping) -> CardFace:
    return CardFace(
        brand=row["brand"], last4=row["last4"], month=row["expiry_month"], year=row["expiry_year"]
    )


def _held_at(method_id: str) -> str:
    return f"payment_methods.held:{method_id}"


def token_at(method_id: str) -> str:
    return f"payment_methods.token:{method_id}"


def _nickname_at(method_id: str) -> str:
    return f"payment_methods.nickname:{method_id}"
