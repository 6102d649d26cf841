"""The door of the whole portal: every answer gets its headers here, and every request its one line of log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from litestar import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from portal.telemetry.log import get_log
from portal.web.site import Site
from portal.web.static import StaticFile, send_static
from portal.web.visit import Visit

log = get_log("http")
NOTHING_NEW = 204
HSTS = "max-age=63072000; includeSubDomains"
FEATURES = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class Front:
    """Around the app: static files, HEAD, the visit, security headers, one line of log."""

    def __init__(self, app: ASGIApp, site: Site, static: Mapping[str, StaticFile]) -> None:
        self._app, self.site, self._static = app, site, static

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            await self._answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        visit = Visit(self.site, Request(scope))
        answer = _Answer(send, security_headers(visit), scope["method"])
        # Litestar has no HEAD of its own; what a HEAD answers is what the GET would have.
        verb = "GET" if answer.without_body else scope["method"]
        file = self._static.get(scope["path"])
        if file and verb == "GET":
            await send_static(file, visit.headers.get("accept-encoding", ""), answer.send)
            return
        inner: Any = {**scope, "method": verb, "state": {**scope.get("state", {}), "visit": visit}}
        with bound_contextvars(support=visit.support):
            await self._logged(inner, receive, answer)

    async def _logged(self, scope: Any, receive: Receive, answer: _Answer) -> None:
        """The address is logged as the route's pattern: addresses carry tokens and codes."""
        began = self.site.clock()
        try:
            await self._app(scope, receive, answer.send)
        finally:
            took = self.site.clock() - began
            log.info(
                "request",
                verb=scope["method"],
                route=scope.get("path_template") or "none",
                status=answer.status,
                ms=round(took.total_seconds() * 1000),
            )


def security_headers(visit: Visit) -> dict[bytes, bytes]:
    """What every answer carries unless it says otherwise."""
    policy = (
        f"default-src 'none'; script-src 'nonce-{visit.nonce}'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "cache-control": "no-store",
        "content-security-policy": policy,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": FEATURES,
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
    if visit.site.secure:
        headers["strict-transport-security"] = HSTS
    return {name.encode(): value.encode() for name, value in headers.items()}


class _Answer:
    """The way out."""

    def __init__(self, send: Send, headers: Mapping[bytes, bytes], verb: str) -> None:
        self._send, self._headers, self._verb = send, headers, verb
        self.status = 0

    @property
    def without_body(self) -> bool:
        return self._verb == "HEAD"

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            said = {name.lower() for name, _ in message["headers"]}
            missing = [(name, value) for name, value in self._wanted() if name not in said]
            message["headers"] = [*message["headers"], *missing]
        elif message["type"] == "http.response.body" and self.without_body:
            message["body"] = b""
        await self._send(message)

    def _wanted(self) -> Iterable[tuple[bytes, bytes]]:
        """Most polls find nothing new: policies for a page that is not sent would be all of their weight."""
        if self.status == NOTHING_NEW and self._verb == "GET":
            return [(b"cache-control", self._headers[b"cache-control"])]
        return self._headers.items()
