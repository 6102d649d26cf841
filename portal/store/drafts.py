"""A payment being put together on the pay path; the server keeps it: no amount or phone travels in an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from portal.domain.method import PaymentMethod
from portal.domain.phone import Phone
from portal.store.transients import drafts
from portal.store.types import Tx
from portal.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the payer has chosen so far. `amount` in minor units of the bill's currency."""

    id: str
    person: str
    bill: str
    amount: int
    method: PaymentMethod | None = None
    phone: Phone | None = None
    account: str | None = None
    agreed: bool = False


def begin(tx: Tx, draft: Draft, now: datetime) -> None:
    tx.execute(
        insert(drafts).values(
            id=draft.id,
            person=draft.person,
            bill=draft.bill,
            amount=draft.amount,
            method=draft.method,
            agreed=False,
            created_at=now,
        )
    )


def load(tx: Tx, vault: Vault, draft_id: str, person: str) -> Draft | None:
    """A person's own draft; anybody else's is not there."""
    row = tx.execute(select(drafts).where(drafts.c.id == draft_id, drafts.c.person == person)).first()
    if row is None:
        return None
    return Draft(
        id=row.id,
        person=row.person,
        bill=row.bill,
        amount=row.amount,
        method=PaymentMethod(row.method) if row.method else None,
        phone=Phone(vault.unseal(row.phone_sealed, at=_place(row.id))) if row.phone_sealed else None,
        account=row.account,
        agreed=row.agreed,
    )


def choose(
    tx: Tx,
    vault: Vault,
    draft_id: str,
    *,
    method: PaymentMethod | None = None,
    phone: Phone | None = None,
    account: str | None = None,
    agreed: bool = False,
) -> None:
    """Record the next choice: the method, one of our accounts, or the phone with the consent to ask it.

    Beside a card there is nothing to choose.
    """
    choices = {"method": method, "account": account}
    changes: dict[str, Any] = {name: choice for name, choice in choices.items() if choice}
    if phone:
        changes |= {"phone_sealed": vault.seal(phone.digits, at=_place(draft_id)), "agreed": agreed}
    if changes:
        tx.execute(update(drafts).where(drafts.c.id == draft_id).values(**changes))


def _place(draft_id: str) -> str:
    return f"drafts.phone:{draft_id}"
