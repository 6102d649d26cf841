"""HTTP to a provider: time-outs, no redirects, a breaker, and the one question that matters: can it have arrived?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from portal.domain.trouble import Trouble

CONNECT_SECONDS = 3.0
IDLE_SECONDS = 2.0
"""A connection is let go of before the other side does: a push on one that is just being ended is lost for us."""
READ_SECONDS = 10.0
POOL_SECONDS = 0.5
"""How long a call waits for one of our own connections to be free: who waits longer is told to try again."""
MOST_CONNECTIONS = 100
OK = 200
Told = TypeVar("Told")
_UNREADABLE = {3: Trouble.REDIRECTED, 5: Trouble.DOWN}
"""By the hundreds of the HTTP status."""
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)


class CallFailed(Exception):
    """No answer that could be used. `trouble` is what the office has to know of it, None where that is nothing."""

    def __init__(self, code: str, trouble: Trouble | None = None) -> None:
        super().__init__(code)
        self.trouble = trouble


class NeverSent(CallFailed):
    """The request provably never reached the provider."""


class Unanswered(CallFailed):
    """The request may have arrived; its answer did not, or cannot be read."""


class CredentialsRefused(CallFailed):
    """The provider does not know us: nothing can be sent until a person has looked at the settings."""

    def __init__(self, code: str) -> None:
        super().__init__(code, Trouble.CREDENTIALS_REFUSED)


@dataclass(frozen=True, slots=True)
class Answer:
    """A readable JSON object with its HTTP status."""

    status: int
    body: dict[str, Any]


@dataclass(slots=True)
class Breaker:
    """Opens after `most` broken calls in a row, for `rest` seconds; then one call may try."""

    monotonic: Callable[[], float]
    most: int = 5
    rest: float = 30.0
    broken: int = field(default=0, init=False)
    _closed_again_at: float = field(default=0.0, init=False)

    @property
    def is_open(self) -> bool:
        return self.broken >= self.most and self.monotonic() < self._closed_again_at

    def worked(self) -> None:
        self.broken = 0

    def broke(self) -> None:
        self.broken += 1
        self._closed_again_at = self.monotonic() + self.rest


class Wire:
    """One provider's HTTP client. `patience`: seconds that an answer may keep silent; all of it may take twice that.

    `silence_is_usual` where an answer waits for a person: then it is no sign of a broken provider.
    """

    def __init__(
        self,
        base_url: str,
        breaker: Breaker,
        patience: float = READ_SECONDS,
        *,
        most: int = MOST_CONNECTIONS,
        silence_is_usual: bool = False,
    ) -> None:
        self.breaker, self.silence_is_usual, self._longest = breaker, silence_is_usual, 2 * patience
        self._client = httpx.AsyncClient(
            base_url=base_url,
            timeout=httpx.Timeout(patience, connect=CONNECT_SECONDS, pool=POOL_SECONDS),
            limits=httpx.Limits(
                max_connections=most, max_keepalive_connections=most, keepalive_expiry=IDLE_SECONDS
            ),
            follow_redirects=False,
            trust_env=False,
        )

    async def call(self, verb: str, path: str, **request: Any) -> Answer:
        """Send once. Raises NeverSent or Unanswered; answers every status that came with a JSON object."""
        response = await self._send(verb, path, **request)
        return Answer(response.status_code, self._read(response))

    async def fetch(self, verb: str, path: str, **request: Any) -> httpx.Response:
        """As `call`, for a library of the provider's own that reads its answers itself."""
        response = await self._send(verb, path, **request)
        self._read(response)
        return response

    async def exchange(
        self, verb: str, path: str, read: Callable[[bytes], Told | None], **request: Any
    ) -> Told:
        """As `call`, for what is no JSON: `read` gives None of what is no answer."""
        response = await self._send(verb, path, **request)
        told = read(response.content) if response.status_code == OK else None
        if told is None:
            raise self._unreadable(response.status_code, "no answer")
        self.breaker.worked()
        return told

    async def _send(self, verb: str, path: str, **request: Any) -> httpx.Response:
        if self.breaker.is_open:
            raise NeverSent("breaker open", Trouble.BREAKER_OPEN)
        try:
            async with asyncio.timeout(self._longest):
                return await self._client.request(verb, path, **request)
        except httpx.PoolTimeout as error:
            # We are busy, not the provider.
            raise NeverSent(type(error).__name__) from error
        except _NEVER_LEFT as error:
            self.breaker.broke()
            raise NeverSent(type(error).__name__, Trouble.UNREACHABLE) from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise self._unanswered(error) from error

    async def close(self) -> None:
        await self._client.aclose()

    def _unanswered(self, error: Exception) -> Unanswered:
        if self.silence_is_usual and isinstance(error, httpx.ReadTimeout):
            return Unanswered(type(error).__name__)
        self.breaker.broke()
        is_slow = isinstance(error, httpx.TimeoutException | TimeoutError)
        return Unanswered(type(error).__name__, Trouble.TOO_SLOW if is_slow else Trouble.UNREACHABLE)

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        status = response.status_code
        if response.is_redirect:
            raise self._unreadable(status, "a redirect")
        try:
            body = json.loads(response.content)
        except (ValueError, RecursionError) as error:
            raise self._unreadable(status, "not JSON") from error
        if not isinstance(body, dict):
            raise self._unreadable(status, "no JSON object")
        self.breaker.worked()
        return body

    def _unreadable(self, status: int, what: str) -> Unanswered:
        self.breaker.broke()
        return Unanswered(f"HTTP {status}, {what}", _UNREADABLE.get(status // 100, Trouble.UNREADABLE))
