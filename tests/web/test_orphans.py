"""No amount is an orphan: each leads to a page whose entries come to it (features.md §4, rank 9).

Excused are sentences in which events are told, and what is only owed: for that no money has moved.
"""

from __future__ import annotations

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lxml import html

from portal.domain import events as e
from portal.domain.money import Currency
from portal.domain.payment import Payment
from portal.store import contacts, leases, payments, receipts
from portal.store.contacts import Contact
from portal.store.types import Tx
from tests.chance import tries
from tests.makers import LANDLORD, MISSION, OFFICE, TENANT, a_lease, receipt_allocated
from tests.stories import IN_DOLLARS, Story, stories
from tests.web.client import Browser, Page, Portal
from tests.web.records import PHONE

EXCUSED = (
    "not(ancestor::ol or ancestor::ul or ancestor::*[@id='status'] or ancestor::*[contains(@class, 'owed')])"
)
AMOUNTS = f"//main//span[@class='money'][{EXCUSED}]"
LINK = "ancestor::a[starts-with(@href, '/why/')]"
STATEMENT = "ancestor::a[@href='/landlord/statement']"
"""Sums of many payments lead to the list of them."""


def clean(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.covers("I12")
@settings(tries(6), phases=[Phase.generate])
@given(told=st.lists(stories(), min_size=1, max_size=2))
async def test_every_amount_of_a_random_payment_leads_to_entries_that_come_to_it(
    portal: Portal, told: list[Story]
) -> None:
    await put_lease_in_dollars(portal)
    asha, juma = await portal.signed_in(TENANT), await portal.signed_in(LANDLORD)
    office = await portal.signed_in(OFFICE)
    for story in told:
        payment = await put_story(portal, story)
        own = [f"/payments/{payment.reference}", f"/pay/{payment.reference}"]
        receipt = [f"/r/{payment.receipt.address}"] if payment.receipt else []
        for path in own + receipt:
            await no_orphan(asha, path)
        for path in [f"/ops/payments/{payment.reference}", *receipt]:
            await no_orphan(office, path)
        for one in payment.refunds.sent_back:
            await no_orphan(asha, f"/refunds/{one.reference}")
            await no_orphan(office, f"/ops/queue/refunds/{one.reference}")
    await no_orphan(juma, "/landlord")
    await no_orphan(office, "/ops")


async def put_lease_in_dollars(portal: Portal) -> None:
    lease = a_lease(reference=IN_DOLLARS, unit="E1", currency=Currency.USD, exemption=MISSION)

    def once(tx: Tx) -> None:
        if leases.load(tx, IN_DOLLARS) is None:
            leases.add_lease(tx, lease)

    await portal.store.write(once)


async def put_story(portal: Portal, story: Story) -> Payment:
    """Into the store, with the receipt that whoever settles it gives."""

    def work(tx: Tx) -> Payment:
        for bill in story.bills:
            leases.add_bill(tx, bill)
        payment: Payment | None = None
        for event, at in story.history:
            events = [event]
            if isinstance(event, e.PaymentCompleted | e.LateSuccessReceived):
                events.append(receipt_allocated(receipts.next_number(tx, "MOL", 2026).serial))
            payment = payments.append(tx, payment, events, at, reference=story.reference)
        contacts.keep(tx, portal.vault, story.reference, Contact(PHONE, own=True, language="sw"))
        assert payment
        return payment

    return await portal.store.write(work)


async def no_orphan(browser: Browser, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 200, path
    page = page_of(answer)
    orphans = [
        clean(span.text_content()) for span in page.document.xpath(f"{AMOUNTS}[not({LINK} or {STATEMENT})]")
    ]
    assert orphans == [], path
    for link in {link for span in page.document.xpath(AMOUNTS) for link in span.xpath(LINK)}:
        await comes_to(browser, link.get("href"), clean(link.text_content()))


async def comes_to(browser: Browser, path: str, shown: str) -> None:
    """The page has entries which together are what was shown, or says that no money has moved."""
    page = page_of(await browser.get(path))
    assert page.status == 200, path
    (amount,) = page.document.xpath("//p[@class='amount-total']")
    figure = clean(amount.text_content())
    assert shown == figure or (shown.startswith("US$") and shown in page.words), (path, shown, figure)
    assert "Our books say otherwise" not in page.words
    rows = page.document.xpath("//table[caption[contains(., 'come to it')]]/tbody/tr")
    if not rows:
        assert "our books have no entry" in page.words
        return
    parts = [number(row.xpath("td[last()]")[0].text_content()) for row in rows]
    assert sum(parts) == number(figure), path


def number(text: str) -> int:
    """`TSh 450,000` and `−TSh 5` in minor units."""
    sign = -1 if "\u2212" in text else 1
    return sign * int("".join(letter for letter in text if letter.isdigit()))


def page_of(answer: httpx.Response) -> Page:
    """Other tests prove what pages are like; here are too many."""
    return Page(answer, html.document_fromstring(answer.text))
