"""People and how to reach them: numbers and addresses are sealed, and found by their keyed hash."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import RowMapping, insert, select

from portal.domain.person import Person, Role
from portal.domain.phone import Phone
from portal.store.tables import people
from portal.store.types import Tx
from portal.store.vault import Vault


def add(
    tx: Tx,
    vault: Vault,
    person: Person,
    *,
    phone: Phone | None = None,
    email: str | None = None,
    landlord_code: str | None = None,
) -> None:
    tx.execute(
        insert(people).values(
            id=person.id,
            name=person.name,
            role=person.role,
            language=person.language,
            phone_sealed=vault.seal(phone.digits, at=f"people.phone:{person.id}") if phone else None,
            phone_index=vault.index(phone.digits, kind="phone") if phone else None,
            phone_masked=phone.masked if phone else None,
            email_sealed=vault.seal(email, at=f"people.email:{person.id}") if email else None,
            email_index=vault.index(email.lower(), kind="email") if email else None,
            landlord_code=landlord_code,
        )
    )


def named(tx: Tx, ids: Collection[str]) -> list[Person]:
    """Those with these ids."""
    return [_person(row) for row in tx.execute(select(people).where(people.c.id.in_(ids))).mappings()]


def with_roles(tx: Tx, roles: Collection[Role]) -> list[Person]:
    """Whoever has one of them, in the order of their names."""
    question = select(people).where(people.c.role.in_(roles)).order_by(people.c.name)
    return [_person(row) for row in tx.execute(question).mappings()]


def load(tx: Tx, person_id: str) -> Person | None:
    row = tx.execute(select(people).where(people.c.id == person_id)).mappings().first()
    return _person(row) if row else None


def name_of(tx: Tx, person_id: str) -> str:
    """Empty of somebody whom nobody knows any more."""
    return tx.execute(select(people.c.name).where(people.c.id == person_id)).scalar() or ""


def by_phone(tx: Tx, vault: Vault, phone: Phone) -> Person | None:
    """The account whose own number this is."""
    return _by(tx, people.c.phone_index == vault.index(phone.digits, kind="phone"))


def by_email(tx: Tx, vault: Vault, email: str) -> Person | None:
    return _by(tx, people.c.email_index == vault.index(email.lower(), kind="email"))


def everyone(tx: Tx) -> list[Person]:
    """All people in the order of their names: for the demo's one-click sign-in."""
    return [_person(row) for row in tx.execute(select(people).order_by(people.c.name)).mappings()]


def phone_of(tx: Tx, vault: Vault, person_id: str) -> Phone | None:
    sealed = tx.execute(select(people.c.phone_sealed).where(people.c.id == person_id)).scalar()
    return Phone(vault.unseal(sealed, at=f"people.phone:{person_id}")) if sealed else None


def email_of(tx: Tx, vault: Vault, person_id: str) -> str | None:
    sealed = tx.execute(select(people.c.email_sealed).where(people.c.id == person_id)).scalar()
    return vault.unseal(sealed, at=f"people.email:{person_id}") if sealed else None


def landlord_code(tx: Tx, person_id: str) -> str:
    """The letters that begin a landlord's receipt numbers. Raises LookupError for whoever has none."""
    code = tx.execute(select(people.c.landlord_code).where(people.c.id == person_id)).scalar()
    if code is None:
        raise LookupError(f"no landlord code: {person_id}")
    return str(code)


def landlords(tx: Tx) -> dict[str, tuple[Person, str]]:
    """By id everybody who lets homes, with the letters that begin their receipt numbers, in order of their names."""
    lets = people.c.landlord_code.is_not(None)
    rows = tx.execute(select(people).where(lets).order_by(people.c.name, people.c.id)).mappings()
    return {row["id"]: (_person(row), row["landlord_code"]) for row in rows}


def with_landlord_code(tx: Tx, code: str) -> Person | None:
    return _by(tx, people.c.landlord_code == code)


def _by(tx: Tx, condition: object) -> Person | None:
    row = tx.execute(select(people).where(condition)).mappings().first()  # type: ignore[arg-type]
    return _person(row) if row else None


def _person(row: RowMapping) -> Person:
    return Person(id=row["id"], name=row["name"], role=Role(row["role"]), language=row["language"])
