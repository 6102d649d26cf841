"""Everything one running sandbox holds beside its twins, in memory, put together once."""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class World:
    """`callback_urls` are those registered with the providers, by twin; they can change while the world runs. At a
    reset each twin forgets, by `at_reset`, what it keeps itself.
    """

    settings: SandboxSettings
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    token_source: Callable[[int], str]
    random: Random
    network: Network
    requests: RequestLog
    callback_urls: dict[str, str]
    at_reset: list[Callable[[], None]] = field(default_factory=list)

    async def reset(self) -> None:
        """Forgets all but access tokens, which their holders may still use, and the registered addresses."""
        await self.network.reset()
        self.requests.received.clear()
        for forget in self.at_reset:
            forget()

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
    courier = Courier(settings, clock, sleep, book, client)
    network = Network(settings, clock, sleep, book, courier, Errands())
    log = RequestLog(clock)
    return World(settings, clock, sleep, token_source, random, network, log, dict(settings.callback_urls))


@cache
def _certificates() -> ssl.SSLContext:
    """Read once per process: it takes longer than all the rest of a start."""
    return httpx.create_ssl_context()
