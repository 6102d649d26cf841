"""The pages of money back: a tenant asks, the landlord or the office decides, and what will not do says what to do."""

from __future__ import annotations

from typing import Any

import pytest

from portal.domain.dispute import DisputeOpened
from portal.domain.ids import shown
from portal.domain.money import shillings
from portal.domain.outcome import NotSent, Reason, Unknown
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import NotRefunded, RefundAccepted, Refunded, RefundRefusal, RefundRoute
from portal.providers.provider import Capabilities
from portal.providers.refund import SendsBack
from portal.store import leases, payments
from portal.web.refund_desk import LANDLORD as DESK
from portal.web.refund_desk import QUEUE
from tests.makers import LANDLORD, NEIGHBOUR, OFFICE, PAYMENT, TENANT, a_bill, a_reference
from tests.web.client import Page, Portal
from tests.web.people import APPROVER, OTHER_LANDLORD
from tests.web.proof import prove
from tests.web.records import put

FORM = f"/payments/{PAYMENT}/refund"
WISH = {"how_much": "part", "amount": "100,000", "reason": "OTHER", "notes": "I paid in cash too."}


@pytest.fixture
async def paid(portal: Portal) -> Payment:
    """By a provider that takes any part back, and is asked about it."""
    way = SendsBack(route=RefundRoute.REVERSAL, part=True, again=True, answers_questions=True)
    portal.provider.capabilities = Capabilities(sends_back=(way,))
    return await put(portal)


async def stored(portal: Portal) -> Payment:
    payment = await portal.store.read(lambda tx: payments.load(tx, PAYMENT))
    assert payment
    return payment


async def asked(portal: Portal, **changes: str) -> str:
    """The refund that Asha asked for on her pages."""
    asha = await portal.signed_in(TENANT)
    check = await asha.submit(await asha.open(FORM), **WISH | changes)
    done = await asha.submit(check)
    assert done.status == 200
    return done.path.rpartition("/")[2]


async def worked(portal: Portal) -> None:
    while await portal.parts.worker.run_due():
        pass


async def decided(
    portal: Portal, refund: str, person: str = LANDLORD, base: str = DESK, **typed: Any
) -> Page:
    browser = await portal.signed_in(person)
    return await browser.submit(await browser.open(f"{base}/{refund}"), "decision", **typed)


@pytest.mark.covers("F8", "F3", "F9", "F10", "page:18")
async def test_a_tenant_sees_the_price_and_what_it_does_to_the_bill_before_asking(
    portal: Portal, paid: Payment
) -> None:
    asha = await portal.signed_in(TENANT)
    detail = await asha.open(f"/payments/{PAYMENT}")
    assert detail.document.xpath("//a[@href=$form]", form=FORM)
    form = await asha.open(FORM)
    for word in ("Can be sent back", "450,000", "Juma Mollel", "They do not go back", "to say how long"):
        assert word in form.words
    assert len(form.document.xpath("//input[@name='reason']")) == 6
    check = await asha.submit(form, **WISH | {"reason": "LANDLORD_CANCELLATION"})
    assert check.h1 == "Check before you ask"
    for word in ("100,000", "500", "100,500", "is not owed any more", "The landlord cancelled"):
        assert word in check.words
    assert not (await stored(portal)).refunds.every
    back = await asha.press(check, "Change it")
    assert (back.h1, back.form("main-form").fields["amount"]) == ("Ask for money back", "100,000")


@pytest.mark.covers("F4", "page:19")
async def test_asking_leads_to_the_page_of_the_refund_and_pressing_twice_to_the_same(
    portal: Portal, paid: Payment
) -> None:
    asha = await portal.signed_in(TENANT)
    check = await asha.submit(await asha.open(FORM), **WISH)
    first, second = await asha.submit(check), await asha.submit(check)
    assert first.path == second.path == f"/refunds/{(await stored(portal)).refunds.every[0].reference}"
    for word in ("Requested", "100,000", "Nothing has been sent yet", "I paid in cash too."):
        assert word in first.words
    dashed = await asha.open(f"/refunds/{shown(first.path.rpartition('/')[2])}")
    assert dashed.path == first.path
    assert "100,000" in (await asha.open(f"/payments/{PAYMENT}")).words


