"""The pages that list refunds cost the same however many there are, and lead on to the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.refund import RefundState
from portal.web.refund_desk import LANDLORD as DESK
from portal.web.refund_desk import QUEUE
from tests.asked import statements_run
from tests.makers import LANDLORD, NOW, OFFICE, a_reference
from tests.refunded import put_refund_of
from tests.web.client import Portal
from tests.web.records import put


async def put_refunds(portal: Portal, state: RefundState, first: int, last: int) -> None:
    """Each of a payment of its own, a minute after the one before."""
    for number in range(first, last):
        payment = await put(portal, reference=a_reference(number))
        name, at = a_reference(number + 5000), NOW + timedelta(minutes=number)
        await put_refund_of(portal.store, payment, state, refund=name, at=at)


async def cost(portal: Portal, person: str, path: str) -> int:
    browser = await portal.signed_in(person)
    with statements_run() as seen:
        assert (await browser.get(path)).status_code == 200
    return len(seen)


@pytest.mark.parametrize("person,path", [(LANDLORD, DESK), (OFFICE, QUEUE)])
async def test_a_list_costs_as_many_statements_for_twenty_rows_as_for_one(
    portal: Portal, person: str, path: str
) -> None:
    await put_refunds(portal, RefundState.REQUESTED, 1000, 1001)
    await put_refunds(portal, RefundState.SUCCEEDED, 2000, 2001)
    few = await cost(portal, person, path)
    await put_refunds(portal, RefundState.REQUESTED, 1001, 1025)
    await put_refunds(portal, RefundState.SUCCEEDED, 2001, 2025)
    assert await cost(portal, person, path) == few


async def test_the_office_reads_on_to_the_refunds_that_do_not_fit_on_one_page(portal: Portal) -> None:
    await put_refunds(portal, RefundState.REQUESTED, 1000, 1021)
    office = await portal.signed_in(OFFICE)
    first = await office.open(QUEUE)
    assert len(first.document.xpath("//tbody/tr")) == 20
    (address,) = first.document.xpath("//a[@rel='next']/@href")
    second = await office.open(address)
    assert second.document.xpath("//tbody//a/@href") == [f"{QUEUE}/{a_reference(6020)}"]
    assert second.document.xpath("//a[@rel='prev']/@href") == [QUEUE]


async def test_a_landlord_reads_on_in_either_list_and_finds_back(portal: Portal) -> None:
    await put_refunds(portal, RefundState.REQUESTED, 1000, 1021)
    await put_refunds(portal, RefundState.SUCCEEDED, 2000, 2021)
    juma = await portal.signed_in(LANDLORD)
    first = await juma.open(DESK)
    assert len(first.document.xpath("//tbody/tr")) == 40
    waiting, over = first.document.xpath("//a[@rel='next']/@href")
    for address, last, caption in ((waiting, 6020, "Not over yet"), (over, 7000, "Over")):
        page = await juma.open(address)
        assert page.document.xpath("//tbody//a/@href") == [f"{DESK}/{a_reference(last)}"]
        assert page.document.xpath("//caption/text()") == [caption]
        assert page.document.xpath("//main//a[text()='All refunds']/@href") == [DESK]
