"""The receipt as a page and as a file: what it says, and who sees it."""

from __future__ import annotations

import gzip

import pytest

from portal.domain.money import shillings
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.person import Role
from portal.web.receipts import kilobytes, way_back
from tests.makers import LANDLORD, NEIGHBOUR, OFFICE, TENANT, a_payment
from tests.web.client import Portal
from tests.web.people import APPROVER, OTHER_LANDLORD
from tests.web.records import pay, put, put_file

ADDRESS = "/r/MOL-26-000001"


@pytest.fixture
async def paid(portal: Portal) -> Payment:
    return await put(portal)


@pytest.mark.covers("C9", "C10", "page:12")
async def test_the_payer_sees_everything_that_a_receipt_says(portal: Portal, paid: Payment) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.open(ADDRESS)
    assert (page.status, page.h1) == (200, "Receipt")
    for word in (
        "26-000001",
        "Asha Mushi",
        "Juma Mollel",
        "A3, Mikocheni",
        "Deposit",
        "453,500",
        "M-Pesa · 0754•••456",
        paid.receipt_code or "",
        "Paid in full",
        "This is not a TRA fiscal receipt",
    ):
        assert word in page.words
    assert "Receipt 26-000001" in page.title


@pytest.mark.covers("C11", "C12", "M13")
async def test_a_receipt_speaks_both_languages_and_names_its_time_zone(portal: Portal, paid: Payment) -> None:
    asha = await portal.signed_in(TENANT, "sw")
    page = await asha.open(ADDRESS)
    assert page.h1 == "Risiti"
    assert "3 Mac 2026, 12:00 (saa 6:00 mchana, EAT)" in page.words
    assert "Shilingi laki nne na elfu hamsini na tatu na mia tano" in page.words
    assert "Four hundred and fifty-three thousand five hundred shillings only" in page.words


@pytest.mark.covers("C9")
async def test_a_part_payment_says_what_is_left(portal: Portal) -> None:
    await put(portal, amount=shillings(200_000))
    asha = await portal.signed_in(TENANT)
    page = await asha.open(ADDRESS)
    assert "Part payment" in page.h1
    assert "Balance left: TSh 250,000" in page.words


@pytest.mark.covers("C14")
@pytest.mark.parametrize("person", [LANDLORD, OFFICE, APPROVER])
async def test_landlord_and_office_see_the_same_receipt(portal: Portal, paid: Payment, person: str) -> None:
    page = await (await portal.signed_in(person)).open(ADDRESS)
    assert (page.status, page.h1) == (200, "Receipt")
    assert "453,500" in page.words


@pytest.mark.covers("N1")
@pytest.mark.parametrize("person", [NEIGHBOUR, OTHER_LANDLORD])
@pytest.mark.parametrize("suffix", ["", ".pdf"])
async def test_for_anyone_else_there_is_no_such_receipt(
    portal: Portal, paid: Payment, person: str, suffix: str
) -> None:
    await put_file(portal, paid)
    other = await portal.signed_in(person)
    answer, none = await other.get(ADDRESS + suffix), await other.get(f"/r/MOL-26-009999{suffix}")
    assert (answer.status_code, none.status_code) == (404, 404)
    assert "Asha" not in answer.text


async def test_a_stranger_signs_in_first_and_then_comes_back(portal: Portal, paid: Payment) -> None:
    answer = await portal.browser().get(ADDRESS)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={ADDRESS}")


@pytest.mark.parametrize("number", ["mol-26-000001", "MOL-26-000001"])
async def test_a_number_is_read_in_either_case(portal: Portal, paid: Payment, number: str) -> None:
    asha = await portal.signed_in(TENANT)
    assert (await asha.open(f"/r/{number}")).status == 200


@pytest.mark.parametrize(
    "number",
    ["26-000001", "MOL-26-000001.pdf.pdf", "MOL-26-0000001", "%00", "MOL-26-00000\u0661", "x" * 400],
)
async def test_what_is_no_number_is_not_found(portal: Portal, paid: Payment, number: str) -> None:
    asha = await portal.signed_in(TENANT)
    assert (await asha.get(f"/r/{number}")).status_code == 404


@pytest.mark.covers("page:13")
async def test_the_page_waits_for_its_pdf_and_then_says_how_large_it_is(
    portal: Portal, paid: Payment
) -> None:
    asha = await portal.signed_in(TENANT)
    waiting = await asha.open(ADDRESS)
    assert "Your PDF is being prepared" in waiting.words
    assert waiting.document.xpath(f"//main//a[@href='{ADDRESS}']/text()") == ["Look again"]
    await put_file(portal, paid, b"%PDF-1.7" + bytes(38_000))
    ready = await asha.open(ADDRESS)
    (link,) = ready.document.xpath(f"//a[@href='{ADDRESS}.pdf']")
    assert link.text_content() == "Download PDF (38 kB)"


@pytest.mark.covers("C2", "page:13")
async def test_the_pdf_is_sent_as_it_was_kept_under_a_name_of_ours(portal: Portal, paid: Payment) -> None:
    await put_file(portal, paid, b"%PDF-1.7 a receipt")
    answer = await (await portal.signed_in(TENANT)).get(f"{ADDRESS.lower()}.PDF")
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7 a receipt")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="nest-pay-receipt-MOL-26-000001.pdf"'
    )


async def test_a_pdf_that_is_not_ready_is_answered_202_with_where_to_look(
    portal: Portal, paid: Payment
) -> None:
    page = await (await portal.signed_in(TENANT)).open(f"{ADDRESS}.pdf")
    assert (page.status, page.h1) == (202, "Your PDF is being prepared")
    assert page.answer.headers["retry-after"] == "3"
    assert page.document.xpath("//main//a/@href") == [ADDRESS, f"{ADDRESS}.pdf", ADDRESS]


@pytest.mark.covers("C13")
async def test_a_printer_that_breaks_costs_the_payment_nothing(portal: Portal) -> None:
    portal.renderer.breaks = RuntimeError("no fonts")
    payment = await pay(portal)
    await portal.parts.worker.run_due()
    assert payment.state is State.COMPLETED
    asha = await portal.signed_in(TENANT)
    assert (await asha.open(ADDRESS)).status == 200
    assert (await asha.get(f"{ADDRESS}.pdf")).status_code == 202
    portal.renderer.breaks = None
    portal.clock.advance(seconds=2)
    await portal.parts.worker.run_due()
    assert (await asha.get(f"{ADDRESS}.pdf")).status_code == 200


async def test_a_payment_without_money_has_no_receipt(portal: Portal) -> None:
    await put(portal, State.FAILED)
    assert (await (await portal.signed_in(TENANT)).get(ADDRESS)).status_code == 404


async def test_the_page_of_a_receipt_is_light(portal: Portal, paid: Payment) -> None:
    page = await (await portal.signed_in(TENANT, "sw")).open(ADDRESS)
    assert len(gzip.compress(page.answer.content, mtime=0)) <= 6 * 1024


def test_the_size_of_a_file_is_never_none() -> None:
    assert [kilobytes(size) for size in (1, 499, 1_500, 38_200)] == [1, 1, 2, 38]


def test_each_role_goes_back_to_where_it_came_from() -> None:
    payment = a_payment()
    assert way_back(Role.TENANT, payment)["href"] == f"/payments/{payment.reference}"
    assert way_back(Role.LANDLORD, payment)["href"] == "/landlord"
    assert [way_back(role, payment)["href"] for role in (Role.OFFICE, Role.APPROVER)] == ["/ops", "/ops"]
