"""The pages of money that moves by itself: what is owed again, where it is paid, and what the office answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from portal.domain.bill import Bill
from portal.domain.dispute import DisputeOpened, DisputeWon
from portal.domain.events import Event
from portal.domain.money import shillings
from portal.domain.payment import Payment
from portal.domain.payment_state import PaymentStatus
from portal.domain.refund_outcome import Cause
from portal.store import leases, payments
from portal.web.returned import RETURNED
from tests.makers import BILL, LANDLORD, NOW, OFFICE, PAYMENT, TENANT
from tests.refunds import REFUND, requested, returned, reversed_by_itself
from tests.web.client import Portal
from tests.web.people import APPROVER
from tests.web.records import put

CASE = f"/ops/payments/{PAYMENT}"
OPENED = DisputeOpened(dispute="dp_1", amount=shillings(453_500), due_by=NOW + timedelta(days=7), told_at=NOW)


@pytest.fixture
async def paid(portal: Portal) -> Payment:
    return await put(portal)


async def then(portal: Portal, *events: Event) -> Payment:
    """What happened next to the payment."""

    def work(tx: Any) -> Payment:
        before = payments.load(tx, PAYMENT)
        return payments.append(tx, before, events, portal.clock(), reference=PAYMENT)

    return await portal.store.write(work)


async def bill_of(portal: Portal) -> Bill:
    bill = await portal.store.read(lambda tx: leases.bill(tx, BILL))
    assert bill
    return bill


@pytest.mark.covers("F11", "D78")
@pytest.mark.parametrize(
    "cause, says", [(Cause.ELSEWHERE, "M-Pesa returned"), (Cause.DISPUTE, "bank took back")]
)
async def test_a_tenant_whose_payment_was_reversed_reads_why_and_can_pay_again(
    portal: Portal, paid: Payment, cause: Cause, says: str
) -> None:
    await then(portal, reversed_by_itself(paid, paid.total, cause=cause))
    asha = await portal.signed_in(TENANT)
    page = await asha.open(f"/pay/{PAYMENT}")
    assert "This payment was reversed" in page.words
    for word in (says, "453,500", "450,000 is unpaid again", "Pay again"):
        assert word in page.words
    (again,) = page.document.xpath("//a[contains(., 'Pay again')]/@href")
    assert (await asha.open(again)).status == 200
    detail = await asha.open(f"/payments/{PAYMENT}")
    assert "Taken back by the network or the bank" in detail.words
    assert not detail.document.xpath("//a[contains(@href, '/refund') and contains(., 'Ask for money back')]")
    refund = await asha.open(f"/refunds/{REFUND}")
    assert "Nobody here had asked for it" in refund.words
    assert "Ask again" not in refund.words


@pytest.mark.covers("F12")
async def test_what_came_back_counts_as_paid_on_every_page(portal: Portal, paid: Payment) -> None:
    after = await then(portal, reversed_by_itself(paid, paid.total), returned())
    assert after.status is PaymentStatus.COMPLETED
    asha = await portal.signed_in(TENANT)
    assert "Paid" in (await asha.open(f"/pay/{PAYMENT}")).words
    assert "is here again since" in (await asha.open(f"/refunds/{REFUND}")).words
    assert (await bill_of(portal)).rest == shillings(0)


@pytest.mark.covers("F12", "D40")
async def test_a_dispute_is_shown_to_tenant_landlord_and_office_with_its_last_day(
    portal: Portal, paid: Payment
) -> None:
    await then(portal, OPENED)
    asha = await portal.signed_in(TENANT)
    assert "Your bank asks this money back" in (await asha.open(f"/pay/{PAYMENT}")).words
    form = await asha.open(f"/payments/{PAYMENT}/refund")
    assert (form.status, form.h1) == (409, "The payer's bank asks this money back")
    juma = await portal.signed_in(LANDLORD)
    assert "The payer's bank asks it back" in (await juma.open("/landlord")).words
    salma = await portal.signed_in(OFFICE)
    assert "1 dispute is open" in (await salma.open("/ops")).words
    queue = await salma.open(RETURNED)
    for word in ("dp_1", "453,500", "10 Mar 2026"):
        assert word in queue.words
    case = await salma.open(CASE)
    assert "Answer it at the provider by" in case.words
    portal.clock.advance(days=8)
    assert "Its time is over" in (await salma.open(RETURNED)).words
    await then(portal, DisputeWon(dispute="dp_1", told_at=NOW))
    assert "Nothing was taken back" in (await salma.open(RETURNED)).words


@pytest.mark.covers("F12")
async def test_a_dispute_without_sum_or_day_is_shown_all_the_same(portal: Portal, paid: Payment) -> None:
    await then(portal, DisputeOpened(dispute="dp_2", amount=None, due_by=None, told_at=None))
    queue = await (await portal.signed_in(OFFICE)).open(RETURNED)
    assert "No time is told" in queue.words
    assert f"{paid.total.minor:,}" in queue.words


@pytest.mark.covers("F12")
async def test_what_was_asked_back_cannot_be_agreed_to_while_a_bank_asks(
    portal: Portal, paid: Payment
) -> None:
    await then(portal, requested(paid))
    juma = await portal.signed_in(LANDLORD)
    page = await juma.open(f"/landlord/refunds/{REFUND}")
    await then(portal, OPENED)
    answer = await juma.submit(page, "decision")
    assert answer.status == 409
    assert "The payer's bank asks the same money back" in answer.words


@pytest.mark.covers("F11")
async def test_the_landlord_sees_what_is_not_theirs_any_more(portal: Portal, paid: Payment) -> None:
    await then(portal, reversed_by_itself(paid, paid.total))
    juma = await portal.signed_in(LANDLORD)
    assert "Refunded" in (await juma.open("/landlord")).words
    assert "Sent back by M-Pesa, not by us" in (await juma.open("/landlord/refunds")).words
    case = await juma.open(f"/landlord/refunds/{REFUND}")
    assert case.h1 == "TSh 453,500 went back by itself"
    assert "Beyond what was left of the payment" in case.words


@pytest.mark.covers("F11", "D78", "C8")
async def test_whoever_checks_the_receipt_reads_that_it_was_reversed(portal: Portal, paid: Payment) -> None:
    await then(portal, reversed_by_itself(paid, paid.total))
    page = await portal.browser().open(f"/v/{paid.receipt_check}")
    assert "Genuine, but reversed on" in page.words


@pytest.mark.covers("F11", "D78")
async def test_the_office_says_that_it_went_back_and_a_second_person_confirms(
    portal: Portal, paid: Payment
) -> None:
    salma = await portal.signed_in(OFFICE)
    page = await salma.open(CASE)
    wrong = await salma.submit(page, "went-back", receipt_code="", amount="453,500")
    assert wrong.status == 422
    assert wrong.document.xpath("//input[@name='amount']/@value") == ["453,500"]
    booked = await salma.submit(page, "went-back", receipt_code=str(paid.receipt_code), amount="453,500")
    assert (booked.status, "give the operator's code of the reversal itself" in booked.words) == (422, True)
    proposed = await salma.submit(page, "went-back", receipt_code="UC36REVERS", amount="453,500")
    assert "453,500 went back, code UC36REVERS" in proposed.words
    peter = await portal.signed_in(APPROVER)
    done = await peter.submit(await peter.open(CASE), "confirm")
    assert (done.status, "Taken back" in done.words) == (200, True)
    assert (await bill_of(portal)).rest == shillings(450_000)
    assert "453,500" in (await salma.open(RETURNED)).words


async def test_only_the_office_finds_the_queue(portal: Portal, paid: Payment) -> None:
    for person in (TENANT, LANDLORD):
        assert (await (await portal.signed_in(person)).open(RETURNED)).status == 404
