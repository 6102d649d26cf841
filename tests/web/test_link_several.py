"""Somebody else pays several bills at once: the pages of a link to such a payment."""

from __future__ import annotations

import pytest

from portal.domain.money import shillings
from portal.domain.outcome import Paid
from tests.makers import BILL, a_reference, put_payment
from tests.web.client import Portal
from tests.web.linking import THEIRS, a_link, at_the_check, newest, nothing_is_told
from tests.web.paying import RENT, a_rent_bill, paying, put_bills, read, told


@pytest.mark.covers("A18", "A20", "page:20")
async def test_a_link_to_a_payment_of_two_bills_shows_both_and_pays_both(portal: Portal) -> None:
    await put_bills(portal, a_rent_bill())
    link = await a_link(portal, BILL, RENT)
    guest = portal.browser()
    page = await guest.open(link)
    assert "Deposit and rent, March 2026 · Unit A3 TSh 800,000 for the tenant A. M." in read(page)
    assert "It shows and pays these bills, and nothing else." in page.words
    page = await at_the_check(guest, link)
    text = read(page)
    assert "For Deposit and rent, March 2026 · Unit A3" in text
    assert "Deposit TSh 450,000 Rent, March 2026 TSh 350,000 Platform fee" in text
    page = await guest.submit(page)
    assert portal.provider.pushes[-1].amount == shillings(805_250)
    await told(portal, await newest(portal), Paid(receipt_code="UC35T8K2QX"))
    page = await guest.open(page.path)
    assert "TSh 805,250 for deposit and rent, March 2026, by M-Pesa." in read(page)
    assert nothing_is_told(page)


@pytest.mark.parametrize(
    "paid, left", [(450_000, "Rent, March 2026 · Unit A3 TSh 350,000"), (200_000, "TSh 600,000")]
)
async def test_a_guest_who_confirms_what_is_partly_paid_by_then_is_shown_what_is_left(
    portal: Portal, paid: int, left: str
) -> None:
    await put_bills(portal, a_rent_bill())
    link = await a_link(portal, BILL, RENT)
    guest = portal.browser()
    check = await at_the_check(guest, link)
    await put_payment(portal.store, reference=a_reference(500), amount=shillings(paid))
    for page in (await guest.open(check.path), await guest.submit(check)):
        assert page.status == 422
        assert "Something you chose has been paid meanwhile." in page.words
        assert left in read(page)
    page = await guest.submit(await guest.submit(page, method="MPESA"), phone=THEIRS, agreed="yes")
    assert page.h1 == "Check before you pay"
    assert (await guest.submit(page)).h1 == "Check your phone"


async def test_a_guest_who_confirms_more_than_is_left_of_one_bill_is_shown_what_is_left(
    portal: Portal,
) -> None:
    link, guest = await a_link(portal), portal.browser()
    page = await at_the_check(guest, link)
    await put_payment(portal.store, reference=a_reference(500), amount=shillings(200_000))
    page = await guest.submit(page)
    assert (page.status, "TSh 250,000" in read(page)) == (422, True)


async def test_a_check_page_opened_again_by_a_link_leads_to_what_is_being_paid(portal: Portal) -> None:
    link, guest = await a_link(portal), portal.browser()
    page = await at_the_check(guest, link)
    await paying(portal)
    page = await guest.open(page.path)
    assert (page.path.partition("?")[0], page.status) == (link, 200)
    assert page.h1 == "A payment is under way"
