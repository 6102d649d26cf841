"""How to pay in the menu of a wallet: the number, the reference and the steps, for whoever rents something."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import update

from portal.domain.bill import PartPolicy
from portal.domain.ids import shown
from portal.store import switches
from portal.store.switches import Switch
from portal.store.tables import leases
from portal.store.writer import Store
from tests.makers import LANDLORD, LEASE, NEIGHBOUR, NOW, OFFICE, TENANT, FakeClock
from tests.services.menu import COMPANY, KEY, FakeMixx, a_call, fields_of
from tests.web.client import Portal
from tests.web.opening import open_portal
from tests.web.paying import read


@pytest.fixture
async def mixx_portal(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    opened = await open_portal(sqlite_store, clock, others=[FakeMixx()])
    yield opened
    await opened.close()


@pytest.mark.covers("A11")
@pytest.mark.parametrize(
    "language, heading, dial", [("en", "Pay without internet", "Dial"), ("sw", "Lipa bila intaneti", "Piga")]
)
async def test_a_tenant_finds_number_reference_and_steps(
    mixx_portal: Portal, language: str, heading: str, dial: str
) -> None:
    browser = await mixx_portal.signed_in(TENANT, language)
    assert (await browser.open("/")).document.xpath("//main//a[@href='/pay/menu']")
    page = await browser.open("/pay/menu")
    assert page.h1 == heading
    assert page.document.xpath("//button/@data-copy") == [COMPANY, LEASE, "450000"]
    assert shown(LEASE) in page.words
    assert f"{dial} *150*01#" in page.words
    assert len(page.document.xpath("//main//ol/li")) == 5
    assert "/pay/menu" in (await browser.open("/help")).document.xpath("//main//a/@href")


@pytest.mark.covers("A11", "N1")
async def test_nobody_sees_the_reference_of_another_home(mixx_portal: Portal) -> None:
    page = await (await mixx_portal.signed_in(NEIGHBOUR)).open("/pay/menu")
    assert shown(LEASE) not in page.words
    assert (await (await mixx_portal.signed_in(LANDLORD)).open("/pay/menu")).status == 404


@pytest.mark.covers("A11")
async def test_what_was_paid_in_the_menu_stands_among_the_payments_with_its_story_and_receipt(
    mixx_portal: Portal,
) -> None:
    answer = fields_of(await mixx_portal.parts.menu_payments.answer("tigo", KEY, a_call()))
    browser = await mixx_portal.signed_in(TENANT)
    detail = await browser.open(f"/payments/{answer['REFID']}")
    assert (
        "Somebody paid TSh 450,000 in the Mixx by Yas menu, with the reference of your home" in detail.words
    )
    assert "sent news" not in detail.words
    assert "0713•••888" in detail.words
    receipt = await browser.open("/r/MOL-26-000001")
    assert "Paid in The phone's own menu" in receipt.words
    page = await browser.open("/pay/menu")
    assert page.document.xpath("//button/@data-copy") == [COMPANY, LEASE]
    assert "Nothing is due for it now." in page.words
    assert not (await browser.open("/")).document.xpath("//main//a[@href='/pay/menu']")


@pytest.mark.covers("A11")
@pytest.mark.parametrize(
    "terms, english, swahili",
    [
        ({}, "A bill can be paid in parts too.", "Bili inaweza kulipwa kwa sehemu pia."),
        (
            {"part_policy": PartPolicy.FULL_ONLY},
            "Your landlord accepts only full amounts: one bill or several, each whole.",
            "Mwenye nyumba anakubali kiasi kamili tu: bili moja au kadhaa, kila moja yote.",
        ),
        (
            {"part_policy": PartPolicy.RENT_OR_MORE, "rent": 350_000},
            "A bill can be paid in parts of at least one month's rent, TSh 350,000.",
            "Bili inaweza kulipwa kwa sehemu zisizopungua kodi ya mwezi mmoja, TSh 350,000.",
        ),
    ],
    ids=str,
)
async def test_what_the_landlord_and_the_wallet_take_at_once_stands_beside_the_steps(
    mixx_portal: Portal, terms: dict[str, Any], english: str, swahili: str
) -> None:
    await mixx_portal.store.write(lambda tx: tx.execute(update(leases).values(**terms)) if terms else None)
    for language, parts, limit in (
        ("en", english, "With Mixx by Yas one payment can be up to TSh 3,000,000."),
        ("sw", swahili, "Kwa Mixx by Yas, muamala mmoja unaweza kuwa hadi TSh 3,000,000."),
    ):
        text = read(await (await mixx_portal.signed_in(TENANT, language)).open("/pay/menu"))
        assert parts in text
        assert limit in text


async def test_the_office_s_word_on_a_way_that_is_off_stands_above_the_steps(mixx_portal: Portal) -> None:
    off = Switch(
        provider="tigo_pesa", person=OFFICE, at=NOW, notes={"en": "Back at six.", "sw": "Saa kumi na mbili."}
    )
    await mixx_portal.store.write(lambda tx: switches.turn(tx, off))
    page = await (await mixx_portal.signed_in(TENANT)).open("/pay/menu")
    assert "is switched off now" in page.words
    assert "Back at six." in page.words


async def test_without_a_menu_no_page_speaks_of_one(portal: Portal) -> None:
    browser = await portal.signed_in(TENANT)
    for path in ("/", "/help"):
        assert not (await browser.open(path)).document.xpath("//a[@href='/pay/menu']")
    assert (await browser.open("/pay/menu")).path == "/"
