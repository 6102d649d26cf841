"""The question about money that came beyond its bills: every page that shows it asks, and is answered once."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from portal.domain import events as e
from portal.domain.money import shillings
from portal.domain.outcome import Source
from portal.domain.payment import Payment
from portal.domain.refund_outcome import RefundRoute
from portal.domain.reversal import went_back
from portal.providers.provider import Capabilities
from portal.providers.refund import SendsBack
from portal.store import leases, payments
from portal.store.tables import bills
from tests.domain.test_credit_taken_back import gone
from tests.makers import LANDLORD, NEIGHBOUR, OFFICE, PAYMENT, TENANT, a_bill, a_reference
from tests.web.client import Page, Portal
from tests.web.people import APPROVER
from tests.web.records import put
from tests.web.test_refunds import worked

STATUS = f"/pay/{PAYMENT}"
DETAIL = f"/payments/{PAYMENT}"
KEEP = "Count it towards my next bills"
RENT = a_reference(20)


@pytest.fixture
async def twice(portal: Portal) -> Payment:
    """A payment that its bill did not need, by a provider that takes it back."""
    way = SendsBack(route=RefundRoute.REVERSAL, part=True, again=True, answers_questions=True)
    portal.provider.capabilities = Capabilities(sends_back=(way,))
    return await beyond(portal, await put(portal), 450_000)


async def beyond(portal: Portal, payment: Payment, excess: int) -> Payment:
    """So much of it another payment had brought before."""
    after = await happened(portal, payment, e.DuplicateSuccess(excess=shillings(excess)))
    brought = update(bills).where(bills.c.reference == payment.bills[0]).values(paid=bills.c.paid + excess)
    await portal.store.write(lambda tx: tx.execute(brought))
    return after


async def happened(portal: Portal, payment: Payment, event: e.Event) -> Payment:
    now = portal.clock()
    return await portal.store.write(
        lambda tx: payments.append(tx, payment, [event], now, reference=payment.reference)
    )


async def stored(portal: Portal) -> Payment:
    payment = await portal.store.read(lambda tx: payments.load(tx, PAYMENT))
    assert payment
    return payment


async def owe(portal: Portal, amount: int = 450_000) -> None:
    """The rent of March."""
    rent = a_bill(reference=RENT, type="RENT", amount=shillings(amount))
    await portal.store.write(lambda tx: leases.add_bill(tx, rent))


async def receipt_of(portal: Portal) -> str:
    receipt = (await stored(portal)).receipt
    assert receipt
    return f"/r/{receipt.address}"


def asks(page: Page) -> list[str]:
    """The buttons of the question, and none where nothing is asked."""
    found = page.document.xpath("//form[@id='extra']//button")
    return [" ".join(button.text_content().split()) for button in found]


@pytest.mark.covers("B19", "I11")
@pytest.mark.usefixtures("twice")
async def test_status_detail_and_home_page_all_ask_what_shall_become_of_it(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    for address in (STATUS, DETAIL):
        page = await asha.open(address)
        assert asks(page) == [KEEP, "Send it back to 0754•••456"]
        assert "What shall we do with TSh 450,000?" in page.words
        assert "TSh 452,250 is sent: our platform fee of TSh 2,250 with it." in page.words
        assert "Nobody has to agree first." in page.words
    home = await asha.open("/")
    assert "This was paid twice" in home.words
    assert f"{STATUS}" in home.document.xpath("//main//a/@href")


@pytest.mark.covers("B19", "I11", "C8")
@pytest.mark.usefixtures("twice")
async def test_one_tap_keeps_it_and_every_page_says_what_it_has_paid(portal: Portal) -> None:
    await owe(portal)
    asha = await portal.signed_in(TENANT)
    page = await asha.press(await asha.open(STATUS), KEEP)
    assert page.path == STATUS
    assert page.h1 == "Your extra money counts towards your bills"
    assert "All of it has paid other bills." in page.words
    assert asks(page) == []
    paid = "Rent: TSh 450,000 paid from this on"
    for address in (DETAIL, "/payments", await receipt_of(portal)):
        assert paid in (await asha.open(address)).words
    detail = await asha.open(DETAIL)
    assert "Used for another bill of yours" in detail.words
    assert "You chose to keep TSh 450,000 for your next bills" in detail.words
    juma = await portal.signed_in(LANDLORD)
    assert paid in (await juma.open("/landlord")).words
    office = await portal.signed_in(OFFICE)
    assert "The tenant chose to keep TSh 450,000" in (await office.open(f"/ops/payments/{PAYMENT}")).words
    code = (await stored(portal)).receipt_check
    anybody = await portal.browser().open(f"/v/{code}")
    assert paid in anybody.words
    assert "It is still the tenant's" not in anybody.words


@pytest.mark.covers("I11", "F11")
@pytest.mark.usefixtures("twice")
async def test_every_page_says_that_what_it_has_paid_was_taken_back(portal: Portal) -> None:
    await owe(portal)
    asha = await portal.signed_in(TENANT)
    await asha.press(await asha.open(STATUS), KEEP)
    for event in went_back(await stored(portal), gone(453_500), Source.CALLBACK):
        await happened(portal, await stored(portal), event)
    taken = "Rent: TSh 450,000 of this was taken back on"
    page = await asha.open(STATUS)
    assert page.h1 == "This payment was reversed"
    assert taken in page.words
    assert "No bill is owed again" not in page.words
    for address in (DETAIL, "/payments", await receipt_of(portal)):
        assert taken in (await asha.open(address)).words
    detail = await asha.open(DETAIL)
    assert "Taken out of that bill again" in detail.words
    assert "TSh 450,000 that had paid Rent is part of what was taken back, and is owed again" in detail.words
    juma = await portal.signed_in(LANDLORD)
    assert taken in (await juma.open("/landlord")).words
    code = (await stored(portal)).receipt_check
    assert taken in (await portal.browser().open(f"/v/{code}")).words
    why = await (await portal.signed_in(OFFICE)).open(f"/why/{PAYMENT}")
    assert "It was taken out of the bill again" in why.words


@pytest.mark.covers("I11")
@pytest.mark.usefixtures("twice")
async def test_what_is_kept_is_on_the_home_page_and_can_be_had_back(portal: Portal) -> None:
    await owe(portal, 100_000)
    asha = await portal.signed_in(TENANT)
    office = await portal.signed_in(OFFICE)
    seen = await office.open(f"/ops/payments/{PAYMENT}")
    assert "TSh 450,000 is the payer's." in seen.words
    page = await asha.press(await asha.open(STATUS), KEEP)
    assert "TSh 350,000 of it is kept for your next bills." in page.words
    seen = await office.open(f"/ops/payments/{PAYMENT}")
    assert "TSh 350,000 pays the next bills of the lease by itself." in seen.words
    assert "waits for the payer's word" not in seen.words
    home = await asha.open("/")
    assert "You keep TSh 350,000 with us. It pays your next bills by itself." in home.words
    refund = await asha.press(page, "Send it back to 0754•••456")
    assert refund.path.startswith("/refunds/")
    assert "It came beyond the bills, so nobody had to agree" in refund.words
    assert "You asked for TSh 350,000 that was kept" in (await asha.open(DETAIL)).words
    assert "The tenant asked for TSh 350,000" in (await office.open(f"/ops/payments/{PAYMENT}")).words
    case = await office.open(f"/ops/queue/refunds/{refund.path.rpartition('/')[2]}")
    assert "By rule: it came beyond the bills" in case.words


@pytest.mark.covers("B19", "F4")
@pytest.mark.usefixtures("twice")
async def test_one_tap_sends_it_back_and_leads_to_the_page_of_the_refund(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.press(await asha.open(DETAIL), "Send it back to 0754•••456")
    assert page.path.startswith("/refunds/")
    assert "TSh 452,250" in page.words
    await worked(portal)
    assert [one.amount for one in portal.provider.refunds] == [shillings(452_250)]


@pytest.mark.covers("B19", "F2")
@pytest.mark.usefixtures("twice")
async def test_a_second_or_an_old_press_changes_nothing_and_says_so(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    old = await asha.open(STATUS)
    await asha.press(old, KEEP)
    before = await stored(portal)
    page = await asha.press(old, "Send it back to 0754•••456")
    assert page.status == 409
    assert "Nothing was changed" in page.words
    assert await stored(portal) == before
    nonsense = await asha.post(f"{DETAIL}/extra", {"chosen": "BURN", "shown": "450000", "key": "k"})
    assert nonsense.status_code == 422
    assert await stored(portal) == before


@pytest.mark.usefixtures("twice")
async def test_nobody_else_finds_the_question(portal: Portal) -> None:
    form = {"chosen": "KEEP", "shown": "450000", "key": "k"}
    for person in (NEIGHBOUR, LANDLORD, OFFICE):
        somebody = await portal.signed_in(person)
        assert (await somebody.post(f"{DETAIL}/extra", form)).status_code == 404
    assert (await stored(portal)).excess_waiting == shillings(450_000)


async def test_where_what_came_is_in_question_it_can_only_go_back_and_people_agree(
    portal: Portal, twice: Payment
) -> None:
    await happened(portal, twice, e.VerificationResult(code="1032", source=Source.WORKER))
    asha = await portal.signed_in(TENANT)
    page = await asha.open(STATUS)
    assert asks(page) == ["Send it back to 0754•••456"]
    assert "Our team still checks what came." in page.words


async def test_so_much_waits_for_an_approver_and_its_page_says_so(portal: Portal) -> None:
    much = a_bill(reference=a_reference(30), amount=shillings(1_200_000))
    await portal.store.write(lambda tx: leases.add_bill(tx, much))
    await beyond(portal, await put(portal, bill=much.reference, amount=much.amount), 1_200_000)
    asha = await portal.signed_in(TENANT)
    page = await asha.open(STATUS)
    assert "For so much our office has to agree first." in page.words
    refund = await asha.press(page, "Send it back to me")
    assert "So much goes back only when our office has agreed." in refund.words
    assert "our office alone has to agree" in refund.words
    approver = await portal.signed_in(APPROVER)
    address = f"/ops/queue/refunds/{refund.path.rpartition('/')[2]}"
    agreed = await approver.submit(await approver.open(address), "decision", how_much="all", amount="")
    assert "By rule: it came beyond the bills" in agreed.words


async def test_of_a_part_that_was_too_much_the_home_page_asks_as_well(portal: Portal) -> None:
    await beyond(portal, await put(portal), 150_000)
    asha = await portal.signed_in(TENANT)
    assert "You paid more than was due" in (await asha.open("/")).words
    page = await asha.press(await asha.open(STATUS), KEEP)
    assert "TSh 150,000 of this was more than the bill." in page.words
    check = await asha.open(f"{DETAIL}/refund")
    assert check.status == 200
