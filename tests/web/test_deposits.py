"""The pages of a deposit that goes back: the landlord's form, the tenant's answers, and the office's word."""

from __future__ import annotations

from typing import Any

import pytest

from portal.domain.bill import PaymentType
from portal.domain.dispute import DisputeOpened, DisputeWon
from portal.domain.events import DuplicateSuccess, Event
from portal.domain.ids import shown
from portal.domain.money import shillings
from portal.domain.payment import Payment
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import NotRefunded, Refunded, RefundRefusal, RefundRoute
from portal.providers.provider import Capabilities
from portal.providers.refund import SendsBack
from portal.services.settlement import locked
from portal.store import leases, payments
from portal.store.types import Tx
from portal.web.deposits import LANDLORD as DESK
from portal.web.deposits import QUEUE
from tests.makers import LANDLORD, LEASE, NEIGHBOUR, OFFICE, PAYMENT, TENANT, a_bill, a_reference
from tests.refunded import put_refund_of
from tests.refunds import returned, reversed_by_itself
from tests.web.client import Page, Portal
from tests.web.people import APPROVER, OTHER_LANDLORD
from tests.web.records import put

MINE, THEIRS, OFFICES = f"/deposits/{LEASE}", f"{DESK}/{LEASE}", f"{QUEUE}/{LEASE}"
LINES = {
    "claim_kind_1": "CLEANING",
    "claimed_1": "120,000",
    "claim_note_1": "The kitchen was left dirty.",
    "claim_kind_2": "DAMAGE",
    "claimed_2": "80,000",
    "claim_note_2": "The door is broken.",
}
ANSWERS = {"answer_1": "AGREE", "answer_2": "DISPUTE", "dispute_note_2": "It was broken before."}


@pytest.fixture
async def paid(portal: Portal) -> Payment:
    """By a provider that takes any part back, and is asked about it."""
    way = SendsBack(route=RefundRoute.REVERSAL, part=True, again=True, answers_questions=True)
    portal.provider.capabilities = Capabilities(sends_back=(way,))
    return await put(portal)


async def worked(portal: Portal) -> None:
    while await portal.parts.worker.run_due():
        pass


async def ended(portal: Portal, **lines: Any) -> Page:
    """The landlord has ended the lease with these lines."""
    juma = await portal.signed_in(LANDLORD)
    form = await juma.open(f"{THEIRS}/end")
    return await juma.submit(await juma.submit(form, **lines))


async def answered(portal: Portal, **answers: Any) -> Page:
    asha = await portal.signed_in(TENANT)
    return await asha.submit(await asha.open(MINE), **answers)


@pytest.mark.covers("F13")
@pytest.mark.usefixtures("paid")
async def test_a_landlord_checks_the_sums_and_the_rest_is_sent_at_once(portal: Portal) -> None:
    juma = await portal.signed_in(LANDLORD)
    listed = await juma.open(DESK)
    for word in ("A3, Mikocheni", "Asha Mushi", "450,000", "Held"):
        assert word in listed.words
    case = await juma.open(THEIRS)
    assert case.document.xpath("//a[@href=$form]", form=f"{THEIRS}/end")
    form = await juma.open(f"{THEIRS}/end")
    for word in ("Held for this lease", "has 14 days", "all of it goes back"):
        assert word in form.words
    check = await juma.submit(form, **LINES)
    assert check.h1 == "Check before the deposit goes back"
    for word in (
        "1. Cleaning",
        "120,000",
        "The door is broken.",
        "250,000",
        "200,000",
        "450,000",
        "17 Mar 2026",
    ):
        assert word in check.words
    assert not (await portal.parts.payments.load(PAYMENT)).refunds.every
    done = await juma.submit(check)
    assert (done.path, done.status) == (THEIRS, 200)
    for word in ("On its way to the tenant", "250,000", "Held until it is decided", "200,000"):
        assert word in done.words


@pytest.mark.covers("F13", "F12")
@pytest.mark.usefixtures("paid")
async def test_while_a_bank_decides_every_page_says_that_nobody_has_to_answer(portal: Portal) -> None:
    await ended(portal, **LINES)
    await worked(portal)
    await happened(portal, DisputeOpened(dispute="dp_1", amount=None, due_by=None, told_at=None))
    for person, path in ((TENANT, MINE), (LANDLORD, THEIRS), (OFFICE, OFFICES)):
        page = await (await portal.signed_in(person)).open(path)
        for word in ("The bank decides first", "until then nobody has to answer anything"):
            assert word in page.words
        for word in ("Answer each line", "can answer until", "Waits for"):
            assert word not in page.words
        assert not page.document.xpath("//input[@name='answer_1']")
    asha = await portal.signed_in(TENANT)
    assert "The bank decides first" in (await asha.open("/")).words
    portal.clock.advance(days=20)
    won, settlement = DisputeWon(dispute="dp_1", told_at=None), portal.parts.payments.settlement
    await portal.store.write(lambda tx: settlement.append(tx, locked(tx, PAYMENT), [won]))
    await worked(portal)
    page = await asha.open(MINE)
    for word in ("Answer each line by 6 Apr 2026", "The days to answer go on, until 6 Apr 2026"):
        assert word in page.words


