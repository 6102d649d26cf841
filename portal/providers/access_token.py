"""A provider's access token: fetched once however many ask, and renewed before it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

REFRESH_EARLY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Token:
    """`lives` counts from the moment it was asked for."""

    text: str
    lives: timedelta


class AccessToken:
    """Many providers end the old token when a new one is asked for, so two fetches at once would fight."""

    def __init__(self, fetch: Callable[[], Awaitable[Token]], clock: Callable[[], datetime]) -> None:
        self._fetch, self._clock = fetch, clock
        self._text: str | None = None
        self._ends: datetime | None = None
        self._one_fetch = asyncio.Lock()

    async def get(self, *, instead_of: str | None = None) -> str:
        """The token; `instead_of` names one that the provider has just refused."""
        async with self._one_fetch:
            if (
                self._text is None
                or self._text == instead_of
                or self._ends is None
                or self._clock() >= self._ends
            ):
                await self._renew()
            return self._text or ""

    async def _renew(self) -> None:
        asked_at = self._clock()
        token = await self._fetch()
        self._text, self._ends = token.text, asked_at + token.lives - REFRESH_EARLY
