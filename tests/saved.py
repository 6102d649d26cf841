"""Saved ways to pay of the tests: phones, bank accounts and cards of Asha's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from portal.domain.bank_account import BankAccount
from portal.domain.card import CardFace, CardOnFile
from portal.domain.method import PaymentMethod
from portal.domain.saved_method import Consent
from portal.store.card_setups import CardSetup
from portal.store.saved_methods import NewMethod
from portal.store.unverified_phones import UnverifiedPhone
from tests.makers import NOW, TENANT, a_phone, a_reference

WORK_PHONE = a_phone("255754987654")
ACCOUNT = BankAccount(bank="NMB", holder="Asha Mushi", number="22510012345")
CARD = CardOnFile(
    face=CardFace(brand="Visa", last4="4242", month=4, year=2028),
    provider="stripe",
    token="pm_1TokenOfTheTests",
    fingerprint="Xt5EWLLDS7FJjR1c",
)
CONSENT = Consent(version="phone-1", text="You agree that we keep this number.", at=NOW)


def a_saved_phone(number: int = 1, **changes: Any) -> NewMethod:
    """Asha's work phone, proved; each number is an id."""
    new = NewMethod(
        id=a_reference(5_000 + number),
        person=TENANT,
        method=PaymentMethod.MPESA,
        what=WORK_PHONE,
        nickname=None,
        consent=CONSENT,
        verified_at=NOW,
    )
    return replace(new, **changes)


def a_saved_account(number: int = 50, **changes: Any) -> NewMethod:
    account = {"method": PaymentMethod.BANK_TRANSFER, "what": ACCOUNT, "verified_at": None}
    return a_saved_phone(number, **account | changes)


def a_saved_card(number: int = 80, **changes: Any) -> NewMethod:
    return a_saved_phone(number, **{"method": PaymentMethod.CREDIT_CARD, "what": CARD} | changes)


def an_unverified_phone(at: datetime = NOW, **changes: Any) -> UnverifiedPhone:
    """Asha's work phone, not proved yet."""
    wanted = UnverifiedPhone(
        id=a_reference(5_900),
        person=TENANT,
        method=PaymentMethod.MPESA,
        phone=WORK_PHONE,
        nickname="Work",
        consent=replace(CONSENT, at=at),
    )
    return replace(wanted, **changes)


def a_card_setup(at: datetime = NOW, **changes: Any) -> CardSetup:
    """Asha has been sent to the page where she enters a card."""
    setup = CardSetup(
        id=a_reference(5_950),
        person=TENANT,
        nickname="Company",
        consent=replace(CONSENT, version="card-1", at=at),
        provider="stripe",
    )
    return replace(setup, **changes)
