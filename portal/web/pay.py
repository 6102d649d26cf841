"""The pay path up to the press of Pay: what, how, with which details, and the check page that starts the payment."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from portal.domain.errors import Refused
from portal.domain.method import Details
from portal.domain.phone import Phone, PhoneUnreadable, parse_phone
from portal.domain.zone import EAST_AFRICA
from portal.services.step import Step
from portal.templating.consents import Matter, consent_text, current_version
from portal.web.form import Form
from portal.web.pages import page, see_other
from portal.web.returns import asked_to_return
from portal.web.visit import Visit

PAGE_OF = {"method": "/pay/method", "phone": "/pay/details", "account": "/pay/details"}
"""Where a choice is made that the check page misses."""
_NO_ERRORS: Mapping[str, str] = {}


@get("/pay", name="pay")
async def show_bills(
    visit: NamedDependency[Visit],
    bill: FromQuery[list[str] | None] = None,
    draft: FromQuery[str] = "",
    return_to: FromQuery[str] = "",
) -> Response[bytes]:
    """Every `?bill=` preselects one; `?draft=` brings back what was chosen before; `?return_to=` is where the last page
    leads.
    """
    if not draft:
        return await _bills(visit, bill or [], "", return_to=return_to)
    return await _bills_of(visit, draft)


@post("/pay", name="choose_bill")
async def choose_bill(visit: NamedDependency[Visit]) -> Response[bytes]:
    bills, amount = [*filter(None, dict.fromkeys(visit.form.all("bill")))], visit.form.get("amount")
    return_to = visit.form.get("return_to")
    if visit.switched:
        return await _bills(visit, bills, amount, return_to=return_to)
    try:
        if not bills:
            raise Refused("bill", "empty")
        back = asked_to_return(visit, return_to)
        draft = await visit.site.checkout.begin(visit.person, bills, amount.strip() or None, back)
    except Refused as refusal:
        return await _bills(visit, bills, amount, visit.errors(refusal), return_to=return_to)
    return see_other(f"/pay/method?draft={draft}")


@get("/pay/method", name="pay_method")
async def show_methods(visit: NamedDependency[Visit], draft: FromQuery[str] = "") -> Response[bytes]:
    return await _methods(visit, draft, None) if draft else see_other("/pay")


@post("/pay/method", name="choose_method")
async def choose_method(visit: NamedDependency[Visit], draft: FromQuery[str] = "") -> Response[bytes]:
    chosen = visit.form.get("method")
    if visit.switched:
        return await _methods(visit, draft, chosen)
    try:
        complete = await visit.site.checkout.choose_method(visit.person, draft, chosen)
    except Refused as refusal:
        return await _methods(visit, draft, chosen, visit.errors(refusal))
    return see_other(f"/pay/{'check' if complete else 'details'}?draft={draft}")


@get("/pay/details", name="pay_details")
async def show_details(visit: NamedDependency[Visit], draft: FromQuery[str] = "") -> Response[bytes]:
    return await _details(visit, draft) if draft else see_other("/pay")


@post("/pay/details", name="choose_details")
async def choose_details(visit: NamedDependency[Visit], draft: FromQuery[str] = "") -> Response[bytes]:
    """A wallet's phone, or the bank account of ours that the payer sends to."""
    if visit.switched:
        return await _details(visit, draft)
    checkout, form = visit.site.checkout, visit.form
    try:
        if form.get("asks") == "account":
            await checkout.choose_account(visit.person, draft, form.get("account"))
        else:
            await checkout.choose_phone(
                visit.person,
                draft,
                form.get("phone"),
                agreed=_ticked(form),
                save_consent=form.get("save") or None,
            )
    except Refused as refusal:
        return await _details(visit, draft, visit.errors(refusal))
    return see_other(f"/pay/check?draft={draft}")


@get("/pay/check", name="pay_check")
async def show_check(visit: NamedDependency[Visit], draft: FromQuery[str] = "") -> Response[bytes]:
    return await _check(visit, draft) if draft else see_other("/pay")


@post("/pay/check", name="start_payment")
async def start_payment(visit: NamedDependency[Visit]) -> Response[bytes]:
    """The draft is the idempotency key; total and rate are those that were shown, never the ones that are asked for."""
    draft, total, rate = (visit.form.get(name) for name in ("draft", "total", "rate"))
    if visit.switched:
        return await _check(visit, draft)
    site = visit.site
    try:
        order = await site.checkout.order(visit.person, draft, total, visit.language, rate)
        reference = await site.payments.start(order)
    except Refused as refusal:
        return await _not_started(visit, draft, refusal)
    return see_other(f"/pay/{reference}/bank" if order.account else f"/pay/{reference}")


async def _not_started(visit: Visit, draft: str, refusal: Refused) -> Response[bytes]:
    """The page on which it can be mended, with the reason and all that was chosen."""
    errors = visit.errors(refusal)
    match refusal.field, refusal.problem:
        case "amount" | "bill", _:
            return await _bills_of(visit, draft, errors)
        case "method", _:
            return await _methods(visit, draft, None, errors)
        case ("agreed", _) | ("phone" | "account", "empty"):
            return await _details(visit, draft, errors)
        case _:
            return await _check(visit, draft, errors)


