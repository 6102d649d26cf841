"""A landlord's statement: a month of their account, as a page and as a file for a spreadsheet."""

from __future__ import annotations

from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.documents.spreadsheet import csv_of
from portal.domain.errors import Refused
from portal.domain.money import Currency
from portal.services.payee_statements import Monthly
from portal.store.payee_statement import Kind, Movement
from portal.web.addresses import read_reference, renamed
from portal.web.downloads import download
from portal.web.history import day_of, read_filters
from portal.web.pages import page, see_other
from portal.web.visit import Visit

STATEMENT, OWN_PAYOUTS = "/landlord/statement", "/landlord/payouts"
_HEADINGS = ("Date", "What", "Reference", "Receipt", "Tenant", "Unit", "Amount", "Balance", "Currency")


@get(STATEMENT, name="landlord_statement")
async def show_statement(
    visit: NamedDependency[Visit], month: FromQuery[str] = "", currency: FromQuery[str] = ""
) -> Response[bytes]:
    try:
        monthly = await _monthly(visit, month, currency)
    except Refused as refusal:
        found = await _monthly(visit, "", "")
        return _page(visit, found, status=422, errors=visit.errors(refusal))
    return _page(visit, monthly)


@get(f"{STATEMENT}.csv", name="landlord_statement_file")
async def statement_file(
    visit: NamedDependency[Visit], month: FromQuery[str] = "", currency: FromQuery[str] = ""
) -> Response[bytes]:
    monthly = await _monthly(visit, month, currency)
    name = f"nest-pay-{monthly.month:%Y-%m}-{monthly.statement.currency}.csv"
    return download(csv_of(rows_of(monthly)), name, "text/csv; charset=utf-8")


@get(f"{OWN_PAYOUTS}/{{payout:str}}", name="landlord_payout")
async def show_payout(visit: NamedDependency[Visit], payout: FromPath[str]) -> Response[bytes]:
    if (known := read_reference(payout)) != payout:
        return see_other(renamed(visit.path, payout, known))
    found = await visit.site.books.statements.payout(visit.person, payout)
    context = {"payout": found.payout, "line": found.line, "account": found.account}
    return page(visit, "landlord/payout.html", context)


def rows_of(monthly: Monthly) -> list[tuple[object, ...]]:
    """With the opening balance above and the closing one below, in the words of the file's own language, English."""
    statement = monthly.statement
    opening = ("", "Opening balance", "", "", "", "", "", statement.opening.major, statement.currency.value)
    closing = ("", "Closing balance", "", "", "", "", "", statement.closing.major, statement.currency.value)
    return [_HEADINGS, opening, *(_row(one) for one in statement.movements), closing]


_WORDS = {
    Kind.CAME: "Paid by a tenant",
    Kind.WENT_BACK: "Went back to a tenant",
    Kind.SENT: "Sent to your bank account",
    Kind.RETURNED: "Given back by the bank",
}


def _row(one: Movement) -> tuple[object, ...]:
    return (
        day_of(one.at).isoformat(),
        _WORDS[one.kind],
        one.reference,
        one.receipt.shown if one.receipt else "",
        one.tenant or "",
        one.place or "",
        one.amount.major,
        one.balance.major,
        one.amount.currency.value,
    )


def _explained(one: Movement) -> str:
    """Where the landlord sees what it is made of."""
    of_a_payout = one.kind in (Kind.SENT, Kind.RETURNED)
    return f"{OWN_PAYOUTS}/{one.reference}" if of_a_payout else f"/why/{one.reference}"


async def _monthly(visit: Visit, month: str, currency: str) -> Monthly:
    """Raises Refused (month)."""
    wanted = read_filters("", month).month
    chosen = Currency(currency) if currency in list(Currency) else None
    return await visit.site.books.statements.of(visit.person, wanted, chosen)


def _page(
    visit: Visit, monthly: Monthly, *, status: int = 200, errors: dict[str, str] | None = None
) -> Response[bytes]:
    chosen = {"month": f"{monthly.month:%Y-%m}", "currency": monthly.statement.currency.value}
    context = {
        "monthly": monthly,
        "statement": monthly.statement,
        "rows": [
            {"movement": one, "day": day_of(one.at), "href": _explained(one)}
            for one in monthly.statement.movements
        ],
        "chosen": chosen,
        "file": f"{STATEMENT}.csv?{urlencode(chosen)}",
        "errors": errors or {},
        "wide": True,
    }
    return page(visit, "landlord/statement.html", context, status)


pages = [show_statement, statement_file, show_payout]
