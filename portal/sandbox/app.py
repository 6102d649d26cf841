"""Builds and runs the sandbox: simulated Daraja, phone in the browser and control API on one address."""

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

from portal.sandbox import refusals
from portal.sandbox.control import control
from portal.sandbox.daraja import daraja
from portal.sandbox.phone import phone, phone_templates
from portal.sandbox.refusals import RefusedError
from portal.sandbox.server import server
from portal.sandbox.settings import SandboxSettings
from portal.sandbox.world import World, make_world

HOST = "127.0.0.1"
PORT = 8001


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
    return Litestar(
        [daraja, control, phone],
        dependencies={"world": Provide(lambda: world, sync_to_thread=False)},
        exception_handlers={RefusedError: _refused, HTTPException: _http_error},
        lifespan=[_closing],
        logging_config=None,
        openapi_config=None,
        state=State({"world": world}),
        template_config=phone_templates(),
    )


def run(host: str = HOST, port: int = PORT, settings: SandboxSettings | None = None) -> None:
    """Serves until interrupted."""
    server(create_app(settings or SandboxSettings()), host, port).run()


@asynccontextmanager
async def _closing(app: Litestar) -> AsyncIterator[None]:
    world: World = app.state.world
    try:
        yield
    finally:
        await world.close()


def _refused(request: Request[Any, Any, Any], error: RefusedError) -> Response[Any]:
    """Daraja's envelope; the log keeps the code."""
    world: World = request.app.state.world
    if "entry" in request.state:
        request.state.entry.outcome = error.code
    token = world.token_source(17)
    request_id = f"{token[:4]}-{token[4:8]}-{token[8:12]}-{token[12:34]}"
    envelope = {"requestId": request_id, "errorCode": error.code, "errorMessage": error.message}
    return Response(envelope, status_code=error.status)


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if request.url.path.startswith(("/oauth/", "/mpesa/")):
        is_verb = error.status_code == 405
        return _refused(request, refusals.wrong_verb() if is_verb else refusals.no_such_resource())
    return Response({"status": error.status_code, "detail": error.detail}, status_code=error.status_code)
