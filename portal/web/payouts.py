"""Payouts to landlords as the office works on them: the list, each payout with its lines, and the bank's file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.domain.errors import Refused
from portal.domain.ledger import payable_to
from portal.domain.money import Currency
from portal.domain.payout import Returned
from portal.domain.person import Person
from portal.services.office import Unchanged
from portal.web.addresses import read_reference, renamed
from portal.web.downloads import download
from portal.web.ledger import account_address
from portal.web.pages import page, see_other
from portal.web.visit import Visit

PAYOUTS = "/ops/payouts"
MEDIA = {"csv": "text/csv; charset=utf-8", "xml": "application/xml"}
_NO_ERRORS: Mapping[str, str] = {}


@get(PAYOUTS, name="payouts")
async def show_payouts(visit: NamedDependency[Visit], after: FromQuery[str | None] = None) -> Response[bytes]:
    return await _list(visit, after)


@post(PAYOUTS, name="prepare_payout")
async def prepare(visit: NamedDependency[Visit]) -> Response[bytes]:
    """Whoever presses second comes to the payout of the first."""
    if visit.switched:
        return await _list(visit, None)
    account, currency = visit.form.get("account"), visit.form.get("currency")
    try:
        made = await visit.site.books.payouts.prepare(visit.person, account, currency)
    except Refused as refusal:
        return await _list(visit, None, status=422, errors=visit.errors(refusal))
    except Unchanged as unchanged:
        return await _list(visit, None, status=unchanged.status, unchanged=unchanged.problem)
    return see_other(f"{PAYOUTS}/{made.reference}")


@get("/ops/payouts/{payout:str}", name="payout")
async def show_payout(visit: NamedDependency[Visit], payout: FromPath[str]) -> Response[bytes]:
    if (known := read_reference(payout)) != payout:
        return see_other(renamed(visit.path, payout, known))
    return await _case(visit, payout)


@get("/ops/payouts/{payout:str}/file/{format_:str}", name="payout_file")
async def bank_file(
    visit: NamedDependency[Visit], payout: FromPath[str], format_: FromPath[str]
) -> Response[bytes]:
    """For the bank, with account numbers in clear."""
    known = read_reference(payout)
    try:
        file = await visit.site.books.files.write(visit.person, known, format_)
    except Unchanged as unchanged:
        return await _case(visit, known, status=unchanged.status, unchanged=unchanged.problem)
    return download(file, f"nest-pay-payout-{known}.{format_}", MEDIA[format_])


@get("/ops/payouts/{payout:str}/{line:str}", name="payout_line")
async def show_line(
    visit: NamedDependency[Visit], payout: FromPath[str], line: FromPath[str]
) -> Response[bytes]:
    return await _line(visit, read_reference(payout), line)


@post("/ops/payouts/{payout:str}/approve", name="approve_payout")
async def approve(visit: NamedDependency[Visit], payout: FromPath[str]) -> Response[bytes]:
    return await _act(visit, payout, visit.site.books.payouts.approve)


@post("/ops/payouts/{payout:str}/drop", name="drop_payout")
async def drop(visit: NamedDependency[Visit], payout: FromPath[str]) -> Response[bytes]:
    return await _act(visit, payout, visit.site.books.payouts.drop)


@post("/ops/payouts/{payout:str}/sent", name="payout_sent")
async def sent(visit: NamedDependency[Visit], payout: FromPath[str]) -> Response[bytes]:
    return await _act(visit, payout, visit.site.books.payouts.sent)


@post("/ops/payouts/{payout:str}/paid", name="payout_paid")
async def paid(visit: NamedDependency[Visit], payout: FromPath[str]) -> Response[bytes]:
    paid_ = partial(visit.site.books.payouts.paid, bank_reference=visit.form.get("bank_reference"))
    return await _act(visit, payout, paid_)


@post("/ops/payouts/{payout:str}/{line:str}/returned", name="payout_returned")
async def returned(
    visit: NamedDependency[Visit], payout: FromPath[str], line: FromPath[str]
) -> Response[bytes]:
    known, why = read_reference(payout), visit.form.get("returned")
    if visit.switched:
        return await _line(visit, known, line)
    shown = visit.form.get("shown")
    try:
        await visit.site.books.payouts.returned(visit.person, known, shown, line, why)
    except Refused as refusal:
        return await _line(visit, known, line, status=422, errors=visit.errors(refusal))
    except Unchanged as unchanged:
        return await _line(visit, known, line, status=unchanged.status, unchanged=unchanged.problem)
    return see_other(f"{PAYOUTS}/{known}")


async def _act(
    visit: Visit, payout: str, act: Callable[[Person, str, str], Awaitable[None]]
) -> Response[bytes]:
    """The form says as which version it showed the payout: nothing is done to another one."""
    known = read_reference(payout)
    if visit.switched:
        return await _case(visit, known)
    try:
        await act(visit.person, known, visit.form.get("shown"))
    except Refused as refusal:
        return await _case(visit, known, status=422, errors=visit.errors(refusal))
    except Unchanged as unchanged:
        return await _case(visit, known, status=unchanged.status, unchanged=unchanged.problem)
    return see_other(f"{PAYOUTS}/{known}")


async def _list(
    visit: Visit,
    after: str | None,
    *,
    status: int = 200,
    errors: Mapping[str, str] = _NO_ERRORS,
    unchanged: str | None = None,
) -> Response[bytes]:
    accounts = visit.site.books.payouts.accounts
    overview = await visit.site.books.views.overview(visit.person, after)
    payees = await visit.site.books.payees.every(visit.person)
    context = {
        "overview": overview,
        "ledger_of": {debt.payee: account_address(payable_to(debt.payee)) for debt in overview.debts},
        "older": f"{PAYOUTS}?after={overview.older}" if overview.older else None,
        "continued": after is not None,
        "accounts": accounts,
        "currencies": [due.currency for due in overview.due] or [Currency.TZS],
        "account": visit.form.get("account"),
        "currency": visit.form.get("currency"),
        "unconfirmed": sum(1 for payee in payees if payee.waiting),
        # Without an account of ours there is no form, and the page says so by itself.
        "errors": errors if accounts else {},
        "unchanged": unchanged,
        "wide": True,
        "path": PAYOUTS,
    }
    return page(visit, "ops/payouts.html", context, status)


async def _case(
    visit: Visit,
    payout: str,
    *,
    status: int = 200,
    errors: Mapping[str, str] = _NO_ERRORS,
    unchanged: str | None = None,
) -> Response[bytes]:
    case = await visit.site.books.views.case(visit.person, payout)
    context = {
        "case": case,
        "payout": case.payout,
        "errors": errors,
        "unchanged": unchanged,
        "may_approve": case.may_approve(visit.person),
        "bank_reference": visit.form.get("bank_reference"),
        "wide": True,
        # The address of a form that was sent has no page to come back to.
        "path": f"{PAYOUTS}/{payout}",
    }
    return page(visit, "ops/payout.html", context, status)


async def _line(
    visit: Visit,
    payout: str,
    number: str,
    *,
    status: int = 200,
    errors: Mapping[str, str] = _NO_ERRORS,
    unchanged: str | None = None,
) -> Response[bytes]:
    case, line = await visit.site.books.views.line(visit.person, payout, number)
    context = {
        "case": case,
        "payout": case.payout,
        "line": line,
        "reasons": list(Returned),
        "errors": errors,
        "unchanged": unchanged,
        "path": f"{PAYOUTS}/{payout}/{line.number}",
    }
    return page(visit, "ops/payout_line.html", context, status)


pages = [
    show_payouts,
    prepare,
    show_payout,
    bank_file,
    show_line,
    approve,
    drop,
    sent,
    paid,
    returned,
]
