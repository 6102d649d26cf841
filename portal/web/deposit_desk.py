"""Where leases end: the landlord's form with its check page, and the office's queue with what it decides."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.domain.deposit_events import DeductionKind
from portal.domain.deposit_return import MOST_LINES, TENANT_ANSWERS_WITHIN
from portal.domain.errors import NotFound, Refused
from portal.services.deposit_views import LeaseDeposit
from portal.services.deposit_wish import TypedClaim, TypedClaims
from portal.services.office import Unchanged
from portal.web.addresses import number_of, read_reference, renamed
from portal.web.deposits import LANDLORD, NO_ERRORS, QUEUE, act, base_of, case_page, errors_of
from portal.web.office import age
from portal.web.pages import page, see_other
from portal.web.visit import Visit

ROWS_AT_FIRST = 2


@get(LANDLORD, name="landlord_deposits")
async def show_own(visit: NamedDependency[Visit]) -> Response[bytes]:
    rows = _rows(visit, await visit.site.lease_end.views.of_landlord(visit.person))
    return page(visit, "deposits/landlord.html", {"rows": rows, "wide": True, "base": LANDLORD})


@get(QUEUE, name="office_deposits")
async def show_queue(visit: NamedDependency[Visit]) -> Response[bytes]:
    rows = _rows(visit, await visit.site.lease_end.views.queue(visit.person))
    return page(visit, "ops/deposits.html", {"rows": rows, "wide": True, "base": QUEUE})


@get(f"{LANDLORD}/{{lease:str}}", name="landlord_deposit")
async def show_to_landlord(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    return await _shown(visit, lease)


@get(f"{QUEUE}/{{lease:str}}", name="office_deposit")
async def show_to_office(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    return await _shown(visit, lease)


@get(f"{LANDLORD}/{{lease:str}}/end", name="end_lease")
async def show_form(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    return await _form_at(visit, lease)


@get(f"{QUEUE}/{{lease:str}}/end", name="office_end_lease")
async def show_form_to_office(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    return await _form_at(visit, lease)


@post(f"{LANDLORD}/{{lease:str}}/end", name="check_lease_end")
async def check(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    """Everything once more before it is done; nothing is done yet."""
    return await _next(visit, lease)


@post(f"{QUEUE}/{{lease:str}}/end", name="office_checks_lease_end")
async def office_checks(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    return await _next(visit, lease)


@post(f"{LANDLORD}/{{lease:str}}/return", name="return_deposit")
async def submit(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    return await _submit(visit, lease)


@post(f"{QUEUE}/{{lease:str}}/return", name="office_returns_deposit")
async def office_submits(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    return await _submit(visit, lease)


@post(f"{QUEUE}/{{lease:str}}/decide", name="decide_deduction")
async def decide(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    line, form = number_of(visit.form.get("line")), visit.form
    amount, note = form.get(f"decided_{line}"), form.get(f"decided_note_{line}")
    desk = visit.site.lease_end.desk
    return await act(
        visit, lease, lambda known: desk.decide(visit.person, known, line, amount=amount, note=note)
    )


@post(f"{QUEUE}/{{lease:str}}/confirm", name="confirm_deduction")
async def confirm(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    """The form says what it showed: nothing else is confirmed by it."""
    line, shown = number_of(visit.form.get("line")), visit.form.get("shown")
    desk = visit.site.lease_end.desk
    return await act(visit, lease, lambda known: desk.confirm(visit.person, known, line, shown))


@post(f"{QUEUE}/{{lease:str}}/turn-down", name="turn_down_deduction")
async def turn_down(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    line, desk = number_of(visit.form.get("line")), visit.site.lease_end.desk
    return await act(visit, lease, lambda known: desk.turn_down(visit.person, known, line))


@post(f"{QUEUE}/{{lease:str}}/send", name="send_deposit_again")
async def send_again(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    """What could not be sent back the first time."""
    deposits = visit.site.lease_end.deposits
    return await act(visit, lease, lambda known: deposits.send_again(visit.person, known))


@post(f"{QUEUE}/{{lease:str}}/gone", name="end_empty_return")
async def end(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    """Nothing of the deposit is held any more."""
    desk = visit.site.lease_end.desk
    return await act(visit, lease, lambda known: desk.end(visit.person, known))


async def _shown(visit: Visit, lease: str) -> Response[bytes]:
    if (known := read_reference(lease)) != lease:
        return see_other(renamed(visit.path, lease, known))
    return case_page(visit, await visit.site.lease_end.views.case(visit.person, lease))


async def _form_at(visit: Visit, lease: str) -> Response[bytes]:
    if (known := read_reference(lease)) != lease:
        return see_other(renamed(visit.path, lease, known))
    return await _form(visit, lease)


async def _next(visit: Visit, lease: str) -> Response[bytes]:
    known, form = read_reference(lease), visit.form
    if visit.switched or form.get("back") or form.get("more"):
        return await _form(visit, known, more=bool(form.get("more")))
    return await _check(visit, known)


async def _check(visit: Visit, lease: str) -> Response[bytes]:
    views, typed = visit.site.lease_end.views, typed_in(visit)
    try:
        wish = await views.check(visit.person, lease, typed)
    except Refused as refusal:
        return await _form(visit, lease, refusal=refusal)
    except Unchanged as unchanged:
        case = await views.case(visit.person, lease)
        return case_page(visit, case, status=unchanged.status, unchanged=unchanged.problem)
    case = await views.case(visit.person, lease)
    until = visit.site.clock() + TENANT_ANSWERS_WITHIN
    context = {"deposit": case.of, "lease": case.of.lease, "wish": wish, "typed": typed, "until": until}
    return page(visit, "deposits/check.html", context | _places(visit, lease))


async def _submit(visit: Visit, lease: str) -> Response[bytes]:
    known, typed = read_reference(lease), typed_in(visit)
    if visit.switched:
        return await _check(visit, known)
    try:
        await visit.site.lease_end.deposits.itemise(visit.person, known, typed)
    except Refused as refusal:
        return await _form(visit, known, refusal=refusal)
    except Unchanged as unchanged:
        case = await visit.site.lease_end.views.case(visit.person, known)
        return case_page(visit, case, status=unchanged.status, unchanged=unchanged.problem)
    return see_other(f"{base_of(visit)}/{known}")


async def _form(
    visit: Visit, lease: str, *, refusal: Refused | None = None, more: bool = False
) -> Response[bytes]:
    """With what was typed; where the deposit has changed meanwhile, with the new one."""
    case = await visit.site.lease_end.views.case(visit.person, lease)
    if case.of.to_itemise is None:
        return case_page(visit, case)
    if base_of(visit) == QUEUE and not case.office_may_itemise:
        raise NotFound
    rows = [*typed_in(visit).rows]
    wanted = min(MOST_LINES, max(ROWS_AT_FIRST, len(rows) + more))
    rows += [TypedClaim()] * (wanted - len(rows))
    errors: Mapping[str, str] = errors_of(visit, refusal) if refusal else NO_ERRORS
    context = {
        "deposit": case.of,
        "lease": case.of.lease,
        "refund_open": case.refund_open,
        "rows": rows,
        "kinds": list(DeductionKind),
        "may_add": wanted < MOST_LINES,
        "most": MOST_LINES,
        "days": TENANT_ANSWERS_WITHIN.days,
        "errors": errors,
    }
    return page(visit, "deposits/form.html", context | _places(visit, lease), 422 if refusal else 200)


def typed_in(visit: Visit) -> TypedClaims:
    """The form as it came, with as many rows as it had."""
    form = visit.form
    count = min(number_of(form.get("rows")), MOST_LINES)
    rows = [
        TypedClaim(
            kind=form.get(f"claim_kind_{number}"),
            amount=form.get(f"claimed_{number}"),
            note=form.get(f"claim_note_{number}"),
        )
        for number in range(1, count + 1)
    ]
    return TypedClaims(rows=rows, shown=form.get("deposit"))


def _places(visit: Visit, lease: str) -> dict[str, object]:
    base = base_of(visit)
    # The address of a form that was sent has no page to come back to.
    return {"base": base, "case_path": f"{base}/{lease}", "path": f"{base}/{lease}/end"}


def _rows(visit: Visit, found: list[LeaseDeposit]) -> list[dict[str, object]]:
    now = visit.site.clock()
    return [{"deposit": each, "age": age(each.one.updated_at, now) if each.one else None} for each in found]


pages = [
    show_own,
    show_queue,
    show_to_landlord,
    show_to_office,
    show_form,
    show_form_to_office,
    check,
    office_checks,
    submit,
    office_submits,
    decide,
    confirm,
    turn_down,
    send_again,
    end,
]
