"""Where refunds are decided: the landlord's pages and the office's queue, with the same decision on both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.domain.allocation import Allocation
from portal.domain.errors import Refused
from portal.domain.holder import holder_of
from portal.domain.payment import Payment
from portal.domain.person import Person
from portal.services.office import STAFF, Unchanged
from portal.services.refund_lists import RefundList
from portal.services.refund_sending import may_look
from portal.store.refund_lists import ListedRefund
from portal.web.addresses import read_reference, renamed
from portal.web.form import Form
from portal.web.office import age
from portal.web.pages import page, see_other
from portal.web.refunds import case_facts
from portal.web.visit import Visit

LANDLORD, QUEUE = "/landlord/refunds", "/ops/queue/refunds"
TYPED = (
    "how_much",
    "amount",
    "by_hand",
    "note_why",
    "bank_reference",
    "refund_code",
    "note_went",
    "note_not",
    "note_close",
    "route",
)
"""The fields of all its forms."""
_NO_ERRORS: Mapping[str, str] = {}


@get(LANDLORD, name="landlord_refunds")
async def show_own(
    visit: NamedDependency[Visit], newer: FromQuery[str | None] = None, older: FromQuery[str | None] = None
) -> Response[bytes]:
    """What waits and what is over; a further page of the one is shown without the other."""
    lists = visit.site.reads.refund_lists
    waiting = None if older else await lists.waiting(visit.person, newer)
    over = None if newer else await lists.over(visit.person, older)
    context = {
        "waiting": _listed(visit, waiting, LANDLORD, "newer"),
        "over": _listed(visit, over, LANDLORD, "older"),
        "continued": bool(newer or older),
    }
    return page(visit, "landlord/refunds.html", context | {"wide": True, "base": LANDLORD})


@get(QUEUE, name="office_refunds")
async def show_queue(visit: NamedDependency[Visit], newer: FromQuery[str | None] = None) -> Response[bytes]:
    queue = await visit.site.reads.refund_lists.queue(visit.person, newer)
    context = {"queue": _listed(visit, queue, QUEUE, "newer"), "continued": bool(newer)}
    return page(visit, "ops/refunds.html", context | {"wide": True, "base": QUEUE})


@get(f"{LANDLORD}/{{refund:str}}", name="landlord_refund")
async def show_to_landlord(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    return await _shown(visit, refund)


@get(f"{QUEUE}/{{refund:str}}", name="office_refund")
async def show_to_office(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    return await _shown(visit, refund)


@post(f"{LANDLORD}/{{refund:str}}/approve", name="landlord_approves")
async def landlord_approves(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    return await _approve(visit, refund)


@post(f"{QUEUE}/{{refund:str}}/approve", name="office_approves")
async def office_approves(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    return await _approve(visit, refund)


@post(f"{LANDLORD}/{{refund:str}}/decline", name="landlord_declines")
async def landlord_declines(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    return await _decline(visit, refund)


@post(f"{QUEUE}/{{refund:str}}/decline", name="office_declines")
async def office_declines(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    return await _decline(visit, refund)


@post(f"{QUEUE}/{{refund:str}}/sent", name="refund_sent")
async def sent(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    """By hand, from our bank."""
    code = visit.form.get("bank_reference")
    return await act(visit, refund, lambda known: visit.site.refunds.sent_by_hand(visit.person, known, code))


@post(f"{QUEUE}/{{refund:str}}/not-sent", name="refund_not_sent")
async def not_sent(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    note = visit.form.get("note_why")
    return await act(
        visit, refund, lambda known: visit.site.refunds.cannot_be_sent(visit.person, known, note)
    )


@post(f"{QUEUE}/{{refund:str}}/look", name="look_at_refund")
async def look(visit: NamedDependency[Visit], refund: FromPath[str]) -> Response[bytes]:
    return await act(visit, refund, lambda known: visit.site.refund_sending.look(visit.person, known))


async def _shown(visit: Visit, refund: str) -> Response[bytes]:
    if (known := read_reference(refund)) != refund:
        return see_other(renamed(visit.path, refund, known))
    return await _case(visit, refund)


async def _approve(visit: Visit, refund: str) -> Response[bytes]:
    """The form says what it showed: nothing else is agreed to by it."""
    form = visit.form
    shown, by_hand = form.get("shown"), form.get("by_hand") == "yes"
    return await act(
        visit,
        refund,
        lambda known: visit.site.refunds.approve(
            visit.person, known, shown=shown, less=_less_in(form), by_hand=by_hand
        ),
    )


def _less_in(form: Form) -> str | None:
    """What was typed; None for all of it. No page comes between the button and the money, so of two words that do not
    agree neither is believed. Raises Refused.
    """
    typed = form.get("amount").strip()
    if form.get("how_much") == "less":
        return typed
    if typed:
        raise Refused("amount", "or_all")
    return None


async def _decline(visit: Visit, refund: str) -> Response[bytes]:
    note = visit.form.get("note_why")
    return await act(visit, refund, lambda known: visit.site.refunds.decline(visit.person, known, note))


def base_of(visit: Visit) -> str:
    """Where this person's pages of refunds begin."""
    return QUEUE if visit.person.role in STAFF else LANDLORD


