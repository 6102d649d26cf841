"""Dollars on the pages: by forms alone, each sum and its rate before they are agreed to, and nothing is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from portal.domain.money import shillings
from portal.domain.outcome import Paid
from portal.store.tables import leases as lease_rows
from portal.store.writer import Store
from tests.makers import LANDLORD, MISSION, OFFICE, RATES, TENANT, FakeClock, a_bill, dollars
from tests.web.client import Browser, Page, Portal
from tests.web.linking import a_link, at_the_check
from tests.web.opening import open_portal
from tests.web.paying import RENT, put_bills, read, reference_of, told, walked_to_check
from tests.web.test_pay_several import sums

RATE = "US$ 1.00 = TSh 2,650.50 (Bank of Tanzania)"


@pytest.fixture
async def portal(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    """Asha's lease is exempt, and US$ 200.00 of it are due."""
    opened = await open_portal(sqlite_store, clock, exchange=RATES)
    exempt = update(lease_rows).values(exemption=MISSION)
    await opened.store.write(lambda tx: tx.execute(exempt))
    await put_bills(opened, a_bill(reference=RENT, amount=dollars(200_00), paid=dollars(0)))
    yield opened
    await opened.close()


async def at_check(portal: Portal, language: str = "en", **chosen: str) -> tuple[Browser, Page]:
    asha = await portal.signed_in(TENANT, language)
    return asha, await walked_to_check(asha, RENT, **chosen)


async def pays(portal: Portal, **chosen: str) -> tuple[Browser, Page]:
    asha, page = await at_check(portal, **chosen)
    page = await asha.submit(page)
    await told(portal, reference_of(page), Paid(receipt_code="UC35T8K2QX"))
    return asha, await asha.open(page.path)


@pytest.mark.covers("A29", "A28", "page:4")
async def test_fee_limit_and_rate_stand_before_the_choice_of_the_way(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT, "en")
    page = await asha.submit(await asha.open(f"/pay?bill={RENT}"))
    assert f"US$ 200.00 to Juma Mollel TSh 530,100 at {RATE}" in read(page)
    assert "Fee TSh 3,901 From TSh 1,000 to TSh 3,000,000 in one payment, fee included." in read(page)


@pytest.mark.covers("A29", "D72", "page:6", "B2")
async def test_the_check_page_shows_the_quote_and_asks_for_shillings(portal: Portal) -> None:
    asha, page = await at_check(portal)
    assert f"Exchange rate {RATE} Holds until 12:15" in read(page)
    assert sums(page) == [
        "Amount US$ 200.00",
        "In shillings TSh 530,100",
        "Platform fee TSh 2,651",
        "Processing fee TSh 250",
        "M-Pesa fee TSh 1,000",
        "Total TSh 534,001",
    ]
    assert "Juma Mollel receives TSh 530,100." in read(page)
    page = await asha.submit(page)
    assert page.h1 == "Check your phone"
    of_it = f"Deposit US$ 200.00 In shillings TSh 530,100 Exchange rate {RATE} Fees TSh 3,901 From M-Pesa"
    assert of_it in read(page)
    (push,) = portal.provider.pushes
    assert push.amount == shillings(534_001)


@pytest.mark.covers("A29", "C10")
async def test_the_receipt_shows_both_amounts_with_the_rate_its_source_and_its_time(portal: Portal) -> None:
    asha, page = await pays(portal)
    assert page.h1 == "Paid"
    receipt = await asha.open("/r/MOL-26-000001")
    assert sums(receipt)[:2] == ["Deposit US$ 200.00", "In shillings TSh 530,100"]
    assert sums(receipt)[-1] == "Total paid TSh 534,001"
    assert f"Exchange rate: {RATE}, 3 Mar 2026, 12:00 (EAT)" in read(receipt)
    detail = await asha.open(f"/payments/{reference_of(page)}")
    assert f"Exchange rate {RATE}" in read(detail)
    assert "In shillings TSh 530,100" in read(detail)
    (code,) = {str(found) for found in receipt.document.xpath("//*[@class='proof']//p[@class='code']/text()")}
    proof = read(await portal.browser().open(f"/v/{code.replace('-', '')}"))
    assert "Deposit US$ 200.00 In shillings TSh 530,100 Amount, without fees TSh 530,100" in proof
    assert f"Exchange rate {RATE}" in proof


