"""Cards that somebody is about to save, on a page of the provider's; after a week nobody waits for one any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update

from portal.domain.saved_method import Consent
from portal.store.transients import card_setups
from portal.store.types import Tx
from portal.store.vault import Vault

OPENS_WITHIN = timedelta(seconds=90)
"""Longer than a call to the provider with its time-outs."""
_columns = card_setups.c


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSetup:
    """What will be saved with the card. `page_id` and `page`: where it is entered, as long as it can be."""

    id: str
    person: str
    nickname: str | None
    consent: Consent
    provider: str
    page_id: str | None = None
    page: str | None = None

    def is_opening(self, now: datetime) -> bool:
        """The provider has been asked for the page just now, and may not have answered."""
        return self.page is None and now < self.consent.at + OPENS_WITHIN


def begin(tx: Tx, vault: Vault, setup: CardSetup) -> None:
    tx.execute(
        insert(card_setups).values(
            id=setup.id,
            person=setup.person,
            nickname_sealed=_sealed(vault, setup.id, setup.nickname),
            consent_version=setup.consent.version,
            consent_text=setup.consent.text,
            provider=setup.provider,
            created_at=setup.consent.at,
        )
    )


def load(tx: Tx, vault: Vault, setup_id: str, *, lock: bool = False) -> CardSetup | None:
    """`lock` holds it until the end of the transaction (PostgreSQL)."""
    question = select(card_setups).where(_columns.id == setup_id)
    row = tx.execute(question.with_for_update() if lock else question).mappings().first()
    return _setup(row, vault) if row else None


def rename(tx: Tx, vault: Vault, setup_id: str, nickname: str | None) -> None:
    """Nothing is left to rename where the card has been saved."""
    sealed = _sealed(vault, setup_id, nickname)
    tx.execute(update(card_setups).where(_columns.id == setup_id).values(nickname_sealed=sealed))


def open_page(tx: Tx, setup_id: str, page_id: str, page: str) -> None:
    tx.execute(update(card_setups).where(_columns.id == setup_id).values(page_id=page_id, page=page))


def close_page(tx: Tx, setup_id: str) -> None:
    """No card was entered, and none will be."""
    tx.execute(update(card_setups).where(_columns.id == setup_id).values(page_id=None, page=None))


def end(tx: Tx, setup_id: str) -> None:
    tx.execute(delete(card_setups).where(_columns.id == setup_id))


def _setup(row: RowMapping, vault: Vault) -> CardSetup:
    sealed: Any = row["nickname_sealed"]
    return CardSetup(
        id=row["id"],
        person=row["person"],
        nickname=vault.unseal(sealed, at=_nickname_at(row["id"])) if sealed else None,
        consent=Consent(version=row["consent_version"], text=row["consent_text"], at=row["created_at"]),
        provider=row["provider"],
        page_id=row["page_id"],
        page=row["page"],
    )


def _sealed(vault: Vault, setup_id: str, nickname: str | None) -> str | None:
    return vault.seal(nickname, at=_nickname_at(setup_id)) if nickname else None


def _nickname_at(setup_id: str) -> str:
    return f"card_setups.nickname:{setup_id}"
