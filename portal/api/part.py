"""The machines' side, ready to be plugged into the app."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from portal.api.errors import ERRORS
from portal.api.health import health_checks
from portal.api.machines import Machines
from portal.api.metrics import metrics
from portal.api.policy import POLICY, admit
from portal.api.webhooks import LARGEST_CALLBACK, callbacks

__all__ = ["ROUTES", "Machines", "api_door", "api_part"]

ROUTES: list[HTTPRouteHandler] = [*callbacks, *health_checks, *metrics]


def api_part(routes: Sequence[HTTPRouteHandler] = ROUTES) -> Router:
    """Answers are JSON, errors too, and say no more than they must. Raises LookupError for a route without a row."""
    without_policy = {str(route.name) for route in routes} ^ set(POLICY)
    if without_policy:
        raise LookupError(f"route and policy do not match: {', '.join(sorted(without_policy))}")
    return Router(
        "/",
        route_handlers=routes,
        guards=[admit],
        dependencies={"machines": Provide(_machines_of, sync_to_thread=False)},
        exception_handlers=ERRORS,
        request_max_body_size=LARGEST_CALLBACK,
        include_in_schema=False,
    )


def api_door(app: ASGIApp, machines: Machines) -> ASGIApp:
    """Around the app: its routes are answered by these use cases."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["machines"] = machines
        await app(scope, receive, send)

    return door


def _machines_of(scope: Scope) -> Machines:
    machines: Machines = scope["state"]["machines"]
    return machines
