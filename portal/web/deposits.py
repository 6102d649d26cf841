"""A tenant's deposit: what is held, asking for it back, and answering each line of what the landlord wants to keep."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.domain.errors import Refused
from portal.domain.person import Role
from portal.services.deposit_views import DepositCase
from portal.services.deposit_wish import LineRefused, TypedAnswer
from portal.services.office import STAFF, Unchanged
from portal.web.addresses import number_of, read_reference, renamed
from portal.web.pages import page, see_other
from portal.web.visit import Visit

TENANT, LANDLORD, QUEUE = "/deposits", "/landlord/deposits", "/ops/queue/deposits"
NO_ERRORS: Mapping[str, str] = {}


@get(f"{TENANT}/{{lease:str}}", name="deposit")
async def show_deposit(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    """Whoever ends the lease, or decides, has a page of their own."""
    if (known := read_reference(lease)) != lease:
        return see_other(renamed(visit.path, lease, known))
    case = await visit.site.lease_end.views.case(visit.person, lease)
    base = base_of(visit)
    return see_other(f"{base}/{lease}") if base != TENANT else case_page(visit, case)


@post(f"{TENANT}/{{lease:str}}/ask", name="ask_deposit")
async def ask(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    return await act(visit, lease, lambda known: visit.site.lease_end.deposits.ask_back(visit.person, known))


@post(f"{TENANT}/{{lease:str}}/answer", name="answer_deductions")
async def answer(visit: NamedDependency[Visit], lease: FromPath[str]) -> Response[bytes]:
    """Each line by its number; one that the form does not hold stays as it is."""
    form = visit.form
    typed = {
        number_of(number): TypedAnswer(
            choice=form.get(f"answer_{number}"), note=form.get(f"dispute_note_{number}")
        )
        for number in form.all("line")
    }
    return await act(
        visit, lease, lambda known: visit.site.lease_end.deposits.answer(visit.person, known, typed)
    )


def base_of(visit: Visit) -> str:
    """Where this person's pages of deposits begin."""
    if visit.person.role in STAFF:
        return QUEUE
    return LANDLORD if visit.person.role is Role.LANDLORD else TENANT


async def act(visit: Visit, lease: str, do: Callable[[str], Awaitable[None]]) -> Response[bytes]:
    """The deposit's page again: with what cannot be as it was typed, or with the reason why nothing was changed.

    Nothing is done where only the language was changed.
    """
    known = read_reference(lease)
    views = visit.site.lease_end.views
    if visit.switched:
        return case_page(visit, await views.case(visit.person, known))
    try:
        await do(known)
    except Refused as refusal:
        case = await views.case(visit.person, known)
        return case_page(visit, case, status=422, errors=errors_of(visit, refusal))
    except Unchanged as unchanged:
        case = await views.case(visit.person, known)
        return case_page(visit, case, status=unchanged.status, unchanged=unchanged.problem)
    return see_other(f"{base_of(visit)}/{known}")


def errors_of(visit: Visit, refusal: Refused) -> dict[str, str]:
    """By the name of the field, which a line's number makes one of several."""
    if isinstance(refusal, LineRefused):
        return {f"{refusal.field}_{refusal.number}": visit.say(refusal)}
    return visit.errors(refusal)


def case_page(
    visit: Visit,
    case: DepositCase,
    *,
    status: int = 200,
    errors: Mapping[str, str] = NO_ERRORS,
    unchanged: str | None = None,
) -> Response[bytes]:
    base = base_of(visit)
    context = {
        "case": case,
        "deposit": case.of,
        "one": case.of.one,
        "lease": case.of.lease,
        "is_tenant": base == TENANT,
        "is_landlord": base == LANDLORD,
        "is_office": base == QUEUE,
        "may_confirm": visit.person.role is Role.APPROVER,
        "me": visit.person.id,
        "base": base,
        "errors": errors,
        "unchanged": unchanged,
        "typed": visit.form,
        # The address of a form that was sent has no page to come back to.
        "path": f"{base}/{case.of.lease.reference}",
    }
    return page(visit, "deposits/case.html", context, status)


pages = [show_deposit, ask, answer]