async def act(visit: Visit, refund: str, doing: Callable[[str], Awaitable[object]]) -> Response[bytes]:
    """The refund's page again: with what cannot be as it was typed, or with the reason why nothing was changed.

    Nothing is done where only the language was changed.
    """
    known = read_reference(refund)
    if visit.switched:
        return await _case(visit, known)
    try:
        await doing(known)
    except Refused as refusal:
        return await _case(visit, known, status=422, errors=visit.errors(refusal))
    except Unchanged as unchanged:
        return await _case(visit, known, status=unchanged.status, unchanged=unchanged.problem)
    return see_other(f"{base_of(visit)}/{known}")


async def _case(
    visit: Visit,
    refund: str,
    *,
    status: int = 200,
    errors: Mapping[str, str] = _NO_ERRORS,
    unchanged: str | None = None,
) -> Response[bytes]:
    case = await visit.site.refund_views.case(visit.person, refund)
    context = case_facts(visit, case) | {
        "errors": errors,
        "unchanged": unchanged,
        "may_approve": case.may_approve(visit.person),
        "may_send": case.may_send(visit.person),
        "may_confirm": case.may_confirm(visit.person),
        "is_office": visit.person.role in STAFF,
        "paid_for": theirs(visit.person, case.payment, case.lease.landlord),
        "can_look": may_look(case.refund),
        "base": base_of(visit),
        "typed": {name: visit.form.get(name) for name in TYPED},
        # The address of a form that was sent has no page to come back to.
        "path": f"{base_of(visit)}/{refund}",
    }
    return page(visit, "refunds/case.html", context, status)


def _listed(visit: Visit, found: RefundList | None, base: str, way: str) -> dict[str, object]:
    """The rows of one list, and where it goes on; nothing of a list that this page does not show."""
    if found is None:
        return {"rows": [], "more": None}
    more = f"{base}?{urlencode({way: found.more})}" if found.more else None
    return {"rows": listed_rows(found.rows, visit.person, visit.site.clock()), "more": more}


def listed_rows(found: Iterable[ListedRefund], person: Person, now: datetime) -> list[dict[str, object]]:
    return [
        {
            "refund": one.refund,
            "paid": one.paid,
            "bills": theirs(person, one.paid.payment, one.paid.lets),
            "sender": one.sender,
            "age": age(one.refund.requested_at, now),
        }
        for one in found
    ]


def theirs(person: Person, payment: Payment, lets: str) -> list[Allocation]:
    """The bills of which a landlord holds the money; the office reads of all."""
    is_office = person.role in STAFF
    return [each for each in payment.allocations if is_office or holder_of(payment, each, lets) == person.id]


pages = [
    show_own,
    show_queue,
    show_to_landlord,
    show_to_office,
    landlord_approves,
    office_approves,
    landlord_declines,
    office_declines,
    sent,
    not_sent,
    look,
]
