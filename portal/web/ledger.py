"""The ledger for the office: every account, and every entry of one."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.domain.account_kind import kind_of
from portal.services.ledger_books import AccountBook
from portal.store.ledger_pages import AccountEntry, Balance
from portal.web.pages import page
from portal.web.visit import Visit

LEDGER = "/ops/ledger"


@get(LEDGER, name="ledger")
async def show_accounts(
    visit: NamedDependency[Visit], after: FromQuery[str | None] = None
) -> Response[bytes]:
    found = await visit.site.reads.ledger.accounts(visit.person, after)
    context = {
        "rows": [_row(balance) for balance in found.balances],
        "more": f"{LEDGER}?{urlencode({'after': found.next_after})}" if found.next_after else None,
        "continued": after is not None,
        "wide": True,
    }
    return page(visit, "ops/ledger.html", context)


@get(f"{LEDGER}/{{account:str}}", name="ledger_account")
async def show_account(
    visit: NamedDependency[Visit], account: FromPath[str], after: FromQuery[str | None] = None
) -> Response[bytes]:
    book = await visit.site.reads.ledger.account(visit.person, account, after)
    address = account_address(account)
    context = {
        "book": book,
        "kind": kind_of(account),
        "splits": _splits(book),
        "rows": [{"entry": one.entry, "event": one.event, "href": _home(one)} for one in book.rows],
        "older": f"{address}?{urlencode({'after': book.older})}" if book.older else None,
        "newest": address if after else None,
        "wide": True,
    }
    return page(visit, "ops/account.html", context)


def account_address(account: str) -> str:
    """Where the entries of an account stand."""
    return f"{LEDGER}/{quote(account, safe=':')}"


def _row(balance: Balance) -> dict[str, object]:
    account = balance.account
    return {
        "balance": balance,
        "kind": kind_of(account),
        "href": account_address(account),
    }


def _splits(book: AccountBook) -> list[dict[str, object]]:
    """Of each balance what stands by bank lines and what by payments, where it is both."""
    found = [(one, book.of_bank.get(one.amount.currency)) for one in book.balances]
    return [
        {"balance": one, "of_bank": of_bank, "of_payments": one.amount - of_bank if of_bank else None}
        for one, of_bank in found
    ]


def _home(one: AccountEntry) -> str | None:
    """The payment or the bank line whose event posted it."""
    match one.home:
        case "payment":
            return f"/why/{one.entry.stream}"
        case "line":
            return f"/ops/queue/suspense/{one.entry.stream}"
        case _:
            return None


pages = [show_accounts, show_account]
