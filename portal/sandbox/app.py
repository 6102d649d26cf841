"""Builds and runs the sandbox: a twin of each provider, phone in the browser and control API on one address."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from portal.sandbox.airtel import api as airtel_api
from portal.sandbox.airtel.twin import Airtel
from portal.sandbox.azampay import api as azampay_api
from portal.sandbox.azampay.twin import AzamPay
from portal.sandbox.bank import page as bank_page
from portal.sandbox.bank.bank import Bank
from portal.sandbox.control import control
from portal.sandbox.daraja import api as daraja_api
from portal.sandbox.daraja.twin import Daraja
from portal.sandbox.mixx import api as mixx_api
from portal.sandbox.mixx import menu_page
from portal.sandbox.mixx.twin import Mixx
from portal.sandbox.phone import phone, phone_templates
from portal.sandbox.sandbox import Sandbox, answered_by, sandbox_of, the_world
from portal.sandbox.server import server
from portal.sandbox.settings import SandboxSettings
from portal.sandbox.stripe import api as stripe_api
from portal.sandbox.stripe import page as stripe_page
from portal.sandbox.stripe import setup_page as stripe_setup_page
from portal.sandbox.stripe.twin import Stripe
from portal.sandbox.twin import Twin
from portal.sandbox.vodacom import api as vodacom_api
from portal.sandbox.vodacom.twin import Vodacom
from portal.sandbox.world import World, make_world

TWINS: tuple[Callable[[World], Twin], ...] = (Daraja, Vodacom, Mixx, Airtel, AzamPay, Stripe)
Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def utc_now() -> datetime:
    return datetime.now(UTC)


def run_by_itself(sandbox: Sandbox) -> ASGIApp:
    """As a server runs it: its world ends when the server does."""
    lifespan = [lambda _: _closing(sandbox.world)]
    return answered_by(sandbox, create_routes(sandbox.world.settings.mixx.company, lifespan))


def make_sandbox(
    settings: SandboxSettings,
    clock: Callable[[], datetime] = utc_now,
    token_source: Callable[[int], str] = secrets.token_hex,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Sandbox:
    """`token_source(n)` gives n random bytes as hexadecimal digits."""
    world = make_world(settings, clock, sleep, token_source)
    twins: list[Twin] = [kind(world) for kind in TWINS]
    return Sandbox(world, {twin.name: twin for twin in twins}, Bank(world))


def create_routes(mixx_company: str, lifespan: Sequence[Lifespan] = ()) -> Litestar:
    """Every address, for whichever sandbox answers: the routes themselves know none."""
    routes = [
        daraja_api.routes(),
        *vodacom_api.routes(),
        mixx_api.routes(mixx_company),
        menu_page.routes(),
        airtel_api.routes(),
        azampay_api.routes(),
        stripe_api.routes(),
        stripe_page.routes(),
        stripe_setup_page.routes(),
        bank_page.routes(),
    ]
    return Litestar(
        [*routes, control, phone],
        dependencies={"world": the_world},
        exception_handlers={HTTPException: _http_error},
        lifespan=list(lifespan),
        logging_config=None,
        openapi_config=None,
        template_config=phone_templates(),
    )


def run(host: str, port: int, settings: SandboxSettings) -> None:
    """Serves until interrupted."""
    server(run_by_itself(make_sandbox(settings)), host, port).run()


@asynccontextmanager
async def _closing(world: World) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await world.close()


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """No such path or verb: a twin says so in its provider's way."""
    twin = sandbox_of(request).twins.get(request.url.path.split("/")[1])
    if twin:
        return twin.unheard_of(request.url.path, error.status_code)
    return Response({"status": error.status_code, "detail": error.detail}, status_code=error.status_code)
