"""A link of Asha's, and a stranger who comes by it."""

from __future__ import annotations

from urllib.parse import urlsplit

from portal.domain.outcome import NotPaid, Reason
from tests.makers import TENANT
from tests.web.client import Browser, Page, Portal
from tests.web.paying import paying, reference_of, told

NO_ANSWER = NotPaid(Reason.NO_RESPONSE, "1037")
WRONG_PIN = NotPaid(Reason.WRONG_PIN, "2001")
THEIRS = "0713 999 888"
MASKED = "0713•••888"
SECRETS = ("Asha", "Mushi", "Mollel", "Juma", "Mikocheni", "754123456", "123 456", "example.com")
"""Names, phones and addresses of tenant and landlord."""


def link_on(page: Page) -> str:
    """The path of the link that a status page shows."""
    (address,) = page.document.xpath("//input[@id='field-link']/@value")
    return urlsplit(str(address)).path


async def a_link(portal: Portal, *bills: str) -> str:
    """Of a payment that nobody answered; from here on its provider says so when it is asked."""
    asha, page = await paying(portal, *bills)
    await told(portal, reference_of(page), NO_ANSWER)
    portal.provider.will_say(NO_ANSWER)
    portal.clock.advance(seconds=1)
    return link_on(await asha.open(page.path))


async def at_the_phone(guest: Browser, link: str) -> Page:
    return await guest.submit(await guest.open(link), method="MPESA")


async def at_the_check(guest: Browser, link: str, phone: str = THEIRS) -> Page:
    return await guest.submit(await at_the_phone(guest, link), phone=phone, agreed="yes")


async def guest_pays(portal: Portal, link: str) -> tuple[Browser, Page]:
    """Their browser, on the page of the link after the press of Pay."""
    guest = portal.browser()
    return guest, await guest.submit(await at_the_check(guest, link))


def nothing_is_told(page: Page) -> bool:
    return not [secret for secret in SECRETS if secret in page.answer.text]


async def newest(portal: Portal) -> str:
    """Asha's newest payment."""
    asha = await portal.site.sign_in.characters()
    person = next(one for one in asha if one.id == TENANT)
    return (await portal.site.views.history(person, None, None, None)).rows[0].payment.reference
