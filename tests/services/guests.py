"""Somebody who comes by a link of Asha's, and what they choose."""

from __future__ import annotations

from portal.domain.person import Guest
from portal.services.links import LinkView
from tests.services.desk import NO_RESPONSE, STRANGE_PHONE, Desk

HERE, THERE = "visitor:one", "visitor:another"
ADDRESS = "192.0.2.7"


async def token_of(desk: Desk, reference: str) -> str:
    """Of the link on the page of that payment."""
    shared = desk.portal.links.share(await desk.payment(reference))
    return shared.address.rpartition("/")[2]


async def a_guest(
    desk: Desk, reference: str | None = None, browser: str = HERE, client: str = ADDRESS
) -> Guest:
    """By the link of a payment; without one, of an attempt of Asha's that nobody answered."""
    reference = reference or await desk.start_and_settle(NO_RESPONSE)
    desk.provider.will_say(NO_RESPONSE)
    return await desk.portal.links.open(await token_of(desk, reference), browser, client)


async def chosen(desk: Desk, guest: Guest, phone: str = STRANGE_PHONE.digits) -> str:
    """A draft of theirs at the check page."""
    checkout = desk.portal.checkout
    draft = await checkout.begin(guest, [*guest.bills], None)
    await checkout.choose_method(guest, draft, "MPESA")
    await checkout.choose_phone(guest, draft, phone, agreed=True)
    return draft


async def pays(desk: Desk, guest: Guest, phone: str = STRANGE_PHONE.digits) -> tuple[str, str]:
    """A draft of theirs, and the payment that it became."""
    checkout = desk.portal.checkout
    draft = await chosen(desk, guest, phone)
    total = str((await checkout.quote(guest, draft)).total.minor)
    order = await checkout.order(guest, draft, total, guest.language)
    return draft, await desk.portal.payments.start(order)


async def looks(desk: Desk, guest: Guest, draft: str = "") -> LinkView:
    return await desk.portal.links.view(guest, draft)
