"""A tenant asks for money back: the form, the check page with its price, and the page of each refund."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.domain.errors import Refused
from portal.domain.person import Role
from portal.domain.refund_reason import ASKED_FOR
from portal.domain.refund_terms import TERMS
from portal.domain.refund_times import UsualTime
from portal.services.office import STAFF
from portal.services.refund_case import RefundCase
from portal.services.refund_views import Offer
from portal.services.refund_wish import Typed, may_be_asked_back
from portal.web.addresses import read_reference, renamed
from portal.web.explained import explains_of
from portal.web.office import Age, age
from portal.web.pages import page, see_other
from portal.web.visit import Visit

_NO_ERRORS: Mapping[str, str] = {}


@get("/payments/{reference:str}/refund", name="refund_form")
async def show_form(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    if (known := read_reference(reference)) != reference:
        return see_other(renamed(visit.path, reference, known))
    return await _form(visit, reference)


@post("/payments/{reference:str}/refund", name="check_refund")
async def check(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    """Everything once more before it is asked for; nothing is asked for yet."""
    known = read_reference(reference)
    return await (_form(visit, known) if visit.form.get("back") else _check(visit, known))


@post("/payments/{reference:str}/refund/ask", name="ask_refund")
async def ask(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    known = read_reference(reference)
    if visit.switched:
        return await _check(visit, known)
    try:
        refund = await visit.site.refunds.ask(visit.person, known, typed_in(visit), visit.form.get("key"))
    except Refused as refusal:
        return await _form(visit, known, refusal=refusal)
    return see_other(f"/refunds/{refund}")


@get("/refunds/{refund:str}", name="refund")
async def show_refund(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    """Whoever decides on it has a page of their own."""
    if (known := read_reference(refund)) != refund:
        return see_other(renamed(visit.path, refund, known))
    case = await visit.site.refund_views.case(visit.person, refund)
    if visit.person.role is Role.LANDLORD:
        return see_other(f"/landlord/refunds/{refund}")
    if visit.person.role in STAFF:
        return see_other(f"/ops/queue/refunds/{refund}")
    facts = case_facts(visit, case) | {"may_ask": may_be_asked_back(case.payment)}
    return page(visit, "refunds/status.html", facts)


def typed_in(visit: Visit) -> Typed:
    """The form as it came."""
    form = visit.form
    return Typed(
        reason=form.get("reason"),
        whole=form.get("how_much") == "whole",
        amount=form.get("amount"),
        notes=form.get("notes"),
        available=form.get("available"),
    )


def case_facts(visit: Visit, case: RefundCase) -> dict[str, object]:
    """What the pages of one refund show of it."""
    return {
        "case": case,
        "refund": case.refund,
        "payment": case.payment,
        "usual": spans(visit, case.usual),
    } | {"explains": explains_of(case.payment, visit.person, case.lease.landlord)}


def spans(visit: Visit, usual: UsualTime | None) -> tuple[Age, Age] | None:
    """The two ends of what is usual, each in its largest unit."""
    now = visit.site.clock()
    return (age(now - usual.least, now), age(now - usual.most, now)) if usual else None


async def _check(visit: Visit, reference: str) -> Response[bytes]:
    """The page that shows the price carries the key by which a second press is known for one."""
    typed = typed_in(visit)
    try:
        offer = await visit.site.refund_views.offer(visit.person, reference, typed)
    except Refused as refusal:
        return await _form(visit, reference, refusal=refusal)
    key = visit.form.get("key") or visit.site.random(16).hex()
    return page(visit, "refunds/check.html", _facts(visit, offer) | {"typed": typed, "key": key})


async def _form(visit: Visit, reference: str, *, refusal: Refused | None = None) -> Response[bytes]:
    """With what was typed; where the figure has changed meanwhile, with the new one."""
    offer = await visit.site.refund_views.offer(visit.person, reference)
    form = visit.form
    typed = typed_in(visit) if "reason" in form or "how_much" in form else None
    context = _facts(visit, offer) | {
        "typed": typed,
        "reasons": [(reason, TERMS[reason]) for reason in ASKED_FOR],
        "errors": visit.errors(refusal) if refusal else _NO_ERRORS,
        # The address of a form that was sent has no page to come back to.
        "path": f"/payments/{reference}/refund",
    }
    return page(visit, "refunds/form.html", context, status=422 if refusal else 200)


def _facts(visit: Visit, offer: Offer) -> dict[str, object]:
    return {
        "offer": offer,
        "payment": offer.payment,
        "price": offer.price,
        "usual": spans(visit, offer.usual),
        "path": f"/payments/{offer.payment.reference}/refund",
    }


pages = [show_form, check, ask, show_refund]
