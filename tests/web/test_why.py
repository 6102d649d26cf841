"""Every amount of a page leads to the entries that come to it, and each reader sees what is theirs to see."""

from __future__ import annotations

import pytest
from lxml import html

from portal.domain.ledger import SUSPENSE
from portal.domain.payment_state import State
from portal.domain.refund import RefundState
from portal.domain.refund_reason import RefundReason
from tests.makers import LANDLORD, NEIGHBOUR, OFFICE, PAYMENT, TENANT, a_bill, a_reference
from tests.refunded import put_refund_of
from tests.refunds import REFUND
from tests.web.client import Browser, Page, Portal
from tests.web.people import APPROVER, OTHER_LANDLORD
from tests.web.records import pay, put

RECEIPT = "/r/MOL-26-000001"


def whys(page: Page) -> list[str]:
    return [str(href) for href in page.document.xpath("//a/@href") if str(href).startswith("/why/")]


def clean(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


async def refunded(portal: Portal) -> None:
    payment = await put(portal)
    await put_refund_of(portal.store, payment, RefundState.SUCCEEDED, reason=RefundReason.DUPLICATE_PAYMENT)


async def test_the_tenant_sees_where_each_shilling_of_the_total_went(portal: Portal) -> None:
    await refunded(portal)
    asha = await portal.signed_in(TENANT)
    page = await asha.open(f"/why/{PAYMENT}/total")
    assert page.h1 == "Total paid"
    for word in (
        "TSh 453,500",
        "With the payment provider",
        "Held as a deposit",
        "mpesa-2026-01",
        "0.5% of the amount",
    ):
        assert word in page.words
    sums = page.document.xpath("//table[caption='Where each shilling is now']//tr")
    assert {clean(row[0]): clean(row[1]) for row in sums} == {
        "Held as a deposit": "TSh 350,000",
        "Platform fee": "TSh 1,750",
        "Processing fee": "TSh 250",
        "The provider's fee": "TSh 1,000",
        "Together": "TSh 353,000",
    }
    assert "cash:" not in page.words
    assert not page.document.xpath("//a[starts-with(@href, '/ops')]")
    every = await asha.open(f"/why/{PAYMENT}")
    assert len(every.document.xpath("//tbody/tr[td/@data-label]")) == 8


async def test_a_landlord_reads_what_is_theirs_and_nothing_else(portal: Portal) -> None:
    await refunded(portal)
    juma = await portal.signed_in(LANDLORD)
    landlord = await juma.open("/landlord")
    assert whys(landlord) == [f"/why/{PAYMENT}/{name}" for name in ("came", "back", "net")]
    net = await juma.open(f"/why/{PAYMENT}/net")
    assert (net.h1, "Together TSh 350,000" in net.words) == ("Left to the landlord", True)
    assert len(net.document.xpath("//tbody/tr")) == 2
    every = await juma.open(f"/why/{PAYMENT}")
    for page in (net, every):
        for word in ("Platform fee", "payment provider", "mpesa", "cash:", "How we know", "0754"):
            assert word not in page.words
    for name in ("total", "platform-fee", "fees", "excess", f"refund-{REFUND}", "event-4", "received"):
        assert (await juma.get(f"/why/{PAYMENT}/{name}")).status_code == 404
    case = await juma.open(f"/landlord/refunds/{REFUND}")
    assert whys(case) == [f"/why/{PAYMENT}/refund-of-bills-{REFUND}"]
    assert whys(await juma.open(RECEIPT)) == [f"/why/{PAYMENT}/bill-{a_bill().reference}"]


@pytest.mark.covers("N1")
async def test_for_whoever_it_is_not_it_is_not_there(portal: Portal) -> None:
    await refunded(portal)
    for person in (NEIGHBOUR, OTHER_LANDLORD):
        stranger = await portal.signed_in(person)
        for path in (f"/why/{PAYMENT}", f"/why/{PAYMENT}/total", f"/why/{PAYMENT}/came"):
            assert (await stranger.get(path)).status_code == 404
        for path in ("/ops/ledger", f"/ops/ledger/{SUSPENSE}"):
            assert (await stranger.get(path)).status_code == 404
    asha = await portal.signed_in(TENANT)
    for path in (f"/why/{PAYMENT}/nonsense", f"/why/{PAYMENT}/event-99", f"/why/{a_reference(404)}"):
        assert (await asha.get(path)).status_code == 404
    dashed = f"{PAYMENT[:4]}-{PAYMENT[4:8]}-{PAYMENT[8:]}".lower()
    assert (await asha.open(f"/why/{dashed}/total")).path == f"/why/{PAYMENT}/total"


async def test_the_office_is_led_on_to_the_account_the_callback_and_the_rule(portal: Portal) -> None:
    payment = await pay(portal)
    office = await portal.signed_in(APPROVER)
    case = await office.open(f"/ops/payments/{payment.reference}")
    assert f"/why/{payment.reference}/received" in whys(case)
    page = await office.open(f"/why/{payment.reference}/total")
    (account,) = page.document.xpath("//td//a[starts-with(@href, '/ops/ledger/')]/@href")
    assert account == "/ops/ledger/cash:mpesa"
    for word in ("by asking the provider", "UC35T8K2QX", "mpesa-2026-01", "Event 4 of"):
        assert word in page.words
    book = await office.open(account)
    assert "TSh 453,500 by 1 entry" in book.words
    assert book.document.xpath("//td/a/@href") == [f"/why/{payment.reference}"]


async def test_what_was_only_asked_for_says_that_no_money_has_moved(portal: Portal) -> None:
    await put(portal, State.AWAITING_PAYER)
    asha = await portal.signed_in(TENANT)
    detail = await asha.open(f"/payments/{PAYMENT}")
    assert f"/why/{PAYMENT}/total" in whys(detail)
    page = await asha.open(f"/why/{PAYMENT}/total")
    assert "our books have no entry. It is what was asked for." in page.words
    assert "our books have no entry" in (await asha.open(f"/why/{PAYMENT}")).words


async def test_each_amount_of_a_receipt_leads_to_its_own_figure(portal: Portal) -> None:
    await refunded(portal)
    asha = await portal.signed_in(TENANT)
    names = {href.rpartition("/")[2] for href in whys(await asha.open(RECEIPT))}
    bill = a_bill().reference
    fees = {"platform-fee", "processing-fee", "provider-fee"}
    assert names == {"total", f"bill-{bill}", f"refund-{REFUND}", *fees}


async def test_the_accounts_of_the_ledger_are_read_on_page_by_page(portal: Portal) -> None:
    office = await portal.signed_in(OFFICE)
    assert "Nothing has been booked yet" in (await office.open("/ops/ledger")).words
    assert (await office.get("/ops/ledger/suspense")).status_code == 404
    for number in range(25):
        await put(portal, reference=a_reference(700 + number), payee=a_reference(800 + number), type="RENT")
    seen = await walked(office, "/ops/ledger")
    assert len(seen) == len(set(seen)) == 25 + 4
    assert len(await walked(office, "/ops/ledger/cash:mpesa")) == 25


async def walked(office: Browser, path: str) -> list[str]:
    """The addresses in the rows of all its pages."""
    found: list[str] = []
    while True:
        page = await office.open(path)
        found += page.document.xpath("//tbody//a/@href")
        following = page.document.xpath("//a[@rel='next']/@href")
        if not following:
            return found
        (path,) = following
