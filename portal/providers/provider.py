"""What every provider can be asked, and the values that travel in and out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from portal.domain.method import PaymentMethod
from portal.domain.money import Money
from portal.domain.outcome import Outcome, StartOutcome
from portal.domain.phone import Phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """A request for money. `amount` is the whole total that the payer was shown; `label` a few plain words."""

    reference: str
    amount: Money
    phone: Phone
    label: str
    callback_url: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What one callback says, still a hint. `outcome` is None where it says nothing we can read."""

    request_id: str
    outcome: Outcome
    code: str


@dataclass(frozen=True, slots=True)
class NotOffered:
    """The provider (or our contract with it) has no such thing; `what` names it."""

    what: str


class CallbackUnreadable(ValueError):
    """The body has not the documented shape."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the pages and the worker may count on. `earliest_ask` is the provider's own minimum wait.

    `payee` is our own account there, as its answers name it; what names another is never ours.
    """

    earliest_ask: timedelta = timedelta(0)
    refunds: bool = False
    payee: str | None = None


class Provider(Protocol):
    """The five methods. None raises for anything a provider can do; all say it by a value."""

    name: str
    methods: tuple[PaymentMethod, ...]
    capabilities: Capabilities

    async def start(self, instruction: Instruction) -> StartOutcome:
        """Ask the payer for money. Never called twice for one payment unless it answered NotSent."""
        ...

    async def check(self, request_id: str) -> Outcome:
        """Ask how a request ended."""
        ...

    async def refund(self, instruction: Instruction) -> NotOffered:
        """Send money back."""
        ...

    def verify(self, body: str) -> None:
        """Raise CallbackUnreadable unless the body has the documented shape (and signature, where there is one)."""
        ...

    def translate(self, body: str) -> Sequence[Heard]:
        """What a verified callback says."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
