"""Status pages drawn without a portal: any state and reason, in either language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from lxml import html

from portal.domain.bill import Bill, PartPolicy
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.services.views import PaymentView
from portal.store.leases import Basket, Lease
from portal.templating.environment import portal_environment, render
from portal.templating.language import Language
from portal.web.standing import Seen, Standing, standing_of
from tests.makers import NOW, a_bill, a_lease, a_payment, a_payment_history, all_of
from tests.templating.rendering import EVERY_PAGE

SETTLED = a_bill(paid=a_bill().amount)


def a_view(
    state: State,
    *,
    bill: Bill | None = None,
    lease: Lease | None = None,
    can_be_asked: bool = True,
    excess: Money | None = None,
    **facts: Any,
) -> PaymentView:
    """A payment of that state, with `facts` of it changed; a completed one has paid its bill."""
    payment: Payment = replace(a_payment(state), **facts)
    if excess:
        payment = replace(payment, allocations=(replace(payment.allocations[0], excess=excess),))
    usual = SETTLED if state is State.COMPLETED else a_bill()
    return PaymentView(
        payment=payment,
        due=Basket((bill or usual,), lease or a_lease()),
        payee_name="Juma Mollel",
        phone="0754•••456",
        timeline=a_payment_history(state),
        can_be_asked=can_be_asked,
    )


def a_basket_standing(state: State, *bills: Bill, paid: Money | None = None, **facts: Any) -> Standing:
    """Of a payment that was for all of these bills, of which another has paid so much of the first meanwhile."""
    payment = replace(a_payment(state, **all_of(*bills)), **facts)
    first, *others = bills
    now_owed = (replace(first, paid=first.paid + paid) if paid else first, *others)
    view = PaymentView(
        payment=payment,
        due=Basket(now_owed, a_lease(part_policy=PartPolicy.FULL_ONLY)),
        payee_name="Juma Mollel",
        phone="0754•••456",
        timeline=a_payment_history(state, **all_of(*bills)),
        can_be_asked=True,
    )
    return standing_of(view, opened_at=NOW, now=NOW + timedelta(seconds=3), jitter=0.5)


def a_standing(
    state: State,
    *,
    opened_at: datetime = NOW,
    age: float = 3,
    jitter: float = 0.5,
    seen: int | None = None,
    **facts: Any,
) -> Standing:
    """As it is so many seconds after Pay was pressed; `seen` is the version that the page shows, since a second ago."""
    view, now = a_view(state, **facts), NOW + timedelta(seconds=age)
    shown = None if seen is None else Seen(seen, view.due.rest.minor, now)
    return standing_of(view, opened_at=opened_at, now=now, jitter=jitter, seen=shown)


def drawn(standing: Standing, language: Language = Language.EN, **context: object) -> html.HtmlElement:
    """The status page."""
    return html.document_fromstring(_text("pay/status.html", standing, language, context))


def drawn_card(standing: Standing, language: Language = Language.EN) -> html.HtmlElement:
    """The answer to a poll that found something new."""
    return html.fragment_fromstring(_text("pay/card.html", standing, language, {}), create_parent="div")


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def offers(document: html.HtmlElement) -> list[str]:
    """What the card lets a payer press, in order."""
    found = document.xpath("//*[@id='status']//*[contains(@class, 'button') or self::summary]")
    return [words(element) for element in found]


def _text(template: str, standing: Standing, language: Language, context: Mapping[str, object]) -> str:
    page = {
        "asked": False,
        "unchanged": False,
        "renews": False,
        "link": None,
        "tanqr": None,
        "use_htmx": standing.poll is not None,
    }
    return render(portal_environment(), template, language, {**EVERY_PAGE, **page, "p": standing, **context})
