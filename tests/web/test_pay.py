"""The pay path: by forms only, one question to a page, and nothing is asked for that was not shown."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from portal.domain.bill import PartPolicy
from portal.domain.method import BESIDE, CHOICES
from portal.domain.outcome import NotPaid, Paid, Reason
from portal.store.tables import leases as lease_rows
from portal.store.tables import people
from portal.store.transients import drafts
from tests.makers import BILL, NEIGHBOUR, TENANT
from tests.web.client import Page, Portal
from tests.web.paying import (
    BIG,
    RENT,
    a_bill_above_the_limit,
    a_rent_bill,
    paying,
    put_bills,
    read,
    reference_of,
    told,
    walked_to_check,
)


def off(page: Page) -> dict[str, str]:
    """Every way to pay that cannot be chosen, with what it says of itself."""
    found = page.document.xpath("//input[@name='method'][@disabled]")
    return {control.get("value"): " ".join(control.getparent().text_content().split()) for control in found}


def chosen(page: Page, name: str) -> list[str]:
    return [str(value) for value in page.document.xpath(f"//input[@name='{name}'][@checked]/@value")]


@pytest.mark.covers("page:3", "page:4", "page:5", "page:6", "page:7", "B2", "B4")
async def test_a_tenant_pays_a_bill_by_forms_alone_in_five_steps(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.open("/pay")
    seen = [page.h1]
    for _ in range(4):
        page = await asha.submit(page)
        seen.append(page.h1)
    assert seen == [
        "What do you want to pay?",
        "How do you want to pay?",
        "Which phone do you pay from?",
        "Check before you pay",
        "Check your phone",
    ]
    await told(portal, reference_of(page), Paid(receipt_code="UC35T8K2QX"))
    page = await asha.open(page.path)
    assert page.h1 == "Paid"
    assert "TSh 453,500 for deposit. Receipt 26-000001. M-Pesa reference UC35T8K2QX." in page.words


async def test_with_nothing_due_the_page_says_so(portal: Portal) -> None:
    page = await (await portal.signed_in(NEIGHBOUR)).open("/pay")
    assert "Nothing is due" in page.words
    assert not page.document.xpath("//form[@id='main-form']")


@pytest.mark.covers("A33")
async def test_a_bill_is_named_by_what_it_is_for_and_where(portal: Portal) -> None:
    await put_bills(portal, a_rent_bill())
    page = await (await portal.signed_in(TENANT)).open("/pay")
    assert "Rent, March 2026" in page.words
    assert "A3, Mikocheni · 10 March 2026, due in 7 days" in page.words
    assert BILL not in page.words


async def test_an_address_can_name_the_bill_that_is_chosen(portal: Portal) -> None:
    await put_bills(portal, a_rent_bill())
    asha = await portal.signed_in(TENANT)
    assert chosen(await asha.open("/pay"), "bill") == []
    assert chosen(await asha.open(f"/pay?bill={RENT}"), "bill") == [RENT]


async def test_nothing_chosen_is_refused_with_422(portal: Portal) -> None:
    await put_bills(portal, a_rent_bill())
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open("/pay"))
    assert (page.status, page.error("bill")) == (422, "Error: Choose what you want to pay")
    assert page.title.startswith("Error:")


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ("lots", "Enter the amount in shillings, like 150,000"),
        ("450.50", "Use whole shillings"),
        ("999", "Enter an amount from TSh 1,000 to TSh 450,000"),
        ("450,001", "Enter an amount from TSh 1,000 to TSh 450,000"),
        (
            "449,500",
            (
                "Enter an amount from TSh 1,000 to TSh 449,000, or all of it, TSh 450,000, "
                "so that what is left can be paid too"
            ),
        ),
    ],
)
async def test_an_amount_that_will_not_do_is_refused_and_kept(
    portal: Portal, typed: str, sentence: str
) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open("/pay"), amount=typed)
    assert (page.status, page.error("amount")) == (422, f"Error: {sentence}")
    assert page.document.xpath("//input[@name='amount']/@value") == [typed]
    assert chosen(page, "bill") == [BILL]


async def test_a_part_can_be_paid_where_the_landlord_takes_parts(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await walked_to_check(asha, amount="150,000")
    assert "Juma Mollel receives TSh 150,000." in page.words


async def test_another_amount_is_not_offered_where_the_landlord_wants_all(portal: Portal) -> None:
    await portal.store.write(
        lambda tx: tx.execute(lease_rows.update().values(part_policy=PartPolicy.FULL_ONLY))
    )
    asha = await portal.signed_in(TENANT)
    assert not (await asha.open("/pay")).document.xpath("//input[@name='amount']")
    forged = await asha.post("/pay", {"bill": BILL, "amount": "1000"})
    assert forged.status_code == 422
    assert "Your landlord accepts only the full amount" in forged.text


@pytest.mark.covers("A28")
async def test_a_way_to_pay_shows_fee_and_limit_before_it_is_chosen(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open("/pay"))
    assert "M-Pesa Fee TSh 3,500 From TSh 1,000 to TSh 3,000,000 in one payment, fee included." in read(page)


async def test_a_way_that_is_off_stays_readable_with_the_reason(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open("/pay"))
    ways = off(page)
    assert ways["AIRTEL_MONEY"] == "Airtel Money Not open yet"
    assert len(ways) == len(CHOICES) - len(BESIDE) - 1


@pytest.mark.covers("A28")
async def test_an_amount_above_the_limit_is_known_before_the_prompt(portal: Portal) -> None:
    await put_bills(portal, a_bill_above_the_limit())
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open(f"/pay?bill={BIG}"))
    assert "This amount is outside the limit. From TSh 1,000 to TSh 3,000,000" in off(page)["MPESA"]
    forged = await asha.submit(page, method="MPESA")
    assert forged.status == 422
    assert "3,000,000" in forged.error("method")


async def test_no_way_chosen_is_refused_with_422(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open("/pay"))
    page = await asha.submit(page, method="")
    assert (page.status, page.error("method")) == (422, "Error: Choose how you want to pay")


@pytest.mark.covers("A25")
@pytest.mark.parametrize("typed", ["0754 123 456", "754123456", "+255 754 123 456"])
async def test_the_number_may_be_written_as_people_write_it(portal: Portal, typed: str) -> None:
    asha = await portal.signed_in(TENANT)
    assert "0754•••456" in (await walked_to_check(asha, phone=typed)).words


@pytest.mark.parametrize(
    "typed, sentence",
    [
        (" ", "Enter a mobile number"),
        ("0754 12", "Enter a Tanzanian mobile number, like 0754 123 456"),
        ("+254712345678", "This number is not from Tanzania. Use a +255 number or pay by card"),
    ],
)
async def test_a_number_that_will_not_do_is_refused_and_kept(
    portal: Portal, typed: str, sentence: str
) -> None:
    asha = await portal.signed_in(TENANT)
    page = await walked_to_check(asha, phone=typed)
    assert (page.status, page.error("phone")) == (422, f"Error: {sentence}")
    assert page.document.xpath("//input[@name='phone']/@value") == [typed]


async def test_somebody_elses_phone_needs_a_tick(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await walked_to_check(asha, phone="0768 123 456")
    assert page.status == 422
    assert page.error("agreed") == "Error: Tick to confirm that the owner of 0768•••456 agreed to be asked"
    assert page.document.xpath("//input[@name='phone']/@value") == ["0768 123 456"]
    assert (await asha.submit(page, agreed="yes")).h1 == "Check before you pay"


async def test_ones_own_number_needs_no_tick(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.submit(await asha.open("/pay")))
    assert not page.document.xpath("//input[@name='agreed']")
    assert page.document.xpath("//input[@name='phone']/@value") == ["0754 123 456"]


@pytest.mark.covers("A26")
async def test_a_prefix_only_preselects_and_a_moved_number_gets_a_hint(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    methods = await asha.submit(await asha.open("/pay"))
    assert chosen(methods, "method") == ["MPESA"]
    page = await asha.submit(await asha.submit(methods), phone="0684 123 456", agreed="yes")
    assert page.h1 == "Check before you pay"
    assert "This number started on Airtel. If it has moved to Vodacom, continue." in page.words


@pytest.mark.covers("A14", "A15", "A32", "D02")
async def test_the_check_page_shows_every_fee_and_the_total(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await walked_to_check(asha)
    for line in (
        "To Juma Mollel",
        "For Deposit · A3, Mikocheni",
        "From 0754•••456",
        "Amount TSh 450,000",
        "Platform fee TSh 2,250",
        "Processing fee TSh 250",
        "M-Pesa fee TSh 1,000",
        "Total TSh 453,500",
        "Juma Mollel receives TSh 450,000.",
        "Pressing Pay sends a request to 0754•••456.",
        "We never ask for your PIN on this website.",
        "No money moves here",
        "Pay TSh 453,500",
    ):
        assert line in read(page)
    await asha.submit(page)
    assert portal.provider.pushes[0].amount.minor == 453_500


async def test_a_change_link_brings_back_what_was_chosen(portal: Portal) -> None:
    await put_bills(portal, a_rent_bill())
    asha = await portal.signed_in(TENANT)
    page = await walked_to_check(asha, RENT, amount="100,000")
    what, phone, way = (
        str(link) for link in page.document.xpath("//a[normalize-space(text())='Change']/@href")
    )
    bills = await asha.open(what)
    assert (chosen(bills, "bill"), bills.document.xpath("//input[@name='amount']/@value")) == (
        [RENT],
        ["100000"],
    )
    assert (await asha.open(phone)).document.xpath("//input[@name='phone']/@value") == ["0754 123 456"]
    assert chosen(await asha.open(way), "method") == ["MPESA"]


@pytest.mark.parametrize("step, field, typed", [(0, "amount", "12,345"), (2, "phone", "0713 5")])
async def test_another_language_keeps_what_was_typed(
    portal: Portal, step: int, field: str, typed: str
) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.open("/pay")
    for _ in range(step):
        page = await asha.submit(page)
    page = await asha.submit(page, button=("language", "sw"), **{field: typed})
    assert (page.status, page.language) == (200, "sw")
    assert page.document.xpath(f"//input[@name='{field}']/@value") == [typed]


async def test_another_language_on_the_check_page_starts_nothing(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await walked_to_check(asha), button=("language", "sw"))
    assert page.h1 == "Hakiki kabla ya kulipa"
    assert "Lipa TSh 453,500" in page.words
    assert not portal.provider.pushes


async def test_a_total_that_was_never_shown_is_refused(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await walked_to_check(asha), total="1")
    assert page.status == 422
    assert page.document.xpath("//input[@name='total']/@value") == ["453500"]
    assert page.document.xpath("//div[@id='errors']//a/@href") == ["#field-total"]
    assert not portal.provider.pushes


@pytest.mark.covers("A16", "A17")
async def test_the_same_check_page_sent_twice_is_one_payment(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    check = await walked_to_check(asha)
    first, second = await asha.submit(check), await asha.submit(check)
    assert first.path == second.path
    assert len(portal.provider.pushes) == 1


@pytest.mark.covers("A16", "A21")
async def test_a_second_try_while_one_is_under_way_leads_to_the_first(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    one, two = await walked_to_check(asha), await walked_to_check(asha)
    first = await asha.submit(one)
    second = await asha.submit(two)
    assert second.status == 409
    assert "You already have a payment in progress for this" in second.words
    assert first.path in second.document.xpath("//main//a/@href")
    bills = await asha.open("/pay")
    assert first.path in bills.document.xpath("//main//a/@href")
    assert not bills.document.xpath("//form[@id='main-form']")


async def test_a_phone_with_an_open_prompt_gets_no_second_one(portal: Portal) -> None:
    await put_bills(portal, a_rent_bill())
    asha, _ = await paying(portal)
    page = await asha.submit(await walked_to_check(asha, RENT))
    assert (page.status, page.h1) == (422, "Check before you pay")
    assert page.document.xpath("//div[@id='errors']//a/@href") == ["#field-phone"]
    assert "refuse it there if it is not yours, and press Pay again" in page.words
    assert len(portal.provider.pushes) == 1


async def test_the_fourth_prompt_within_ten_minutes_has_to_wait(portal: Portal) -> None:
    for _ in range(3):
        _, page = await paying(portal)
        await told(portal, reference_of(page), NotPaid(Reason.WRONG_PIN, "2001"))
    _, page = await paying(portal)
    assert page.status == 429
    assert "Try again at 12:10" in page.words


@pytest.mark.parametrize("page", ["", "/method", "/details", "/check"])
async def test_a_draft_of_somebody_else_is_not_there(portal: Portal, page: str) -> None:
    check = await walked_to_check(await portal.signed_in(TENANT))
    (draft,) = check.document.xpath("//input[@name='draft']/@value")
    neighbour = await portal.signed_in(NEIGHBOUR)
    assert (await neighbour.get(f"/pay{page}?draft={draft}")).status_code == 404
    stolen = await neighbour.post(
        f"/pay{page}?draft={draft}", {"draft": draft, "total": "453500", "bill": BILL}
    )
    assert stolen.status_code == 404
    assert not portal.provider.pushes


@pytest.mark.parametrize("page", ["/method", "/details", "/check"])
async def test_a_page_without_a_draft_begins_at_the_beginning(portal: Portal, page: str) -> None:
    answer = await (await portal.signed_in(TENANT)).get(f"/pay{page}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/pay")


async def test_a_question_that_was_left_out_is_asked(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    methods = await asha.submit(await asha.open("/pay"))
    draft = methods.path.partition("draft=")[2]
    assert (await asha.open(f"/pay/check?draft={draft}")).h1 == "How do you want to pay?"
    assert (await asha.open(f"/pay/details?draft={draft}")).h1 == "How do you want to pay?"
    await asha.submit(methods)
    assert (await asha.open(f"/pay/check?draft={draft}")).h1 == "Which phone do you pay from?"
    forged = await asha.post("/pay/check", {"draft": draft, "total": "453500"})
    assert (forged.status_code, "Enter a mobile number" in forged.text) == (422, True)


async def test_an_amount_that_is_no_longer_due_is_refused_with_the_reason(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    check, part = await walked_to_check(asha), await walked_to_check(asha, amount="300,000")
    await told(portal, reference_of(await asha.submit(part)), Paid(receipt_code="UC35T8K2QX"))
    page = await asha.submit(check)
    assert (page.status, page.h1) == (422, "What do you want to pay?")
    assert page.error("amount") == "Error: Enter an amount from TSh 1,000 to TSh 150,000"
    assert (chosen(page, "bill"), page.form("main-form").fields["amount"]) == ([BILL], "450000")
    assert len(portal.provider.pushes) == 1


async def test_a_phone_that_is_no_longer_proved_is_refused_with_the_reason(portal: Portal) -> None:
    """Asha has moved to another number between two pages."""
    asha = await portal.signed_in(TENANT)
    check = await walked_to_check(asha)
    moved = portal.vault.seal("255754000111", at=f"people.phone:{TENANT}")
    await portal.store.write(lambda tx: tx.execute(update(people).values(phone_sealed=moved)))
    page = await asha.submit(check)
    assert (page.status, page.h1) == (422, "Which phone do you pay from?")
    assert page.error("agreed") == "Error: Tick to confirm that the owner of 0754•••456 agreed to be asked"
    assert not page.document.xpath("//input[@name='agreed'][@checked]")
    assert (await asha.submit(await asha.submit(page, agreed="yes"))).h1 == "Check your phone"


async def test_a_method_that_takes_the_amount_no_more_is_refused_with_the_reason(portal: Portal) -> None:
    await put_bills(portal, a_bill_above_the_limit())
    asha = await portal.signed_in(TENANT)
    page = await walked_to_check(asha, BIG, amount="100,000")
    await portal.store.write(lambda tx: tx.execute(update(drafts).values(amounts={BIG: 4_000_000})))
    page = await asha.submit(page, total="4022250")
    assert (page.status, page.h1) == (422, "How do you want to pay?")
    assert "One payment this way can be from TSh 1,000 to TSh 3,000,000" in page.error("method")
    assert not portal.provider.pushes


@pytest.mark.parametrize("typed, status", [("0713999888", 200), ("0713 999 111", 422)])
async def test_a_tick_counts_only_for_the_number_that_it_was_set_for(
    portal: Portal, typed: str, status: int
) -> None:
    asha = await portal.signed_in(TENANT)
    details = await asha.submit(await asha.submit(await asha.open("/pay")))
    refused = await asha.submit(details, phone="0713 999 888")
    assert not refused.document.xpath("//input[@name='agreed'][@checked]")
    check = await asha.submit(refused, agreed="yes")
    assert check.h1 == "Check before you pay"
    (back,) = check.document.xpath("//a[contains(@href, '/pay/details')]/@href")[:1]
    page = await asha.open(str(back))
    assert page.document.xpath("//input[@name='agreed'][@checked]")
    page = await asha.submit(page, phone=typed)
    assert page.status == status
    assert not page.document.xpath("//input[@name='agreed'][@checked]")


async def test_a_stranger_is_asked_to_sign_in_and_comes_back(portal: Portal) -> None:
    answer = await portal.browser().get(f"/pay?bill={BILL}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=/pay%3Fbill")
