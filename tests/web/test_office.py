"""The office's list: what needs a person, why, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain import events as e
from portal.domain.money import shillings
from portal.domain.outcome import Reason
from portal.domain.payment import Payment, State
from portal.store import leases
from portal.store import payments as payment_rows
from portal.web.office import age
from tests.makers import LANDLORD, NOW, OFFICE, PAYMENT, TENANT, a_bill, a_reference, mismatch, uncertain
from tests.web.client import Portal
from tests.web.people import APPROVER
from tests.web.records import put


async def then(portal: Portal, payment: Payment, *events: e.Event) -> None:
    """What happened next to a payment."""
    at = portal.clock()
    await portal.store.write(
        lambda tx: payment_rows.append(tx, payment, events, at, reference=payment.reference)
    )


async def test_the_office_sees_the_uncertain_with_the_oldest_first(portal: Portal) -> None:
    later = a_bill(reference=a_reference(601))
    await portal.store.write(lambda tx: leases.add_bill(tx, later))
    await put(portal, State.UNCERTAIN, reference=a_reference(502), begun_at=NOW, bill=later.reference)
    await put(portal, State.UNCERTAIN, reference=a_reference(501), begun_at=NOW - timedelta(hours=3))
    portal.clock.advance(minutes=30)
    page = await (await portal.signed_in(OFFICE)).open("/ops")
    assert (page.status, page.h1) == (200, "Payments that need a person")
    rows = [" ".join(row.text_content().split()) for row in page.document.xpath("//tbody/tr")]
    assert [row.startswith(word) for row, word in zip(rows, ("3 hours", "30 minutes"), strict=True)] == [
        True
    ] * 2
    for word in ("453,500", "Being checked", "We do not have the answer yet", "Asha Mushi", "A3, Mikocheni"):
        assert word in rows[0]
    assert "0754" not in page.words


async def test_a_question_of_a_few_minutes_is_left_to_the_worker(portal: Portal) -> None:
    await put(portal, State.UNCERTAIN)
    portal.clock.advance(minutes=14)
    approver = await portal.signed_in(APPROVER)
    assert "Nothing needs a person" in (await approver.open("/ops")).words
    portal.clock.advance(minutes=1)
    assert "Nothing needs a person" not in (await approver.open("/ops")).words


async def test_money_that_went_to_another_receiver_stands_there_at_once(portal: Portal) -> None:
    payment = await put(portal, State.PROCESSING)
    await then(portal, payment, mismatch(shillings(453_500), payee="600000"))
    page = await (await portal.signed_in(OFFICE)).open("/ops")
    assert "Another receiver than us was named" in page.words


async def test_a_wrong_amount_stands_there_at_once_with_what_came_in(portal: Portal) -> None:
    payment = await put(portal, State.PROCESSING)
    await then(portal, payment, mismatch(shillings(1_000)))
    page = await (await portal.signed_in(OFFICE)).open("/ops")
    assert "TSh 1,000 came in, which is not what we asked for" in page.words


async def test_an_amount_that_is_named_after_the_payment_does_not_pass_for_money(portal: Portal) -> None:
    payment = await put(portal)
    await then(portal, payment, mismatch(shillings(1_000)))
    page = await (await portal.signed_in(OFFICE)).open("/ops")
    assert "Another amount was reported after it was paid" in page.words
    assert "1,000 came in" not in page.words


async def test_two_answers_that_differ_stand_there_at_once(portal: Portal) -> None:
    payment = await put(portal, State.PROCESSING)
    await then(portal, payment, uncertain(reason=Reason.CONTRADICTION))
    page = await (await portal.signed_in(OFFICE)).open("/ops")
    assert "M-Pesa gave two different answers" in page.words


async def test_money_beyond_the_bill_leads_to_its_receipt(portal: Portal) -> None:
    payment = await put(portal)
    await then(portal, payment, e.DuplicateSuccess(excess=shillings(450_000)))
    page = await (await portal.signed_in(OFFICE)).open("/ops")
    assert "TSh 450,000 came in beyond the bill" in page.words
    assert page.document.xpath("//tbody//a/@href") == ["/r/MOL-26-000001"]


@pytest.mark.parametrize("person", [TENANT, LANDLORD])
async def test_for_tenants_and_landlords_there_is_no_such_page(portal: Portal, person: str) -> None:
    await put(portal, State.UNCERTAIN, reference=PAYMENT)
    assert (await (await portal.signed_in(person)).get("/ops")).status_code == 404


@pytest.mark.parametrize(
    "passed, shown",
    [
        (timedelta(0), (0, "minutes")),
        (timedelta(seconds=-5), (0, "minutes")),
        (timedelta(minutes=119), (119, "minutes")),
        (timedelta(hours=2), (2, "hours")),
        (timedelta(hours=47, minutes=59), (47, "hours")),
        (timedelta(days=2), (2, "days")),
        (timedelta(days=31, hours=3), (31, "days")),
    ],
)
def test_an_age_is_told_in_the_largest_unit_that_passed_twice(
    passed: timedelta, shown: tuple[int, str]
) -> None:
    assert age(NOW, NOW + passed) == shown