@pytest.mark.parametrize(
    "typed,field,sentence",
    [
        ({"amount": "450,001"}, "amount", "Enter up to TSh 450,000"),
        ({"amount": "0"}, "amount", "Enter an amount from TSh 1 to TSh 450,000"),
        ({"amount": "-5"}, "amount", "Enter the amount in shillings"),
        ({"amount": "10.50"}, "amount", "Use whole shillings"),
        ({"notes": ""}, "notes", "Tell us why"),
        ({"notes": " \u200b\u2060 "}, "notes", "Tell us why"),
        ({"reason": "X"}, "reason", "Choose why"),
    ],
)
async def test_bad_input_gets_a_sentence_at_its_field_and_loses_nothing(
    portal: Portal, paid: Payment, typed: dict[str, str], field: str, sentence: str
) -> None:
    asha = await portal.signed_in(TENANT)
    form = await asha.open(FORM)
    token = form.form("main-form").fields["csrf"]
    sent = WISH | {"available": "450000", "csrf": token} | typed
    answer = await asha.post(FORM, sent)
    page = Page(answer, prove(answer))
    assert (page.status, sentence in page.error(field)) == (422, True)
    if field != "notes":
        assert "I paid in cash too." in page.words
    assert not (await stored(portal)).refunds.every


async def test_a_figure_that_changed_meanwhile_is_said_with_the_new_one(
    portal: Portal, paid: Payment
) -> None:
    asha = await portal.signed_in(TENANT)
    check = await asha.submit(await asha.open(FORM), **WISH)
    await asked(portal, amount="30,000")
    page = await asha.submit(check)
    assert page.status == 422
    assert "changed to TSh 420,000" in page.words
    again = await asha.submit(await asha.submit(page))
    assert again.status == 200
    assert (await stored(portal)).reserved == shillings(130_000)


@pytest.mark.covers("D56", "F8")
async def test_for_whoever_it_is_not_it_is_not_there(portal: Portal, paid: Payment) -> None:
    refund = await asked(portal)
    for person in (NEIGHBOUR, OTHER_LANDLORD):
        stranger = await portal.signed_in(person)
        for path in (FORM, f"/refunds/{refund}", f"{DESK}/{refund}", f"{QUEUE}/{refund}"):
            assert (await stranger.get(path)).status_code == 404
        assert (await stranger.post(f"{DESK}/{refund}/approve", {"shown": "100000-0"})).status_code == 404
    asha = await portal.signed_in(TENANT)
    assert (await asha.get(f"{DESK}/{refund}")).status_code == 404
    assert (await asha.get(f"/payments/{a_reference(404)}/refund")).status_code == 404


async def test_of_what_is_not_paid_nothing_can_be_asked_back(portal: Portal) -> None:
    await put(portal, State.AWAITING_PAYER)
    page = await (await portal.signed_in(TENANT)).open(FORM)
    assert (page.status, page.h1) == (409, "Nothing can be sent back")


@pytest.mark.covers("F4", "C8", "C6", "page:23")
async def test_the_landlord_agrees_the_money_goes_and_the_receipt_says_so(
    portal: Portal, paid: Payment
) -> None:
    refund = await asked(portal, how_much="whole", reason="PROPERTY_UNAVAILABLE")
    juma = await portal.signed_in(LANDLORD)
    listed = await juma.open(DESK)
    assert "Asha Mushi" in listed.words
    assert (await juma.open(f"/refunds/{refund}")).path == f"{DESK}/{refund}"
    page = await decided(portal, refund)
    assert "Approved" in page.words
    portal.provider.will_refund(Refunded("RC35T8K2QX", shillings(452_250)))
    await worked(portal)
    asha = await portal.signed_in(TENANT)
    done = await asha.open(f"/refunds/{refund}")
    for word in ("Refunded", "452,250", "RC35T8K2QX", "See receipt"):
        assert word in done.words
    payment = await stored(portal)
    assert payment.receipt
    receipt = await asha.open(f"/r/{payment.receipt.address}")
    assert "Refunded" in receipt.words
    assert "452,250 was sent back on" in receipt.words
    proof = await portal.browser().open(f"/v/{payment.receipt_check}")
    assert "Genuine, refunded on" in proof.words
    assert "Refunded" in (await asha.open("/payments?status=refunded")).words
    assert "has gone back" in (await asha.open(f"/payments/{PAYMENT}")).words
    assert "Over" in (await juma.open(DESK)).words
    juma.say_language("sw")
    tags = (await juma.open(f"{DESK}/{refund}")).document.xpath("//h1/following-sibling::p[1]")
    assert "Imekamilika" in tags[0].text_content()


