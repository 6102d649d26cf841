"""A prompt: one push as the network holds it, from acceptance to its end."""

from dataclasses import dataclass, field
from datetime import datetime

from portal.sandbox.book import Movement
from portal.sandbox.fates import Fate, Twist
from portal.sandbox.validation import Push


@dataclass
class Prompt:
    """`result` is None in flight; `twists` come from fate and phone; `lag` more queries hear no result."""

    checkout_id: str
    merchant_id: str
    push: Push
    fate: Fate
    asked_at: datetime
    expires_at: datetime
    twists: frozenset[Twist] = frozenset()
    result: str | None = None
    movement: Movement | None = None
    ended_at: datetime | None = None
    ignored: bool = False
    queries: int = 0
    lag: int = 0
    texts: list[str] = field(default_factory=list)

    @property
    def in_flight(self) -> bool:
        return self.result is None

    @property
    def waits_for_a_person(self) -> bool:
        return self.in_flight and not self.ignored and self.fate.result is None


def prompt_text(push: Push, business_name: str) -> str:
    """What the network writes on the payer's screen."""
    return f"Do you want to pay TZS {push.amount:,} to {business_name} for account {push.reference}?"
