"""A portal's answers without a start of its own: its routes are made once for all tests, for they know no portal."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from litestar import Litestar

from portal.app import Portal
from portal.asgi import answered_by, create_routes
from portal.places import ASSETS
from portal.web.front import Front
from portal.web.static import StaticFile, read_static


def answering(portal: Portal) -> Front:
    """As `create_app` answers, but for its start and its end."""
    front = answered_by(portal, _routes(), _static())
    assert isinstance(front, Front)
    return front


@cache
def _routes() -> Litestar:
    return create_routes()


@cache
def _static() -> Mapping[str, StaticFile]:
    return read_static(ASSETS)
