"""The machines' side, ready to be plugged into the app."""

from __future__ import annotations

from litestar import Router
from litestar.di import Provide

from portal.api.errors import ERRORS
from portal.api.health import health_checks
from portal.api.machines import Machines
from portal.api.webhooks import LARGEST_CALLBACK, callbacks

__all__ = ["Machines", "api_part"]


def api_part(machines: Machines) -> list[Router]:
    """Answers are JSON, errors too, and say no more than they must."""
    return [
        Router(
            "/",
            route_handlers=[*callbacks, *health_checks],
            dependencies={"machines": Provide(lambda: machines, sync_to_thread=False)},
            exception_handlers=ERRORS,
            request_max_body_size=LARGEST_CALLBACK,
            include_in_schema=False,
        )
    ]
