"""Statements of our banks: brought as files by the office, and what each brought."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import BinaryIO, cast

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.domain.errors import Refused
from portal.services.statements import LARGEST_UPLOAD
from portal.web.addresses import read_reference, renamed
from portal.web.guard import TAKES_FILE
from portal.web.pages import page, see_other
from portal.web.suspense import redacted
from portal.web.visit import Visit

STATEMENTS = "/ops/statements"
_NO_ERRORS: Mapping[str, str] = {}
_WRAPPING = 64 * 1024
"""What a form adds to its file."""


@get(STATEMENTS, name="statements")
async def show_statements(
    visit: NamedDependency[Visit], after: FromQuery[str | None] = None
) -> Response[bytes]:
    return await _list(visit, after)


@post(
    STATEMENTS,
    name="bring_statement",
    request_max_body_size=LARGEST_UPLOAD + _WRAPPING,
    opt={TAKES_FILE: True},
)
async def bring_statement(visit: NamedDependency[Visit]) -> Response[bytes]:
    """Kept here, and read by the worker."""
    file, account = visit.file, visit.form.get("account")
    try:
        statement = await visit.site.statements.accept(
            visit.person,
            cast("BinaryIO", file.file) if file else None,
            file.filename if file else "",
            _size(file),
            account,
        )
    except Refused as refusal:
        return await _list(visit, None, visit.errors(refusal))
    finally:
        if file:
            await file.close()
    return see_other(f"{STATEMENTS}/{statement}")


@get("/ops/statements/{statement:str}", name="statement")
async def show_statement(visit: NamedDependency[Visit], statement: FromPath[str]) -> Response[bytes]:
    if (known := read_reference(statement)) != statement:
        return see_other(renamed(visit.path, statement, known))
    report = await visit.site.statements.show(visit.person, statement)
    context = {
        "report": report,
        "statement": report.statement,
        "bad_entries": [
            {"line": bad.line, "reason": bad.reason, "said": redacted(bad.excerpt)}
            for bad in report.statement.bad_entries
        ],
        "wide": True,
    }
    return page(visit, "ops/statement.html", context)


async def _list(visit: Visit, after: str | None, errors: Mapping[str, str] = _NO_ERRORS) -> Response[bytes]:
    listing, accounts = (
        await visit.site.statements.newest(visit.person, after),
        visit.site.statements.accounts,
    )
    context = {
        "statements": listing.statements,
        "older": f"{STATEMENTS}?after={listing.older}" if listing.older else None,
        "continued": after is not None,
        "accounts": accounts,
        "account": visit.form.get("account"),
        # Without an account of ours there is no form, and the page says so by itself.
        "errors": errors if accounts else {},
        "wide": True,
        # The address of a form that was sent has no page to come back to.
        "path": STATEMENTS,
    }
    return page(visit, "ops/statements.html", context, 422 if errors else 200)


def _size(file: UploadFile | None) -> int:
    return file.file.seek(0, os.SEEK_END) if file else 0


pages = [show_statements, bring_statement, show_statement]
