"""Is this receipt real? Anyone may ask, without signing in, and sees no more than the proof."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.domain.errors import Refused
from portal.web.pages import page
from portal.web.visit import Visit

LONGEST_SHOWN = 40


@get("/v", name="verify")
async def ask_for_code(visit: NamedDependency[Visit], code: FromQuery[str | None] = None) -> Response[bytes]:
    """The form; it sends the code to this same address, so that a slow network carries one answer and no redirect."""
    return _form(visit) if code is None else await _answer(visit, code)


@get("/v/{code:str}", name="proof")
async def show_proof(visit: NamedDependency[Visit], code: FromPath[str]) -> Response[bytes]:
    """Where the QR leads."""
    return await _answer(visit, code)


async def _answer(visit: Visit, typed: str) -> Response[bytes]:
    shown = typed[:LONGEST_SHOWN]
    try:
        proof = await visit.site.receipts.prove(typed, visit.client)
    except Refused as refusal:
        return _form(visit, code=shown, errors=visit.errors(refusal))
    context: dict[str, object] = {"code": shown, "proof": proof, "checked_at": visit.site.clock()}
    if proof is None:
        return page(visit, "verify/page.html", context | {"result": "unknown"}, status=404)
    return page(visit, "verify/page.html", context | {"result": "genuine"})


def _form(visit: Visit, code: str = "", errors: dict[str, str] | None = None) -> Response[bytes]:
    context = {"result": None, "code": code, "errors": errors or {}}
    return page(visit, "verify/page.html", context, status=422 if errors else 200)


pages = [ask_for_code, show_proof]
