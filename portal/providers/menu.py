"""Payments that begin in a wallet's menu: while the payer waits, the provider asks us whether it may take the money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from portal.domain.ids import ReferenceUnreadable, parse_reference
from portal.domain.menu import Refusal
from portal.domain.money import Money
from portal.domain.phone import Phone


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuCall:
    """What a payer typed. `id` is the provider's, and what the payer's own message will call the payment.

    `sender` is the number as it came; `phone` and `amount` are None where nobody can read them. `company` is whom they
    mean to pay, `reference` what they typed for the lease.
    """

    id: str
    sender: str
    company: str
    reference: str
    phone: Phone | None
    amount: Money | None

    @property
    def asked(self) -> str:
        """All that it asks, in one line: a repetition is the same, however number and reference are written."""
        sender = self.phone.digits if self.phone else self.sender
        amount = self.amount.minor if self.amount else self.amount
        return "\x1f".join((self.id, sender, self.company, _as_read(self.reference), str(amount)))


def _as_read(reference: str) -> str:
    try:
        return parse_reference(reference)
    except ReferenceUnreadable:
        return reference


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuAnswer:
    """`reference` is the answer's own; `text` is for the payer. Where nothing is refused the money is ours."""

    reference: str
    text: str
    refusal: Refusal | None = None


class Menu(Protocol):
    """How a provider asks and is answered. `company` is the number under which its payers find us."""

    company: str

    def read(self, body: str) -> MenuCall | None:
        """None for what is no call, whatever it is."""
        ...

    def answer(self, call: MenuCall | None, answer: MenuAnswer) -> str:
        """In the provider's own words."""
        ...


@runtime_checkable
class HasMenu(Protocol):
    """A provider whose payers can begin in its menu, where our contract with it has that."""

    menu: Menu | None


def menu_of(provider: object) -> Menu | None:
    """None of a provider that has no such menu."""
    return provider.menu if isinstance(provider, HasMenu) else None
