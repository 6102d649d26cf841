"""People who sign in, and the part they play."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """Who may do what hangs on these four."""

    TENANT = "TENANT"
    LANDLORD = "LANDLORD"
    OFFICE = "OFFICE"
    APPROVER = "APPROVER"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in; `language` is the one we write to them in."""

    id: str
    name: str
    role: Role
    language: str

    @property
    def initials(self) -> str:
        """`A. M.`: enough for a relative to know whom they pay for, and no name."""
        return " ".join(f"{part[0]}." for part in self.name.split())

    @property
    def short_name(self) -> str:
        """First name and initial, `Asha M.`: what a stranger with the receipt may see."""
        first, *rest = self.name.split()
        return f"{first} {rest[-1][0]}." if rest else first


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody whom a tenant gave a link: until its end they may pay these bills for them, and see nothing else.

    They are known by their `browser` (a keyed hash) and the network address of the `client` alone.
    """

    tenant: Person
    bills: tuple[str, ...]
    until: datetime
    browser: str
    client: str

    @property
    def id(self) -> str:
        """The tenant's, in whose name they act."""
        return self.tenant.id

    @property
    def language(self) -> str:
        """The tenant's too: what is written about the payment is written to them."""
        return self.tenant.language


Payer = Person | Guest


def masked_email(email: str) -> str:
    """`a•••@example.com`: enough for its owner to know it."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"