@pytest.mark.covers("F13", "C8")
async def test_tenant_and_office_end_it_line_by_line_and_all_papers_say_so(
    portal: Portal, paid: Payment
) -> None:
    await ended(portal, **LINES)
    portal.provider.will_refund(Refunded("RC1", shillings(250_000)))
    await worked(portal)
    asha = await portal.signed_in(TENANT)
    home = await asha.open("/")
    assert home.document.xpath("//a[@href=$deposit]", deposit=MINE)
    page = await asha.open(MINE)
    for word in (
        "Answer each line by 17 Mar 2026",
        "does not count as agreed",
        "The kitchen was left dirty.",
    ):
        assert word in page.words
    page = await asha.submit(page, **ANSWERS)
    assert (page.path, page.status) == (MINE, 200)
    for word in ("Our office decides", "Kept by the landlord", "120,000", "It was broken before."):
        assert word in page.words
    office = await portal.signed_in(OFFICE)
    queue = await office.open(QUEUE)
    assert "Our office decides" in queue.words
    case = await office.open(OFFICES)
    done = await office.submit(
        case, "decide-2", decided_2="30,000", decided_note_2="The photos show half of it."
    )
    for word in ("Settled", "150,000", "300,000"):
        assert word in done.words
    portal.provider.will_refund(Refunded("RC2", shillings(50_000)))
    await worked(portal)
    page = await asha.open(MINE)
    for word in (
        "Settled",
        "Sent back to the tenant",
        "300,000",
        "Kept by the landlord",
        "150,000",
        "photos show",
    ):
        assert word in page.words
    detail = await asha.open(f"/payments/{PAYMENT}")
    assert "Of the deposit, kept by your landlord" in detail.words
    assert not detail.document.xpath("//a[contains(@href, '/refund') and contains(@href, '/payments')]")
    receipt = await asha.open(f"/r/{paid.receipt.address if paid.receipt else ''}")
    assert "150,000 of the deposit was kept by the landlord" in receipt.words
    proof = await asha.open(f"/v/{paid.receipt_check}")
    for word in ("refunded in part", "300,000", "150,000 of the deposit was kept by the landlord"):
        assert word in proof.words


@pytest.mark.usefixtures("paid")
async def test_nobody_else_finds_the_deposit_and_each_is_led_to_their_own_page(portal: Portal) -> None:
    for person in (NEIGHBOUR, OTHER_LANDLORD):
        stranger = await portal.signed_in(person)
        for path in (MINE, THEIRS, f"{THEIRS}/end", OFFICES):
            assert (await stranger.get(path)).status_code == 404
    juma, office = await portal.signed_in(LANDLORD), await portal.signed_in(OFFICE)
    assert (await juma.open(MINE)).path == THEIRS
    assert (await office.open(MINE)).path == OFFICES
    assert (await office.get(f"{OFFICES}/end")).status_code == 404
    assert (await juma.open(f"{DESK}/{shown(LEASE)}/end")).path == f"{THEIRS}/end"
    assert (await juma.open(f"{DESK}/{shown(LEASE)}")).path == THEIRS
    asha = await portal.signed_in(TENANT)
    assert (await asha.open(f"/deposits/{shown(LEASE)}")).path == MINE


@pytest.mark.usefixtures("paid")
async def test_a_line_that_will_not_do_says_so_at_its_field_and_keeps_what_was_typed(portal: Portal) -> None:
    juma = await portal.signed_in(LANDLORD)
    form = await juma.open(f"{THEIRS}/end")
    wrong = await juma.submit(form, **LINES | {"claimed_2": "330,001"})
    assert wrong.status == 422
    assert "Line 2: only TSh 330,000 of the deposit is left for it" in wrong.words
    assert wrong.document.xpath("//input[@name='claimed_1']/@value") == ["120,000"]
    assert wrong.document.xpath("//a[@href='#field-claimed_2']")
    more = await juma.submit(form, **LINES | {"more": "yes"})
    assert len(more.document.xpath("//select")) == 3
    back = await juma.press(await juma.submit(form, **LINES), "Change something")
    assert back.document.xpath("//input[@name='claimed_2']/@value") == ["80,000"]


