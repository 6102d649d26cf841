"""What happens before any page: who asks, whether they may, and whether the form that came is one of ours."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, unquote_plus

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import ClientException, HTTPException
from litestar.handlers import BaseRouteHandler

from portal.domain.errors import NotAllowed, NotFound, NotSignedIn
from portal.web.form import has_controls, read_form
from portal.web.policy import POLICY
from portal.web.visit import AnyRequest, Visit, visit_of

SAFE = ("GET", "HEAD", "OPTIONS")


class Unreadable(HTTPException):
    """Characters that nobody can type were sent."""

    status_code = 422


async def admit(connection: ASGIConnection[Any, Any, Any, Any], route: BaseRouteHandler) -> None:
    """Raises NotSignedIn, NotFound (a wrong role learns nothing) or NotAllowed."""
    request: AnyRequest = Request(connection.scope, connection.receive, connection.send)
    if request.method == "OPTIONS":
        return
    visit = visit_of(request)
    _readable(visit)
    if visit.session:
        visit.somebody = await visit.site.sign_in.person_of(visit.session)
    _may_enter(visit, route.name or "")
    if request.method not in SAFE:
        await _read_form(visit, request)


def _readable(visit: Visit) -> None:
    """No page has an address with control characters, and PostgreSQL refuses a question that holds a NUL."""
    path, _, query = visit.path.partition("?")
    if has_controls(unquote(path)):
        raise NotFound
    if has_controls(unquote_plus(query)):
        raise Unreadable


def _may_enter(visit: Visit, route: str) -> None:
    role = visit.somebody.role if visit.somebody else None
    if role in POLICY[route]:
        return
    raise NotSignedIn if role is None else NotFound


async def _read_form(visit: Visit, request: AnyRequest) -> None:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ClientException("compressed form")
    visit.read(read_form(request.headers.get("content-type", ""), await request.body()))
    if not visit.form_is_ours():
        raise NotAllowed
    if visit.form.has_controls:
        raise Unreadable
