"""What the office sees: the payments that need a person, oldest first, and each with what can be decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.domain.errors import Refused
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.person import Role
from portal.domain.reversal import left_here
from portal.services.corrections import Case
from portal.services.office import Unchanged
from portal.services.payers_word import Said
from portal.web.addresses import read_reference, renamed
from portal.web.explained import explains_of
from portal.web.pages import page, see_other
from portal.web.timeline import moments
from portal.web.visit import Visit

MOST = 100
"""As many as the store hands out at once."""

Age = tuple[int, str]
"""How many minutes, hours or days."""
_NO_ERRORS: Mapping[str, str] = {}


@get("/ops", name="office")
async def show_uncertain(visit: NamedDependency[Visit]) -> Response[bytes]:
    now = visit.site.clock()
    needing = await visit.site.views.for_the_office()
    rows = [
        {
            "payment": one.payment,
            "place": one.listed.place,
            "payer_name": one.listed.payer_name,
            "explains": explains_of(one.payment, visit.person),
            "age": age(one.payment.created_at, now),
            "proposal": one.proposal,
            "can_be_decided": one.can_be_decided,
        }
        for one in needing
    ]
    context = {
        "rows": rows,
        "most": MOST,
        "stopped": await visit.site.views.stopped_work(),
        "alarm": await visit.site.books.close.alarm(),
        "alerts": await visit.site.providers.open_alerts(),
        "parked": await visit.site.views.parked(),
        "refunds": await visit.site.refund_views.queued(visit.person),
        "taken_back": await visit.site.reads.taken_back.lately(),
        "deposits": await visit.site.lease_end.views.queued(visit.person),
        "suspended": await visit.site.suspense.sums(visit.person),
        "payouts": await visit.site.books.views.under_way(visit.person),
        "debts": await visit.site.books.views.debts(visit.person),
        "wide": True,
    }
    return page(visit, "ops/uncertain.html", context)


@get("/ops/payments/{reference:str}", name="office_payment")
async def show_case(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    if (known := read_reference(reference)) != reference:
        return see_other(renamed(visit.path, reference, known))
    return await _case(visit, reference)


@post("/ops/payments/{reference:str}/money-came", name="propose_money")
async def propose_money(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    code, amount = visit.form.get("receipt_code"), visit.form.get("amount")
    propose = visit.site.corrections.money_came
    return await _typed_in(visit, reference, lambda known: propose(visit.person, known, code, amount))


@post("/ops/payments/{reference:str}/no-money", name="propose_no_money")
async def propose_no_money(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    note, propose = visit.form.get("note"), visit.site.corrections.no_money
    return await _typed_in(visit, reference, lambda known: propose(visit.person, known, note))


@post("/ops/payments/{reference:str}/went-back", name="propose_went_back")
async def propose_went_back(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    code, amount = visit.form.get("receipt_code"), visit.form.get("amount")
    propose = visit.site.corrections.money_went_back
    return await _typed_in(visit, reference, lambda known: propose(visit.person, known, code, amount))


@post("/ops/payments/{reference:str}/stands", name="propose_stands")
async def propose_stands(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    why, propose = visit.form.get("why"), visit.site.corrections.stands
    return await _typed_in(visit, reference, lambda known: propose(visit.person, known, why))


@post("/ops/payments/{reference:str}/word", name="take_word")
async def take_word(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    """What a payer told the office of money beyond their bills."""
    form, take = visit.form, visit.site.corrections.word.take
    said = Said(
        chosen=form.get("chosen"),
        shown=form.get("shown"),
        word=form.get("word"),
        account=form.get("notes"),
    )
    return await _typed_in(visit, reference, lambda known: take(visit.person, known, said))


@post("/ops/payments/{reference:str}/confirm", name="confirm_correction")
async def confirm_correction(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    """The form names the proposal that it showed: no other one is confirmed by it."""
    known, shown = read_reference(reference), visit.form.get("correction")
    return await _done(visit, known, visit.site.corrections.confirm(visit.person, known, shown))


@post("/ops/payments/{reference:str}/turn-down", name="turn_down_correction")
async def turn_down_correction(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    known, shown = read_reference(reference), visit.form.get("correction")
    return await _done(visit, known, visit.site.corrections.turn_down(visit.person, known, shown))


async def _typed_in(visit: Visit, reference: str, act: Callable[[str], Awaitable[object]]) -> Response[bytes]:
    """Whoever changes the language of a page that holds a form has not sent it yet."""
    known = read_reference(reference)
    if visit.switched:
        return await _case(visit, known)
    return await _done(visit, known, act(known))


async def _done(visit: Visit, reference: str, act: Awaitable[object]) -> Response[bytes]:
    """The payment's page again: with what cannot be as it was typed, or with the reason why nothing was changed."""
    try:
        await act
    except Refused as refusal:
        return await _case(visit, reference, status=422, errors=visit.errors(refusal))
    except Unchanged as unchanged:
        return await _case(visit, reference, status=unchanged.status, unchanged=unchanged.problem)
    return see_other(f"/ops/payments/{reference}")


async def _case(
    visit: Visit,
    reference: str,
    *,
    status: int = 200,
    errors: Mapping[str, str] = _NO_ERRORS,
    unchanged: str | None = None,
) -> Response[bytes]:
    case = await visit.site.corrections.case(visit.person, reference)
    context = {
        "case": case,
        "payment": case.payment,
        "shares": await visit.site.books.views.shares(visit.person, reference),
        "explains": explains_of(case.payment, visit.person),
        "moments": moments(case.timeline),
        "errors": errors,
        "unchanged": unchanged,
        "typed": _typed(visit, case),
        "may_confirm": _may_confirm(visit, case),
        "is_own": case.waiting is not None and case.waiting.proposed_by == visit.person.id,
        # The address of a form that was sent has no page to come back to.
        "path": f"/ops/payments/{reference}",
    }
    return page(visit, "ops/payment.html", context, status)


def _typed(visit: Visit, case: Case) -> dict[str, str]:
    """What the forms hold: what was typed, and before that the total that was asked for."""
    form = visit.form
    return {
        "receipt_code": form.get("receipt_code"),
        "amount": form.get("amount") if "amount" in form else f"{_expected(case.payment).major:,}",
        "note": form.get("note"),
        "why": form.get("why"),
        "word": form.get("word"),
        "notes": form.get("notes"),
        "chosen": form.get("chosen"),
    }


def _expected(payment: Payment) -> Money:
    """What may have come, or gone back."""
    return left_here(payment) if payment.completed_at else payment.in_question or payment.total


def _may_confirm(visit: Visit, case: Case) -> bool:
    waiting, person = case.waiting, visit.person
    return bool(
        waiting and case.can_be_decided and waiting.proposed_by != person.id and person.role is Role.APPROVER
    )


def age(since: datetime, now: datetime) -> Age:
    """In the largest unit of which two have passed: 90 minutes are `(90, "minutes")`, 50 hours `(2, "days")`."""
    passed = now - since
    if passed >= timedelta(days=2):
        return passed.days, "days"
    if passed >= timedelta(hours=2):
        return passed // timedelta(hours=1), "hours"
    return max(0, passed // timedelta(minutes=1)), "minutes"


pages = [
    show_uncertain,
    show_case,
    propose_money,
    propose_no_money,
    propose_went_back,
    propose_stands,
    take_word,
    confirm_correction,
    turn_down_correction,
]