async def test_less_is_agreed_to_and_more_is_refused_with_what_was_typed(
    portal: Portal, paid: Payment
) -> None:
    refund = await asked(portal)
    page = await decided(portal, refund, how_much="less", amount="200,000")
    assert (page.status, page.error("amount")) == (422, "Error: Enter up to TSh 100,000")
    page = await decided(portal, refund, how_much="less", amount="40,000")
    assert page.h1 == "TSh 40,000 agreed, of TSh 100,000 asked back"
    assert "TSh 40,000 of the TSh 100,000 was approved" in page.words
    asha = await portal.signed_in(TENANT)
    assert "of TSh 100,000 that you asked for" in (await asha.open(f"/refunds/{refund}")).words
    stale = await decided_again(portal, refund)
    assert stale.status == 409
    assert "Nothing was changed" in stale.words


async def decided_again(portal: Portal, refund: str) -> Page:
    juma = await portal.signed_in(LANDLORD)
    answer = await juma.post(f"{DESK}/{refund}/approve", {"shown": "100000-0"})
    return Page(answer, prove(answer))


@pytest.mark.covers("F4")
async def test_whoever_declines_says_why_and_the_tenant_reads_it(portal: Portal, paid: Payment) -> None:
    refund = await asked(portal)
    juma = await portal.signed_in(LANDLORD)
    page = await juma.submit(await juma.open(f"{DESK}/{refund}"), "decline", note_why="")
    assert "Write why" in page.error("note_why")
    await juma.submit(page, "decline", note_why="The deposit is held until you move out.")
    asha = await portal.signed_in(TENANT)
    page = await asha.open(f"/refunds/{refund}")
    for word in ("Declined", "held until you move out", "Ask again"):
        assert word in page.words


async def test_less_without_an_amount_is_asked_for_and_nothing_goes_back(
    portal: Portal, paid: Payment
) -> None:
    refund = await asked(portal)
    page = await decided(portal, refund, how_much="less", amount="")
    assert page.status == 422
    assert page.error("amount")
    asha = await portal.signed_in(TENANT)
    words = (await asha.open(f"/refunds/{refund}")).words
    assert "Requested" in words
    assert "When the money has gone back:" in words


async def test_an_amount_beside_all_of_it_is_asked_about_and_never_taken_for_all(
    portal: Portal, paid: Payment
) -> None:
    refund = await asked(portal)
    page = await decided(portal, refund, amount="40,000")
    assert (page.status, "wrote an amount" in page.error("amount")) == (422, True)
    assert (await stored(portal)).refunds.every[0].state is RefundState.REQUESTED


async def test_what_was_chosen_stays_chosen_where_the_amount_will_not_do(
    portal: Portal, paid: Payment
) -> None:
    refund = await asked(portal)
    page = await decided(portal, refund, OFFICE, QUEUE, how_much="less", amount="", by_hand="yes")
    fields = page.form("decision").fields
    assert (fields["how_much"], fields["by_hand"]) == ("less", "yes")


