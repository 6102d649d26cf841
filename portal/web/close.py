"""The closed days as the office sees them: each with what the ledger gained, and whether the books agreed."""

from __future__ import annotations

from datetime import date

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.domain.day_close import AccountSum
from portal.domain.errors import NotFound
from portal.domain.money import Currency, Money
from portal.web.pages import page
from portal.web.visit import Visit

CLOSE = "/ops/close"


@get(CLOSE, name="closes")
async def show_closes(visit: NamedDependency[Visit], before: FromQuery[str | None] = None) -> Response[bytes]:
    closes = await visit.site.books.close.newest(visit.person, _day(before) if before else None)
    context = {
        "closes": closes.closes,
        "older": f"{CLOSE}?before={closes.older.isoformat()}" if closes.older else None,
        "continued": before is not None,
        "wide": True,
    }
    return page(visit, "ops/closes.html", context)


@get("/ops/close/{day:str}", name="close")
async def show_close(visit: NamedDependency[Visit], day: FromPath[str]) -> Response[bytes]:
    closed = await visit.site.books.close.of(visit.person, _day(day))
    now = {(one.account, one.currency): one for one in closed.now}
    then = {(one.account, one.currency): one for one in closed.close.sums}
    rows = [
        {"account": key[0], "then": _figures(then.get(key), key[1]), "now": _figures(now.get(key), key[1])}
        for key in sorted(then.keys() | now.keys())
    ]
    context = {"closed": closed, "close": closed.close, "rows": rows, "wide": True}
    return page(visit, "ops/close.html", context)


def _figures(sums: AccountSum | None, currency: str) -> tuple[int, Money]:
    """How many entries, and their sum."""
    money = Money(sums.sum if sums else 0, Currency(currency))
    return (sums.count if sums else 0), money


def _day(text: str) -> date:
    """Raises NotFound for what is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound from None


pages = [show_closes, show_close]
