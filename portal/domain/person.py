"""People who sign in, and the part they play."""

from __future__ import annotations

from dataclasses import dataclass
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
    def short_name(self) -> str:
        """First name and initial, `Asha M.`: what a stranger with the receipt may see."""
        first, *rest = self.name.split()
        return f"{first} {rest[-1][0]}." if rest else first


def masked_email(email: str) -> str:
    """`a•••@example.com`: enough for its owner to know it."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"