async def _bills_of(visit: Visit, draft: str, errors: Mapping[str, str] = _NO_ERRORS) -> Response[bytes]:
    """With what a draft has chosen."""
    step = await visit.site.checkout.step(visit.person, draft)
    back = step.draft.return_to or ""
    return await _bills(visit, [*step.draft.amounts], _part(step), errors, return_to=back)


async def _bills(
    visit: Visit,
    bills: list[str],
    amount: str,
    errors: Mapping[str, str] = _NO_ERRORS,
    *,
    return_to: str,
) -> Response[bytes]:
    back = asked_to_return(visit, return_to)
    home = await visit.site.views.home(visit.person)
    context = {
        "under_way": home.under_way,
        "payable": home.payable,
        "chosen": bills or [due.bill.reference for due in home.payable[:1] if len(home.payable) == 1],
        "amount": amount,
        "return_to": back,
        "return_refused": bool(return_to) and back is None,
        "parts": any(due.takes_parts for due in home.payable),
        "currencies": sorted({due.bill.rest.currency for due in home.payable}),
        "today": visit.site.clock().astimezone(EAST_AFRICA).date(),
    }
    return _form_page(visit, "pay/bills.html", context, errors)


async def _methods(
    visit: Visit, draft: str, chosen: str | None, errors: Mapping[str, str] = _NO_ERRORS
) -> Response[bytes]:
    step = await visit.site.checkout.step(visit.person, draft)
    context = {"step": step, "chosen": _preselected(step) if chosen is None else chosen}
    return _form_page(visit, "pay/method.html", context, errors)


def _preselected(step: Step) -> str | None:
    """What was chosen before; else the default among the saved ones, where it works; else what the number tells."""
    if step.draft.method:
        return step.draft.saved or step.draft.method
    default = next((one.saved.id for one in step.saved if one.saved.is_default and not one.problem), None)
    return default or next((choice.method for choice in step.choices if choice.preselected), None)


async def _details(visit: Visit, draft: str, errors: Mapping[str, str] = _NO_ERRORS) -> Response[bytes]:
    step = await visit.site.checkout.step(visit.person, draft)
    match step.details:
        case None:
            return see_other(f"/pay/method?draft={draft}")
        case Details.NOTHING:
            return see_other(f"/pay/check?draft={draft}")
        case Details.ACCOUNT:
            chosen = visit.form.get("account") or step.draft.account
            return _form_page(visit, "pay/account.html", {"step": step, "chosen": chosen}, errors)
        case Details.PHONE:
            return _phone(visit, step, errors)


def _phone(visit: Visit, step: Step, errors: Mapping[str, str]) -> Response[bytes]:
    posted, version = "phone" in visit.form, current_version(Matter.PHONE)
    context = {
        "step": step,
        "choice": next(choice for choice in step.choices if choice.method is step.draft.method),
        "moved_from": None if posted else step.moved_from,
        "phone": visit.form.get("phone") if posted else _national(step.draft.phone or step.account_phone),
        "agreed": _ticked(visit.form) if posted else step.draft.agreed,
        "save": "save" in visit.form if posted else step.draft.save_consent is not None,
        "save_version": version,
        "save_text": consent_text(version, visit.language),
        "asks_owner": "agreed" in errors or "asks_owner" in visit.form or _of_somebody_else(step),
    }
    return _form_page(visit, "pay/phone.html", context, errors)


async def _check(visit: Visit, draft: str, errors: Mapping[str, str] = _NO_ERRORS) -> Response[bytes]:
    try:
        quote = await visit.site.checkout.quote(visit.person, draft)
    except Refused as refusal:
        if refusal.field in PAGE_OF:
            return see_other(f"{PAGE_OF[refusal.field]}?draft={draft}")
        return await _not_started(visit, draft, refusal)
    return _form_page(visit, "pay/check.html", {"quote": quote}, errors)


def _form_page(
    visit: Visit, template: str, context: Mapping[str, object], errors: Mapping[str, str]
) -> Response[bytes]:
    return page(visit, template, {**context, "errors": errors}, status=422 if errors else 200)


def _part(step: Step) -> str:
    """What was typed as another amount; all that is left is never typed."""
    return "" if step.amount == step.due.rest or len(step.allocations) > 1 else str(step.amount.major)


def _ticked(form: Form) -> bool:
    """Ticked for the number that was typed: a tick that stood there for another number says nothing of this one."""
    before = _read_phone(form.get("ticked_for"))
    return "agreed" in form and before in (None, _read_phone(form.get("phone")))


def _read_phone(text: str) -> Phone | None:
    try:
        return parse_phone(text)
    except PhoneUnreadable:
        return None


def _national(phone: Phone | None) -> str:
    return phone.national if phone else ""


def _of_somebody_else(step: Step) -> bool:
    return step.draft.phone is not None and not step.own_phone


pages = [
    show_bills,
    choose_bill,
    show_methods,
    choose_method,
    show_details,
    choose_details,
    show_check,
    start_payment,
]
