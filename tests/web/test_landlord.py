"""What a landlord sees: what was paid to them, and nothing of anybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.money import shillings
from portal.domain.payment_state import State
from tests.makers import LANDLORD, NOW, OFFICE, TENANT, a_reference
from tests.web.client import Portal
from tests.web.people import OTHER_LANDLORD
from tests.web.records import put

RECEIPTS = "//td/a[starts-with(@href, '/r/')]/@href"


async def test_a_landlord_sees_who_paid_what_with_its_receipt(portal: Portal) -> None:
    await put(portal, amount=shillings(200_000))
    page = await (await portal.signed_in(LANDLORD)).open("/landlord")
    assert (page.status, page.h1) == (200, "What was paid to you")
    for word in ("3 Mar 2026", "Asha Mushi", "A3, Mikocheni", "Deposit", "200,000", "26-000001"):
        assert word in page.words
    assert page.document.xpath("//table//a[starts-with(@href, '/r/')]/@href") == ["/r/MOL-26-000001"]
    assert "0754" not in page.words


@pytest.mark.covers("N1")
async def test_another_landlord_sees_none_of_it(portal: Portal) -> None:
    await put(portal)
    page = await (await portal.signed_in(OTHER_LANDLORD)).open("/landlord")
    assert "Nothing was paid to you yet" in page.words
    assert "Asha" not in page.words


async def test_only_money_that_came_stands_in_the_list(portal: Portal) -> None:
    for number, state in enumerate((State.FAILED, State.EXPIRED, State.CANCELLED, State.UNCERTAIN)):
        await put(portal, state, reference=a_reference(500 + number))
    page = await (await portal.signed_in(LANDLORD)).open("/landlord")
    assert page.document.xpath("//table") == []


@pytest.mark.covers("D3")
async def test_the_pages_show_every_receipt_once(portal: Portal) -> None:
    for number in range(25):
        await put(portal, reference=a_reference(700 + number), begun_at=NOW + timedelta(hours=number))
    landlord = await portal.signed_in(LANDLORD)
    first = await landlord.open("/landlord")
    (older,) = first.document.xpath("//a[@rel='next']/@href")
    second = await landlord.open(older)
    receipts = [href for page in (first, second) for href in page.document.xpath(RECEIPTS)]
    assert receipts == [f"/r/MOL-26-{serial:06d}" for serial in range(25, 0, -1)]
    assert (await landlord.get(older[:-2])).status_code == 400


@pytest.mark.parametrize("person", [TENANT, OFFICE])
async def test_for_every_other_role_there_is_no_such_page(portal: Portal, person: str) -> None:
    assert (await (await portal.signed_in(person)).get("/landlord")).status_code == 404
