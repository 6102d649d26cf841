"""The web, ready to be plugged into the app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from litestar import Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, ExceptionHandlersMap

from portal.web.errors import ERRORS
from portal.web.front import Front
from portal.web.guard import admit
from portal.web.policy import POLICY
from portal.web.routes import PAGES
from portal.web.site import Site
from portal.web.static import StaticFile, read_static
from portal.web.visit import visit_of

LARGEST_FORM = 64 * 1024


@dataclass(frozen=True, slots=True)
class WebPart:
    """`errors` also answers for what the framework itself refuses; `front` goes around the finished app."""

    site: Site
    router: Router
    errors: ExceptionHandlersMap
    static: Mapping[str, StaticFile]

    def front(self, app: ASGIApp) -> ASGIApp:
        return Front(app, self.site, self.static)


def web_part(site: Site, assets: Path, pages: Sequence[HTTPRouteHandler] = PAGES) -> WebPart:
    """Raises LookupError for a page that nobody decided who may see."""
    without_policy = {str(route.name) for route in pages} ^ set(POLICY)
    if without_policy:
        raise LookupError(f"route and policy do not match: {', '.join(sorted(without_policy))}")
    router = Router(
        "/",
        route_handlers=pages,
        guards=[admit],
        dependencies={"visit": Provide(visit_of, sync_to_thread=False)},
        request_max_body_size=LARGEST_FORM,
        include_in_schema=False,
    )
    return WebPart(site, router, ERRORS, read_static(assets))
