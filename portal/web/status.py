"""The one address of a payment: its page, the fragment that asks for news, another try, and calling it off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.documents.qr import qr_svg
from portal.domain.payment import Payment
from portal.domain.return_address import named_host, return_address
from portal.web.addresses import instant_of, number_of, read_reference, renamed
from portal.web.excess_form import extra_form
from portal.web.explained import explains_of
from portal.web.faces import Action
from portal.web.pages import fragment, moved_to, nothing, page, see_other
from portal.web.receipts import kilobytes
from portal.web.sentences import N_, say
from portal.web.standing import Seen, Standing, standing_of
from portal.web.tanqr import tanqr_of
from portal.web.visit import Visit
from portal.web.waiting import pace_of

NEXT_PAGE = {"phone": "/pay/details", "method": "/pay/method"}
"""Where another try begins, by what the payer wants to change; with nothing to change, at the check page."""


@get("/pay/{reference:str}", name="payment")
async def show_payment(
    visit: NamedDependency[Visit],
    reference: FromPath[str],
    check: FromQuery[str | None] = None,
    asked: FromQuery[str | None] = None,
    auto: FromQuery[str | None] = None,
) -> Response[bytes]:
    """`?check=1` only leaves a question to the worker; `?auto=1` renews the page by itself, for those who ask.

    A reference with dashes or small letters leads to the one address of its payment.
    """
    if (known := read_reference(reference)) != reference:
        return see_other(renamed(visit.path, reference, known))
    if check:
        await visit.site.payments.look_again(visit.person, reference)
        return see_other(f"/pay/{reference}?asked=1")
    standing = await standing_at(visit, reference, just_back=bool(asked))
    return status_page(visit, standing, asked=bool(asked), renews=bool(auto))


@get("/pay/{reference:str}/card", name="payment_card")
async def ask_for_news(
    visit: NamedDependency[Visit],
    reference: FromPath[str],
    v: FromQuery[str] = "",
    rest: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
) -> Response[bytes] | Response[None]:
    """204 while the page still shows what stands: version `v`, bills that lack `rest`, words that hold `until`."""
    reference = read_reference(reference)
    version, lacking = await visit.site.views.newest(visit.person, reference)
    if (v, rest) == (str(version), str(lacking.minor)) and visit.site.clock() < instant_of(until):
        return nothing()
    seen = Seen(number_of(v), number_of(rest), instant_of(until))
    standing = await standing_at(visit, reference, opened_at=instant_of(since), seen=seen)
    return fragment(visit, "pay/card.html", {"p": standing})


@get("/pay/{reference:str}/bank", name="payment_bank")
async def show_bank(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    """Where to send a transfer, as long as it is waited for."""
    if (known := read_reference(reference)) != reference:
        return see_other(renamed(visit.path, reference, known))
    standing = await standing_at(visit, reference)
    if Action.WHERE_TO_SEND not in standing.actions:
        return see_other(standing.address)
    return page(visit, "pay/bank.html", {"p": standing, "tanqr": tanqr_of(visit, standing)})


@get("/pay/{reference:str}/link", name="payment_link")
async def look_for_guests(
    visit: NamedDependency[Visit], reference: FromPath[str], since: FromQuery[str] = ""
) -> Response[bytes] | Response[None]:
    """Whether somebody has begun to pay by the link of this page; then the page of their payment takes its place."""
    known, now = read_reference(reference), visit.site.clock()
    begun = await visit.site.links.begun_since(visit.person, known)
    if not visit.is_htmx:
        return see_other(f"/pay/{begun or known}")
    if begun:
        return moved_to(f"/pay/{begun}")
    opened_at = instant_of(since) if since else now
    pace = pace_of(opened_at, now, visit.site.random(1)[0] / 256)
    if since and pace and now < pace.until:
        return nothing()
    poll = f"/pay/{known}/link?since={int(opened_at.timestamp())}" if pace else None
    watch = {"poll": poll, "every": pace.every if pace else 0, "address": f"/pay/{known}"}
    return fragment(visit, "pay/_link_watch.html", watch)


@post("/pay/{reference:str}/again", name="pay_again")
async def pay_again(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    """A fresh draft like the payment that came to nothing; the payer confirms it on the check page."""
    standing = await standing_at(visit, read_reference(reference))
    if not standing.begins_another:
        return see_other(standing.address)
    draft = await visit.site.checkout.again(visit.person, standing.payment.reference)
    return see_other(f"{NEXT_PAGE.get(visit.form.get('change'), '/pay/check')}?draft={draft}")


@get("/pay/{reference:str}/return", name="payment_return")
async def come_back(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    """From a page of the provider's. What its address says proves nothing, so a look is asked for and no more."""
    known = read_reference(reference)
    await visit.site.payments.look_again(visit.person, known)
    return see_other(f"/pay/{known}?asked=1")


