"""What every use case is given: the store, the vault, the clock and randomness. Nothing is read from the air."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from portal.domain.exchange import Rate
from portal.domain.ids import new_reference
from portal.store.vault import Vault
from portal.store.writer import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """`clock` gives aware UTC; `random` gives that many random bytes; `signing_keys` newest first.

    `rates` are those of the dollar.
    """

    store: Store
    vault: Vault
    clock: Callable[[], datetime]
    random: Callable[[int], bytes]
    signing_keys: tuple[bytes, ...] = field(repr=False)
    public_url: str
    rates: tuple[Rate, ...] = ()
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def reference(self) -> str:
        return new_reference(self.random)

    def jitter(self) -> float:
        """In [0, 1)."""
        return self.random(1)[0] / 256
