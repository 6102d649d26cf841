"""The log of what reached the provider, without secrets: tests count pushes here."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime

KINDS = {
    "/oauth/v1/generate": "token",
    "/mpesa/stkpush/v1/processrequest": "push",
    "/mpesa/stkpushquery/v1/query": "query",
}


@dataclass
class Received:
    """One request. `outcome` is "accepted", Daraja's errorCode, or the fault that was played."""

    at: datetime
    kind: str
    outcome: str = "accepted"
    msisdn: str | None = None
    amount: int | None = None
    reference: str | None = None
    checkout_id: str | None = None


@dataclass
class RequestLog:
    clock: Callable[[], datetime]
    received: list[Received] = field(default_factory=list)

    def open(self, path: str) -> Received:
        entry = Received(self.clock(), KINDS.get(path, "other"))
        self.received.append(entry)
        return entry

    def counts(self) -> dict[str, int]:
        return dict.fromkeys(KINDS.values(), 0) | Counter(entry.kind for entry in self.received)

    def entries(self) -> list[dict[str, object]]:
        return [asdict(entry) for entry in self.received]
