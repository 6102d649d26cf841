"""A provider's access token: fetched once however many ask, and renewed before it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.domain.trouble import Trouble
from portal.providers.wire import Answer, NeverSent

REFRESH_EARLY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Token:
    """`lives` counts from the moment it was asked for."""

    text: str = field(repr=False)
    lives: timedelta


class AccessToken:
    """Many providers end the old token when a new one is asked for, so two fetches at once would fight."""

    def __init__(self, fetch: Callable[[], Awaitable[Token]], clock: Callable[[], datetime]) -> None:
        self._fetch, self._clock = fetch, clock
        self._text: str | None = None
        self._ends: datetime | None = None
        self._fetching: asyncio.Task[str] | None = None

    async def call(
        self, send: Callable[[str], Awaitable[Answer]], is_refused: Callable[[Answer], bool]
    ) -> Answer:
        """Send with a token; one that is refused is renewed once, for it proves that nothing was accepted.

        Raises what `send` and the fetch raise, and NeverSent where the new one is refused too: another process may
        have renewed it in between, so it is a reason to try again and nobody's fault.
        """
        token = await self.get()
        answer = await send(token)
        if is_refused(answer):
            answer = await send(await self.get(instead_of=token))
        if is_refused(answer):
            raise NeverSent("token refused", Trouble.TOKEN_REFUSED)
        return answer

    async def get(self, *, instead_of: str | None = None) -> str:
        """The token; `instead_of` names one that the provider has just refused.

        Whoever asks while it is being fetched gets what that fetch brings, its failure too: no queue of time-outs.
        """
        if self._fetching is None:
            if self._text is not None and self._text != instead_of and self._lives():
                return self._text
            self._fetching = asyncio.create_task(self._renew())
            self._fetching.add_done_callback(self._fetched)
        # Shielded: the first to ask may go away while others wait for the same token.
        return await asyncio.shield(self._fetching)

    def _lives(self) -> bool:
        return self._ends is not None and self._clock() < self._ends

    async def _renew(self) -> str:
        asked_at = self._clock()
        token = await self._fetch()
        self._text, self._ends = token.text, asked_at + token.lives - REFRESH_EARLY
        return token.text

    def _fetched(self, task: asyncio.Task[str]) -> None:
        self._fetching = None
        if not task.cancelled():
            # Looked at, so that a failure nobody waited for is not reported as forgotten.
            task.exception()
