"""A tenant's payments: the list, its filters and pages, and one payment in detail."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.domain.errors import Refused
from portal.domain.ids import shown
from portal.domain.payment_state import CALLED_OFF, PaymentStatus, State
from portal.store import leases
from portal.store.types import Tx
from portal.web.history import Filters, day_of, months_before, read_filters
from tests.makers import (
    LANDLORD,
    NEIGHBOUR,
    NOW,
    OFFICE,
    PAYMENT,
    TENANT,
    a_bill,
    a_payment_history,
    a_reference,
)
from tests.web.client import Page, Portal
from tests.web.records import put

EVERY_STATE = (
    State.CREATED,
    State.AWAITING_PAYER,
    State.PROCESSING,
    State.UNCERTAIN,
    State.COMPLETED,
    State.FAILED,
    State.CANCELLED,
    State.EXPIRED,
)

EMPTY = [
    ("", "No payments yet", "/"),
    ("?status=pending", "Nothing is waiting for you", "/payments"),
    ("?status=processing", "Nothing is being checked", "/payments"),
    ("?status=completed", "Nothing is paid yet", "/payments"),
    ("?status=failed", "No payment has failed", "/payments"),
    ("?status=cancelled", "Nothing was cancelled", "/payments"),
    ("?status=refunded", "Nothing was refunded", "/payments"),
    ("?month=2026-02", "Nothing in February 2026", "/payments"),
    ("?status=failed&month=2026-02", "Nothing of this kind in February 2026", "/payments"),
]
"""What the list is asked for, what it says when it has none, and where that leads."""


async def put_one_of_each(portal: Portal) -> None:
    """Each for a bill of its own."""
    bills = [a_bill(reference=a_reference(600 + number)) for number in range(len(EVERY_STATE))]

    def add_bills(tx: Tx) -> None:
        for bill in bills:
            leases.add_bill(tx, bill)

    await portal.store.write(add_bills)
    for number, state in enumerate(EVERY_STATE):
        begun_at, bill = NOW + timedelta(minutes=number), bills[number].reference
        await put(portal, state, reference=a_reference(500 + number), begun_at=begun_at, bill=bill)


async def put_many(portal: Portal, count: int) -> list[str]:
    """Two of them begun in each minute, so that the order needs more than the time."""
    references = [a_reference(700 + number) for number in range(count)]
    for number, reference in enumerate(references):
        await put(portal, State.FAILED, reference=reference, begun_at=NOW + timedelta(minutes=number // 2))
    return references


def listed(page: Page) -> list[str]:
    """The references of the rows, as they stand."""
    addresses = page.document.xpath("//table//a/@href[starts-with(., '/payments/')]")
    return [address.removeprefix("/payments/") for address in addresses]


def older(page: Page) -> str | None:
    found = page.document.xpath("//nav//a[@rel='next']/@href")
    return str(found[0]) if found else None


@pytest.mark.covers("D1", "page:15")
async def test_a_tenant_sees_their_payments_with_the_newest_first(portal: Portal) -> None:
    await put_one_of_each(portal)
    page = await (await portal.signed_in(TENANT)).open("/payments")
    assert (page.status, page.h1) == (200, "Your payments")
    assert listed(page) == [a_reference(500 + number) for number in reversed(range(len(EVERY_STATE)))]
    for word in ("3 Mar 2026", "Deposit", "A3, Mikocheni", "M-Pesa", "453,500"):
        assert word in page.words


@pytest.mark.covers("N1", "D1")
async def test_a_neighbour_sees_nothing_of_them(portal: Portal) -> None:
    await put_one_of_each(portal)
    page = await (await portal.signed_in(NEIGHBOUR)).open("/payments")
    assert listed(page) == []
    assert "No payments yet" in page.words


@pytest.mark.covers("D2")
async def test_the_list_can_be_asked_for_one_status(portal: Portal) -> None:
    await put_one_of_each(portal)
    asha = await portal.signed_in(TENANT)
    for status, states in {
        "pending": (State.CREATED, State.AWAITING_PAYER),
        "processing": (State.PROCESSING, State.UNCERTAIN),
        "completed": (State.COMPLETED,),
        "COMPLETED": (State.COMPLETED,),
        "failed": (State.FAILED,),
        "cancelled": (State.CANCELLED, State.EXPIRED),
    }.items():
        wanted = [a_reference(500 + EVERY_STATE.index(state)) for state in reversed(states)]
        assert listed(await asha.open(f"/payments?status={status}")) == wanted


@pytest.mark.covers("D2", "C11")
async def test_a_month_is_a_month_of_east_africa(portal: Portal) -> None:
    last_of_february = datetime(2026, 2, 28, 20, 59, tzinfo=UTC)
    await put(portal, State.FAILED, reference=a_reference(601), begun_at=last_of_february)
    await put(
        portal, State.FAILED, reference=a_reference(602), begun_at=last_of_february + timedelta(minutes=1)
    )
    asha = await portal.signed_in(TENANT)
    february, march = await asha.open("/payments?month=2026-02"), await asha.open("/payments?month=2026-03")
    assert (listed(february), listed(march)) == ([a_reference(601)], [a_reference(602)])
    assert "28 Feb 2026" in february.words
    assert "1 Mar 2026" in march.words


@pytest.mark.covers("M4")
async def test_the_filters_are_a_form_that_keeps_what_was_chosen(portal: Portal) -> None:
    await put_one_of_each(portal)
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open("/payments"), "filters", status="failed", month="2026-03")
    assert page.path == "/payments?status=failed&month=2026-03"
    chosen = page.document.xpath("//select/option[@selected]/@value")
    assert chosen == ["failed", "2026-03"]
    assert len(listed(page)) == 1


@pytest.mark.covers("D3")
@pytest.mark.parametrize("filters", ["", "status=failed&month=2026-03"])
async def test_the_pages_show_every_payment_once(portal: Portal, filters: str) -> None:
    references = await put_many(portal, 45)
    asha = await portal.signed_in(TENANT)
    page = await asha.open(f"/payments?{filters}")
    seen = [listed(page)]
    while further := older(page):
        page = await asha.open(further)
        seen.append(listed(page))
    assert [len(rows) for rows in seen] == [20, 20, 5]
    assert sorted(reference for rows in seen for reference in rows) == sorted(references)
    assert "Back to the newest" in page.words


@pytest.mark.covers("D3")
async def test_a_payment_made_meanwhile_moves_nothing_on_the_next_page(portal: Portal) -> None:
    references = await put_many(portal, 25)
    asha = await portal.signed_in(TENANT)
    first = await asha.open("/payments")
    await put(portal, State.FAILED, reference=a_reference(999), begun_at=NOW + timedelta(days=1))
    second = await asha.open(older(first) or "")
    assert sorted([*listed(first), *listed(second)]) == sorted(references)


@pytest.mark.covers("D3")
async def test_a_cursor_that_was_bent_or_lent_is_answered_400(portal: Portal) -> None:
    await put_many(portal, 25)
    asha, neighbour = await portal.signed_in(TENANT), await portal.signed_in(NEIGHBOUR)
    address = older(await asha.open("/payments")) or ""
    bent = address[:-1] + ("A" if address[-1] != "A" else "B")
    for browser, path in (
        (asha, bent),
        (asha, "/payments?after=x"),
        (asha, address.replace("/payments?", "/payments?status=failed&")),
        (neighbour, address),
    ):
        assert (await browser.get(path)).status_code == 400


@pytest.mark.covers("D4")
async def test_the_list_counts_what_it_shows_and_claims_no_total(portal: Portal) -> None:
    await put_many(portal, 21)
    asha = await portal.signed_in(TENANT)
    first = await asha.open("/payments")
    assert "20 payments on this page. Older ones follow." in first.words
    second = await asha.open(older(first) or "")
    assert "1 payment on this page" in second.words
    assert "Older ones" not in second.words


@pytest.mark.covers("D9")
async def test_an_empty_list_says_why_and_what_to_do(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    for query, heading, way_on in EMPTY:
        page = await asha.open(f"/payments{query}")
        (box,) = page.document.xpath("//*[@class='empty']")
        assert (box.findtext("h2"), box.xpath(".//a/@href")) == (heading, [way_on])


async def test_a_filter_that_no_list_has_is_refused_with_422(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    for query, field in (
        ("status=paid", "status"),
        ("month=march", "month"),
        ("month=2026-13", "month"),
        ("month=9999-12", "month"),
    ):
        page = await asha.open(f"/payments?{query}")
        assert (page.status, page.error(field)) == (422, f"Error: Choose a {field} from the list")


def test_the_months_on_offer_go_back_two_years_and_hold_an_older_one() -> None:
    offered = months_before(NOW, None)
    assert (offered[0], offered[-1], len(offered)) == (date(2026, 3, 1), date(2024, 4, 1), 24)
    assert months_before(NOW, date(2020, 1, 1))[-1] == date(2020, 1, 1)
    assert months_before(NOW, date(2026, 3, 1)) == offered


def test_a_day_begins_at_midnight_in_dar_es_salaam() -> None:
    assert day_of(datetime(2026, 3, 2, 20, 59, tzinfo=UTC)) == date(2026, 3, 2)
    assert day_of(datetime(2026, 3, 2, 21, 0, tzinfo=UTC)) == date(2026, 3, 3)


def test_filters_are_read_and_written_alike() -> None:
    filters = read_filters("failed", "2026-03")
    assert filters == Filters(PaymentStatus.FAILED, date(2026, 3, 1))
    assert filters.address(after="x y") == "/payments?status=failed&month=2026-03&after=x+y"
    assert Filters().address() == "/payments"
    with pytest.raises(Refused):
        read_filters("", "\uff12026-03")


@pytest.mark.covers("D6", "page:16")
async def test_the_detail_shows_facts_transactions_and_what_happened(portal: Portal) -> None:
    payment = await put(portal)
    page = await (await portal.signed_in(TENANT)).open(f"/payments/{PAYMENT}")
    assert (page.status, page.h1) == (200, "Deposit")
    for word in (
        "Paid",
        "A3, Mikocheni",
        "Juma Mollel",
        "M-Pesa · 0754•••456",
        shown(PAYMENT),
        payment.receipt_code or "",
        "450,000",
        "453,500",
        "Received from you",
        "of which platform fee",
        "of which processing fee",
        "of which M-Pesa fee",
        "You asked to pay",
        "Receipt 26-000001 was given",
    ):
        assert word in page.words
    actions = page.document.xpath("//div[@class='actions']//a/@href")
    assert actions == ["/r/MOL-26-000001", f"/pay/{PAYMENT}", f"/payments/{PAYMENT}/refund"]


@pytest.mark.covers("B15")
async def test_every_state_has_its_detail_in_both_languages(portal: Portal) -> None:
    await put_one_of_each(portal)
    asha = await portal.signed_in(TENANT)
    for number, state in enumerate(EVERY_STATE):
        page = await asha.open(f"/payments/{a_reference(500 + number)}")
        sentences = page.document.xpath("//ol[@class='timeline']/li/p")
        assert len(sentences) == len(a_payment_history(state))
        assert all(sentence.text_content().strip() for sentence in sentences)


async def test_only_a_definitive_no_says_that_no_money_moved(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    await put_one_of_each(portal)
    for number, state in enumerate(EVERY_STATE):
        page = await asha.open(f"/payments/{a_reference(500 + number)}")
        (main,) = page.document.xpath("//main")
        assert ("No money" in main.text_content()) == (state in CALLED_OFF)


async def test_an_uncertain_payment_says_not_to_pay_again(portal: Portal) -> None:
    await put(portal, State.UNCERTAIN)
    page = await (await portal.signed_in(TENANT)).open(f"/payments/{PAYMENT}")
    assert "Do not pay again" in page.words
    assert "/r/" not in page.answer.text


@pytest.mark.covers("N1")
@pytest.mark.parametrize("person", [NEIGHBOUR, LANDLORD, OFFICE])
async def test_the_detail_of_somebody_else_is_not_found(portal: Portal, person: str) -> None:
    await put(portal)
    answer = await (await portal.signed_in(person)).get(f"/payments/{PAYMENT}")
    assert answer.status_code == 404
    assert "453,500" not in answer.text


async def test_a_reference_is_read_with_dashes_and_refused_when_it_is_none(portal: Portal) -> None:
    await put(portal)
    asha = await portal.signed_in(TENANT)
    assert (await asha.open(f"/payments/{shown(PAYMENT).lower()}")).status == 200
    for text in ("x", "%00", PAYMENT[:-1] + "Z", a_reference(99)):
        assert (await asha.get(f"/payments/{text}")).status_code == 404


@pytest.mark.parametrize("path", ["/payments", f"/payments/{PAYMENT}"])
async def test_a_stranger_signs_in_before_seeing_payments(portal: Portal, path: str) -> None:
    answer = await portal.browser().get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


@pytest.mark.parametrize("language", ["en", "sw"])
async def test_twenty_rows_and_a_long_story_are_still_light(portal: Portal, language: str) -> None:
    await put_many(portal, 20)
    await put(portal)
    asha = await portal.signed_in(TENANT, language)
    for path, most in (("/payments", 8), (f"/payments/{PAYMENT}", 7)):
        assert len(gzip.compress((await asha.get(path)).content, mtime=0)) <= most * 1024
