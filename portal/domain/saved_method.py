"""A way to pay that somebody has saved: a phone, a card or a bank account, with a name of its owner's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.domain.bank_account import BankAccount
from portal.domain.card import CardFace, holds_card_number
from portal.domain.method import CARDS, WALLETS, PaymentMethod
from portal.domain.phone import Phone
from portal.domain.short_text import one_line

LONGEST_NICKNAME = 30
MOST_SAVED = 12
"""By one person: more than anybody uses, and few enough for one page."""

Held = Phone | BankAccount
"""What is kept sealed. Of a card there is nothing to keep but the provider's token."""


class Kind(StrEnum):
    """What it is, whichever network or bank runs it."""

    PHONE = "PHONE"
    CARD = "CARD"
    BANK_ACCOUNT = "BANK_ACCOUNT"


def kind_of(method: PaymentMethod) -> Kind:
    if method in WALLETS:
        return Kind.PHONE
    return Kind.CARD if method in CARDS else Kind.BANK_ACCOUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What its owner agreed to when it was saved, word for word, and when."""

    version: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMethod:
    """`verified_at`: when it was proved to be theirs; a bank account never is."""

    id: str
    person: str
    method: PaymentMethod
    masked: str
    nickname: str | None
    card: CardFace | None
    is_default: bool
    created_at: datetime
    verified_at: datetime | None
    last_used_at: datetime | None

    @property
    def kind(self) -> Kind:
        return kind_of(self.method)


class NicknameUnfit(ValueError):
    """`problem` is too_long or card."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def parse_nickname(typed: str) -> str | None:
    """A name of one's own, or none. Raises NicknameUnfit."""
    name = one_line(typed)
    if len(name) > LONGEST_NICKNAME:
        raise NicknameUnfit("too_long")
    if holds_card_number(name):
        raise NicknameUnfit("card")
    return name or None