@get("/pay/{reference:str}/cancel", name="payment_cancel")
async def show_cancel(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    standing = await standing_at(visit, read_reference(reference))
    if Action.CANCEL not in standing.actions:
        return see_other(standing.address)
    return page(visit, "pay/cancel.html", {"p": standing})


@post("/pay/{reference:str}/cancel", name="cancel_payment")
async def cancel_payment(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    known = read_reference(reference)
    await visit.site.payments.cancel(visit.person, known)
    return see_other(f"/pay/{known}")


async def standing_at(
    visit: Visit,
    reference: str,
    *,
    opened_at: datetime | None = None,
    seen: Seen | None = None,
    just_back: bool = False,
) -> Standing:
    """How a payer's own payment stands now. Raises NotFound."""
    view = await visit.site.views.payment(visit.person, reference)
    now, back = visit.site.clock(), return_address(view.return_to or "", visit.site.return_hosts)
    standing = standing_of(
        view,
        opened_at=opened_at or now,
        now=now,
        jitter=visit.site.random(1)[0] / 256,
        seen=seen,
        pdf_kilobytes=await _pdf_kilobytes(visit, view.payment),
        leads_to=named_host(back) if back else None,
        just_back=just_back,
    )
    return replace(standing, extra=await extra_form(visit, view.payment))


def status_page(
    visit: Visit,
    standing: Standing,
    *,
    asked: bool = False,
    renews: bool = False,
    unchanged: bool = False,
    status: int = 200,
) -> Response[bytes]:
    """`asked`: a question was just left to the worker; `unchanged`: what was just pressed did nothing."""
    context: dict[str, object] = {
        "p": standing,
        "explains": explains_of(standing.payment, visit.person),
        "asked": asked and standing.waiting and standing.can_be_asked,
        "renews": renews and standing.waiting,
        "unchanged": unchanged,
        "link": _link(visit, standing),
        "tanqr": tanqr_of(visit, standing),
        "use_htmx": standing.poll is not None or bool(standing.due.rest),
    }
    if unchanged:
        # The address of a form that was sent has no page to come back to.
        context["path"] = standing.address
    return page(visit, "pay/status.html", context, status)


def _link(visit: Visit, standing: Standing) -> Mapping[str, object] | None:
    """Where something is left to pay, somebody else may pay it."""
    if not standing.due.rest:
        return None
    shared = visit.site.links.share(standing.payment)
    alt = say(N_("The link as a QR code"), visit.language, {})
    return {"address": shared.address, "ends": shared.ends, "qr": qr_svg(shared.address, alt)}


async def _pdf_kilobytes(visit: Visit, payment: Payment) -> int | None:
    """Once the PDF stands."""
    if payment.receipt is None or payment.receipt_sha256 is None:
        return None
    _, _, size = await visit.site.receipts.facts(visit.person, payment.receipt.address)
    return kilobytes(size) if size else None


pages = [
    show_payment,
    ask_for_news,
    show_bank,
    look_for_guests,
    pay_again,
    come_back,
    show_cancel,
    cancel_payment,
]