async def test_landlord_and_office_see_the_dollars_beside_the_shillings(portal: Portal) -> None:
    _, page = await pays(portal)
    landlord = read(await (await portal.signed_in(LANDLORD, "en")).open("/landlord"))
    assert f"US$ 200.00, {RATE}" in landlord
    assert "TSh 530,100" in landlord
    office = read(await (await portal.signed_in(OFFICE, "en")).open(f"/ops/payments/{reference_of(page)}"))
    assert f"Exchange rate {RATE}" in office


@pytest.mark.covers("A29", "D72", "M1")
@pytest.mark.parametrize(
    "language, said",
    [
        ("en", "The exchange rate that you saw has ended. Check the new total and press Pay again"),
        (
            "sw",
            "Kiwango cha kubadilisha fedha ulichokiona kimeisha. Angalia jumla mpya kisha bonyeza Lipa tena",
        ),
    ],
)
async def test_when_the_rate_has_ended_the_page_shows_the_next_one_and_keeps_every_choice(
    portal: Portal, language: str, said: str
) -> None:
    asha, page = await at_check(portal, language)
    portal.clock.advance(minutes=25)
    again = await asha.submit(page)
    assert (again.status, portal.provider.pushes) == (422, [])
    assert said in read(again)
    assert again.document.xpath("//a[@href='#field-rate']")
    assert again.document.xpath("//*[@id='field-rate']")
    assert "US$ 1.00 = TSh 2,700.00 (Bank of Tanzania)" in read(again)
    assert "0754•••456" in read(again)
    await asha.submit(again)
    assert [push.amount.minor for push in portal.provider.pushes] == [543_950]


@pytest.mark.covers("A29", "D72", "M1")
@pytest.mark.parametrize(
    "language, heading",
    [("en", "There is no exchange rate now"), ("sw", "Kwa sasa hakuna kiwango cha kubadilisha fedha")],
)
async def test_without_a_rate_a_page_says_why_nothing_can_be_paid(
    portal: Portal, language: str, heading: str
) -> None:
    asha, page = await at_check(portal, language)
    portal.clock.advance(hours=3)
    for answer in (await asha.submit(page), await asha.open(page.path)):
        assert (answer.status, answer.h1) == (503, heading)
    assert portal.provider.pushes == []


async def test_a_part_is_typed_in_dollars_beside_bills_in_shillings(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT, "en")
    page = await asha.open("/pay")
    wrong = await asha.submit(page, bill=RENT, amount="laki")
    assert wrong.error("amount") == "Error: Enter the amount in US dollars, like 150.00"
    methods = await asha.submit(page, bill=RENT, amount="150.50")
    assert "US$ 150.50" in read(methods)
    assert "TSh 398,900" in read(methods)


@pytest.mark.covers("A29", "D72")
async def test_whoever_pays_by_a_link_sees_the_rate_and_agrees_to_it(portal: Portal) -> None:
    link, guest = await a_link(portal, RENT), portal.browser()
    assert f"US$ 200.00 for the tenant A. M. TSh 530,100 at {RATE}" in read(await guest.open(link))
    page = await at_the_check(guest, link)
    assert f"Exchange rate {RATE} Holds until 12:15" in read(page)
    portal.clock.advance(minutes=25)
    again = await guest.submit(page)
    assert (again.status, len(portal.provider.pushes)) == (422, 1)
    page = await guest.submit(again)
    assert portal.provider.pushes[-1].amount == shillings(543_950)
    rate = "US$ 1.00 = TSh 2,700.00 (Bank of Tanzania)"
    assert f"Amount US$ 200.00 In shillings TSh 540,000 Exchange rate {rate} Fees TSh 3,950" in read(page)


async def test_the_script_is_told_what_bills_cost_in_their_own_currency(portal: Portal) -> None:
    page = await (await portal.signed_in(TENANT)).open("/pay")
    boxes = page.document.xpath("//input[@name='bill']")
    assert [(box.get("data-unit"), box.get("data-amount")) for box in boxes] == [
        ("TSh", "450000"),
        ("US$", "200.00"),
    ]


async def test_a_part_that_others_paid_is_told_in_dollars(portal: Portal) -> None:
    asha, page = await at_check(portal, amount="150.50")
    page = await asha.submit(page)
    await told(portal, reference_of(page), Paid(receipt_code="UC35T8K2QX"))
    page = await asha.open(page.path)
    assert page.h1 == "Part paid"
    assert "You paid US$ 150.50. US$ 49.50 is still due" in read(page)