@pytest.mark.covers("F6")
async def test_what_the_office_sends_by_hand_stands_in_its_queue_until_it_has_a_reference(
    portal: Portal, paid: Payment
) -> None:
    refund = await asked(portal)
    office = await portal.signed_in(OFFICE)
    assert "Asha Mushi" in (await office.open(QUEUE)).words
    assert (await office.open(f"/refunds/{refund}")).path == f"{QUEUE}/{refund}"
    await decided(portal, refund, OFFICE, QUEUE, by_hand="yes")
    assert "To be sent by hand" in (await office.open(QUEUE)).words
    assert (
        "Our office sends it by bank"
        in (await (await portal.signed_in(TENANT)).open(f"/refunds/{refund}")).words
    )
    assert "Somebody else of the office sends it" in (await office.open(f"{QUEUE}/{refund}")).words
    taken = await decided(portal, refund, APPROVER, QUEUE)
    assert "nobody else sends it" in taken.words
    assert "Daudi Lyimo sends it" in (await office.open(QUEUE)).words
    assert "Do not send it as well" in (await office.open(f"{QUEUE}/{refund}")).words
    page = await decided(portal, refund, APPROVER, QUEUE, bank_reference="!")
    assert "4 to 40" in page.error("bank_reference")
    page = await decided(portal, refund, APPROVER, QUEUE, bank_reference="FT26030312345")
    assert "Done" in page.words
    assert "Nothing waits" in (await office.open(QUEUE)).words


async def test_what_the_bank_cannot_send_is_said_to_the_tenant(portal: Portal, paid: Payment) -> None:
    refund = await asked(portal)
    await decided(portal, refund, APPROVER, QUEUE, by_hand="yes")
    office = await portal.signed_in(OFFICE)
    case = await office.open(f"{QUEUE}/{refund}")
    await office.submit(case, "decline", note_why="The account is closed.")
    page = await (await portal.signed_in(TENANT)).open(f"/refunds/{refund}")
    for word in ("Refund not completed", "The account is closed.", "Our office has it on its list"):
        assert word in page.words


async def test_what_goes_by_bank_asks_for_the_account_and_whoever_sends_it_is_told_where_it_stands(
    portal: Portal,
) -> None:
    await put(portal)
    asha = await portal.signed_in(TENANT)
    form = await asha.open(FORM)
    assert "write here which bank it goes to, whose account and its number" in form.words
    refund = await asked(portal, notes="CRDB, Asha Mushi, 0150123456789")
    await decided(portal, refund)
    taken = await decided(portal, refund, OFFICE, QUEUE)
    for word in ("CRDB, Asha Mushi, 0150123456789", "The account is the one that the tenant wrote."):
        assert word in taken.words


async def test_while_a_bank_asks_the_money_back_nothing_is_offered_that_would_be_refused(
    portal: Portal, paid: Payment
) -> None:
    first, second = await asked(portal), await asked(portal, amount="50,000")
    await decided(portal, second, APPROVER, QUEUE, by_hand="yes")
    opened, now = DisputeOpened(dispute="dp_1", amount=None, due_by=None, told_at=None), portal.clock()
    before = await stored(portal)
    await portal.store.write(lambda tx: payments.append(tx, before, [opened], now, reference=PAYMENT))
    office = await portal.signed_in(OFFICE)
    for refund in (first, second):
        page = await office.open(f"{QUEUE}/{refund}")
        assert "Until it has decided, nothing more is sent back of it." in page.words
        assert not page.document.xpath("//form[@id='decision']")
        assert page.document.xpath("//form[@id='decline']")
        assert "This waits for a second person" not in page.words


async def test_to_ask_again_is_offered_only_where_something_can_be_asked_for(
    portal: Portal, paid: Payment
) -> None:
    first = await asked(portal)
    juma = await portal.signed_in(LANDLORD)
    await juma.submit(await juma.open(f"{DESK}/{first}"), "decline", note_why="Not agreed.")
    await asked(portal, how_much="whole")
    page = await (await portal.signed_in(TENANT)).open(f"/refunds/{first}")
    assert "Ask again" not in page.words


@pytest.mark.covers("F4")
async def test_what_cannot_leave_says_so_to_the_tenant_and_the_office_can_stop_it(
    portal: Portal, paid: Payment
) -> None:
    refund = await asked(portal)
    portal.provider.will_refund(NotSent("provider switched off"))
    await decided(portal, refund)
    await portal.parts.worker.run_due()
    asha, office = await portal.signed_in(TENANT), await portal.signed_in(OFFICE)
    page = await asha.open(f"/refunds/{refund}")
    for word in ("It has not left yet", "we cannot reach M-Pesa now", "We keep trying"):
        assert word in page.words
    assert "It has not left yet" in (await office.open(QUEUE)).words
    case = await office.open(f"{QUEUE}/{refund}")
    assert "provider switched off" in case.words
    stopped = await office.submit(case, "decline", note_why="M-Pesa cannot be reached.")
    for word in ("Our office stopped it: it had not left", "What you do about it", "again"):
        assert word in stopped.words


