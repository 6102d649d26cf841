"""The cookies: session, visitor (before there is one), language, and what a code was sent for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from litestar.datastructures import Cookie

SESSION = "session"
VISITOR = "visitor"
ENTERING = "entering"
VERIFYING = "verifying"
LANGUAGE = "language"
LANGUAGE_LIVES = timedelta(days=365)


def read(cookies: Mapping[str, str], name: str, *, secure: bool) -> str:
    """The value that the browser sent; empty where it sent none."""
    return cookies.get(_called(name, secure=secure), "")


def kept(name: str, value: str, *, secure: bool, lives: timedelta | None = None) -> Cookie:
    """Set a cookie that no script reads; without `lives` it ends with the browser."""
    return Cookie(
        key=_called(name, secure=secure),
        value=value,
        max_age=None if lives is None else int(lives.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def ended(name: str, *, secure: bool) -> Cookie:
    return kept(name, "", secure=secure, lives=timedelta(0))


def _called(name: str, *, secure: bool) -> str:
    """Browsers take a `__Host-` cookie from this very host only, so that no neighbour can plant one."""
    return f"__Host-{name}" if secure else name
