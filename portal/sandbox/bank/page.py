"""The banks in the browser: send a transfer as a payer would, take one back, and download the statement."""

import re
from typing import Any

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from portal.sandbox.bank.account import BankAccount
from portal.sandbox.bank.bank import Bank
from portal.sandbox.bank.statement import FORMATS
from portal.sandbox.phone import HEADERS
from portal.sandbox.sandbox import the_bank
from portal.sandbox.settings import EAT

LONGEST = {"text": 140, "payer": 70}
"""Signs that a bank takes for what a transfer is for, and for a name."""
Typed = dict[str, str]


def routes() -> Router:
    return Router(
        "/bank",
        route_handlers=[show, send, take_back, statement],
        dependencies={"bank": the_bank},
        response_headers=HEADERS,
    )


@get("/")
async def show(bank: NamedDependency[Bank]) -> Template:
    return _page(bank, {}, {})


@post("/")
async def send(bank: NamedDependency[Bank], data: URLEncodedBody[Typed]) -> Template | Redirect:
    account = bank.accounts.get(data.get("account", ""))
    amount = re.fullmatch("[1-9][0-9]{0,11}", re.sub(r"[\s,']|\.00$", "", data.get("amount", "")))
    texts = {name: _on_one_line(data.get(name, "")) for name in LONGEST}
    errors = {name: f"At most {most} signs." for name, most in LONGEST.items() if len(texts[name]) > most}
    if account is None:
        errors["account"] = "Choose an account."
    if amount is None:
        errors["amount"] = "Type whole shillings, such as 452,500."
    if errors or account is None or amount is None:
        return _page(bank, data, errors, status_code=422)
    bank.receive(account, int(amount[0]), **texts)
    return Redirect(f"/bank#{account.path}", status_code=303)


@post("/{account:str}/{reference:str}/back")
async def take_back(
    bank: NamedDependency[Bank], account: FromPath[str], reference: FromPath[str]
) -> Redirect:
    bank.take_back(_account(bank, account), reference)
    return Redirect(f"/bank#{account}", status_code=303)


@get("/{account:str}/{format_:str}")
async def statement(
    bank: NamedDependency[Bank], account: FromPath[str], format_: FromPath[str]
) -> Response[bytes]:
    held, written = _account(bank, account), FORMATS.get(format_)
    if written is None:
        raise NotFoundException(detail="no such format")
    today = bank.world.clock().astimezone(EAT).date()
    name = f"{account}-{today}.{written.ending}"
    content = written.write(held, bank.entries(held), today).encode()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _on_one_line(typed: str) -> str:
    return "".join(sign for sign in " ".join(typed.split()) if sign.isprintable())


def _account(bank: Bank, path: str) -> BankAccount:
    if path not in bank.accounts:
        raise NotFoundException(detail="no such account")
    return bank.accounts[path]


def _page(bank: Bank, typed: Typed, errors: Typed, status_code: int = 200) -> Template:
    entries = {path: bank.entries(account) for path, account in bank.accounts.items()}
    context: dict[str, Any] = {
        "accounts": bank.accounts,
        "entries": {path: tuple(reversed(booked)) for path, booked in entries.items()},
        "reversed": {e.reference for booked in entries.values() for e in booked if e.is_reversal},
        "formats": FORMATS,
        "typed": typed,
        "errors": errors,
        "longest": LONGEST,
    }
    return Template("bank.html", context=context, status_code=status_code)
