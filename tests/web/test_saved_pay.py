"""Saved ways on the pay path: first on the page, chosen by one press, and a number that has paid can be saved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.method import PaymentMethod
from portal.domain.outcome import NotPaid, Paid, Reason
from portal.store import saved_methods
from portal.store.saved_methods import NewMethod
from portal.store.types import Tx
from portal.store.writer import Store
from tests.fakes import FakeProvider
from tests.makers import BILL, NOW, TENANT, FakeClock, a_phone
from tests.saved import WORK_PHONE, a_saved_phone
from tests.web.client import Browser, Page, Portal
from tests.web.opening import open_portal
from tests.web.paying import (
    BIG,
    RENT,
    a_bill_above_the_limit,
    a_rent_bill,
    put_bills,
    read,
    reference_of,
    spoken,
    told,
    walked_to_check,
)

PHONE = a_saved_phone(nickname="Work")
OTHER = a_saved_phone(2, what=a_phone("255684987654"), method=PaymentMethod.AIRTEL_MONEY)


async def put(portal: Portal, *new: NewMethod) -> None:
    def work(tx: Tx) -> None:
        for one in new:
            saved_methods.add(tx, portal.vault, one, NOW)

    await portal.store.write(work)


async def methods_page(portal: Portal, bill: str = BILL) -> tuple[Browser, Page]:
    asha = await portal.signed_in(TENANT)
    return asha, await asha.submit(await asha.open(f"/pay?bill={bill}"))


def lines(page: Page) -> list[str]:
    """Every way on the page, as it is read."""
    return [spoken(control.getparent()) for control in page.document.xpath("//input[@name='method']")]


def chosen(page: Page, name: str = "method") -> list[str]:
    return [str(value) for value in page.document.xpath(f"//input[@name='{name}'][@checked]/@value")]


@pytest.mark.covers("page:4", "E2", "E7", "E8")
async def test_saved_ways_stand_first_and_the_default_is_chosen(portal: Portal) -> None:
    await put(portal, PHONE, OTHER)
    await portal.store.write(lambda tx: saved_methods.used(tx, TENANT, PHONE.id, NOW - timedelta(days=30)))
    _, page = await methods_page(portal)
    first, second, third, *_ = lines(page)
    assert first.startswith("Work Fee TSh 3,500 M-Pesa, 0754•••654. Last used 1 Feb 2026.")
    assert second == "0684•••654 Not open yet"
    assert third.startswith("M-Pesa Fee TSh 3,500")
    assert chosen(page) == [PHONE.id]
    assert "What you have saved" in read(page)
    assert "Another way" in read(page)


async def test_without_a_saved_way_the_page_is_as_it_was(portal: Portal) -> None:
    _, page = await methods_page(portal)
    assert "Another way" not in read(page)
    assert chosen(page) == ["MPESA"]


async def test_a_default_that_cannot_be_used_now_is_not_chosen(portal: Portal) -> None:
    await put(portal, OTHER, PHONE)
    _, page = await methods_page(portal)
    assert chosen(page) == ["MPESA"]


@pytest.mark.covers("E5", "page:5")
async def test_the_default_leads_straight_to_the_check_page(portal: Portal) -> None:
    await put(portal, PHONE)
    asha, page = await methods_page(portal)
    page = await asha.submit(page)
    assert page.h1 == "Check before you pay"
    assert "From 0754•••654" in read(page)
    page = await asha.submit(page)
    assert page.h1 == "Check your phone"
    assert portal.provider.pushes[0].phone == WORK_PHONE


async def test_the_phone_can_still_be_changed_on_the_way(portal: Portal) -> None:
    await put(portal, PHONE)
    asha, page = await methods_page(portal)
    check = await asha.submit(page)
    change = next(str(link) for link in check.document.xpath("//a/@href") if "/pay/details" in link)
    details = await asha.open(change)
    assert details.document.xpath("//input[@name='phone']/@value") == [WORK_PHONE.national]
    assert not details.document.xpath("//input[@name='save']"), "it is saved already"
    assert "From 0754•••456" in read(await asha.submit(details, phone="0754 123 456"))
    back = await asha.open(page.path)
    assert chosen(back) == ["MPESA"]


async def test_what_was_chosen_before_stays_chosen(portal: Portal) -> None:
    await put(portal, PHONE, a_saved_phone(3, what=a_phone("255754987655")))
    asha, page = await methods_page(portal)
    await asha.submit(page, method=a_saved_phone(3).id)
    assert chosen(await asha.open(page.path)) == [a_saved_phone(3).id]


@pytest.mark.covers("A28")
async def test_a_saved_way_shows_its_limit_when_the_amount_is_beyond_it(portal: Portal) -> None:
    await put(portal, PHONE)
    await put_bills(portal, a_bill_above_the_limit())
    _, page = await methods_page(portal, BIG)
    assert lines(page)[0].startswith("Work Fee")
    assert "This amount is outside the limit. From TSh 1,000 to TSh 3,000,000" in lines(page)[0]
    assert chosen(page) == []


async def test_a_saved_way_that_was_deleted_meanwhile_is_refused(portal: Portal) -> None:
    await put(portal, PHONE)
    asha, page = await methods_page(portal)
    await portal.store.write(lambda tx: saved_methods.delete(tx, TENANT, PHONE.id, NOW))
    page = await asha.submit(page)
    assert (page.status, page.error("method")) == (422, "Error: Choose how you want to pay")


async def test_a_number_that_was_deleted_before_pay_is_pressed_asks_for_its_owner_s_word(
    portal: Portal,
) -> None:
    await put(portal, PHONE)
    asha, page = await methods_page(portal)
    check = await asha.submit(page)
    await portal.store.write(lambda tx: saved_methods.delete(tx, TENANT, PHONE.id, NOW))
    page = await asha.submit(check)
    assert (page.status, page.h1) == (422, "Which phone do you pay from?")
    assert portal.provider.pushes == []


@pytest.mark.covers("E8")
async def test_a_saved_way_was_used_when_its_payment_started(portal: Portal) -> None:
    await put(portal, PHONE)
    asha, page = await methods_page(portal)
    check = await asha.submit(page)
    assert "Not used yet." in (await asha.open("/methods")).words
    await asha.submit(check)
    assert "Last used 3 Mar 2026." in (await asha.open("/methods")).words


@pytest.mark.covers("page:5", "E1", "E11")
async def test_a_number_that_is_ticked_is_saved_once_it_has_paid(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    details = await asha.submit(await asha.submit(await asha.open("/pay")))
    (box,) = details.document.xpath("//input[@name='save']")
    assert "checked" not in box.attrib
    assert "You always approve each payment with your PIN." in details.words
    details = await asha.submit(details, phone="0768 123 456", save=box.get("value"))
    assert chosen(details, "save") == ["phone-1"], "it stays ticked while the owner's word is asked for"
    status = await asha.submit(await asha.submit(details, agreed="yes"))
    assert "Nothing is saved yet" in (await asha.open("/methods")).words
    await told(portal, reference_of(status), Paid(receipt_code="UC35T8K2QX"))
    while await portal.parts.worker.run_due():
        pass
    assert "0768•••456" in (await asha.open("/methods")).words


async def test_a_number_that_is_ticked_is_not_saved_when_it_did_not_pay(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    details = await asha.submit(await asha.submit(await asha.open("/pay")))
    status = await asha.submit(await asha.submit(details, save="phone-1"))
    await told(portal, reference_of(status), NotPaid(Reason.WRONG_PIN, "2001"))
    while await portal.parts.worker.run_due():
        pass
    assert "Nothing is saved yet" in (await asha.open("/methods")).words


async def test_a_text_that_never_was_cannot_be_ticked(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    details = await asha.submit(await asha.submit(await asha.open("/pay")))
    page = await asha.submit(details, save="phone-0")
    assert (page.status, page.error("save")) == (
        422,
        "Error: What you agree to has changed. Read it and tick again",
    )


async def test_a_saved_way_of_a_second_network_pays_by_it(sqlite_store: Store, clock: FakeClock) -> None:
    mpesa, airtel = FakeProvider(), FakeProvider("airtel", (PaymentMethod.AIRTEL_MONEY,))
    portal = await open_portal(sqlite_store, clock, providers=[mpesa, airtel])
    await put(portal, OTHER)
    await put_bills(portal, a_rent_bill())
    asha, page = await methods_page(portal, RENT)
    await asha.submit(await asha.submit(page))
    assert [push.phone for push in airtel.pushes] == [a_phone("255684987654")]
    await portal.close()


async def test_paying_again_begins_with_the_same_saved_way(portal: Portal) -> None:
    await put(portal, PHONE)
    asha, page = await methods_page(portal)
    status = await asha.submit(await asha.submit(page))
    await told(portal, reference_of(status), NotPaid(Reason.WRONG_PIN, "2001"))
    check = await asha.press(await asha.open(status.path), "Try again")
    assert "From 0754•••654" in read(check)


async def test_the_walk_of_a_tenant_without_saved_ways_is_as_long_as_before(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    assert (await walked_to_check(asha)).h1 == "Check before you pay"
