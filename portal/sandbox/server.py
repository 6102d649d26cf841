"""Serves the sandbox by uvicorn, with a power that plain ASGI lacks: to hang up during a request."""

import asyncio
from typing import Any, Literal

import uvicorn
from litestar import Request
from litestar.types import ASGIApp
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

HANG_UP = "hang_up"


class HangUpProtocol(H11Protocol):
    """Puts the connection's `abort` into the state of each of its requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def with_hang_up(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            scope["state"][HANG_UP] = transport.abort
            await app(scope, receive, send)

        self.app = with_hang_up


async def hang_up(request: Request[None, None, Any]) -> None:
    """Close the connection; what is answered afterwards reaches nobody."""
    request.state[HANG_UP]()
    await asyncio.sleep(0)


def server(app: ASGIApp, host: str, port: int, lifespan: Literal["on", "off"] = "on") -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=HangUpProtocol,
        lifespan=lifespan,
        log_level="warning",
        access_log=False,
    )
    return uvicorn.Server(config)
