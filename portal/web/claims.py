"""The page of "I have a receipt code": where the payer types what the operator's SMS says."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.domain.errors import Refused
from portal.web.addresses import read_reference
from portal.web.faces import Action
from portal.web.pages import page, see_other
from portal.web.status import standing_at
from portal.web.visit import Visit

NEVER_SHOWN_AGAIN = "pin"
_NO_ERRORS: Mapping[str, str] = {}


@get("/pay/{reference:str}/claim", name="payment_claim")
async def show_claim(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    return await _form(visit, read_reference(reference), "")


@post("/pay/{reference:str}/claim", name="make_claim")
async def make_claim(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    """Whatever comes of the code stands on the payment's own page."""
    known, typed = read_reference(reference), visit.form.get("claim")
    if visit.switched:
        return await _form(visit, known, typed)
    try:
        await visit.site.claims.claim(visit.person, known, typed)
    except Refused as refusal:
        kept = "" if refusal.problem == NEVER_SHOWN_AGAIN else typed
        return await _form(visit, known, kept, visit.errors(refusal))
    return see_other(f"/pay/{known}")


async def _form(
    visit: Visit, reference: str, typed: str, errors: Mapping[str, str] = _NO_ERRORS
) -> Response[bytes]:
    standing = await standing_at(visit, reference)
    if Action.CLAIM not in standing.actions:
        return see_other(standing.address)
    context = {"p": standing, "typed": typed, "errors": errors}
    return page(visit, "pay/claim.html", context, status=422 if errors else 200)


pages = [show_claim, make_claim]
