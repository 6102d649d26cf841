"""The pay path as a tenant walks it, and what the provider then says."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from lxml import html

from portal.domain.bill import Bill, PaymentType
from portal.domain.money import shillings
from portal.domain.outcome import Outcome, Source
from portal.domain.payment import Payment
from portal.store import leases
from portal.store.types import Tx
from tests.makers import BILL, TENANT, a_bill, a_reference
from tests.web.client import Browser, Page, Portal

RENT, BIG = a_reference(60), a_reference(61)
"""Two more bills of Asha's lease."""


async def walked_to_check(
    asha: Browser, *bills: str, phone: str | None = None, method: str | None = None, **chosen: str
) -> Page:
    """All three questions answered as they are preselected, but for what is given; without bills, for the deposit."""
    asked = urlencode([("bill", bill) for bill in bills or (BILL,)])
    methods = await asha.submit(await asha.open(f"/pay?{asked}"), **chosen)
    details = await asha.submit(methods, **({"method": method} if method else {}))
    return await asha.submit(details, **({"phone": phone} if phone else {}))


async def paying(portal: Portal, *bills: str, **chosen: str) -> tuple[Browser, Page]:
    """Asha's browser, on the page of a payment whose prompt is on her phone."""
    asha = await portal.signed_in(TENANT)
    return asha, await asha.submit(await walked_to_check(asha, *bills, **chosen))


def read(page: Page) -> str:
    """The main part, with a space between any two pieces of text."""
    return spoken(page.document.xpath("//main")[0])


def spoken(element: html.HtmlElement) -> str:
    """What a part of a page says, in one line."""
    pieces = " ".join(element.xpath(".//text()")).split()
    return " ".join(pieces).replace(" .", ".").replace(" ,", ",")


def reference_of(page: Page) -> str:
    return page.path.removeprefix("/pay/").partition("?")[0]


async def told(portal: Portal, reference: str, outcome: Outcome) -> Payment:
    """The provider's word comes to the door."""
    return await portal.parts.payments.record_outcome(reference, outcome, Source.WORKER)


async def put_bills(portal: Portal, *bills: Bill) -> None:
    def put(tx: Tx) -> None:
        for bill in bills:
            leases.add_bill(tx, bill)

    await portal.store.write(put)


def a_rent_bill() -> Bill:
    return a_bill(reference=RENT, type=PaymentType.RENT, period=date(2026, 3, 1), amount=shillings(350_000))


def a_bill_above_the_limit() -> Bill:
    return a_bill(reference=BIG, type=PaymentType.SERVICE_FEE, amount=shillings(4_000_000))
