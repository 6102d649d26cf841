"""What the sender of a callback wants to hear once it is stored."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

ACCEPTED = {"ResultCode": 0, "ResultDesc": "Accepted"}
"""What Daraja expects."""


@runtime_checkable
class Acknowledges(Protocol):
    """A provider that wants more for an answer to its callback than that it arrived."""

    def acknowledgement(self, body: str) -> dict[str, object]:
        """The JSON that it expects; never raises, whatever the body is."""
        ...


def acknowledgement(provider: object, body: str) -> dict[str, object]:
    """What the sender of a callback wants to hear once it is stored; most read the status alone."""
    return provider.acknowledgement(body) if isinstance(provider, Acknowledges) else dict(ACCEPTED)
