"""The key that a provider's signatures are checked with, where it gives out one that changes."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class LearnsKey(Protocol):
    """A provider that has to be asked for its key before it is known whether a callback is its own."""

    async def learn_key(self, body: str) -> None:
        """Have the key at hand that this callback needs, where it can be had. Never raises, whatever the body is."""
        ...


async def learn_key(provider: object, body: str) -> None:
    """Called before `verify` and `translate`; most providers have their key from the settings, or none."""
    if isinstance(provider, LearnsKey):
        await provider.learn_key(body)
