"""A lease that changed its landlord: every amount on a landlord's page leads to a page of theirs, and no other does."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from portal.domain.bill import PaymentType
from portal.domain.credit_events import CreditApplied, CreditChosen
from portal.domain.events import DuplicateSuccess, Event
from portal.domain.ids import shown
from portal.domain.money import shillings
from portal.domain.refund_outcome import RefundRoute
from portal.domain.refund_part import Pot, RefundPart
from portal.providers.provider import Capabilities
from portal.providers.refund import SendsBack
from portal.store import leases, payments
from portal.store.tables import leases as lease_rows
from tests.makers import LANDLORD, LEASE, OFFICE, PAYMENT, TENANT, a_bill, a_reference, all_of
from tests.web.client import Browser, Page, Portal
from tests.web.people import OTHER_LANDLORD
from tests.web.records import put

MARCH = a_bill(reference=a_reference(20), type=PaymentType.RENT, period=date(2026, 3, 1))
APRIL = a_bill(reference=a_reference(21), type=PaymentType.RENT, period=date(2026, 4, 1))


async def sell(portal: Portal) -> None:
    """Neema lets Asha's home."""
    named = update(lease_rows).where(lease_rows.c.reference == LEASE).values(landlord=OTHER_LANDLORD)
    await portal.store.write(lambda tx: tx.execute(named))


async def credit_paid_the_new_one(portal: Portal) -> None:
    """Asha's rent of March came twice; what she kept of it paid April to Neema."""
    await credit_paid(portal, OTHER_LANDLORD)
    await sell(portal)


async def credit_paid(portal: Portal, payee: str) -> None:
    whole = shillings(450_000)
    for bill in (MARCH, APRIL):
        await portal.store.write(partial(leases.add_bill, bill=bill))
    await put(portal, **all_of(MARCH))
    kept = (RefundPart(pot=Pot.EXCESS, amount=whole, bill=MARCH.reference),)

    def work(tx: Any) -> None:
        events: list[Event] = [
            DuplicateSuccess(excess=whole, bill=MARCH.reference),
            CreditChosen(parts=kept, chosen_by="tenant"),
            CreditApplied(
                bill=APRIL.reference,
                type=APRIL.type,
                period=APRIL.period,
                amount=shillings(200_000),
                payee=payee,
            ),
        ]
        payments.append(tx, payments.load(tx, PAYMENT), events, portal.clock(), reference=PAYMENT)

    await portal.store.write(work)


async def all_lead_on(browser: Browser, page: Page) -> list[str]:
    """Where the amounts and the receipts of its tables lead: to pages that are there."""
    hrefs = [str(href) for href in page.document.xpath("//table//a/@href")]
    assert [(await browser.get(href)).status_code for href in hrefs] == [200] * len(hrefs)
    return hrefs


@pytest.mark.covers("N1", "I12", "G6")
async def test_each_landlord_reads_their_own_part_of_a_payment_and_no_more(portal: Portal) -> None:
    await credit_paid_the_new_one(portal)
    neema, juma = await portal.signed_in(OTHER_LANDLORD), await portal.signed_in(LANDLORD)
    statement = await neema.open("/landlord/statement")
    assert "200,000" in statement.words
    assert await all_lead_on(neema, statement) == [f"/why/{PAYMENT}"]
    # By this her text message has named it.
    assert shown(PAYMENT) in statement.words
    page = await neema.open(f"/why/{PAYMENT}")
    for word in ("What is yours of this payment", "Rent, April 2026", "TSh 200,000", "Owed to the landlord"):
        assert word in page.words
    for word in ("450,000", "March", "−", "refund"):
        assert word not in page.words
    for path in ("came", "net", "amount", f"bill-{MARCH.reference}", "total", "fees"):
        assert (await neema.get(f"/why/{PAYMENT}/{path}")).status_code == 404
    assert (await neema.get("/r/MOL-26-000001")).status_code == 404
    former = await juma.open(f"/why/{PAYMENT}")
    assert "450,000" in former.words
    for word in ("200,000", "April"):
        assert word not in former.words
    listed = await juma.open("/landlord")
    await all_lead_on(juma, listed)
    assert "April" not in listed.words
    assert "/r/MOL-26-000001" in await all_lead_on(juma, await juma.open("/landlord/statement"))


async def test_a_deposit_that_is_another_landlords_now_leads_its_former_one_nowhere(portal: Portal) -> None:
    await put(portal)
    juma = await portal.signed_in(LANDLORD)
    assert f"/why/{PAYMENT}/came" in await all_lead_on(juma, await juma.open("/landlord"))
    await sell(portal)
    assert await all_lead_on(juma, await juma.open("/landlord")) == ["/r/MOL-26-000001"]
    receipt = await juma.open("/r/MOL-26-000001")
    assert not [href for href in receipt.document.xpath("//a/@href") if "/why/" in href]
    neema = await portal.signed_in(OTHER_LANDLORD)
    assert "Held as a deposit" in (await neema.open(f"/why/{PAYMENT}/came")).words


