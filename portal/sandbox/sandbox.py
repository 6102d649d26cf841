"""One running sandbox, and how the routes find it: they are made once, and know none themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.di import Provide
from litestar.types import ASGIApp, Receive, Scope, Send

from portal.sandbox.bank.bank import Bank
from portal.sandbox.twin import Twin
from portal.sandbox.world import World


@dataclass(frozen=True)
class Sandbox:
    """`twins` lie by their names."""

    world: World
    twins: Mapping[str, Twin]
    bank: Bank


def answered_by(sandbox: Sandbox, routes: ASGIApp) -> ASGIApp:
    """The routes, as that sandbox answers."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        inner: Any = {**scope, "state": {**scope.get("state", {}), "sandbox": sandbox}}
        await routes(inner, receive, send)

    return app


def sandbox_of(request: Request[Any, Any, Any]) -> Sandbox:
    sandbox: Sandbox = request.state.sandbox
    return sandbox


def the_twin(name: str) -> Provide:
    """What the routes of a twin are given."""

    def find(request: Request[Any, Any, Any]) -> Any:
        return sandbox_of(request).twins[name]

    return Provide(find, sync_to_thread=False)


def _the_world(request: Request[Any, Any, Any]) -> World:
    return sandbox_of(request).world


def _the_bank(request: Request[Any, Any, Any]) -> Bank:
    return sandbox_of(request).bank


the_world = Provide(_the_world, sync_to_thread=False)
the_bank = Provide(_the_bank, sync_to_thread=False)
