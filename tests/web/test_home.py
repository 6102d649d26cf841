"""The first page: what is due, what is under way, what was paid, what was said."""

from __future__ import annotations

from datetime import date

import pytest

from portal.domain.bill import PaymentType
from portal.domain.money import shillings
from portal.domain.payment_state import State
from portal.store import leases, messages
from portal.store.types import Tx
from tests.makers import (
    BILL,
    LANDLORD,
    NEIGHBOUR,
    NOW,
    OFFICE,
    PAYMENT,
    TENANT,
    a_bill,
    a_reference,
    put_payment,
)
from tests.web.client import Page, Portal
from tests.web.people import APPROVER


def links(page: Page) -> list[str]:
    return [str(address) for address in page.document.xpath("//main//a/@href")]


@pytest.mark.covers("page:1")
async def test_a_due_bill_stands_with_its_amount_its_day_and_a_button(portal: Portal) -> None:
    page = await (await portal.signed_in(TENANT)).open("/")
    assert page.h1 == "Your rent"
    assert (
        "Deposit · unit A3, Mikocheni 10 March 2026, due in 7 days TSh 450,000 to Juma Mollel" in page.words
    )
    assert page.document.xpath("//a[@href=$to]//text()", to=f"/pay?bill={BILL}") == ["Pay TSh\u00a0450,000"]


async def test_a_late_bill_says_how_late_in_both_languages(portal: Portal) -> None:
    portal.clock.advance(days=10)
    assert "3 days late" in (await (await portal.signed_in(TENANT)).open("/")).words
    assert "siku 3" in (await (await portal.signed_in(TENANT, "sw")).open("/")).words


async def test_only_the_first_of_several_bills_has_the_primary_button(portal: Portal) -> None:
    rent = a_bill(
        reference=a_reference(50), type=PaymentType.RENT, period=date(2026, 4, 1), amount=shillings(300_000)
    )
    await portal.store.write(lambda tx: leases.add_bill(tx, rent))
    page = await (await portal.signed_in(TENANT)).open("/")
    assert "Rent, April 2026" in page.words
    assert len(page.document.xpath("//main//a[contains(@class, 'primary')]")) == 1


@pytest.mark.parametrize("state", [State.SUBMITTING, State.AWAITING_PAYER, State.PROCESSING, State.UNCERTAIN])
async def test_a_bill_with_a_payment_under_way_has_no_button_but_leads_there(
    portal: Portal, state: State
) -> None:
    await put_payment(portal.store, state)
    page = await (await portal.signed_in(TENANT)).open("/")
    assert "You have a payment being confirmed" in page.words
    assert "Do not pay it again." in page.words
    assert f"/pay/{PAYMENT}" in links(page)
    assert not [address for address in links(page) if address.startswith("/pay?")]


async def test_after_paying_the_receipt_stands_there_and_nothing_is_due(portal: Portal) -> None:
    payment = await put_payment(portal.store, State.COMPLETED)
    assert payment.receipt
    page = await (await portal.signed_in(TENANT)).open("/")
    assert "Nothing is due" in page.words
    assert f"Last receipt {payment.receipt.shown}" in page.words
    assert f"/r/{payment.receipt.address}" in links(page)


async def tell(portal: Portal, kind: str, body: str) -> None:
    def write(tx: Tx) -> None:
        messages.write(tx, portal.vault, key=kind, person=TENANT, payment=None, kind=kind, body=body, now=NOW)

    await portal.store.write(write)


async def test_what_we_told_a_tenant_stands_there_but_never_a_code(portal: Portal) -> None:
    await tell(portal, "paid", "NEST: Paid TSh 450,000")
    await tell(portal, "code", "483920")
    page = await (await portal.signed_in(TENANT)).open("/")
    assert "NEST: Paid TSh 450,000" in page.words
    assert "483920" not in page.words
    assert "NEST" not in (await (await portal.signed_in(NEIGHBOUR)).open("/")).words


async def test_a_neighbour_sees_nothing_of_asha(portal: Portal) -> None:
    page = await (await portal.signed_in(NEIGHBOUR)).open("/")
    assert "Nothing is due" in page.words
    assert "450,000" not in page.words


@pytest.mark.parametrize("person, place", [(LANDLORD, "/landlord"), (OFFICE, "/ops"), (APPROVER, "/ops")])
async def test_everybody_else_is_led_to_where_they_work(portal: Portal, person: str, place: str) -> None:
    answer = await (await portal.signed_in(person)).get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, place)


async def test_what_people_wrote_is_shown_as_text(portal: Portal) -> None:
    nasty = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    await tell(portal, "paid", nasty)
    page = await (await portal.signed_in(TENANT)).open("/")
    assert nasty in page.words
    assert not page.document.xpath("//img")
