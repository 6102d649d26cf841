"""Builds and runs the sandbox: a twin of each provider, phone in the browser and control API on one address."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException

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


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: SandboxSettings,
    clock: Callable[[], datetime] = utc_now,
    token_source: Callable[[int], str] = secrets.token_hex,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Litestar:
    """`token_source(n)` gives n random bytes as hexadecimal digits."""
    world = make_world(settings, clock, sleep, token_source)
    daraja, vodacom, mixx, airtel = Daraja(world), Vodacom(world), Mixx(world), Airtel(world)
    azampay, stripe = AzamPay(world), Stripe(world)
    twins: list[Twin] = [daraja, vodacom, mixx, airtel, azampay, stripe]
    bank = Bank(world)
    routes = [
        daraja_api.routes(daraja),
        *vodacom_api.routes(vodacom),
        mixx_api.routes(mixx),
        menu_page.routes(mixx.menu),
        airtel_api.routes(airtel),
        azampay_api.routes(azampay),
        stripe_api.routes(stripe),
        stripe_page.routes(stripe),
        stripe_setup_page.routes(stripe),
        bank_page.routes(bank),
    ]
    return Litestar(
        [*routes, control, phone],
        dependencies={"world": Provide(lambda: world, sync_to_thread=False)},
        exception_handlers={HTTPException: _http_error},
        lifespan=[_closing],
        logging_config=None,
        openapi_config=None,
        state=State({"world": world, "bank": bank, "twins": {twin.name: twin for twin in twins}}),
        template_config=phone_templates(),
    )


def run(host: str, port: int, settings: SandboxSettings) -> None:
    """Serves until interrupted."""
    server(create_app(settings), host, port).run()


@asynccontextmanager
async def _closing(app: Litestar) -> AsyncIterator[None]:
    world: World = app.state.world
    try:
        yield
    finally:
        await world.close()


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """No such path or verb: a twin says so in its provider's way."""
    twin: Twin | None = request.app.state.twins.get(request.url.path.split("/")[1])
    if twin:
        return twin.unheard_of(request.url.path, error.status_code)
    return Response({"status": error.status_code, "detail": error.detail}, status_code=error.status_code)
