"""The office's list and the page of each payment: what needs a person, why, for how long, and what two decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from portal.domain import events as e
from portal.domain.ids import shown as dashed
from portal.domain.money import shillings
from portal.domain.outcome import Paid, Reason, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.providers.provider import Capabilities
from portal.store import leases
from portal.store import payments as payment_rows
from portal.web.office import age
from tests.makers import (
    LANDLORD,
    NOW,
    OFFICE,
    PAYMENT,
    REQUEST_ID,
    TENANT,
    a_bill,
    a_payment,
    a_reference,
    heard,
    mismatch,
    uncertain,
)
from tests.refunds import reversed_by_itself
from tests.web.client import Page, Portal
from tests.web.people import APPROVER
from tests.web.records import put

LOST = f"/ops/payments/{PAYMENT}"
CAME = {"receipt_code": "MP231122.1733.L36941", "amount": "453,500"}
NOTE = "Mixx support says that nothing was taken"


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


async def test_of_money_for_another_receiver_nobody_reads_that_so_much_came_instead_of_as_much(
    portal: Portal,
) -> None:
    payment = await put(portal, State.PROCESSING)
    await then(portal, payment, mismatch(shillings(453_500), payee="600000"))
    office, approver = await portal.signed_in(OFFICE), await portal.signed_in(APPROVER)
    case = await office.open(LOST)
    assert "What was told of this money does not fit" in case.words
    await office.submit(case, "went-back", receipt_code="UC36BACK11")
    await approver.submit(await approver.open(LOST), "confirm")
    asha = await portal.signed_in(TENANT)
    for page in (await asha.open(f"/pay/{PAYMENT}"), await asha.open(f"/payments/{PAYMENT}")):
        assert "What came was not what we asked for, so it was sent back." in page.words
        assert "came instead of" not in page.words


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


async def test_two_people_can_find_that_a_paid_payment_is_right_as_it_stands(portal: Portal) -> None:
    payment = await put(portal)
    await then(portal, payment, mismatch(shillings(1_000)))
    office, approver = await portal.signed_in(OFFICE), await portal.signed_in(APPROVER)
    short = await office.submit(await office.open(LOST), "stands", why="yes")
    assert (short.status, short.form("stands").fields["why"]) == (422, "yes")
    assert short.error("why")
    proposed = await office.submit(short, "stands", why="M-Pesa says so, ticket 4711")
    assert "proposed: it is right as it stands. M-Pesa says so, ticket 4711" in proposed.words
    assert "Waits for a second person" in (await approver.open("/ops")).words
    settled = await approver.submit(await approver.open(LOST), "confirm")
    assert "The office looked into it: what stood before is right" in settled.words
    assert "Nothing needs a person" in (await office.open("/ops")).words


async def test_a_paid_payment_of_which_somebody_found_something_stands_there_until_it_is_decided(
    portal: Portal,
) -> None:
    await put(portal)
    office = await portal.signed_in(OFFICE)
    assert "Nothing needs a person" in (await office.open("/ops")).words
    await office.submit(await office.open(LOST), "went-back", receipt_code="UC36BACK11", amount="1,000")
    listed = await office.open("/ops")
    assert "Somebody of the office found something about itWaits for a second person" in listed.words
    office.say_language("sw")
    assert "Mtu wa ofisi amegundua jambo kuhusu malipo haya" in (await office.open("/ops")).words


@pytest.mark.covers("F11")
async def test_another_amount_is_given_back_by_two_people_and_every_page_says_so(portal: Portal) -> None:
    payment = await put(portal, State.PROCESSING)
    await then(portal, payment, mismatch(shillings(1_000)))
    office, approver = await portal.signed_in(OFFICE), await portal.signed_in(APPROVER)
    case = await office.open(LOST)
    assert "TSh 1,000 waits here, and cannot pay the bill" in case.words
    assert case.form("went-back").fields["amount"] == "1,000"
    proposed = await office.submit(case, "went-back", receipt_code="UC36BACK11")
    assert "This waits for a second person" in proposed.words
    settled = await approver.submit(await approver.open(LOST), "confirm")
    assert "What came was sent back: nothing is left to decide." in settled.words
    asha = await portal.signed_in(TENANT)
    status = await asha.open(f"/pay/{PAYMENT}")
    assert (status.h1, "You can pay again now." in status.words) == ("The money went back", True)
    detail = await asha.open(f"/payments/{PAYMENT}")
    for page in (status, detail):
        assert "TSh 1,000 came instead of TSh 453,500, so it was sent back." in page.words
        assert "No money was taken" not in page.words
    assert "Sent back to you" in detail.words
    assert "Received, being checked" not in detail.words
    assert "Nothing needs a person" in (await office.open("/ops")).words


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
    assert page.document.xpath("//tbody//a[not(starts-with(@href, '/why/'))]/@href") == [
        LOST,
        "/r/MOL-26-000001",
    ]


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


async def a_lost_payment(portal: Portal, **changes: Any) -> Payment:
    payment = await put(portal, State.UNCERTAIN, **changes)
    portal.clock.advance(minutes=20)
    return payment


async def propose(portal: Portal, person: str = OFFICE, form: str = "money-came", **typed: str) -> Page:
    browser = await portal.signed_in(person)
    return await browser.submit(await browser.open(LOST), form, **typed)


async def state_of(portal: Portal) -> State:
    return (await portal.parts.payments.load(PAYMENT)).state


async def test_a_payment_of_the_list_leads_to_its_page_with_all_that_happened(portal: Portal) -> None:
    payment = await put(portal, State.PROCESSING)
    await then(
        portal,
        payment,
        heard(amount=shillings(1_000), payee="600000"),
        uncertain(reason=Reason.CONTRADICTION, code="1032"),
    )
    salma = await portal.signed_in(OFFICE)
    listed = await salma.open("/ops")
    assert listed.document.xpath("//tbody//a[not(starts-with(@href, '/why/'))]/@href") == [LOST]
    page = await salma.open(LOST)
    assert (page.status, page.h1) == (200, "Deposit")
    for words in (
        "Asha Mushi",
        "A3, Mikocheni",
        "0754•••456",
        "mpesa",
        REQUEST_ID,
        "1032",
        "453,500",
        "The tenant asked to pay TSh 453,500 by M-Pesa",
        "M-Pesa sent news: it was paid · code 0 · receipt UC35T8K2QX · amount TSh 1,000 · receiver 600000",
        "M-Pesa gave two different answers",
    ):
        assert words in page.words
    assert "0754 123 456" not in page.words


async def test_money_that_came_is_proposed_by_one_and_confirmed_by_another(portal: Portal) -> None:
    await a_lost_payment(portal)
    page = await propose(portal, **CAME)
    assert (page.status, page.path) == (200, LOST)
    assert "Rehema Said proposed: TSh 453,500 came, receipt code MP231122.1733.L36941" in page.words
    assert "You cannot confirm what you proposed yourself" in page.words
    assert await state_of(portal) is State.UNCERTAIN
    daudi = await portal.signed_in(APPROVER)
    page = await daudi.press(await daudi.open(LOST), "Confirm")
    assert (page.status, page.path) == (200, LOST)
    assert "Daudi Lyimo confirmed it" in page.words
    assert "Paid: the office found TSh 453,500" in page.words
    assert "26-000001" in page.words
    assert "This payment is settled" in page.words
    assert await state_of(portal) is State.COMPLETED


async def test_no_money_is_proposed_with_a_note_and_confirmed_by_another(portal: Portal) -> None:
    await a_lost_payment(portal)
    page = await propose(portal, form="no-money", note=NOTE)
    assert f"Rehema Said proposed: no money came. {NOTE}" in page.words
    daudi = await portal.signed_in(APPROVER)
    page = await daudi.press(await daudi.open(LOST), "Confirm")
    assert "Not paid: the office found that no money came" in page.words
    assert await state_of(portal) is State.FAILED


async def test_the_total_stands_in_the_form_already(portal: Portal) -> None:
    await a_lost_payment(portal)
    page = await (await portal.signed_in(OFFICE)).open(LOST)
    assert page.form("money-came").fields["amount"] == "453,500"


@pytest.mark.parametrize(
    "form, typed, field, english, swahili",
    [
        (
            "money-came",
            {"receipt_code": ""},
            "receipt_code",
            "Enter the receipt code",
            "Weka namba ya muamala",
        ),
        (
            "money-came",
            {"receipt_code": "U-1"},
            "receipt_code",
            "Enter 4 to 40",
            "Weka herufi, tarakimu na nukta",
        ),
        ("money-came", CAME | {"amount": "ten"}, "amount", "Enter the amount in shillings", "Weka kiasi"),
        ("no-money", {"note": ""}, "note", "Write how you know", "Andika umejuaje"),
        ("no-money", {"note": "nothing"}, "note", "Write 10 to 500 characters", "Andika herufi 10 hadi 500"),
    ],
)
async def test_what_cannot_be_is_named_at_its_field_and_kept(
    portal: Portal, form: str, typed: dict[str, str], field: str, english: str, swahili: str
) -> None:
    await a_lost_payment(portal)
    for language, sentence in (("en", english), ("sw", swahili)):
        browser = await portal.signed_in(OFFICE, language)
        page = await browser.submit(await browser.open(LOST), form, **typed)
        assert page.status == 422
        assert sentence in page.error(field)
        assert page.form(form).fields[field] == typed[field]


@pytest.mark.parametrize("form, typed", [("money-came", CAME), ("no-money", {"note": NOTE})])
async def test_the_language_can_be_changed_with_what_was_typed(
    portal: Portal, form: str, typed: dict[str, str]
) -> None:
    await a_lost_payment(portal)
    browser = await portal.signed_in(OFFICE)
    page = await browser.submit(await browser.open(LOST), form, button=("language", "sw"), **typed)
    assert (page.status, page.language) == (200, "sw")
    assert {name: page.form(form).fields[name] for name in typed} == typed
    assert "inasubiri mtu wa pili" not in page.words


async def test_who_proposed_it_is_shown_no_way_to_confirm_and_finds_none(portal: Portal) -> None:
    await a_lost_payment(portal)
    page = await propose(portal, APPROVER, **CAME)
    assert not page.document.xpath("//form[@id='confirm']")
    assert "You cannot confirm what you proposed yourself" in page.words
    (proposal,) = page.document.xpath("//form[@id='turn-down']//input[@name='correction']/@value")
    daudi = await portal.signed_in(APPROVER)
    assert (await daudi.post(f"{LOST}/confirm", {"correction": proposal})).status_code == 409
    assert (await (await portal.signed_in(OFFICE)).post(f"{LOST}/confirm")).status_code == 404
    assert await state_of(portal) is State.UNCERTAIN
    page = await (await portal.signed_in(OFFICE)).open(LOST)
    assert "Only a second approver can confirm it" in page.words
    assert not page.document.xpath("//form[@id='confirm']")


async def test_a_proposal_that_is_turned_down_makes_room_for_another(portal: Portal) -> None:
    await a_lost_payment(portal)
    await propose(portal, **CAME)
    daudi = await portal.signed_in(APPROVER)
    page = await daudi.press(await daudi.open(LOST), "Turn down")
    assert "Daudi Lyimo turned it down" in page.words
    assert page.document.xpath("//form[@id='money-came']")
    assert await state_of(portal) is State.UNCERTAIN


@pytest.mark.parametrize(
    "language, heading", [("en", "Nothing was changed"), ("sw", "Hakuna kilichobadilika")]
)
async def test_what_was_settled_meanwhile_is_told_so_with_409(
    portal: Portal, language: str, heading: str
) -> None:
    await a_lost_payment(portal)
    await propose(portal, **CAME)
    daudi = await portal.signed_in(APPROVER, language)
    page = await daudi.open(LOST)
    await portal.parts.payments.record_outcome(PAYMENT, Paid(receipt_code="UC35T8K2QX"), Source.CALLBACK)
    page = await daudi.submit(page, "confirm")
    assert page.status == 409
    assert heading in page.words
    assert not page.document.xpath("//form[@id='confirm']")
    assert (await portal.parts.payments.load(PAYMENT)).receipt_code == "UC35T8K2QX"


async def test_a_second_proposal_is_told_of_the_first_with_409(portal: Portal) -> None:
    await a_lost_payment(portal)
    salma = await portal.signed_in(OFFICE)
    page = await salma.open(LOST)
    await salma.submit(page, "money-came", **CAME)
    again = await salma.submit(page, "no-money", note=NOTE)
    assert again.status == 409
    assert "Another proposal already waits" in again.words
    daudi = await portal.signed_in(APPROVER)
    page = await daudi.open(LOST)
    await daudi.submit(page, "turn-down")
    assert "That proposal does not wait any more" in (await daudi.submit(page, "confirm")).words


@pytest.mark.parametrize(
    "state, events, sentence",
    [
        (State.AWAITING_PAYER, [], "The request is still open"),
        (State.COMPLETED, [reversed_by_itself(a_payment(), a_payment().total)], "nothing is left to decide"),
    ],
)
async def test_what_cannot_be_decided_says_why(
    portal: Portal, state: State, events: list[e.Event], sentence: str
) -> None:
    await then(portal, await put(portal, state), *events)
    page = await (await portal.signed_in(OFFICE)).open(LOST)
    assert sentence in page.words
    assert not page.document.xpath("//form[@id='no-money']")


async def test_of_what_was_called_off_only_money_can_be_found(portal: Portal) -> None:
    await put(portal, State.FAILED)
    page = await (await portal.signed_in(OFFICE)).open(LOST)
    assert page.document.xpath("//main//form/@id") == ["money-came"]


async def test_of_a_provider_that_cannot_be_asked_nobody_promises_to_ask(portal: Portal) -> None:
    portal.provider.capabilities = Capabilities(answers_questions=False)
    await a_lost_payment(portal)
    page = await (await portal.signed_in(OFFICE)).open(LOST)
    assert "We wait for M-Pesa" in page.words
    assert "keep asking" not in page.words


async def test_a_reference_with_dashes_leads_to_the_one_address(portal: Portal) -> None:
    await a_lost_payment(portal)
    page = await (await portal.signed_in(OFFICE)).open(f"/ops/payments/{dashed(PAYMENT).lower()}")
    assert page.path == LOST


@pytest.mark.parametrize("person", [TENANT, LANDLORD])
async def test_a_case_is_the_office_s_alone(portal: Portal, person: str) -> None:
    await a_lost_payment(portal)
    browser = await portal.signed_in(person)
    assert (await browser.get(LOST)).status_code == 404
    for act in ("money-came", "no-money", "confirm", "turn-down"):
        assert (await browser.post(f"{LOST}/{act}", CAME | {"note": NOTE})).status_code == 404


async def test_somebody_who_has_not_signed_in_is_asked_to(portal: Portal) -> None:
    answer = await portal.browser().get(LOST)
    assert answer.headers["location"] == f"/sign-in?next={LOST}"


async def test_a_note_is_shown_as_text(portal: Portal) -> None:
    await a_lost_payment(portal)
    page = await propose(portal, form="no-money", note="<script>alert('x')</script> they said")
    assert "<script>alert('x')</script> they said" in page.words
