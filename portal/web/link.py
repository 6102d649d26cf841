"""Somebody else pays: the pages of a link, for people without an account. They show its bills and pay those."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.domain.errors import (
    AlreadyPaid,
    DraftUsed,
    KeyReused,
    MethodUnavailable,
    NotFound,
    PaymentInProgress,
    Refused,
)
from portal.domain.exchange import asked_for_all
from portal.domain.ids import ALPHABET, LENGTH
from portal.domain.person import Guest
from portal.services.links import LinkView
from portal.web.addresses import instant_of
from portal.web.link_standing import LinkStanding, link_standing, mark_of
from portal.web.pages import fragment, nothing, page, see_other
from portal.web.visit import Visit

MOVED_ON = (PaymentInProgress, AlreadyPaid, DraftUsed, KeyReused, NotFound)
"""The page of the link says how it stands now: it has been paid, it is being paid, or this browser's draft is gone."""
NOT_NOW = Refused("method", "not_now")
PAID_SINCE = Refused("bill", "changed")
A_DRAFT = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
UNSEEN = {"X-Robots-Tag": "noindex, nofollow"}
"""Whoever finds a link that somebody has published is not led here by a search engine."""
_NO_ERRORS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who came by a link: in their own visit, for its bills, with what they have chosen so far in `draft`."""

    visit: Visit
    guest: Guest
    token: str
    draft: str

    @property
    def at(self) -> str:
        """The link's own path."""
        return f"/p/{self.token}"

    def onward(self, step: str = "") -> str:
        """A page of the link that goes on with the draft."""
        return f"{self.at}{step}?draft={self.draft}" if self.draft else f"{self.at}{step}"

    def back(self) -> Response[bytes]:
        """To the page that says how it stands."""
        return see_other(self.onward())

    def errors(self, refusal: Refused) -> Mapping[str, str]:
        return self.visit.errors(refusal)

    def drawn(
        self, template: str, context: Mapping[str, object], errors: Mapping[str, str] = _NO_ERRORS
    ) -> Response[bytes]:
        shown = {"link": self, "errors": errors, **context}
        return page(self.visit, template, shown, status=422 if errors else 200, headers=UNSEEN)


@get("/p/{token:str}", name="link")
async def show_link(
    visit: NamedDependency[Visit],
    token: FromPath[str],
    draft: FromQuery[str] = "",
    check: FromQuery[str | None] = None,
    asked: FromQuery[str | None] = None,
) -> Response[bytes]:
    """What is to be paid, or how it stands; `?draft=` is what this browser chose here or has paid with.

    `?check=1` only leaves a question to the worker.
    """
    caller = await _come_in(visit, token, draft)
    view = await visit.site.links.view(caller.guest, caller.draft)
    if view.payable and not view.own:
        return await _ways(caller, view)
    standing = _standing(caller, view)
    if check:
        if view.payment:
            await visit.site.payments.look_again(caller.guest, view.payment.reference)
        return see_other(f"{standing.address}{'&' if view.own else '?'}asked=1")
    context = {
        "p": standing,
        "asked": bool(asked) and standing.waiting and view.can_be_asked,
        "use_htmx": standing.poll is not None,
    }
    return caller.drawn("link/status.html", context)


@get("/p/{token:str}/card", name="link_card")
async def ask_for_news(
    visit: NamedDependency[Visit],
    token: FromPath[str],
    draft: FromQuery[str] = "",
    mark: FromQuery[str] = "",
    said: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
) -> Response[bytes] | Response[None]:
    """204 while the page still shows what stands, as for the tenant's own page."""
    caller = await _come_in(visit, token, draft)
    view = await visit.site.links.view(caller.guest, caller.draft)
    if mark == mark_of(view) and visit.site.clock() < instant_of(until):
        return nothing()
    standing = _standing(caller, view, opened_at=instant_of(since), said=said)
    return fragment(visit, "link/card.html", {"p": standing}, headers=UNSEEN)


@post("/p/{token:str}", name="choose_method_by_link")
async def choose_method(
    visit: NamedDependency[Visit], token: FromPath[str], draft: FromQuery[str] = ""
) -> Response[bytes]:
    caller, chosen = await _come_in(visit, token, draft), visit.form.get("method")
    checkout, guest = visit.site.checkout, caller.guest
    if visit.switched:
        return await _ways_again(caller, chosen)
    try:
        if not caller.draft:
            bills = (await visit.site.links.view(guest)).bills
            begun = await checkout.begin(guest, [bill.reference for bill in bills], None)
            caller = replace(caller, draft=begun)
        await checkout.choose_method(guest, caller.draft, chosen)
    except Refused as refusal:
        return await _ways_again(caller, chosen, caller.errors(refusal))
    except MethodUnavailable:
        return await _ways_again(caller, chosen, caller.errors(NOT_NOW))
    except MOVED_ON:
        return caller.back()
    return see_other(caller.onward("/phone"))


@get("/p/{token:str}/phone", name="link_phone")
async def show_phone(
    visit: NamedDependency[Visit], token: FromPath[str], draft: FromQuery[str] = ""
) -> Response[bytes]:
    return await _phone(await _come_in(visit, token, draft))


