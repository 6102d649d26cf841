"""A sandbox that really runs: on an ephemeral port, in the test's own event loop, with fast timings."""

import asyncio
import base64
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

import httpx
from litestar import Litestar
from litestar.types import ASGIApp

from portal.sandbox.airtel.twin import Airtel
from portal.sandbox.app import create_routes, make_sandbox, utc_now
from portal.sandbox.azampay.twin import AzamPay
from portal.sandbox.bank.bank import Bank
from portal.sandbox.daraja.twin import Daraja
from portal.sandbox.mixx.twin import Mixx
from portal.sandbox.sandbox import answered_by
from portal.sandbox.server import server
from portal.sandbox.settings import SandboxSettings
from portal.sandbox.stripe.twin import Stripe
from portal.sandbox.vodacom.account import VodacomAccount
from portal.sandbox.vodacom.twin import Vodacom
from portal.sandbox.world import World

FAST = SandboxSettings(
    result_delay=0.01,
    callback_delay=0.01,
    callback_timeout=5,
    prompt_lifetime=30,
    late_after=0.1,
    slow_answer=0.6,
    vodacom=VodacomAccount(session_delay=0),
)
TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # all is plain HTTP here


class Line:
    """An ASGI app served on one port of this machine; it can go down and come up again on the same port."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def up(self) -> None:
        listening = _listen(self.port)
        self.port = listening.getsockname()[1]
        self.server = server(self.app, "127.0.0.1", self.port, lifespan="off")
        self.server.config.load()
        self.server.lifespan = self.server.config.lifespan_class(self.server.config)
        await self.server.startup(sockets=[listening])

    async def down(self) -> None:
        """Cuts every connection; new ones are refused."""
        tasks = list(self.server.server_state.tasks)
        for task in tasks:
            task.cancel()
        for listener in self.server.servers:
            listener.close()
        for connection in list(self.server.server_state.connections):
            connection.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # until clients can see that their kept connections are gone


def _listen(port: int) -> socket.socket:
    """Named as TCP, because asyncio sends small answers at once (TCP_NODELAY) only on sockets that say so."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen()
    return listening


@dataclass
class RunningSandbox:
    """`base_url` has the phones and the control API, and below it a path for each twin. `world` and the twins look
    inside, `line.down()` refuses connections, `line.up()` brings the providers back with all they knew.
    """

    settings: SandboxSettings
    world: World
    daraja: Daraja
    vodacom: Vodacom
    mixx: Mixx
    airtel: Airtel
    azampay: AzamPay
    stripe: Stripe
    bank: Bank
    line: Line
    client: httpx.AsyncClient

    @property
    def base_url(self) -> str:
        return self.line.base_url

    @property
    def daraja_url(self) -> str:
        return f"{self.base_url}/daraja"

    @property
    def vodacom_url(self) -> str:
        return f"{self.base_url}/vodacom/sandbox"

    @property
    def mixx_url(self) -> str:
        """What the two addresses share."""
        return f"{self.base_url}/mixx/{self.settings.mixx.company}2DM"

    @property
    def airtel_url(self) -> str:
        return f"{self.base_url}/airtel"

    @property
    def azampay_url(self) -> str:
        """Its three hosts are below it."""
        return f"{self.base_url}/azampay"

    @property
    def stripe_url(self) -> str:
        return f"{self.base_url}/stripe"

    async def book(self) -> list[dict[str, Any]]:
        movements: list[dict[str, Any]] = (await self._ask("GET", "/sandbox/book")).json()
        return movements

    async def requests(self) -> dict[str, Any]:
        log: dict[str, Any] = (await self._ask("GET", "/sandbox/requests")).json()
        return log

    async def pushes(self) -> int:
        """How many pushes were received, refused ones included."""
        counts: dict[str, int] = (await self.requests())["counts"]
        return counts["push"]

    async def give_fate(self, msisdn: str, fate: str = "", **axes: object) -> None:
        chosen = {"fate": fate} if fate else axes
        await self._ask("POST", "/sandbox/fates", {"msisdn": msisdn, **chosen})

    async def register(self, **addresses: str) -> None:
        """The callback address of each twin named."""
        await self._ask("POST", "/sandbox/callback-urls", addresses)

    async def switch(self, **switches: object) -> None:
        await self._ask("POST", "/sandbox/switches", switches)

    async def press(self, msisdn: str, act: str) -> None:
        """approve, wrong-pin, cancel or ignore."""
        await self._ask("POST", f"/sandbox/phone/{msisdn}/{act}", {})

    async def reset(self) -> None:
        await self._ask("POST", "/sandbox/reset", {})

    async def prompt_on(self, msisdn: str) -> None:
        """Waits until the phone shows a prompt."""
        await until(lambda: self.world.network.live_prompt(msisdn) is not None)

    async def _ask(self, method: str, path: str, data: object = None) -> httpx.Response:
        response = await self.client.request(method, self.base_url + path, json=data)
        assert response.is_success, response.text
        return response


@asynccontextmanager
async def running_sandbox(
    *,
    clock: Callable[[], datetime] = utc_now,
    token_source: Callable[[int], str] = secrets.token_hex,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    **settings: Any,
) -> AsyncIterator[RunningSandbox]:
    """`settings` are fields of SandboxSettings that differ from the fast ones. A prompt lives long enough for a person;
    a test of expiry says `prompt_lifetime=0.05`.
    """
    chosen = replace(FAST, **settings)
    sandbox = make_sandbox(chosen, clock, token_source, sleep)
    line = Line(answered_by(sandbox, _routes(chosen.mixx.company)))
    await line.up()
    async with httpx.AsyncClient(trust_env=False, verify=TRUSTS_NOBODY) as client:
        try:
            by_name: Mapping[str, Any] = sandbox.twins
            yield RunningSandbox(
                settings=chosen, world=sandbox.world, bank=sandbox.bank, line=line, client=client, **by_name
            )
        finally:
            await line.down()
            await sandbox.world.close()


@cache
def _routes(mixx_company: str) -> Litestar:
    """Made once for all tests, for they know no sandbox."""
    return create_routes(mixx_company)


async def until(is_so: Callable[[], bool], within: float = 20) -> None:
    """Waits for something to become true; fails after `within` seconds."""
    async with asyncio.timeout(within):
        while not is_so():  # noqa: ASYNC110  (what is waited for has no event)
            await asyncio.sleep(0.005)


def basic(settings: SandboxSettings) -> str:
    plain = f"{settings.daraja.consumer_key}:{settings.daraja.consumer_secret}"
    return "Basic " + base64.b64encode(plain.encode()).decode()
