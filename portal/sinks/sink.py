"""What every sink is: somewhere a short text to one person can be handed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One text for one person. `key` is the same on every try, so that a gateway can drop the second one."""

    key: str
    phone: str | None
    email: str | None
    text: str


class NotDelivered(Exception):
    """The sink did not take it; the job tries again."""


class Sink(Protocol):
    """Takes a letter or raises NotDelivered."""

    async def deliver(self, letter: Letter) -> None: ...
    async def close(self) -> None: ...
