"""A payment being put together on the pay path; the server keeps it: no amount or phone travels in an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select, update

from portal.domain.exchange import Exchange
from portal.domain.method import PaymentMethod
from portal.domain.phone import Phone
from portal.store.transients import drafts
from portal.store.types import Tx, hold
from portal.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the payer has chosen so far. `amounts` by bill, in minor units of its currency.

    `saved`: the saved way that filled in the rest. Who wants the number saved has agreed to the text `save_consent`.
    `guest` is the browser, by its keyed hash, of somebody who pays by a link of the `person`. `return_to`: where the
    platform that sent the payer wants them back. `exchange`: the quote that the check page has shown.
    """

    id: str
    person: str
    amounts: dict[str, int]
    guest: str | None = None
    method: PaymentMethod | None = None
    phone: Phone | None = None
    account: str | None = None
    agreed: bool = False
    saved: str | None = None
    save_consent: str | None = None
    return_to: str | None = None
    exchange: Exchange | None = None


def begin(tx: Tx, draft: Draft, now: datetime) -> None:
    tx.execute(
        insert(drafts).values(
            id=draft.id,
            person=draft.person,
            amounts=draft.amounts,
            guest=draft.guest,
            method=draft.method,
            agreed=False,
            return_to=draft.return_to,
            created_at=now,
        )
    )


def load(tx: Tx, vault: Vault, draft_id: str, person: str, guest: str | None = None) -> Draft | None:
    """A person's own draft, or a guest's own for them; anybody else's is not there."""
    own = (drafts.c.person == person, drafts.c.guest == guest)
    row = tx.execute(select(drafts).where(drafts.c.id == draft_id, *own)).first()
    if row is None:
        return None
    return Draft(
        id=row.id,
        person=row.person,
        amounts=row.amounts,
        guest=row.guest,
        method=PaymentMethod(row.method) if row.method else None,
        phone=Phone(vault.unseal(row.phone_sealed, at=_place(row.id))) if row.phone_sealed else None,
        account=row.account,
        agreed=row.agreed,
        saved=row.saved,
        save_consent=row.save_consent,
        return_to=row.return_to,
        exchange=msgspec.convert(row.exchange, type=Exchange | None),
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
    saved: str | None = None,
) -> None:
    """Record the next choice: the method, one of our accounts, or the phone with the consent to ask it.

    Another choice than a saved way's own is not that way's any more. Beside a card there is
    nothing to choose.
    """
    choices = {"method": method, "account": account}
    changes: dict[str, Any] = {name: choice for name, choice in choices.items() if choice} | {"saved": saved}
    if phone:
        changes |= {"phone_sealed": vault.seal(phone.digits, at=_place(draft_id)), "agreed": agreed}
    if changes:
        tx.execute(update(drafts).where(drafts.c.id == draft_id).values(**changes))


def hold_still(tx: Tx, draft_id: str) -> None:
    """Two that look at it at once take turns."""
    hold(tx, f"draft:{draft_id}")


def hold_rate(tx: Tx, draft_id: str, exchange: Exchange | None) -> None:
    """The quote that is shown now, and that can be agreed to while it stands."""
    quoted = msgspec.to_builtins(exchange)
    tx.execute(update(drafts).where(drafts.c.id == draft_id).values(exchange=quoted))


def save_phone(tx: Tx, draft_id: str, consent: str | None) -> None:
    """Whether its number is to be saved once it has paid: the version of the text that was agreed to, or None."""
    tx.execute(update(drafts).where(drafts.c.id == draft_id).values(save_consent=consent))


def _place(draft_id: str) -> str:
    return f"drafts.phone:{draft_id}"
