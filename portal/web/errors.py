"""Errors as pages: a heading, a sentence, where to go on, and for our own faults a short code to say on the phone."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from urllib.parse import quote

from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from portal.domain.errors import (
    AlreadyPaid,
    DraftUsed,
    KeyReused,
    MethodUnavailable,
    NotSignedIn,
    PaymentInProgress,
    PortalError,
    Refused,
    TooMany,
)
from portal.domain.person import Role
from portal.services.orders import (
    PUSHES_BY_LINKS,
    PUSHES_BY_STRANGERS,
    PUSHES_PER_ACCOUNT,
    PUSHES_PER_ADDRESS,
    PUSHES_PER_LINK,
    PUSHES_PER_PHONE,
)
from portal.services.refund_wish import DepositReturning, InDispute, NothingToRefund
from portal.store.cursors import BadCursor
from portal.telemetry.log import get_log
from portal.templating.formats import instant_text
from portal.web.addresses import path_within
from portal.web.error_pages import PAGES
from portal.web.pages import fragment, page, see_other
from portal.web.sentences import N_, say
from portal.web.visit import AnyRequest, Visit, visit_of

log = get_log("web")
CODES = {400: "bad_request", 403: "not_allowed", 404: "not_found", 405: "method_not_allowed"}
CODES |= {413: "too_large", 422: "refused", 429: "too_many", 503: "unavailable"}
A_LINK = re.compile(r"/p/[^/?]+")
SAYS_ITS_CODE = ("bad_request", "not_allowed", "internal", "unavailable", "method_unavailable")
SIGN_IN_AGAIN = N_("Sign in again to see the result. Your payment is not affected.")
TOO_MANY = {limit.what: "too_many_pushes" for limit in (PUSHES_PER_PHONE, PUSHES_BY_STRANGERS)}
TOO_MANY |= {limit.what: "too_many_pushes_of_yours" for limit in PUSHES_PER_ACCOUNT}
TOO_MANY |= {
    limit.what: "too_many_by_link" for limit in (*PUSHES_PER_LINK, PUSHES_BY_LINKS, PUSHES_PER_ADDRESS)
}
_NO_HEADERS: Mapping[str, str] = {}
_NO_FACTS: Mapping[str, object] = {}


def refused(request: AnyRequest, error: PortalError) -> Response[bytes]:
    """What a service would not do."""
    visit = visit_of(request)
    if isinstance(error, NotSignedIn):
        return _sign_in_first(visit, request.method)
    if isinstance(error, DraftUsed):
        # Back in the browser, a reload, a second tab: the payment's own page says how it stands and offers another try.
        return see_other(f"/pay/{error.reference}")
    log.info("refused", code=error.code, support=visit.support)
    if isinstance(error, TooMany):
        return _too_many(visit, error)
    return _error(visit, error.status, error.code, error=error)


def turned_away(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """What the framework would not take: no such page, another verb, too large, unreadable."""
    if error.status_code not in CODES:
        return broken(request, error)
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return _error(visit_of(request), error.status_code, CODES[error.status_code], headers=headers)


def bad_cursor(request: AnyRequest, _: BadCursor) -> Response[bytes]:
    return _error(visit_of(request), 400, CODES[400])


def broken(request: AnyRequest, error: Exception) -> Response[bytes]:
    """A fault of ours: the log takes all of it, the page nothing but the code to find it by."""
    visit = visit_of(request)
    log.error("broken", support=visit.support, exc_info=error)
    return _error(visit, 500, "internal")


ERRORS: ExceptionHandlersMap = {
    PortalError: refused,
    HTTPException: turned_away,
    BadCursor: bad_cursor,
    Exception: broken,
}
"""What Litestar is given, for its own refusals too."""


def _sign_in_first(visit: Visit, verb: str) -> Response[bytes]:
    if visit.is_htmx:
        heading = say(SIGN_IN_AGAIN, visit.language, {})
        notice = {"heading": heading, "sentence": "", "links": _sign_in(visit), "kind": "info"}
        return fragment(visit, "errors/_error.html", notice, 401)
    # What was posted is gone with the session; only an address that was asked for can be asked for again.
    return see_other(f"/sign-in?next={quote(visit.path)}" if verb == "GET" else "/sign-in")


def _too_many(visit: Visit, error: TooMany) -> Response[bytes]:
    seconds = max(1, math.ceil((error.until - visit.site.clock()).total_seconds()))
    minutes = math.ceil(seconds / 60)
    code = TOO_MANY.get(error.what, "too_many")
    if (code, minutes) == ("too_many", 1):
        code = "too_many_for_a_minute"
    facts = {"minutes": minutes, "until": error.until, "day": instant_text(error.until, visit.language)}
    return _error(visit, 429, code, facts=facts, headers={"Retry-After": str(seconds)})


def _error(
    visit: Visit,
    status: int,
    code: str,
    *,
    error: PortalError | None = None,
    facts: Mapping[str, object] = _NO_FACTS,
    headers: Mapping[str, str] = _NO_HEADERS,
) -> Response[bytes]:
    heading, sentence = PAGES.get(code, PAGES["internal"])
    context = {
        "code": status,
        "kind": "bad",
        "heading": say(heading, visit.language, facts),
        "sentence": visit.say(error) if isinstance(error, Refused) else say(sentence, visit.language, facts),
        "links": _links(visit, code, error),
        "support": visit.support if code in SAYS_ITS_CODE else None,
    }
    template = "errors/_error.html" if visit.is_htmx else "errors/page.html"
    return page(visit, template, context, status, headers)


def _links(visit: Visit, code: str, error: PortalError | None) -> list[tuple[str, str]]:
    """Where to go on, as (address, text)."""
    if (link := A_LINK.match(visit.path)) and code not in ("not_found", "link_ended"):
        return _said(visit, [(link[0], N_("Back to what is to be paid"))])
    if code == "link_ended":
        return _said(visit, [("/help", N_("Help"))])
    # Where no page is, nobody has looked whose session it is; if it has ended, the first page leads to signing in.
    known = visit.somebody or visit.session
    links = [("/", N_("Go to the first page"))] if known else [("/sign-in", N_("Sign in"))]
    match error:
        case PaymentInProgress():
            links.insert(0, (f"/pay/{error.reference}", N_("See that payment")))
        case DepositReturning():
            links.insert(0, (f"/deposits/{error.lease}", N_("See the deposit")))
        case AlreadyPaid() | KeyReused() | NothingToRefund() | InDispute():
            links.insert(0, ("/payments", N_("Your payments")))
        case MethodUnavailable() if visit.somebody:
            links.insert(0, ("/pay", N_("Choose another way")))
        case _ if code == "internal" and visit.somebody and visit.somebody.role is Role.TENANT:
            links.insert(0, ("/payments", N_("Your payments")))
    return _said(visit, links)


def _sign_in(visit: Visit) -> list[tuple[str, str]]:
    """And back to the page that asked, which is not the address of its fragment."""
    onward = path_within(visit.headers.get("hx-current-url", ""))
    return _said(visit, [(f"/sign-in?next={quote(onward)}", N_("Sign in"))])


def _said(visit: Visit, links: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(address, say(text, visit.language, {})) for address, text in links]