@post("/p/{token:str}/phone", name="choose_phone_by_link")
async def choose_phone(
    visit: NamedDependency[Visit], token: FromPath[str], draft: FromQuery[str] = ""
) -> Response[bytes]:
    caller, form = await _come_in(visit, token, draft), visit.form
    if visit.switched:
        return await _phone(caller)
    typed, agreed = form.get("phone"), "agreed" in form
    try:
        await visit.site.checkout.choose_phone(caller.guest, caller.draft, typed, agreed=agreed)
    except Refused as refusal:
        return await _phone(caller, caller.errors(refusal))
    except MOVED_ON:
        return caller.back()
    return see_other(caller.onward("/check"))


@get("/p/{token:str}/check", name="link_check")
async def show_check(
    visit: NamedDependency[Visit], token: FromPath[str], draft: FromQuery[str] = ""
) -> Response[bytes]:
    return await _check(await _come_in(visit, token, draft))


@post("/p/{token:str}/check", name="pay_by_link")
async def pay(visit: NamedDependency[Visit], token: FromPath[str]) -> Response[bytes]:
    """As on the tenant's own check page: the draft is the key, and the total the one that was shown."""
    caller = await _come_in(visit, token, visit.form.get("draft"))
    if visit.switched:
        return await _check(caller)
    site, guest = visit.site, caller.guest
    total, rate = visit.form.get("total"), visit.form.get("rate")
    try:
        order = await site.checkout.order(guest, caller.draft, total, guest.language, rate)
        await site.payments.start(order)
    except Refused as refusal:
        return await _not_started(caller, refusal)
    except MethodUnavailable:
        return await _ways_again(caller, "", caller.errors(NOT_NOW))
    except MOVED_ON:
        return caller.back()
    return caller.back()


async def _come_in(visit: Visit, token: str, draft: str) -> Caller:
    """Raises NotFound, LinkEnded."""
    guest = await visit.site.links.open(token, visit.browser, visit.client)
    return Caller(visit, guest, token, draft if A_DRAFT.fullmatch(draft) else "")


async def _not_started(caller: Caller, refusal: Refused) -> Response[bytes]:
    """The page on which it can be mended, with the reason and all that was chosen."""
    errors = caller.errors(refusal)
    match refusal.field, refusal.problem:
        case "bill" | "amount", _:
            # Less is left than this draft is for: what is chosen now is a new one, of what is left.
            return await _ways_again(replace(caller, draft=""), "", caller.errors(PAID_SINCE))
        case "method", _:
            return await _ways_again(caller, "", errors)
        case ("agreed", _) | ("phone", "empty"):
            return await _phone(caller, errors)
        case _:
            return await _check(caller, errors)


async def _ways_again(caller: Caller, chosen: str, errors: Mapping[str, str] = _NO_ERRORS) -> Response[bytes]:
    view = await caller.visit.site.links.view(caller.guest, caller.draft)
    return await _ways(caller, view, chosen, errors) if view.payable else caller.back()


async def _ways(
    caller: Caller, view: LinkView, chosen: str = "", errors: Mapping[str, str] = _NO_ERRORS
) -> Response[bytes]:
    checkout = caller.visit.site.checkout
    if caller.draft and not chosen:
        try:
            chosen = (await checkout.step(caller.guest, caller.draft)).draft.method or ""
        except MOVED_ON:
            caller = replace(caller, draft="")
    choices, exchange = await checkout.ways(caller.guest, view.due)
    asked = asked_for_all((bill.rest for bill in view.bills), exchange)
    shown = {"view": view, "chosen": chosen, "choices": choices, "exchange": exchange, "asked": asked}
    return caller.drawn("link/pay.html", shown, errors)


async def _phone(caller: Caller, errors: Mapping[str, str] = _NO_ERRORS) -> Response[bytes]:
    form = caller.visit.form
    try:
        step = await caller.visit.site.checkout.step(caller.guest, caller.draft)
    except MOVED_ON:
        return caller.back()
    choice = next((choice for choice in step.choices if choice.method is step.draft.method), None)
    if choice is None:
        return caller.back()
    posted, before = "phone" in form, step.draft.phone
    context = {
        "step": step,
        "choice": choice,
        "phone": form.get("phone") if posted else before.national if before else "",
        "agreed": "agreed" in form if posted else step.draft.agreed,
    }
    return caller.drawn("link/phone.html", context, errors)


async def _check(caller: Caller, errors: Mapping[str, str] = _NO_ERRORS) -> Response[bytes]:
    try:
        quote = await caller.visit.site.checkout.quote(caller.guest, caller.draft)
    except Refused as refusal:
        if refusal.field in ("bill", "amount"):
            return await _not_started(caller, refusal)
        return see_other(caller.onward("/phone" if refusal.field == "phone" else ""))
    except MOVED_ON:
        return caller.back()
    return caller.drawn("link/check.html", {"quote": quote}, errors)


def _standing(
    caller: Caller, view: LinkView, *, opened_at: datetime | None = None, said: str | None = None
) -> LinkStanding:
    site = caller.visit.site
    now = site.clock()
    return link_standing(
        view,
        at=caller.at,
        draft=caller.draft,
        opened_at=opened_at or now,
        now=now,
        jitter=site.random(1)[0] / 256,
        said=said,
    )


pages = [
    show_link,
    ask_for_news,
    choose_method,
    show_phone,
    choose_phone,
    show_check,
    pay,
]
