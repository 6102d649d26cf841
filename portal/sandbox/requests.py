"""The log of what reached the providers, without secrets: tests count pushes here."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime

KINDS = ("token", "push", "query", "refund")


@dataclass
class Received:
    """One request. `outcome` is "accepted", the provider's code of refusal, or the fault that was played."""

    at: datetime
    provider: str
    kind: str
    outcome: str = "accepted"
    msisdn: str | None = None
    amount: int | None = None
    reference: str | None = None
    request_id: str | None = None


@dataclass
class RequestLog:
    clock: Callable[[], datetime]
    received: list[Received] = field(default_factory=list)

    def open(self, provider: str, kind: str) -> Received:
        entry = Received(self.clock(), provider, kind)
        self.received.append(entry)
        return entry

    def counts(self) -> dict[str, int]:
        """By kind, over all providers."""
        return dict.fromkeys(KINDS, 0) | Counter(entry.kind for entry in self.received)

    def entries(self) -> list[dict[str, object]]:
        return [asdict(entry) for entry in self.received]
