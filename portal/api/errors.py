"""Errors as machines read them: a status and one word; what went wrong stands in our log."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from portal.domain.errors import PortalError
from portal.telemetry.log import get_log

log = get_log("api")


def refused(_: Request[Any, Any, Any], error: PortalError) -> Response[dict[str, str]]:
    return said(error.status)


def turned_away(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, str]]:
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return broken(request, error)
    return said(error.status_code)


def broken(_: Request[Any, Any, Any], error: Exception) -> Response[dict[str, str]]:
    """A fault of ours. Whoever called may come again, for nothing of this call is stored."""
    log.error("broken", exc_info=error)
    return said(HTTPStatus.SERVICE_UNAVAILABLE)


def said(status: int) -> Response[dict[str, str]]:
    return Response({"error": HTTPStatus(status).phrase.lower()}, status_code=status)


ERRORS: ExceptionHandlersMap = {
    PortalError: refused,
    HTTPException: turned_away,
    Exception: broken,
}
