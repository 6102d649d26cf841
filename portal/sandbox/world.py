"""Everything one running sandbox holds, in memory, put together once."""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from random import Random

import httpx

from portal.sandbox.book import Book
from portal.sandbox.callbacks import Courier
from portal.sandbox.errands import Errands
from portal.sandbox.network import Network
from portal.sandbox.requests import RequestLog
from portal.sandbox.settings import SandboxSettings
from portal.sandbox.tokens import Tokens


@dataclass(frozen=True)
class World:
    settings: SandboxSettings
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    token_source: Callable[[int], str]
    random: Random
    network: Network
    tokens: Tokens
    requests: RequestLog

    async def reset(self) -> None:
        """Forgets all but the access token, which its holder may still use."""
        await self.network.reset()
        self.requests.received.clear()

    async def close(self) -> None:
        await self.network.errands.cancel()
        await self.network.courier.client.aclose()


def make_world(
    settings: SandboxSettings,
    clock: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]],
    token_source: Callable[[int], str],
) -> World:
    random = Random(settings.seed)  # noqa: S311  (variety, not secrecy)
    client = httpx.AsyncClient(
        timeout=settings.callback_timeout, follow_redirects=False, trust_env=False, verify=_certificates()
    )
    book = Book(token_source)
    courier = Courier(settings, clock, sleep, book, client, random)
    network = Network(settings, clock, sleep, token_source, book, courier, Errands())
    tokens = Tokens(settings, clock, token_source)
    return World(settings, clock, sleep, token_source, random, network, tokens, RequestLog(clock))


@cache
def _certificates() -> ssl.SSLContext:
    """Read once per process: it takes longer than all the rest of a start."""
    return httpx.create_ssl_context()