@pytest.mark.usefixtures("paid")
async def test_a_deposit_that_has_changed_and_a_second_press_change_nothing(portal: Portal) -> None:
    juma = await portal.signed_in(LANDLORD)
    form = await juma.open(f"{THEIRS}/end")
    stale = await juma.submit(form, deposit="5")
    assert stale.status == 422
    assert "changed to TSh 450,000" in stale.words
    check = await juma.submit(form, **LINES)
    await juma.submit(check)
    again = await juma.submit(check)
    assert (again.status, "Nothing was changed" in again.words) == (409, True)
    assert (await juma.submit(form, **LINES)).status == 409
    assert (await juma.open(f"{THEIRS}/end")).h1 == "Deposit of A3, Mikocheni"


@pytest.mark.usefixtures("paid")
async def test_the_language_can_be_changed_on_the_way_and_nothing_is_sent(portal: Portal) -> None:
    juma = await portal.signed_in(LANDLORD)
    form = await juma.open(f"{THEIRS}/end")
    swahili = await juma.submit(form, **LINES | {"language": "sw"})
    assert swahili.document.xpath("//input[@name='claimed_1']/@value") == ["120,000"]
    check = await juma.submit(form, **LINES)
    checked = await juma.submit(check, language="sw")
    assert checked.document.xpath("//input[@name='claimed_1']/@value") == ["120,000"]
    assert not (await portal.parts.payments.load(PAYMENT)).refunds.every
    await ended(portal, **LINES)
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open(MINE), **ANSWERS | {"language": "sw"})
    assert page.document.xpath("//textarea[@name='dispute_note_2']")[0].text == "It was broken before."