async def test_what_a_credit_paid_to_the_former_landlord_stays_theirs_to_read(portal: Portal) -> None:
    await credit_paid(portal, LANDLORD)
    juma = await portal.signed_in(LANDLORD)
    for _ in range(2):
        assert "Rent, April 2026: TSh 200,000 paid from this" in (await juma.open("/landlord")).words
        await sell(portal)


async def test_every_page_of_a_payment_names_whom_it_was_paid_to(portal: Portal) -> None:
    await put(portal)
    await sell(portal)
    asha, office = await portal.signed_in(TENANT), await portal.signed_in(OFFICE)
    for browser, path in (
        (asha, f"/pay/{PAYMENT}"),
        (asha, f"/payments/{PAYMENT}"),
        (asha, "/r/MOL-26-000001"),
        (office, f"/ops/payments/{PAYMENT}"),
    ):
        words = (await browser.open(path)).words
        assert "Juma Mollel" in words, path
        assert "Neema" not in words, path


@pytest.mark.covers("N1", "C8")
async def test_a_receipt_tells_whom_it_does_not_concern_of_no_later_bill(portal: Portal) -> None:
    await credit_paid_the_new_one(portal)
    payment = await portal.store.read(lambda tx: payments.load(tx, PAYMENT))
    assert payment
    proof = f"/v/{payment.receipt_check}"
    for who, path, named in (
        (TENANT, "/r/MOL-26-000001", True),
        (OFFICE, "/r/MOL-26-000001", True),
        (LANDLORD, "/r/MOL-26-000001", False),
        (LANDLORD, proof, False),
    ):
        words = (await (await portal.signed_in(who)).open(path)).words
        assert ("April" in words, "TSh 200,000 of this paid another bill on" in words) == (named, not named)


@pytest.mark.covers("F8", "N1")
async def test_a_deposit_that_is_asked_back_is_decided_on_by_the_new_landlord_alone(portal: Portal) -> None:
    way = SendsBack(route=RefundRoute.REVERSAL, part=True, again=True, answers_questions=True)
    portal.provider.capabilities = Capabilities(sends_back=(way,))
    await portal.store.write(partial(leases.add_bill, bill=MARCH))
    await put(portal, **all_of(MARCH, a_bill()))
    asha, juma, neema = [await portal.signed_in(who) for who in (TENANT, LANDLORD, OTHER_LANDLORD)]
    form = await asha.open(f"/payments/{PAYMENT}/refund")
    assert "Juma Mollel or our office decides" in form.words
    await sell(portal)
    form = await asha.open(f"/payments/{PAYMENT}/refund")
    assert "The landlord who has the money, or our office, decides" in form.words
    check = await asha.submit(form, how_much="part", amount="100,000", reason="OTHER", notes="I left.")
    assert "Neema Kimaro or our office decides" in check.words
    status = await asha.submit(check)
    assert "Neema Kimaro or our office decides" in status.words
    refund = status.path.rpartition("/")[2]
    page = f"/landlord/refunds/{refund}"
    assert (await juma.get(page)).status_code == 404
    assert (await juma.post(f"{page}/approve", {"shown": "100000-0"})).status_code == 404
    assert (await juma.post(f"{page}/decline", {"note_why": "It is mine."})).status_code == 404
    assert "100,000" not in (await juma.open("/landlord/refunds")).words
    listed = await neema.open("/landlord/refunds")
    case = await neema.open(page)
    for words in (listed.words, case.words):
        assert ("deposit" in words.lower(), "March" in words) == (True, False)
    done = await neema.submit(case, "decision")
    assert "Neema Kimaro" in done.words


@pytest.mark.covers("F8", "N1")
async def test_of_two_landlords_money_only_the_office_decides_and_says_so(portal: Portal) -> None:
    await portal.store.write(partial(leases.add_bill, bill=MARCH))
    await put(portal, **all_of(MARCH, a_bill()))
    await sell(portal)
    asha, office = await portal.signed_in(TENANT), await portal.signed_in(OFFICE)
    form = await asha.open(f"/payments/{PAYMENT}/refund")
    check = await asha.submit(form, how_much="whole", reason="OTHER", notes="I left.")
    status = await asha.submit(check)
    for page in (check, status):
        assert "It is money of two landlords, so our office decides." in page.words
    refund = status.path.rpartition("/")[2]
    for who in (LANDLORD, OTHER_LANDLORD):
        assert (await (await portal.signed_in(who)).get(f"/landlord/refunds/{refund}")).status_code == 404
    case = await office.open(f"/ops/queue/refunds/{refund}")
    assert "neither of them is asked, and the office decides" in case.words