async def test_what_was_tried_again_and_again_is_one_line_that_says_how_often(
    portal: Portal, paid: Payment
) -> None:
    refund = await asked(portal)
    portal.provider.will_refund(*[NotSent("provider switched off")] * 9)
    await decided(portal, refund)
    for _ in range(3):
        await portal.parts.worker.run_due()
        portal.clock.advance(minutes=30)
    page = await (await portal.signed_in(TENANT)).open(f"/refunds/{refund}")
    assert page.words.count("We could not reach M-Pesa, and try again") == 1
    assert "We could not reach M-Pesa, and try again (3 times)" in page.words


@pytest.mark.parametrize(
    "answer,words",
    [
        (RefundAccepted("re_1"), ("Refund on its way", "Sent")),
        (NotRefunded(RefundRefusal.LIMIT, "E8003"), ("Refund not completed", "still yours")),
    ],
)
async def test_each_answer_of_the_provider_has_its_words(
    portal: Portal, paid: Payment, answer: RefundAccepted | NotRefunded, words: tuple[str, ...]
) -> None:
    refund = await asked(portal)
    portal.provider.will_refund(answer)
    await decided(portal, refund)
    await worked(portal)
    page = await (await portal.signed_in(TENANT)).open(f"/refunds/{refund}")
    for word in words:
        assert word in page.words


@pytest.mark.covers("F4", "D55")
async def test_what_nobody_answers_for_is_not_called_failed_and_the_office_can_ask(
    portal: Portal, paid: Payment
) -> None:
    refund = await asked(portal)
    portal.provider.will_refund(Unknown(Reason.AMBIGUOUS, "timeout"))
    await decided(portal, refund)
    await worked(portal)
    assert (await stored(portal)).refunds.every[0].state is RefundState.UNKNOWN
    page = await (await portal.signed_in(TENANT)).open(f"/refunds/{refund}")
    assert "never sent twice" in page.words
    page = await decided(portal, refund, OFFICE, QUEUE)
    assert (page.status, "Ask now" in page.words) == (200, True)


@pytest.mark.covers("F5", "D56")
async def test_much_money_needs_a_second_person_and_says_so(portal: Portal) -> None:
    bill = a_bill(reference=a_reference(600), amount=shillings(1_200_000))
    await portal.store.write(lambda tx: leases.add_bill(tx, bill))
    await put(portal, bill=bill.reference, amount=bill.amount)
    refund = await asked(portal, how_much="whole")
    page = await decided(portal, refund)
    assert "This waits for a second person" in page.words
    again = await (await portal.signed_in(OFFICE)).post(f"{QUEUE}/{refund}/approve", {"shown": "1200000-1"})
    assert again.status_code == 409
    page = await decided(portal, refund, APPROVER, QUEUE)
    assert "Daudi Lyimo" in page.words
    assert "Take it before you go to the bank" in page.words


async def test_a_form_keeps_what_was_typed_when_the_language_changes(portal: Portal, paid: Payment) -> None:
    asha = await portal.signed_in(TENANT)
    check = await asha.submit(await asha.open(FORM), **WISH)
    swahili = await asha.submit(check, button=("language", "sw"))
    assert (swahili.language, swahili.h1) == ("sw", "Hakiki kabla ya kuomba")
    refund = await asked(portal)
    juma = await portal.signed_in(LANDLORD)
    case = await juma.open(f"{DESK}/{refund}")
    page = await juma.submit(case, "decision", button=("language", "sw"), how_much="less", amount="5")
    assert (page.language, page.form("decision").fields["amount"]) == ("sw", "5")
    assert (await juma.open(f"{DESK}/{shown(refund)}")).path == f"{DESK}/{refund}"
    assert (await asha.open(f"/payments/{shown(PAYMENT)}/refund")).path == FORM