@pytest.mark.covers("F13")
@pytest.mark.usefixtures("paid")
async def test_a_tenant_asks_for_it_back_and_a_silent_landlord_is_passed_over(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    page = await asha.submit(await asha.open(MINE), "ask-form")
    assert "Juma Mollel has until 17 Mar 2026 to answer" in page.words
    refused = await asha.get(f"/payments/{PAYMENT}/refund")
    assert refused.status_code == 409
    assert MINE in refused.text
    portal.clock.advance(days=15)
    await worked(portal)
    assert "The landlord did not answer" in (await asha.open(MINE)).words
    office = await portal.signed_in(OFFICE)
    form = await office.open(f"{OFFICES}/end")
    done = await office.submit(await office.submit(form))
    assert (done.path, "All of it is the tenant's." in done.words) == (OFFICES, True)
    assert "Our office answered in the landlord's place" in (await asha.open(MINE)).words


@pytest.mark.usefixtures("paid")
async def test_an_answer_that_lacks_something_is_refused_and_keeps_the_rest(portal: Portal) -> None:
    await ended(portal, **LINES)
    page = await answered(portal, answer_1="AGREE")
    assert (page.status, "Line 2: choose whether you agree" in page.words) == (422, True)
    assert page.document.xpath("//input[@name='answer_1' and @value='AGREE']/@checked")
    page = await answered(portal, **ANSWERS | {"dispute_note_2": ""})
    assert (page.status, "Line 2: write why you do not agree" in page.words) == (422, True)


@pytest.mark.usefixtures("paid")
async def test_the_office_reads_why_a_decision_will_not_do_and_sends_again_what_failed(
    portal: Portal,
) -> None:
    await ended(portal, **LINES)
    portal.provider.will_refund(NotRefunded(RefundRefusal.LIMIT, "limit"))
    await worked(portal)
    await answered(portal, **ANSWERS)
    asha, office = await portal.signed_in(TENANT), await portal.signed_in(OFFICE)
    assert "A part could not be sent back" in (await asha.open(MINE)).words
    case = await office.open(OFFICES)
    wrong = await office.submit(case, "decide-2", decided_2="80,001", decided_note_2="So it is.")
    assert (wrong.status, "Line 2: enter up to TSh 80,000" in wrong.words) == (422, True)
    sent = await office.submit(await office.open(OFFICES), "send-again")
    assert "On its way to the tenant" in sent.words
    refund = (await portal.parts.payments.load(PAYMENT)).refunds.every[0].reference
    page = await asha.open(f"/refunds/{refund}")
    assert page.document.xpath("//a[@href=$deposit]", deposit=MINE)


async def happened(portal: Portal, *events: Event) -> None:
    """To the payment, with nobody's agreement here."""

    def work(tx: Tx) -> None:
        payments.append(tx, payments.load(tx, PAYMENT), events, portal.clock(), reference=PAYMENT)

    await portal.store.write(work)


@pytest.mark.covers("F13")
async def test_money_that_is_here_again_after_an_empty_return_has_ended_is_sent_from_the_queue(
    portal: Portal, paid: Payment
) -> None:
    asha, office = await portal.signed_in(TENANT), await portal.signed_in(OFFICE)
    await asha.submit(await asha.open(MINE), "ask-form")
    await happened(portal, reversed_by_itself(paid, paid.total))
    await office.submit(await office.open(OFFICES), "gone")
    assert "Nothing is held any more" in (await asha.open(MINE)).words
    assert "Nothing waits" in (await office.open(QUEUE)).words
    await happened(portal, returned())
    queue = await office.open(QUEUE)
    for word in ("A3, Mikocheni", "Came back, for the tenant", "TSh 450,000 to be sent to the tenant"):
        assert word in queue.words
    for browser in (asha, office):
        page = await browser.open(MINE if browser is asha else OFFICES)
        for word in ("Money of this deposit is here again", "450,000 is here, and it is the tenant's"):
            assert word in page.words
        for word in ("Nothing is held any more", "could not be sent"):
            assert word not in page.words
    sent = await office.submit(await office.open(OFFICES), "send-again")
    assert "On its way to the tenant" in sent.words
    assert "Nothing waits" in (await office.open(QUEUE)).words


async def test_of_what_may_be_its_payers_beyond_the_bill_no_page_says_that_it_went_back(
    portal: Portal, paid: Payment
) -> None:
    asha = await portal.signed_in(TENANT)
    await asha.submit(await asha.open(MINE), "ask-form")
    await happened(portal, reversed_by_itself(paid, shillings(100_000)))
    assert "Went back to the payer by itselfTSh 100,000" in (await asha.open(MINE)).words
    await happened(portal, returned(), DuplicateSuccess(excess=shillings(100_000)))
    page = await asha.open(MINE)
    assert "Went back to the payer, or is theirs beyond the billTSh 100,000" in page.words
    assert "by itself" not in page.words


async def test_a_refund_that_failed_is_not_called_open_where_it_comes_first(
    portal: Portal, paid: Payment
) -> None:
    await put_refund_of(portal.store, paid, RefundState.FAILED)
    juma = await portal.signed_in(LANDLORD)
    for page in (await juma.open(THEIRS), await juma.open(f"{THEIRS}/end")):
        assert "is not over: it has to be decided or sent or, where it failed, sent again" in page.words
        assert "is open" not in page.words


@pytest.mark.covers("F13", "F5")
async def test_a_large_line_is_proposed_by_one_and_confirmed_by_another(portal: Portal) -> None:
    way = SendsBack(route=RefundRoute.REVERSAL, part=True, again=True, answers_questions=True)
    portal.provider.capabilities = Capabilities(sends_back=(way,))
    await put(portal, amount=shillings(450_000))
    await put_large(portal)
    await ended(portal, **LINES | {"claimed_1": "1,200,000"})
    await answered(portal, answer_1="DISPUTE", dispute_note_1="Never.", answer_2="AGREE")
    office, approver = await portal.signed_in(OFFICE), await portal.signed_in(APPROVER)
    case = await office.open(OFFICES)
    assert "So much is decided by two people" in case.words
    case = await office.submit(case, "decide-1", decided_1="0", decided_note_1="Nothing shows it.")
    assert "This waits for a second person" in case.words
    asha = await portal.signed_in(TENANT)
    assert "Nothing shows it." not in (await asha.open(MINE)).words
    case = await office.submit(case, "turn-down-1")
    await office.submit(case, "decide-1", decided_1="1", decided_note_1="One shilling.")
    case = await approver.open(OFFICES)
    done = await approver.submit(case, "confirm-1")
    assert "Settled" in done.words
    again = await approver.post(f"{OFFICES}/confirm", {"line": "1", "shown": "1"})
    assert again.status_code == 409


async def put_large(portal: Portal) -> None:
    """Another payment of the same deposit's kind, above the threshold."""
    bill = a_bill(reference=a_reference(30), type=PaymentType.SECURITY_DEPOSIT, amount=shillings(1_500_000))
    await portal.store.write(lambda tx: leases.add_bill(tx, bill))
    await put(
        portal,
        reference=a_reference(31),
        bill=bill.reference,
        type=PaymentType.SECURITY_DEPOSIT,
        amount=bill.amount,
    )


@pytest.mark.usefixtures("paid")
async def test_the_first_page_of_the_office_tells_of_a_deposit_that_waits_for_it(portal: Portal) -> None:
    await ended(portal, **LINES)
    await answered(portal, answer_1="AGREE", answer_2="DISPUTE", dispute_note_2="It was broken before.")
    first = await (await portal.signed_in(OFFICE)).open("/ops")
    assert "1 deposit waits to be answered for, decided or sent." in first.words
    assert "Nothing needs a person" not in first.words
