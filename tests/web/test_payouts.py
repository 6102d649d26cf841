"""The pages of payouts: the office prepares, approves and sends; a landlord sees what arrived and what is to come."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from datetime import date
from io import StringIO

import pytest

from portal.domain.bill import PaymentType
from portal.domain.dispute import DisputeOpened
from portal.domain.ids import shown
from portal.domain.ledger import payable_to
from portal.domain.money import shillings
from portal.domain.payout import OURSELVES
from portal.providers.bank_transfer import BankTransfer
from portal.store import leases, payments
from portal.store.types import Tx
from portal.store.writer import Store
from tests.makers import (
    LANDLORD,
    LANDLORD_CODE,
    OFFICE,
    PAYMENT,
    TENANT,
    FakeClock,
    a_bill,
    a_reference,
    all_of,
    some_fees,
)
from tests.refunds import reversed_by_itself
from tests.services.bank import CRDB, NMB
from tests.web.client import Browser, Page, Portal
from tests.web.opening import open_portal
from tests.web.people import APPROVER, OTHER_LANDLORD
from tests.web.records import put

PAYOUTS = "/ops/payouts"
NUMBER = "0150998877600"
FEES = some_fees(shillings(450_000))
OWN = FEES.platform + FEES.processing
RENT = a_bill(reference=a_reference(20), type=PaymentType.RENT, period=date(2026, 3, 1))


@pytest.fixture
async def town(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    """Asha has paid her rent by M-Pesa; money can be sent from CRDB and NMB."""
    portal = await open_portal(sqlite_store, clock, others=[BankTransfer((CRDB, NMB))])
    await portal.store.write(lambda tx: leases.add_bill(tx, RENT))
    await put(portal, **all_of(RENT))
    clock.advance(minutes=5)
    yield portal
    await portal.close()


async def give_accounts(town: Portal) -> None:
    """On the pages: entered by the office, confirmed by an approver."""
    office, approver = await town.signed_in(OFFICE), await town.signed_in(APPROVER)
    for code, holder in ((LANDLORD_CODE, "Juma Mollel"), (OURSELVES, "Nest Pay Limited")):
        page = await office.open(f"/ops/payees/{code}")
        await office.submit(page, bank="CRDB", holder=holder, number=NUMBER)
        await approver.submit(await approver.open(f"/ops/payees/{code}"), "decision")


async def prepared(town: Portal) -> tuple[Browser, Page]:
    await give_accounts(town)
    office = await town.signed_in(OFFICE)
    return office, await office.submit(await office.open(PAYOUTS), account="CRDB", currency="TZS")


async def done(town: Portal) -> Page:
    """A payout that went all the way, as the office sees it then."""
    office, page = await prepared(town)
    approver = await town.signed_in(APPROVER)
    await approver.submit(await approver.open(page.path), "decision")
    sent = await office.submit(await office.open(page.path), "decision")
    return await office.submit(sent, "decision", bank_reference="FT26062ABC")


@pytest.mark.covers("I7", "D17")
async def test_a_payout_goes_from_the_office_to_the_bank_on_its_pages(town: Portal) -> None:
    office, page = await prepared(town)
    total = f"{(shillings(450_000) + OWN).minor:,}"
    assert total in page.h1
    for word in ("Waits for approval", "Juma Mollel", "Our own fees", "CRDB ••••", "has to agree"):
        assert word in page.words
    assert NUMBER not in page.words
    approver = await town.signed_in(APPROVER)
    approved = await approver.submit(await approver.open(page.path), "decision")
    assert "To be sent to the bank" in approved.words
    file = await office.get(f"{page.path}/file/csv")
    assert NUMBER in file.text
    assert file.headers["content-disposition"].startswith('attachment; filename="nest-pay-payout-')
    assert file.headers["cache-control"] == "no-store"
    assert (await office.get(f"{page.path}/file/xml")).headers["content-type"] == "application/xml"
    sent = await office.submit(await office.open(page.path), "decision")
    assert "With the bank" in sent.words
    wrong = await office.submit(sent, "decision", bank_reference="<>")
    assert (wrong.status, bool(wrong.error("bank_reference"))) == (422, True)
    over = await office.submit(wrong, "decision", bank_reference="FT26062ABC")
    for word in ("Sent by the bank", "FT26062ABC", "Daudi Lyimo", "Rehema Said"):
        assert word in over.words


async def test_the_list_says_what_is_owed_and_who_waits_for_an_account(town: Portal) -> None:
    office = await town.signed_in(OFFICE)
    page = await office.open(PAYOUTS)
    for word in ("Nothing can be sent in TZS now", "452,500 cannot be sent", "No payout yet"):
        assert word in page.words
    nothing = await office.submit(page, account="CRDB", currency="TZS")
    assert nothing.status == 409
    assert "no confirmed bank account" in nothing.words
    for wrong in ({"account": "XYZ"}, {"currency": "EUR"}):
        refused = await office.submit(page, **{"account": "CRDB", "currency": "TZS"} | wrong)
        assert refused.status == 422
        assert refused.error(next(iter(wrong)))
    entered = await office.open(f"/ops/payees/{LANDLORD_CODE}")
    await office.submit(entered, bank="CRDB", holder="Juma Mollel", number=NUMBER)
    assert "1 account to confirm" in (await office.open(PAYOUTS)).words


async def test_whoever_prepares_second_comes_to_the_payout_of_the_first(town: Portal) -> None:
    office, page = await prepared(town)
    again = await office.submit(await office.open(PAYOUTS), account="CRDB", currency="TZS")
    assert again.path == page.path
    listed = await office.open(PAYOUTS)
    assert listed.document.xpath("//td/a/@href") == [page.path]


async def test_an_old_page_changes_nothing_and_says_so(town: Portal) -> None:
    office, page = await prepared(town)
    approver = await town.signed_in(APPROVER)
    old = await approver.open(page.path)
    await approver.submit(old, "decision")
    stale = await approver.submit(old, "decision")
    assert (stale.status, "Nothing was changed" in stale.words) == (409, True)
    dropped = await office.submit(await office.open(page.path), "drop")
    assert "Called off" in dropped.words
    early = await office.get(f"{page.path}/file/csv")
    assert (early.status_code, "before the payout is approved" in early.text) == (409, True)


async def test_a_transfer_that_came_back_is_told_with_its_reason(town: Portal) -> None:
    over = await done(town)
    office = await town.signed_in(OFFICE)
    line = await office.open(f"{over.path}/1")
    assert shown(PAYMENT) in line.words
    refused = await office.submit(line, "decision")
    assert (refused.status, bool(refused.error("returned"))) == (422, True)
    back = await office.submit(refused, "decision", returned="NAME_DIFFERS")
    assert (back.path, "The name is not that of the account" in back.words) == (over.path, True)
    stale = await office.submit(refused, "decision", returned="REFUSED")
    assert stale.status == 409
    assert "450,000 to 1 landlord" in (await office.open(PAYOUTS)).words


@pytest.mark.covers("I7")
async def test_a_payment_says_in_which_payout_its_money_went(town: Portal) -> None:
    over = await done(town)
    page = await (await town.signed_in(OFFICE)).open(f"/ops/payments/{PAYMENT}")
    hrefs = page.document.xpath("//a[contains(@href, '/ops/payouts/')]/@href")
    assert {f"{over.path}/1", f"{over.path}/2"} <= set(hrefs)


@pytest.mark.covers("G6", "page:21")
async def test_a_landlord_sees_what_arrived_and_what_is_on_the_way(town: Portal) -> None:
    landlord = await town.signed_in(LANDLORD)
    before = await landlord.open("/landlord")
    for word in ("In the next payout", "On the way to you", "We do not know where to send your money"):
        assert word in before.words
    _, payout = await prepared(town)
    assert "Being sent" in (await landlord.open("/landlord")).words
    approver, office = await town.signed_in(APPROVER), await town.signed_in(OFFICE)
    await approver.submit(await approver.open(payout.path), "decision")
    sent = await office.submit(await office.open(payout.path), "decision")
    await office.submit(sent, "decision", bank_reference="FT26062ABC")
    after = await landlord.open("/landlord")
    for word in ("Sent to you", "3 Mar 2026", "It goes to CRDB ••••"):
        assert word in after.words
    assert "In the next payout" not in after.words


async def test_a_deposit_is_kept_and_what_went_back_is_not_promised(portal: Portal) -> None:
    await put(portal)
    page = await (await portal.signed_in(LANDLORD)).open("/landlord")
    assert "Kept for the lease" in page.words


@pytest.mark.covers("G6", "G4", "J13")
async def test_a_landlords_statement_is_a_page_and_a_file(town: Portal) -> None:
    await done(town)
    landlord = await town.signed_in(LANDLORD)
    page = await landlord.open("/landlord/statement")
    for word in ("Opening balance", "Paid by a tenant", "Asha Mushi", "Sent to your bank account", "Closing"):
        assert word in page.words
    amounts = page.document.xpath("//td/a[@class='figure']/@href")
    assert amounts[0] == f"/why/{PAYMENT}"
    assert [(await landlord.open(href)).status for href in amounts] == [200, 200]
    payout = await landlord.open(amounts[1])
    for word in ("450,000", "Sent by the bank", "FT26062ABC", "CRDB ••••"):
        assert word in payout.words
    assert payout.document.xpath("//td/a/@href") == [f"/why/{PAYMENT}"]
    neema = await town.signed_in(OTHER_LANDLORD)
    assert {(await neema.get(href)).status_code for href in amounts} == {404}
    dashed = "-".join(part for part in (amounts[1][:-8], amounts[1][-8:]))
    assert (await landlord.open(dashed)).path == amounts[1]
    (file,) = page.document.xpath("//a[contains(@href, '.csv')]/@href")
    answer = await landlord.get(file)
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row[1] for row in rows] == [
        "What",
        "Opening balance",
        "Paid by a tenant",
        "Sent to your bank account",
        "Closing balance",
    ]
    assert [row[7] for row in rows[1:]] == ["0", "450000", "0", "0"]
    wrong = await landlord.get("/landlord/statement?month=1999")
    assert wrong.status_code == 422
    other = await (await town.signed_in(OTHER_LANDLORD)).open(
        "/landlord/statement?month=2026-03&currency=USD"
    )
    assert "Asha" not in other.words


async def test_a_landlord_enters_an_account_and_reads_that_it_is_checked(town: Portal) -> None:
    landlord = await town.signed_in(LANDLORD)
    form = await landlord.open("/landlord/account")
    wrong = await landlord.submit(form, bank="CRDB", holder="Juma Mollel", number="12")
    assert (wrong.status, bool(wrong.error("number"))) == (422, True)
    assert wrong.form("main-form").fields["holder"] == "Juma Mollel"
    entered = await landlord.submit(wrong, number=NUMBER)
    for word in ("A new account is being checked", "••••", "7600"):
        assert word in entered.words
    assert NUMBER not in entered.words
    office = await town.signed_in(OFFICE)
    page = await office.open(f"/ops/payees/{LANDLORD_CODE}")
    assert "Only an approver can confirm it" in page.words
    wrong = await office.submit(page, bank="", holder="Juma", number=NUMBER)
    assert (wrong.status, bool(wrong.error("bank"))) == (422, True)
    turned = await office.submit(page, "decline")
    assert "Turned down or replaced by Rehema Said" in turned.words
    stale = await office.submit(page, "decline")
    assert (stale.status, "does not wait any more" in stale.words) == (409, True)
    assert "Not known" in (await office.open("/ops/payees")).words


async def test_an_approver_cannot_confirm_what_they_entered(town: Portal) -> None:
    approver = await town.signed_in(APPROVER)
    page = await approver.open(f"/ops/payees/{LANDLORD_CODE}")
    own = await approver.submit(page, bank="CRDB", holder="Juma Mollel", number=NUMBER)
    assert "You entered it yourself" in own.words
    (account,) = own.form("decline").xpath(".//input[@name='account']/@value")
    answer = await approver.post(f"/ops/payees/{LANDLORD_CODE}/confirm", {"account": account})
    assert answer.status_code == 409


async def test_without_an_account_of_ours_the_page_says_that_nothing_can_be_sent(portal: Portal) -> None:
    page = await (await portal.signed_in(OFFICE)).open(PAYOUTS)
    assert "Bank transfer is off" in page.words
    assert "main-form" not in [form.get("id") for form in page.document.forms]


async def test_switching_the_language_of_a_form_changes_nothing_else(town: Portal) -> None:
    office, page = await prepared(town)
    for path in (
        PAYOUTS,
        page.path + "/sent",
        page.path + "/1/returned",
        "/ops/payees/MOL",
        "/ops/payees/MOL/turn-down",
    ):
        answer = await office.post(
            path, {"language": "sw", "shown": "1", "account": "CRDB", "currency": "TZS"}
        )
        assert answer.status_code == 200, path
    landlord = await town.signed_in(LANDLORD)
    switched = await landlord.post("/landlord/account", {"language": "sw", "bank": "CRDB"})
    assert switched.status_code == 200
    assert "Waits for approval" in (await (await town.signed_in(OFFICE)).open(page.path)).words


@pytest.mark.covers("J9")
@pytest.mark.parametrize("person", [TENANT, LANDLORD])
async def test_nobody_else_finds_the_pages_of_the_office(town: Portal, person: str) -> None:
    _, page = await prepared(town)
    browser = await town.signed_in(person)
    for path in (PAYOUTS, page.path, f"{page.path}/1", f"{page.path}/file/csv", "/ops/payees"):
        assert (await browser.get(path)).status_code == 404


async def some_went_back(town: Portal) -> None:
    """By itself, after all of it had been paid out."""
    await done(town)
    town.clock.advance(days=1)

    def work(tx: Tx) -> None:
        before = payments.load(tx, PAYMENT)
        assert before
        event = reversed_by_itself(before, shillings(100_000))
        payments.append(tx, before, [event], town.clock(), reference=PAYMENT)

    await town.store.write(work)


@pytest.mark.covers("I7", "G6")
async def test_a_landlord_who_owes_us_stands_on_the_pages_of_the_office_and_reads_what_happens(
    town: Portal,
) -> None:
    office = await town.signed_in(OFFICE)
    for path in ("/ops", PAYOUTS):
        assert "owe us" not in (await office.open(path)).words
    await some_went_back(town)
    front = await office.open("/ops")
    for word in ("Landlords owe us", "Juma Mollel: TSh 100,000"):
        assert word in front.words
    assert "/ops/payouts#debts" in front.document.xpath("//a/@href")
    page = await office.open(PAYOUTS)
    for word in ("Landlords who owe us", "Juma Mollel", "4 Mar 2026"):
        assert word in page.words
    (account,) = page.document.xpath("//td/a[@class='figure']/@href")
    assert account == f"/ops/ledger/{payable_to(LANDLORD)}"
    assert "100,000" in (await office.open(account)).words
    landlord = await (await town.signed_in(LANDLORD)).open("/landlord")
    assert "We take it from the next rents that come for you" in landlord.words


async def test_money_that_a_bank_asks_back_is_promised_to_nobody(town: Portal) -> None:
    await give_accounts(town)

    def work(tx: Tx) -> None:
        opened = DisputeOpened(dispute="dp_1", amount=None, due_by=None, told_at=None)
        before = payments.load(tx, PAYMENT)
        payments.append(tx, before, [opened], town.clock(), reference=PAYMENT)

    await town.store.write(work)
    page = await (await town.signed_in(OFFICE)).open(PAYOUTS)
    for word in ("Nothing can be sent in TZS now", "452,500 is held back"):
        assert word in page.words
    landlord = await (await town.signed_in(LANDLORD)).open("/landlord")
    assert "450,000 waits here: the payer's bank asks it back" in landlord.words
    assert "is in the next payout." not in landlord.words


async def test_the_first_page_of_the_office_tells_of_a_payout_that_waits(town: Portal) -> None:
    office, _ = await prepared(town)
    first = await office.open("/ops")
    assert "1 payout waits to be approved, sent or confirmed." in first.words
    assert "Nothing needs a person" not in first.words
