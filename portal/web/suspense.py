"""Money that waits in suspense: the queue, and each line with what two people of the office can decide about it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.domain.errors import Refused
from portal.domain.person import Role
from portal.services.office import Unchanged
from portal.services.suspense import Case, Row
from portal.web.addresses import read_reference, renamed
from portal.web.office import age
from portal.web.pages import page, see_other
from portal.web.visit import Visit

QUEUE = "/ops/queue/suspense"
_NO_ERRORS: Mapping[str, str] = {}
_NUMBER = re.compile(r"\+?\d{7,}|(?<![0-9A-Za-z])\+?\d(?:[ -]?\d){6,}", re.ASCII)
"""Seven digits or more, glued to a word or in groups: of a phone, an account or a card."""
_LONG_NUMBER = 9


@get(QUEUE, name="suspense")
async def show_queue(visit: NamedDependency[Visit], after: FromQuery[str | None] = None) -> Response[bytes]:
    queue = await visit.site.suspense.queue(visit.person, after)
    context = {
        "rows": [_row(visit, row) for row in queue.rows],
        "sums": queue.sums,
        "newer": f"{QUEUE}?after={queue.newer}" if queue.newer else None,
        "continued": after is not None,
        "wide": True,
    }
    return page(visit, "ops/suspense.html", context)


@get("/ops/queue/suspense/{line:str}", name="bank_line")
async def show_line(visit: NamedDependency[Visit], line: FromPath[str]) -> Response[bytes]:
    if (known := read_reference(line)) != line:
        return see_other(renamed(visit.path, line, known))
    return await _case(visit, line)


@post("/ops/queue/suspense/{line:str}/assign", name="assign_money")
async def assign(visit: NamedDependency[Visit], line: FromPath[str]) -> Response[bytes]:
    known, form = read_reference(line), visit.form
    if visit.switched:
        return await _case(visit, known)
    act = visit.site.suspense.assign(visit.person, known, form.get("reference"), form.get("why"))
    return await _done(visit, known, act)


@post("/ops/queue/suspense/{line:str}/send-back", name="send_money_back")
async def send_back(visit: NamedDependency[Visit], line: FromPath[str]) -> Response[bytes]:
    known = read_reference(line)
    if visit.switched:
        return await _case(visit, known)
    act = visit.site.suspense.send_back(visit.person, known, visit.form.get("why"))
    return await _done(visit, known, act)


@post("/ops/queue/suspense/{line:str}/confirm", name="confirm_assignment")
async def confirm(visit: NamedDependency[Visit], line: FromPath[str]) -> Response[bytes]:
    """The form names the proposal that it showed: no other one is confirmed by it."""
    known = read_reference(line)
    act = visit.site.suspense.confirm(visit.person, known, visit.form.get("assignment"))
    return await _done(visit, known, act)


@post("/ops/queue/suspense/{line:str}/turn-down", name="turn_down_assignment")
async def turn_down(visit: NamedDependency[Visit], line: FromPath[str]) -> Response[bytes]:
    known = read_reference(line)
    act = visit.site.suspense.turn_down(visit.person, known, visit.form.get("assignment"))
    return await _done(visit, known, act)


def redacted(text: str) -> str:
    """Names stay, for by them the office finds whose it is; of a long number its ends are enough."""
    return _NUMBER.sub(_shortened, text)


def _shortened(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    kept = 3 if len(digits) >= _LONG_NUMBER else 2
    return f"{digits[:kept]}•••{digits[-kept:]}"


async def _done(visit: Visit, line: str, act: Awaitable[None]) -> Response[bytes]:
    """The line's page again: with what cannot be as it was typed, or with the reason why nothing was changed."""
    try:
        await act
    except Refused as refusal:
        return await _case(visit, line, status=422, errors=visit.errors(refusal))
    except Unchanged as unchanged:
        return await _case(visit, line, status=unchanged.status, unchanged=unchanged.problem)
    return see_other(f"{QUEUE}/{line}")


async def _case(
    visit: Visit,
    line: str,
    *,
    status: int = 200,
    errors: Mapping[str, str] = _NO_ERRORS,
    unchanged: str | None = None,
) -> Response[bytes]:
    case = await visit.site.suspense.case(visit.person, line)
    suggested = case.suggested.payment.reference if case.suggested else ""
    context = {
        "case": case,
        "line": case.line,
        "text": redacted(case.written.text),
        "payer": redacted(case.written.payer or ""),
        "errors": errors,
        "unchanged": unchanged,
        "reference": visit.form.get("reference") if "reference" in visit.form else suggested,
        "why": visit.form.get("why"),
        "may_confirm": _may_confirm(visit, case),
        "is_own": case.waiting is not None and case.waiting.proposed_by == visit.person.id,
        # The address of a form that was sent has no page to come back to.
        "path": f"{QUEUE}/{line}",
    }
    return page(visit, "ops/bank_line.html", context, status)


def _row(visit: Visit, row: Row) -> dict[str, object]:
    return {
        "line": row.line,
        "age": age(row.line.created_at, visit.site.clock()),
        "text": redacted(row.written.text),
        "payer": redacted(row.written.payer or ""),
        "suggested": row.suggested,
        "proposed": row.proposed,
    }


def _may_confirm(visit: Visit, case: Case) -> bool:
    waiting, person = case.waiting, visit.person
    return bool(
        waiting and case.can_be_decided and waiting.proposed_by != person.id and person.role is Role.APPROVER
    )


pages = [show_queue, show_line, assign, send_back, confirm, turn_down]
