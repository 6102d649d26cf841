"""Phones that somebody wants to save and has not proved yet; who does not prove one in a week must name it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, delete, select

from portal.domain.method import PaymentMethod
from portal.domain.phone import Phone
from portal.domain.saved_method import Consent
from portal.store.contacts import payment_contacts
from portal.store.transients import unverified_phones
from portal.store.types import Tx, hold, upsert
from portal.store.vault import Vault

_columns = unverified_phones.c


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedPhone:
    """What will be saved once the number is proved to be its owner's."""

    id: str
    person: str
    method: PaymentMethod
    phone: Phone
    nickname: str | None
    consent: Consent

    @property
    def masked(self) -> str:
        return self.phone.masked


def keep(tx: Tx, vault: Vault, wanted: UnverifiedPhone) -> str:
    """The id under which it waits: the one from before, where the same person has named the same number."""
    _hold(tx, wanted.person)
    index = vault.index(wanted.phone.digits, kind="phone")
    before = select(_columns.id).where(_columns.person == wanted.person, _columns.phone_index == index)
    known = tx.execute(before).scalar() or wanted.id
    fresh = {
        "method": wanted.method,
        "phone_sealed": vault.seal(wanted.phone.digits, at=_phone_at(known)),
        "nickname_sealed": vault.seal(wanted.nickname, at=_nickname_at(known)) if wanted.nickname else None,
        "consent_version": wanted.consent.version,
        "consent_text": wanted.consent.text,
        "created_at": wanted.consent.at,
    }
    new = upsert(tx, unverified_phones).values(id=known, person=wanted.person, phone_index=index, **fresh)
    tx.execute(new.on_conflict_do_update(index_elements=["id"], set_=fresh))
    return known


def load(tx: Tx, vault: Vault, person: str, phone_id: str, *, lock: bool = False) -> UnverifiedPhone | None:
    """A person's own; anybody else's is not there. `lock` holds all of theirs until the end of the transaction."""
    if lock:
        _hold(tx, person)
    row = tx.execute(select(unverified_phones).where(*_own(person, phone_id))).mappings().first()
    return _unverified(row, vault) if row else None


def of_person(tx: Tx, vault: Vault, person: str) -> list[UnverifiedPhone]:
    """The newest first."""
    question = select(unverified_phones).where(_columns.person == person)
    rows = tx.execute(question.order_by(_columns.created_at.desc(), _columns.id)).mappings()
    return [_unverified(row, vault) for row in rows]


def paid_from(tx: Tx, payment: str, person: str) -> str | None:
    """The one of a person's from which a payment was asked for."""
    same = payment_contacts.c.phone_index == _columns.phone_index
    question = select(_columns.id).join(payment_contacts, same)
    asked = question.where(payment_contacts.c.payment == payment, _columns.person == person)
    return tx.execute(asked).scalar()


def forget(tx: Tx, person: str, phone_id: str) -> bool:
    """False where it is not there."""
    return tx.execute(delete(unverified_phones).where(*_own(person, phone_id))).rowcount == 1


def _hold(tx: Tx, person: str) -> None:
    hold(tx, f"unverified phones:{person}")


def _own(person: str, phone_id: str) -> tuple[Any, ...]:
    return _columns.person == person, _columns.id == phone_id


def _unverified(row: RowMapping, vault: Vault) -> UnverifiedPhone:
    nickname = row["nickname_sealed"]
    return UnverifiedPhone(
        id=row["id"],
        person=row["person"],
        method=PaymentMethod(row["method"]),
        phone=Phone(vault.unseal(row["phone_sealed"], at=_phone_at(row["id"]))),
        nickname=vault.unseal(nickname, at=_nickname_at(row["id"])) if nickname else None,
        consent=Consent(version=row["consent_version"], text=row["consent_text"], at=row["created_at"]),
    )


def _phone_at(phone_id: str) -> str:
    return f"unverified_phones.phone:{phone_id}"


def _nickname_at(phone_id: str) -> str:
    return f"unverified_phones.nickname:{phone_id}"
