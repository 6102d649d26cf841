"""The web, ready to be plugged into the app."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from portal.web.errors import ERRORS
from portal.web.front import Front
from portal.web.guard import admit
from portal.web.policy import POLICY
from portal.web.routes import PAGES
from portal.web.visit import visit_of

__all__ = ["ERRORS", "PAGES", "Front", "web_part"]

LARGEST_FORM = 64 * 1024


def web_part(pages: Sequence[HTTPRouteHandler] = PAGES) -> Router:
    """Raises LookupError for a page that nobody decided who may see."""
    without_policy = {str(route.name) for route in pages} ^ set(POLICY)
    if without_policy:
        raise LookupError(f"route and policy do not match: {', '.join(sorted(without_policy))}")
    return Router(
        "/",
        route_handlers=pages,
        guards=[admit],
        dependencies={"visit": Provide(visit_of, sync_to_thread=False)},
        request_max_body_size=LARGEST_FORM,
        include_in_schema=False,
    )
