"""Rent each month: chosen and switched off on a page of its own, for ones own saved phones alone."""

from __future__ import annotations

import pytest

from portal.store import saved_methods
from portal.store.saved_methods import NewMethod
from portal.store.types import Tx
from tests.makers import NEIGHBOUR, NOW, TENANT, a_phone, a_reference
from tests.saved import a_saved_account, a_saved_phone
from tests.web.client import Portal
from tests.web.paying import read

PHONE, OTHER, ACCOUNT = a_saved_phone(nickname="Work"), a_saved_phone(2, what=a_phone()), a_saved_account()
ADDRESS = f"/methods/{PHONE.id}/schedule"


async def put(portal: Portal, *new: NewMethod) -> None:
    def work(tx: Tx) -> None:
        for one in new:
            saved_methods.add(tx, portal.vault, one, NOW)

    await portal.store.write(work)


@pytest.mark.covers("E10", "page:17")
@pytest.mark.parametrize(
    "way, said",
    [
        ("push", "If rent is not paid, the request comes here on 5 Mar 2026, 18:00 (EAT)."),
        ("tell", "If rent is not paid, we send you a message on 5 Mar 2026, 18:00 (EAT)."),
    ],
)
async def test_a_day_and_an_hour_are_chosen_and_then_stand_in_the_list(
    portal: Portal, way: str, said: str
) -> None:
    await put(portal, PHONE)
    asha = await portal.signed_in(TENANT)
    page = await asha.open(ADDRESS)
    assert "Work, 0754•••654 (M-Pesa)" in page.words
    assert page.document.xpath("//input[@name='way'][@checked]/@value") == ["tell"], (
        "a request only if it is wanted"
    )
    page = await asha.submit(page, day="5", hour="18", way=way)
    assert page.path == "/methods?done=scheduled"
    assert said in read(page)
    page = await asha.open(ADDRESS)
    chosen = page.document.xpath("//option[@selected]/@value | //input[@name='way'][@checked]/@value")
    assert chosen == ["5", "18", way]


@pytest.mark.covers("E10")
async def test_it_is_switched_off_with_one_press(portal: Portal) -> None:
    await put(portal, PHONE)
    asha = await portal.signed_in(TENANT)
    await asha.submit(await asha.open(ADDRESS))
    page = await asha.press(await asha.open(ADDRESS), "Switch it off")
    assert page.path == "/methods?done=off"
    assert "If rent is not paid" not in read(page)
    assert not (await asha.open(ADDRESS)).document.xpath("//input[@name='off']")


async def test_nothing_is_chosen_for_anybody_until_it_is_saved(portal: Portal) -> None:
    await put(portal, PHONE)
    asha = await portal.signed_in(TENANT)
    await asha.open(ADDRESS)
    assert "If rent is not paid" not in read(await asha.open("/methods"))


async def test_another_phone_takes_the_place_of_the_one_before(portal: Portal) -> None:
    await put(portal, PHONE, OTHER)
    asha = await portal.signed_in(TENANT)
    await asha.submit(await asha.open(ADDRESS))
    page = await asha.open(f"/methods/{OTHER.id}/schedule")
    assert "Another phone is asked now" in read(page)
    await asha.submit(page)
    page = await asha.open("/methods")
    asked = page.document.xpath("//p[contains(., 'If rent is not paid')]/../@id")
    assert asked == [f"method-{OTHER.id}"]


@pytest.mark.parametrize(
    "typed, field, sentence",
    [
        ({"day": "31"}, "day", "Choose a day from the list"),
        ({"hour": "23"}, "hour", "Choose a time from the list"),
        (
            {"consent": "phone-1"},
            "consent",
            "What you agree to has changed. Read it and press the button again",
        ),
    ],
)
async def test_what_will_not_do_is_refused_and_the_rest_stays(
    portal: Portal, typed: dict[str, str], field: str, sentence: str
) -> None:
    await put(portal, PHONE)
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open(ADDRESS), **{"day": "7", "hour": "8", "way": "tell"} | typed)
    assert (page.status, page.error(field)) == (422, f"Error: {sentence}")
    assert page.document.xpath("//input[@name='way'][@checked]/@value") == ["tell"]


async def test_another_language_keeps_what_was_chosen(portal: Portal) -> None:
    await put(portal, PHONE)
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(
        await asha.open(ADDRESS), button=("language", "sw"), day="7", hour="8", way="tell"
    )
    assert (page.status, page.language) == (200, "sw")
    chosen = page.document.xpath("//option[@selected]/@value | //input[@name='way'][@checked]/@value")
    assert chosen == ["7", "8", "tell"]
    assert "08:00 (saa 2:00 asubuhi)" in read(page)


@pytest.mark.covers("N1")
async def test_only_ones_own_saved_phones_have_the_page(portal: Portal) -> None:
    await put(portal, PHONE, ACCOUNT)
    asha, baraka = await portal.signed_in(TENANT), await portal.signed_in(NEIGHBOUR)
    for browser, method_id in ((baraka, PHONE.id), (asha, ACCOUNT.id), (asha, a_reference(404))):
        address = f"/methods/{method_id}/schedule"
        assert (await browser.open(address)).status == 404
        filled = {"day": "1", "hour": "9", "way": "push", "consent": "appointment-1"}
        assert (await browser.post(address, filled)).status_code == 404
        assert (await browser.post(address, {"off": "yes"})).status_code == 404
