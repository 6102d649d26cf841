"""The national QR on the page of a payment that waits for a transfer: read back by another library, and compared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from html import unescape

import pytest
import zxingcpp

from portal.domain.money import shillings
from portal.domain.outcome import Paid
from portal.domain.tanqr import Merchant, Tanqr, decoded
from portal.providers.bank_transfer import BankTransfer
from portal.store.writer import Store
from tests.documents.test_qr import painted
from tests.makers import TENANT, FakeClock
from tests.services.bank import CRDB
from tests.web.banking import reference_of
from tests.web.client import Browser, Page, Portal
from tests.web.opening import open_portal
from tests.web.paying import told, walked_to_check

MERCHANT = Merchant(acquirer_id="01001", merchant_id="12345678")

DRAWING = "//*[@id='tanqr']//*[name()='svg']"


@pytest.fixture
async def portal(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    opened = await open_portal(sqlite_store, clock, others=[BankTransfer((CRDB,))], tanqr=MERCHANT)
    yield opened
    await opened.close()


async def waiting(portal: Portal, language: str = "en") -> tuple[Browser, Page]:
    """The page of a transfer that Asha has to make."""
    asha = await portal.signed_in(TENANT, language)
    methods = await asha.submit(await asha.open("/pay"))
    details = await asha.submit(methods, method="BANK_TRANSFER")
    return asha, await asha.submit(await asha.submit(details, account="CRDB"))


@pytest.mark.covers("A13")
@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize("where", ["/pay/{}", "/pay/{}/bank"])
async def test_the_code_on_the_page_asks_for_the_total_by_the_payment_s_reference(
    portal: Portal, language: str, where: str
) -> None:
    asha, page = await waiting(portal, language)
    reference = reference_of(page)
    page = await asha.open(where.format(reference))
    svg = page.answer.text.partition('id="tanqr"')[2].partition("<svg")[2].partition("</svg>")[0]
    (found,) = zxingcpp.read_barcodes(painted(f"<svg{svg}</svg>"))
    total = (await portal.parts.payments.load(reference)).total
    assert decoded(found.text) == Tanqr(merchant=MERCHANT, amount=total, bill_number=reference)
    assert total == shillings(452_500)
    dashed = f"{reference[:4]}-{reference[4:8]}-{reference[8:]}"
    assert dashed in unescape(svg)


async def test_the_page_says_that_we_see_it_when_the_bank_shows_it(portal: Portal) -> None:
    _, page = await waiting(portal)
    assert "We see the money when our bank shows it, not at once." in page.words


async def test_what_is_paid_asks_for_nothing_any_more(portal: Portal) -> None:
    asha, page = await waiting(portal)
    assert page.document.xpath(DRAWING)
    await told(portal, reference_of(page), Paid())
    assert not (await asha.open(f"/pay/{reference_of(page)}")).document.xpath(DRAWING)


async def test_where_no_acquirer_knows_us_there_is_no_code(sqlite_store: Store, clock: FakeClock) -> None:
    portal = await open_portal(sqlite_store, clock, others=[BankTransfer((CRDB,))])
    _, page = await waiting(portal)
    assert page.h1.startswith("Transfer")
    assert not page.document.xpath(DRAWING)
    await portal.close()


async def test_a_prompt_on_a_phone_has_no_code_beside_it(sqlite_store: Store, clock: FakeClock) -> None:
    portal = await open_portal(sqlite_store, clock, tanqr=MERCHANT)
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await walked_to_check(asha))
    assert (page.h1, page.document.xpath(DRAWING)) == ("Check your phone", [])
    await portal.close()
