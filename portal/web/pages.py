"""Answers to people: pages, fragments of pages, and the way to another page."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass

import brotli  # type: ignore[import-untyped]
from litestar import Response
from litestar.datastructures import Cookie

from portal.domain.person import Person
from portal.templating.environment import render
from portal.web import cookies
from portal.web.visit import Visit

HTML = "text/html"
"""Litestar adds the character set."""
WORTH_PACKING = 600
"""Below this a compressed answer saves less than its headers cost."""
_BROTLI_QUALITY = 5
_NOTHING: Mapping[str, object] = {}
_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is signed in, as the frame of a page shows it."""

    name: str
    role: str


def page(
    visit: Visit,
    template: str,
    context: Mapping[str, object] = _NOTHING,
    status: int = 200,
    headers: Mapping[str, str] = _NO_HEADERS,
) -> Response[bytes]:
    """A template with what every page gets."""
    html = render(visit.site.environment, template, visit.language, {**every_page(visit), **context})
    return _answer(visit, html, status, headers)


fragment = page
"""A part of a page for htmx: the same, of a template that has no frame."""


def every_page(visit: Visit) -> dict[str, object]:
    """What `base.html` and forms count on."""
    return {
        "nonce": visit.nonce,
        "path": visit.path,
        "demo": visit.site.demo,
        "csrf": visit.form_token(),
        "person": _reader(visit.somebody) if visit.somebody else None,
        "errors": {},
    }


def see_other(address: str, *set_cookies: Cookie) -> Response[bytes]:
    """Go on there with a GET; only for addresses of ours (see `own_path`)."""
    return Response(b"", status_code=303, headers={"Location": address}, cookies=list(set_cookies))


def leave_for(address: str) -> Response[bytes]:
    """Go on at another site; only to addresses of `returns.return_address`."""
    return Response(b"", status_code=303, headers={"Location": address})


def moved_to(address: str) -> Response[bytes]:
    """Tell htmx to go to another page; only for addresses of ours."""
    return Response(b"", headers={"HX-Redirect": address})


def nothing() -> Response[None]:
    """The card that is shown still holds."""
    return Response(None, status_code=204)


def accepts(accept_encoding: str, coding: str) -> bool:
    """Whether the browser takes a coding; `gzip;q=0` does not."""
    for part in accept_encoding.split(","):
        name, _, weight = part.partition(";")
        if name.strip().lower() == coding:
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _reader(person: Person) -> Reader:
    return Reader(person.name, person.role.lower())


def _answer(visit: Visit, html: str, status: int, headers: Mapping[str, str]) -> Response[bytes]:
    body, coding = _packed(html.encode(), visit.headers.get("accept-encoding", ""))
    return Response(
        body,
        status_code=status,
        media_type=HTML,
        headers={"Content-Language": visit.language, "Vary": "Accept-Encoding", **coding, **headers},
        cookies=_cookies(visit, html),
    )


def _packed(body: bytes, accept_encoding: str) -> tuple[bytes, dict[str, str]]:
    if len(body) < WORTH_PACKING:
        return body, {}
    if accepts(accept_encoding, "br"):
        return brotli.compress(body, quality=_BROTLI_QUALITY), {"Content-Encoding": "br"}
    if accepts(accept_encoding, "gzip"):
        return gzip.compress(body, compresslevel=6, mtime=0), {"Content-Encoding": "gzip"}
    return body, {}


def _cookies(visit: Visit, html: str) -> list[Cookie]:
    """A stranger is marked only by a page with a form; the language, only where somebody chose it."""
    secure, wanted = visit.site.secure, []
    if visit.new_visitor and 'name="csrf"' in html:
        wanted.append(cookies.kept(cookies.VISITOR, visit.new_visitor, secure=secure))
    if visit.switched:
        wanted.append(
            cookies.kept(cookies.LANGUAGE, visit.language, secure=secure, lives=cookies.LANGUAGE_LIVES)
        )
    return wanted
