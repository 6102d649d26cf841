"""What every sink is: somewhere a short text to one person can be handed over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from portal.domain.person import masked_email
from portal.domain.phone import Phone


@dataclass(frozen=True, slots=True)
class Letter:
    """One text for one person. `key` is the same on every try, so that a gateway can drop the second one."""

    key: str
    phone: str | None = field(repr=False)
    email: str | None = field(repr=False)
    text: str = field(repr=False)

    @property
    def masked(self) -> str:
        """Whom it goes to, as a log may say it."""
        return Phone(self.phone).masked if self.phone else masked_email(self.email or "")


class NotDelivered(Exception):
    """The sink did not take it; the job tries again."""


class Sink(Protocol):
    """Takes a letter or raises NotDelivered."""

    async def deliver(self, letter: Letter) -> None: ...
    async def close(self) -> None: ...
