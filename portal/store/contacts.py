"""Who a payment talks to: a phone and a language, beside the event stream, sealed, so that it can be expunged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Column, Select, String, Table, Text, insert, select

from portal.domain.phone import Phone
from portal.store.tables import metadata, payments
from portal.store.types import Tx
from portal.store.vault import Vault

payment_contacts = Table(
    "payment_contacts",
    metadata,
    Column("payment", String(12), primary_key=True),
    # Nobody's, where the way to pay asks for no phone.
    Column("phone_sealed", Text),
    Column("phone_index", String(64), index=True),
    Column("phone_masked", String(16)),
    Column("own_phone", Boolean, nullable=False),
    Column("language", String(2), nullable=False),
    Column("saved", String(12)),
    Column("save_consent", String(40)),
    # Where the platform that sent the payer wants them back.
    Column("return_to", Text),
)


@dataclass(frozen=True, slots=True)
class Contact:
    """`own` says that the number was the account's own when it was asked. Some ways to pay ask for no phone.

    `saved` is the saved way that it was paid by. Who wants the number saved has agreed to the text `save_consent`.
    `return_to`: where the platform that sent the payer wants them back.
    """

    phone: Phone | None
    own: bool
    language: str
    saved: str | None = None
    save_consent: str | None = None
    return_to: str | None = None


def keep(tx: Tx, vault: Vault, payment: str, contact: Contact) -> None:
    tx.execute(
        insert(payment_contacts).values(
            payment=payment,
            own_phone=contact.own,
            language=contact.language,
            saved=contact.saved,
            save_consent=contact.save_consent,
            return_to=contact.return_to,
            **(_phone_columns(vault, payment, contact.phone) if contact.phone else {}),
        )
    )


def load(tx: Tx, vault: Vault, payment: str) -> Contact:
    row = tx.execute(select(payment_contacts).where(payment_contacts.c.payment == payment)).one()
    phone = Phone(vault.unseal(row.phone_sealed, at=_place(payment))) if row.phone_sealed else None
    return Contact(phone, row.own_phone, row.language, row.saved, row.save_consent, row.return_to)


def wants_saving(tx: Tx, payment: str) -> bool:
    """Its payer wants the number saved once it has paid."""
    question = select(payment_contacts.c.save_consent).where(payment_contacts.c.payment == payment)
    return tx.execute(question).scalar() is not None


def masked(tx: Tx, payment: str) -> str | None:
    """`0754•••456`, without unsealing anything; None where no phone was asked for."""
    question = select(payment_contacts.c.phone_masked).where(payment_contacts.c.payment == payment)
    masked: str | None = tx.execute(question).scalar_one()
    return masked


def return_to(tx: Tx, payment: str) -> str | None:
    """Where the platform that sent its payer wants them back."""
    question = select(payment_contacts.c.return_to).where(payment_contacts.c.payment == payment)
    address: str | None = tx.execute(question).scalar_one()
    return address


def in_flight(tx: Tx, vault: Vault, phone: Phone, states: tuple[str, ...], now: datetime) -> str | None:
    """The payment in one of the states whose prompt may be on this phone now, whoever asked for it.

    A prompt is taken to be open as long as it could be, and no longer: after that the phone bars nobody.
    """
    question = (
        select(payments.c.reference)
        .join(payment_contacts, payment_contacts.c.payment == payments.c.reference)
        .where(
            payment_contacts.c.phone_index == vault.index(phone.digits, kind="phone"),
            payments.c.state.in_(states),
            payments.c.expires_at > now,
        )
        .limit(1)
    )
    return tx.execute(question).scalar()


def proved(tx: Tx, vault: Vault, phone: Phone, payer: str) -> bool:
    """This account has completed a payment from this number before.

    What a guest paid for it, or anybody in a wallet's menu, proves nothing of it.
    """
    by_it = (payments.c.payer == payer, payments.c.by_link.is_(False), payments.c.by_menu.is_(False))
    return tx.execute(_paid_from(vault, phone).where(*by_it)).first() is not None


def has_paid(tx: Tx, vault: Vault, phone: Phone) -> bool:
    """Some account has completed a payment from this number before."""
    return tx.execute(_paid_from(vault, phone)).first() is not None


def _paid_from(vault: Vault, phone: Phone) -> Select[tuple[str]]:
    return (
        select(payments.c.reference)
        .join(payment_contacts, payment_contacts.c.payment == payments.c.reference)
        .where(
            payment_contacts.c.phone_index == vault.index(phone.digits, kind="phone"),
            payments.c.completed_at.is_not(None),
        )
        .limit(1)
    )


def _phone_columns(vault: Vault, payment: str, phone: Phone) -> dict[str, str]:
    return {
        "phone_sealed": vault.seal(phone.digits, at=_place(payment)),
        "phone_index": vault.index(phone.digits, kind="phone"),
        "phone_masked": phone.masked,
    }


def _place(payment: str) -> str:
    return f"payment_contacts.phone:{payment}"
