"""What happens before any page: who asks, whether they may, and whether the form that came is one of ours."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, unquote_plus

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException, HTTPException
from litestar.handlers import BaseRouteHandler

from portal.domain.errors import NotAllowed, NotFound, NotSignedIn
from portal.web.form import Form, has_controls, read_form
from portal.web.policy import POLICY
from portal.web.visit import AnyRequest, Visit, visit_of

SAFE = ("GET", "HEAD", "OPTIONS")
TAKES_FILE = "takes_file"
"""The option of a route whose form brings a file."""


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
        await _read_form(visit, request, with_file=TAKES_FILE in route.opt)


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


async def _read_form(visit: Visit, request: AnyRequest, *, with_file: bool) -> None:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ClientException("compressed form")
    if with_file:
        await _read_parts(visit, request)
    else:
        visit.read(read_form(request.headers.get("content-type", ""), await request.body()))
    try:
        _accept_form(visit)
    except Exception:
        if visit.file:
            await visit.file.close()
        raise


def _accept_form(visit: Visit) -> None:
    if not visit.form_is_ours():
        raise NotAllowed
    if visit.form.has_controls:
        raise Unreadable


async def _read_parts(visit: Visit, request: AnyRequest) -> None:
    """A form with a file, which goes to the disk beyond a megabyte."""
    parts = list((await request.form()).multi_items())
    visit.read(Form([(name, part) for name, part in parts if isinstance(part, str)]))
    visit.file = next((part for _, part in parts if isinstance(part, UploadFile)), None)
