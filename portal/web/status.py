"""The one address of a payment: its page, the fragment that asks for news, another try, and calling it off."""

from __future__ import annotations

from datetime import UTC, datetime

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from portal.domain.payment import Payment
from portal.web.addresses import read_reference, renamed
from portal.web.faces import Action
from portal.web.pages import fragment, nothing, page, see_other
from portal.web.receipts import kilobytes
from portal.web.standing import Seen, Standing, standing_of
from portal.web.visit import Visit

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
    standing = await _standing(visit, reference)
    return page(
        visit,
        "pay/status.html",
        {
            "p": standing,
            "asked": bool(asked) and standing.waiting and standing.can_be_asked,
            "renews": bool(auto) and standing.waiting,
            "use_htmx": standing.poll is not None,
        },
    )


@get("/pay/{reference:str}/card", name="payment_card")
async def ask_for_news(
    visit: NamedDependency[Visit],
    reference: FromPath[str],
    v: FromQuery[str] = "",
    rest: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
) -> Response[bytes] | Response[None]:
    """204 while the page still shows what stands: version `v`, a bill that lacks `rest`, words that hold `until`."""
    reference = read_reference(reference)
    version, lacking = await visit.site.views.newest(visit.person, reference)
    if (v, rest) == (str(version), str(lacking.minor)) and visit.site.clock() < _instant(until):
        return nothing()
    seen = Seen(_number(v), _number(rest), _instant(until))
    standing = await _standing(visit, reference, opened_at=_instant(since), seen=seen)
    return fragment(visit, "pay/card.html", {"p": standing})


@post("/pay/{reference:str}/again", name="pay_again")
async def pay_again(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    """A fresh draft like the payment that came to nothing; the payer confirms it on the check page."""
    standing = await _standing(visit, read_reference(reference))
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
    standing = await _standing(visit, read_reference(reference))
    if Action.CANCEL not in standing.actions:
        return see_other(standing.address)
    return page(visit, "pay/cancel.html", {"p": standing})


@post("/pay/{reference:str}/cancel", name="cancel_payment")
async def cancel_payment(visit: NamedDependency[Visit], reference: FromPath[str]) -> Response[bytes]:
    known = read_reference(reference)
    await visit.site.payments.cancel(visit.person, known)
    return see_other(f"/pay/{known}")


async def _standing(
    visit: Visit, reference: str, *, opened_at: datetime | None = None, seen: Seen | None = None
) -> Standing:
    view = await visit.site.views.payment(visit.person, reference)
    now = visit.site.clock()
    return standing_of(
        view,
        opened_at=opened_at or now,
        now=now,
        jitter=visit.site.random(1)[0] / 256,
        seen=seen,
        pdf_kilobytes=await _pdf_kilobytes(visit, view.payment),
    )


async def _pdf_kilobytes(visit: Visit, payment: Payment) -> int | None:
    """Once the PDF stands."""
    if payment.receipt is None or payment.receipt_sha256 is None:
        return None
    _, _, size = await visit.site.receipts.facts(visit.person, payment.receipt.address)
    return kilobytes(size) if size else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(2**32)) else 0


def _instant(text: str) -> datetime:
    """Seconds since 1970; what cannot be read was long ago."""
    return datetime.fromtimestamp(_number(text), UTC)


pages = [show_payment, ask_for_news, pay_again, come_back, show_cancel, cancel_payment]
