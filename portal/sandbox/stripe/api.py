"""Stripe's routes: sessions opened, looked at and closed, saved cards charged, cards kept, and money sent back."""

from typing import Any

from litestar import Request, Response, Router

from portal.sandbox.answers import note_request
from portal.sandbox.sandbox import the_twin
from portal.sandbox.stripe import charge_routes, console, kept_routes, refund_routes, session_routes
from portal.sandbox.stripe.refusals import RefusedError
from portal.sandbox.stripe.twin import Stripe


def routes() -> Router:
    return Router(
        f"/{Stripe.name}",
        route_handlers=[
            *session_routes.handlers,
            *charge_routes.handlers,
            *kept_routes.handlers,
            *refund_routes.handlers,
            *console.handlers,
        ],
        before_request=note_request,
        dependencies={"stripe": the_twin(Stripe.name)},
        exception_handlers={RefusedError: _refused},
        opt={"provider": Stripe.name},
    )


def _refused(request: Request[Any, Any, Any], error: RefusedError) -> Response[Any]:
    """The log keeps the code."""
    request.state.entry.outcome = error.code or error.kind
    return Response(error.body(), status_code=error.status)
