"""Whose bank accounts money goes to: the office's list, one landlord's account, and the landlord's own page of it."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.domain.errors import Refused
from portal.services.office import Unchanged
from portal.services.payee_desk import Payee
from portal.web.pages import page, see_other
from portal.web.visit import Visit

PAYEES, OWN = "/ops/payees", "/landlord/account"
_NO_ERRORS: Mapping[str, str] = {}


@get(PAYEES, name="payees")
async def show_payees(visit: NamedDependency[Visit]) -> Response[bytes]:
    payees = await visit.site.books.payees.every(visit.person)
    return page(visit, "ops/payees.html", {"payees": payees, "wide": True})


@get(f"{PAYEES}/{{code:str}}", name="payee")
async def show_payee(visit: NamedDependency[Visit], code: FromPath[str]) -> Response[bytes]:
    return await _payee(visit, code)


@post(f"{PAYEES}/{{code:str}}", name="enter_payee_account")
async def enter(visit: NamedDependency[Visit], code: FromPath[str]) -> Response[bytes]:
    if visit.switched:
        return await _payee(visit, code)
    try:
        await visit.site.books.payees.enter(visit.person, code, *_typed(visit).values())
    except Refused as refusal:
        return await _payee(visit, code, status=422, errors=visit.errors(refusal))
    return see_other(f"{PAYEES}/{code}")


@post(f"{PAYEES}/{{code:str}}/confirm", name="confirm_payee_account")
async def confirm(visit: NamedDependency[Visit], code: FromPath[str]) -> Response[bytes]:
    return await _decide(visit, code, confirmed=True)


@post(f"{PAYEES}/{{code:str}}/turn-down", name="turn_down_payee_account")
async def turn_down(visit: NamedDependency[Visit], code: FromPath[str]) -> Response[bytes]:
    return await _decide(visit, code, confirmed=False)


@get(OWN, name="landlord_account")
async def show_own(visit: NamedDependency[Visit]) -> Response[bytes]:
    return await _own(visit)


@post(OWN, name="enter_landlord_account")
async def enter_own(visit: NamedDependency[Visit]) -> Response[bytes]:
    if visit.switched:
        return await _own(visit)
    try:
        await visit.site.books.payees.enter_own(visit.person, *_typed(visit).values())
    except Refused as refusal:
        return await _own(visit, status=422, errors=visit.errors(refusal))
    return see_other(OWN)


async def _decide(visit: Visit, code: str, *, confirmed: bool) -> Response[bytes]:
    """The form names the account that it showed: no other one is confirmed by it."""
    desk, shown = visit.site.books.payees, visit.form.get("account")
    if visit.switched:
        return await _payee(visit, code)
    try:
        await (desk.confirm if confirmed else desk.turn_down)(visit.person, code, shown)
    except Unchanged as unchanged:
        return await _payee(visit, code, status=unchanged.status, unchanged=unchanged.problem)
    return see_other(f"{PAYEES}/{code}")


async def _payee(
    visit: Visit,
    code: str,
    *,
    status: int = 200,
    errors: Mapping[str, str] = _NO_ERRORS,
    unchanged: str | None = None,
) -> Response[bytes]:
    payee = await visit.site.books.payees.of(visit.person, code)
    context = _facts(visit, payee, errors) | {
        "unchanged": unchanged,
        "may_confirm": payee.may_confirm(visit.person),
        "is_own": payee.waiting is not None and payee.waiting.entered_by == visit.person.id,
        "path": f"{PAYEES}/{payee.code}",
    }
    return page(visit, "ops/payee.html", context, status)


async def _own(visit: Visit, *, status: int = 200, errors: Mapping[str, str] = _NO_ERRORS) -> Response[bytes]:
    payee = await visit.site.books.payees.own(visit.person)
    return page(visit, "landlord/account.html", _facts(visit, payee, errors) | {"path": OWN}, status)


def _facts(visit: Visit, payee: Payee, errors: Mapping[str, str]) -> dict[str, object]:
    return {"payee": payee, "errors": errors, "typed": _typed(visit)}


def _typed(visit: Visit) -> dict[str, str]:
    """In the order in which the desk takes them."""
    return {name: visit.form.get(name) for name in ("bank", "holder", "number")}


pages = [show_payees, show_payee, enter, confirm, turn_down, show_own, enter_own]
