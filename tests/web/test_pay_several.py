"""Several bills in one push, by forms: chosen together, named together, and each accounted for on every page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from portal.domain.bill import Bill, PartPolicy, PaymentType
from portal.domain.money import shillings
from portal.domain.outcome import NotPaid, Paid, Reason
from portal.domain.payment_state import State
from portal.store import leases
from portal.store.tables import leases as lease_rows
from portal.store.types import Tx
from tests.makers import (
    BILL,
    LANDLORD,
    OFFICE,
    PAYMENT,
    TENANT,
    a_bill,
    a_lease,
    a_reference,
    all_of,
    put_payment,
)
from tests.web.client import Browser, Page, Portal
from tests.web.paying import RENT, a_rent_bill, paying, put_bills, read, reference_of, told
from tests.web.records import put

APRIL = a_bill(
    reference=a_reference(62),
    type=PaymentType.RENT,
    period=date(2026, 4, 1),
    amount=shillings(350_000),
    due_on=date(2026, 4, 5),
)
FEE = a_bill(
    reference=a_reference(63),
    type=PaymentType.SERVICE_FEE,
    amount=shillings(35_000),
    due_on=date(2026, 4, 6),
)
THREE = [a_bill(), a_rent_bill(), APRIL]


@pytest.fixture(autouse=True)
async def more_bills(portal: Portal) -> None:
    await put_bills(portal, a_rent_bill(), APRIL, FEE)


def ticked(page: Page) -> list[str]:
    return [str(value) for value in page.document.xpath("//input[@name='bill'][@checked]/@value")]


def sums(page: Page) -> list[str]:
    """The lines of the sum that is asked for."""
    rows = page.document.xpath("//table[@class='sums'][1]//tr")
    return [" ".join(" ".join(row.xpath(".//text()")).split()) for row in rows]


async def chosen(portal: Portal, *bills: str, language: str = "en") -> tuple[Browser, Page]:
    asha = await portal.signed_in(TENANT, language)
    return asha, await asha.submit(await asha.open("/pay"), bill=[*bills])


async def to_the_prompt(portal: Portal, *bills: str, **typed: Any) -> tuple[Browser, Page]:
    """All further questions answered as they are preselected."""
    asha, page = await chosen(portal, *bills, **typed)
    for _ in range(3):
        page = await asha.submit(page)
    return asha, page


@pytest.mark.covers("A20", "page:3", "page:6", "B2")
async def test_deposit_and_rent_are_paid_in_one_push_by_forms_alone(portal: Portal) -> None:
    asha, page = await chosen(portal, BILL, RENT)
    assert "Deposit and rent, March 2026 · A3, Mikocheni TSh 800,000 to Juma Mollel" in read(page)
    page = await asha.submit(await asha.submit(page))
    assert "For Deposit and rent, March 2026 · A3, Mikocheni" in read(page)
    assert sums(page) == [
        "Deposit TSh 450,000",
        "Rent, March 2026 TSh 350,000",
        "Platform fee TSh 4,000",
        "Processing fee TSh 250",
        "M-Pesa fee TSh 1,000",
        "Total TSh 805,250",
    ]
    assert "Juma Mollel receives TSh 800,000." in page.words
    page = await asha.submit(page)
    assert page.h1 == "Check your phone"
    assert "Deposit TSh 450,000 Rent, March 2026 TSh 350,000 From M-Pesa" in read(page)
    (push,) = portal.provider.pushes
    assert push.amount == shillings(805_250)
    await told(portal, reference_of(page), Paid(receipt_code="UC35T8K2QX"))
    page = await asha.open(page.path)
    assert page.h1 == "Paid"
    assert "TSh 805,250 for deposit and rent, March 2026. Receipt 26-000001." in page.words


@pytest.mark.covers("A20", "page:3")
async def test_the_page_lets_one_tick_several_and_tells_the_script_what_they_cost(portal: Portal) -> None:
    await put_bills(portal, a_bill(reference=a_reference(64), amount=shillings(1_500)))
    page = await (await portal.signed_in(TENANT)).open("/pay")
    boxes = page.document.xpath("//input[@name='bill']")
    assert {box.get("type") for box in boxes} == {"checkbox"}
    assert [box.get("data-amount") for box in boxes] == ["450000", "1500", "350000", "350000", "35000"]
    assert {box.get("data-unit") for box in boxes} == {"TSh"}
    assert [box.get("data-parts") for box in boxes] == ["yes", None, "yes", "yes", "yes"]
    assert "You can pay several at once." in page.words
    (running,) = page.document.xpath("//*[@data-sum]")
    assert running.get("hidden") is not None


async def test_one_bill_alone_is_ticked_already_and_adds_up_to_nothing_more(portal: Portal) -> None:
    for number, bill in enumerate((a_rent_bill(), APRIL, FEE)):
        await put_payment(portal.store, reference=a_reference(500 + number), **all_of(bill))
    page = await (await portal.signed_in(TENANT)).open("/pay")
    assert ticked(page) == [BILL]
    assert not page.document.xpath("//*[@data-sum]")


@pytest.mark.covers("A20")
async def test_an_address_can_name_several_bills_and_a_draft_brings_them_back(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.open(f"/pay?bill={RENT}&bill={APRIL.reference}")
    assert ticked(page) == [RENT, APRIL.reference]
    methods = await asha.submit(page)
    assert "Rent, March and April 2026" in methods.words
    (back,) = methods.document.xpath("//a[@class='back']/@href")
    again = await asha.open(back)
    assert ticked(again) == [RENT, APRIL.reference]
    assert again.form("main-form").fields["amount"] == ""


@pytest.mark.covers("M1")
async def test_another_language_keeps_what_was_ticked(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.open("/pay")
    page = await asha.submit(page, bill=[RENT, APRIL.reference], button=("language", "sw"))
    assert (page.language, ticked(page)) == ("sw", [RENT, APRIL.reference])
    assert "Unaweza kulipa kadhaa kwa mara moja." in page.words


@pytest.mark.covers("A19", "A20")
async def test_another_amount_for_several_is_refused_and_nothing_is_lost(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open("/pay"), bill=[BILL, RENT], amount="100,000")
    assert (page.status, page.error("amount")) == (
        422,
        "Error: Another amount can be paid of one bill only. Choose one bill, or leave this empty",
    )
    assert ticked(page) == [BILL, RENT]
    assert page.document.xpath("//input[@name='amount']/@value") == ["100,000"]


async def test_nothing_ticked_is_refused_at_the_first_box(portal: Portal) -> None:
    _, page = await chosen(portal)
    assert (page.status, page.error("bill")) == (422, "Error: Choose what you want to pay")
    assert page.document.xpath("//div[@id='errors']//a/@href") == ["#field-bill"]
    assert page.document.xpath("//input[@id='field-bill']/@value") == [BILL]


@pytest.mark.covers("N1")
@pytest.mark.parametrize("other", [a_reference(99), "nonsense", "'; DROP TABLE bills"])
async def test_a_bill_that_is_not_theirs_is_not_there(portal: Portal, other: str) -> None:
    asha = await portal.signed_in(TENANT)
    answer = await asha.post("/pay", {"bill": [BILL, other]})
    assert answer.status_code == 404


async def test_bills_of_two_homes_are_not_paid_together(portal: Portal) -> None:
    second = a_lease(reference=a_reference(27), unit="B2")
    elsewhere = a_bill(reference=a_reference(28), lease=second.reference)

    def move_in(tx: Tx) -> None:
        leases.add_lease(tx, second)
        leases.add_bill(tx, elsewhere)

    await portal.store.write(move_in)
    _, page = await chosen(portal, BILL, elsewhere.reference)
    assert page.status == 422
    assert page.error("bill").startswith("Error: These cannot be paid together.")
    assert ticked(page) == [BILL, elsewhere.reference]


async def test_more_bills_than_a_receipt_has_room_for_are_refused(portal: Portal) -> None:
    many = [a_bill(reference=a_reference(400 + n), amount=shillings(2_000)) for n in range(13)]
    await put_bills(portal, *many)
    _, page = await chosen(portal, *(bill.reference for bill in many))
    assert page.error("bill") == "Error: Choose at most 12 at once, and pay the others after"


@pytest.mark.covers("A20", "D10")
async def test_a_basket_that_changed_while_it_was_checked_is_chosen_anew(portal: Portal) -> None:
    asha, page = await chosen(portal, BILL, RENT)
    check = await asha.submit(await asha.submit(page))
    await put_payment(portal.store, reference=a_reference(501), bill=RENT, amount=shillings(350_000))
    for page in (await asha.open(check.path), await asha.submit(check)):
        assert page.status == 422
        assert (
            page.error("bill")
            == "Error: Something you chose has been paid meanwhile. Check what is left, and continue"
        )
        assert ticked(page) == [BILL]
    assert portal.provider.pushes == []


@pytest.mark.covers("A20", "D10")
async def test_a_check_page_opened_again_says_what_another_attempt_is_paying_or_has_paid(
    portal: Portal,
) -> None:
    asha, page = await chosen(portal, BILL, RENT)
    check = await asha.submit(await asha.submit(page))
    _, other = await paying(portal, RENT)
    page = await asha.open(check.path)
    assert (page.status, page.h1) == (409, "You already have a payment in progress for this")
    assert page.document.xpath("//main//a[.='See that payment']/@href") == [other.path]
    await told(portal, reference_of(other), Paid(receipt_code="UC35T8K2QX"))
    await put_payment(portal.store, reference=a_reference(501))
    assert (await asha.open(check.path)).h1 == "This is already paid"


async def test_a_check_page_opened_again_for_more_than_is_left_leads_to_what_is_left(portal: Portal) -> None:
    asha, page = await chosen(portal, BILL)
    check = await asha.submit(await asha.submit(page))
    await put_payment(portal.store, reference=a_reference(501), amount=shillings(200_000))
    page = await asha.open(check.path)
    assert page.status == 422
    assert page.error("amount").startswith("Error: Enter an amount from")


@pytest.mark.covers("A20", "B18")
async def test_a_basket_under_way_is_told_once_and_the_rest_can_be_paid(portal: Portal) -> None:
    asha, _ = await to_the_prompt(portal, BILL, RENT)
    page = await asha.open("/pay")
    assert page.words.count("You already have a payment in progress for this") == 1
    assert "Deposit and rent, March 2026, TSh 805,250. See that payment" in page.words
    assert page.document.xpath("//input[@name='bill']/@value") == [APRIL.reference, FEE.reference]
    home = await asha.open("/")
    assert home.words.count("You have a payment being confirmed") == 1
    pay = [link for link in home.document.xpath("//main//a/@href") if link.startswith("/pay?")]
    assert pay == [f"/pay?bill={APRIL.reference}", f"/pay?bill={FEE.reference}"]


@pytest.mark.covers("A20", "page:1")
async def test_home_leads_to_paying_several_where_there_are_several(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    home = await asha.open("/")
    assert home.document.xpath("//main//a[@href='/pay']//text()") == ["Pay several at once"]
    await to_the_prompt(portal, BILL, RENT, APRIL.reference)
    assert not (await asha.open("/")).document.xpath("//main//a[@href='/pay']")


@pytest.mark.covers("A20", "A24")
async def test_a_basket_that_failed_is_tried_again_as_it_was(portal: Portal) -> None:
    asha, page = await to_the_prompt(portal, BILL, RENT)
    await told(portal, reference_of(page), NotPaid(Reason.INSUFFICIENT_FUNDS, "1"))
    page = await asha.open(page.path)
    assert "Choose fewer bills, or top up and try again." in page.words
    (fewer,) = page.document.xpath("//a[normalize-space()='Choose fewer bills']/@href")
    assert ticked(await asha.open(fewer)) == [BILL, RENT]
    check = await asha.press(page, "Try again")
    assert "Deposit and rent, March 2026" in check.words
    assert "Total TSh 805,250" in sums(check)


@pytest.mark.covers("A20", "A28")
async def test_too_much_for_one_push_can_be_paid_bill_by_bill_though_no_parts_are_taken(
    portal: Portal,
) -> None:
    whole = update(lease_rows).values(part_policy=PartPolicy.FULL_ONLY)
    await portal.store.write(lambda tx: tx.execute(whole))
    large = [a_bill(reference=a_reference(500 + n), amount=shillings(1_600_000)) for n in (1, 2)]
    await put_bills(portal, *large)
    _, page = await chosen(portal, *(bill.reference for bill in large))
    assert "Choose fewer bills now, and pay the others after." in page.words
    assert page.document.xpath("//main//a[normalize-space()='Choose fewer bills']")


async def paid(portal: Portal, *bills: Bill, **changes: Any) -> None:
    await put(portal, **all_of(*bills) | changes)


@pytest.mark.covers("A20", "page:15", "page:16")
@pytest.mark.parametrize(
    "bills, english, swahili",
    [
        (THREE[:1], "Deposit", "Amana"),
        (THREE[:2], "Deposit and rent, March 2026", "Amana na kodi, Machi 2026"),
        (THREE[1:], "Rent, March and April 2026", "Kodi, Machi na Aprili 2026"),
        (THREE, "3 bills", "Bili 3"),
    ],
)
async def test_every_page_of_records_names_several_bills(
    portal: Portal, bills: list[Bill], english: str, swahili: str
) -> None:
    await paid(portal, *bills)
    for person, address in (
        (TENANT, "/payments"),
        (TENANT, f"/payments/{PAYMENT}"),
        (TENANT, f"/pay/{PAYMENT}"),
        (TENANT, "/r/MOL-26-000001"),
        (LANDLORD, "/landlord"),
        (OFFICE, f"/ops/payments/{PAYMENT}"),
    ):
        for language, name in (("en", english), ("sw", swahili)):
            browser = await portal.signed_in(person, language)
            assert name in read(await browser.open(address)), address


@pytest.mark.covers("A20", "page:16")
async def test_the_detail_and_the_office_see_a_line_for_each_bill(portal: Portal) -> None:
    await paid(portal, *THREE)
    for person, address in ((TENANT, f"/payments/{PAYMENT}"), (OFFICE, f"/ops/payments/{PAYMENT}")):
        page = await (await portal.signed_in(person)).open(address)
        assert sums(page)[:3] == [
            "Deposit TSh 450,000",
            "Rent, March 2026 TSh 350,000",
            "Rent, April 2026 TSh 350,000",
        ]


@pytest.mark.covers("A20", "page:21")
async def test_a_landlord_sees_what_came_for_each_bill(portal: Portal) -> None:
    await paid(portal, *THREE)
    page = await (await portal.signed_in(LANDLORD)).open("/landlord")
    for line in ("Deposit: TSh 450,000", "Rent, March 2026: TSh 350,000", "Rent, April 2026: TSh 350,000"):
        assert line in read(page)


@pytest.mark.covers("A20", "C6", "page:14")
async def test_the_public_check_tells_the_sum_and_what_for(portal: Portal) -> None:
    await paid(portal, *THREE)
    address = f"/v/{a_reference(1_000_001)}"
    page = await portal.browser().open(address)
    assert "3 bills TSh 1,150,000 Amount, without fees" in read(page)
    assert sums(page) == [
        "Deposit TSh 450,000",
        "Rent, March 2026 TSh 350,000",
        "Rent, April 2026 TSh 350,000",
        "Amount, without fees TSh 1,150,000",
    ]
    text = (await portal.browser().get(address)).text
    assert not [bill.reference for bill in THREE if bill.reference in text]


@pytest.mark.covers("A20", "B19", "page:7")
async def test_a_prompt_of_which_a_bill_was_paid_meanwhile_warns_of_paying_it_twice(portal: Portal) -> None:
    _, first = await paying(portal, RENT)
    await told(portal, reference_of(first), NotPaid(Reason.WRONG_PIN, "2001"))
    asha, page = await to_the_prompt(portal, BILL, RENT)
    await told(portal, reference_of(first), Paid(receipt_code="LATE123456"))
    page = await asha.open(page.path)
    assert page.h1 == "A part is already paid"
    assert "Another payment has paid TSh 350,000 of this." in page.words
    assert "If you approve, you pay TSh 350,000 twice." in page.words
    assert "PIN" not in read(page).partition("What happened so far")[0]
    await told(portal, reference_of(page), Paid(receipt_code="UC35T8K2QX"))
    page = await asha.open(page.path)
    assert page.h1 == "You paid more than was due"
    assert "TSh 350,000 of this was more than the bill." in page.words


@pytest.mark.covers("A19")
async def test_a_landlord_who_takes_parts_by_the_rent_says_so(portal: Portal) -> None:
    by_rent = update(lease_rows).values(part_policy=PartPolicy.RENT_OR_MORE, rent=200_000)
    await portal.store.write(lambda tx: tx.execute(by_rent))
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open("/pay"), bill=[BILL], amount="150,000")
    assert page.error("amount") == (
        "Error: Your landlord accepts parts of at least one month's rent. "
        "Enter an amount from TSh 200,000 to TSh 449,000, or all of it, TSh 450,000"
    )
    page = await asha.submit(await asha.open("/pay"), bill=[FEE.reference], amount="10,000")
    assert (
        page.error("amount") == "Error: A part must be at least one month's rent. Pay all of this, TSh 35,000"
    )
    assert "TSh 300,000" in read(await asha.submit(await asha.open("/pay"), bill=[BILL], amount="300,000"))


async def test_a_payment_of_one_bill_still_leads_to_its_rest(portal: Portal) -> None:
    asha, page = await paying(portal, BILL, amount="150,000")
    await told(portal, reference_of(page), Paid(receipt_code="UC35T8K2QX"))
    assert (await portal.parts.payments.load(reference_of(page))).state is State.COMPLETED
    page = await asha.open(page.path)
    assert page.document.xpath("//a[normalize-space()='Pay the rest']/@href") == [f"/pay?bill={BILL}"]
