"""The office's queue of money that waits, and what two people decide about each line of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.domain.ids import shown
from portal.domain.money import shillings
from portal.domain.payment_state import State
from portal.store.writer import Store
from portal.web.suspense import redacted
from tests.makers import LANDLORD, OFFICE, TENANT, FakeClock, a_reference
from tests.web.banking import booked, bring, open_bank, payment_of, reference_of, statement, transferring
from tests.web.client import Page, Portal
from tests.web.paying import read
from tests.web.people import APPROVER

QUEUE = "/ops/queue/suspense"
WHY = "Asha showed the slip: this amount, this day"


@pytest.fixture
async def bank(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    opened = await open_bank(sqlite_store, clock)
    yield opened
    await opened.close()


async def queue(bank: Portal, who: str = OFFICE) -> Page:
    return await (await bank.signed_in(who)).open(QUEUE)


async def the_line(bank: Portal) -> str:
    """The address of the only line that waits."""
    (address,) = (await queue(bank)).document.xpath(f"//tbody//a[starts-with(@href, '{QUEUE}/')]/@href")
    return str(address)


async def propose(bank: Portal, line: str, who: str = OFFICE, **typed: str) -> Page:
    browser = await bank.signed_in(who)
    return await browser.submit(await browser.open(line), "decision", **typed)


@pytest.mark.covers("I3", "H4")
async def test_what_waits_stands_there_with_its_reason_and_what_the_payer_wrote(bank: Portal) -> None:
    _, page = await transferring(bank)
    reference = reference_of(page)
    await bring(
        bank,
        statement(
            booked(reference, shillings(300_000)),
            booked("TIPS FROM 255754123456 JOHN DOE", shillings(7_000), 2, payer="JOHN DOE 0150123456700"),
        ),
    )
    found = await queue(bank)
    words = read(found)
    assert found.h1 == "Money in suspense"
    for told in (
        "2 entries wait, TSh 307,000 together.",
        "A part: the rest has not come yet",
        shown(reference),
        "No reference",
        "TIPS FROM 255•••456 JOHN DOE",
        "JOHN DOE 015•••700",
    ):
        assert told in words
    for hidden in ("255754123456", "0150123456700"):
        assert hidden not in words


@pytest.mark.covers("I12")
async def test_the_sum_that_waits_leads_to_its_entries_and_each_to_its_line(bank: Portal) -> None:
    await bring(bank, statement(booked("RENT", shillings(7_000), 1), booked("KODI", shillings(300_000), 2)))
    found = await queue(bank)
    (address,) = found.document.xpath("//main//p//a[contains(., '307,000')]/@href")
    assert address == "/ops/ledger/suspense"
    book = await (await bank.signed_in(OFFICE)).open(address)
    assert "\u2212TSh 307,000 by 2 entries" in book.words
    homes = book.document.xpath("//tbody//a/@href")
    assert sorted(homes) == sorted(found.document.xpath("//tbody//a[contains(@href, '/suspense/')]/@href"))
    assert "It stood on the bank's statement" in book.words


async def test_an_empty_queue_says_so_and_leads_on(bank: Portal) -> None:
    found = await queue(bank, APPROVER)
    assert "Nothing waits" in found.words
    nav = found.document.xpath("//main//nav//a/@href")
    others = (
        "/queue/refunds",
        "/queue/returned",
        "/queue/deposits",
        "/statements",
        "/payouts",
        "/ledger",
        "/close",
        "/costs",
        "/providers",
    )
    assert nav == ["/ops", QUEUE, *(f"/ops{place}" for place in others)]
    assert found.document.xpath("//main//nav//a[@aria-current='page']/@href") == [QUEUE]


async def test_a_long_queue_goes_on_from_the_oldest(bank: Portal) -> None:
    await bring(bank, statement(*(booked(f"KODI {n}", shillings(1_000 + n), n) for n in range(1, 23))))
    browser = await bank.signed_in(OFFICE)
    first = await browser.open(QUEUE)
    (onward,) = first.document.xpath("//nav//a[@rel='next']/@href")
    second = await browser.open(onward)
    both = [len(page.document.xpath("//tbody/tr")) for page in (first, second)]
    assert both == [20, 2]
    assert second.document.xpath("//nav//a[@rel='prev']/@href") == [QUEUE]
    assert (await browser.get(f"{QUEUE}?after=nonsense")).status_code == 400


@pytest.mark.covers("I5")
async def test_money_is_proposed_for_a_payment_by_one_and_confirmed_by_another(bank: Portal) -> None:
    asha, page = await transferring(bank)
    reference = reference_of(page)
    await bring(bank, statement(booked("KODI YA ASHA")))
    line = await the_line(bank)
    proposed = await propose(bank, line, reference=shown(reference), why=WHY)
    assert (proposed.status, proposed.path) == (200, line)
    assert f"Rehema Said proposed: it is for payment {shown(reference)}. {WHY}" in proposed.words
    assert "You cannot confirm what you proposed yourself." in proposed.words
    assert "Waits for a second person" in (await queue(bank)).words
    daudi = await bank.signed_in(APPROVER)
    confirmed = await daudi.press(await daudi.open(line), "Confirm")
    assert "Daudi Lyimo confirmed it" in confirmed.words
    assert f"TSh 452,500 went to payment {shown(reference)}" in confirmed.words
    assert "Nothing is left to decide." in confirmed.words
    assert "Nothing waits" in (await queue(bank)).words
    status = await asha.open(f"/pay/{reference}")
    assert status.h1 == "Paid"
    assert "Paid: the office found TSh 452,500" in status.words


async def test_the_payment_that_is_suggested_stands_in_the_form_already(bank: Portal) -> None:
    _, page = await transferring(bank)
    reference = reference_of(page)
    await bring(bank, statement(booked("MOBILE ASHA MUSHI")))
    assert f"Perhaps {shown(reference)}" in read(await queue(bank))
    browser = await bank.signed_in(OFFICE)
    found = await browser.open(await the_line(bank))
    assert found.form("decision").fields["reference"] == reference
    assert (await payment_of(bank, page)).state is State.AWAITING_BANK


async def test_money_is_marked_to_be_sent_back(bank: Portal) -> None:
    await bring(bank, statement(booked("KODI")))
    line = await the_line(bank)
    browser = await bank.signed_in(OFFICE)
    shown_line = await browser.open(line)
    form = dict(shown_line.form("decision").form_values()) | {"why": WHY}
    answer = await browser.post(f"{line}/send-back", form)
    assert answer.status_code == 303
    proposed = await browser.open(line)
    assert f"Rehema Said proposed: send it back. {WHY}" in proposed.words
    daudi = await bank.signed_in(APPROVER)
    confirmed = await daudi.press(await daudi.open(line), "Confirm")
    assert "To be sent back" in confirmed.words
    assert "To be sent back" in (await queue(bank)).words


async def test_a_proposal_is_turned_down(bank: Portal) -> None:
    _, page = await transferring(bank)
    await bring(bank, statement(booked("KODI")))
    line = await the_line(bank)
    await propose(bank, line, reference=reference_of(page), why=WHY)
    browser = await bank.signed_in(OFFICE)
    again = await browser.press(await browser.open(line), "Turn down")
    assert "Rehema Said turned it down" in again.words
    assert again.form("decision") is not None


@pytest.mark.parametrize(
    "typed, field, english, swahili",
    [
        ({"reference": "", "why": WHY}, "reference", "Enter the reference of the payment that it is for",
         "Weka kumbukumbu namba ya malipo ambayo pesa ni zake"),
        ({"reference": "7K29", "why": WHY}, "reference", "Enter 12 letters and digits", "Weka herufi na tarakimu 12"),
        ({"reference": a_reference(99), "why": WHY}, "reference", "No payment has this reference",
         "Hakuna malipo yenye kumbukumbu namba hii"),
        ({"reference": "ours", "why": ""}, "why", "Write how you know", "Andika umejuaje"),
        ({"reference": "ours", "why": "short"}, "why", "Write 10 to 500 characters", "Andika herufi 10 hadi 500"),
    ],
)  # fmt: skip
async def test_what_cannot_be_as_it_was_typed_is_said_at_its_field(
    bank: Portal, typed: dict[str, str], field: str, english: str, swahili: str
) -> None:
    _, page = await transferring(bank)
    await bring(bank, statement(booked("KODI")))
    line = await the_line(bank)
    fields = {name: reference_of(page) if text == "ours" else text for name, text in typed.items()}
    for language, said in (("en", english), ("sw", swahili)):
        browser = await bank.signed_in(OFFICE, language)
        wrong = await browser.submit(await browser.open(line), "decision", **fields)
        assert (wrong.status, said in wrong.error(field)) == (422, True), wrong.error(field)
        assert wrong.form("decision").fields["reference"] == fields["reference"]
        assert wrong.form("decision").fields["why"] == fields["why"]


async def test_money_that_was_decided_meanwhile_is_not_decided_again(bank: Portal) -> None:
    _, page = await transferring(bank)
    await bring(bank, statement(booked("KODI")))
    line = await the_line(bank)
    salma = await bank.signed_in(OFFICE)
    old = await salma.open(line)
    await propose(bank, line, reference=reference_of(page), why=WHY)
    late = await salma.submit(old, "decision", reference=reference_of(page), why=WHY)
    assert (late.status, "Another proposal already waits" in late.words) == (409, True)
    daudi = await bank.signed_in(APPROVER)
    waiting = await daudi.open(line)
    await daudi.press(waiting, "Confirm")
    again = await daudi.press(waiting, "Confirm")
    assert (again.status, "That proposal does not wait any more" in again.words) == (409, True)
    settled = await salma.submit(old, "decision", reference=reference_of(page), why=WHY)
    assert (settled.status, "This can no longer be decided so" in settled.words) == (409, True)


async def test_money_that_a_bank_took_back_cannot_be_given_away(bank: Portal) -> None:
    _, page = await transferring(bank)
    reference = reference_of(page)
    await bring(bank, statement(booked(reference)))
    await bring(bank, statement(booked(reference, is_credit=False, is_reversal=True)))
    line = await the_line(bank)
    found = await (await bank.signed_in(OFFICE)).open(line)
    assert "The bank took it back after it had been used" in found.words
    assert "this money is gone" in found.words
    assert not found.document.xpath("//form[@id='decision']")


async def test_the_language_is_switched_and_what_was_typed_stays(bank: Portal) -> None:
    await bring(bank, statement(booked("KODI")))
    line = await the_line(bank)
    browser = await bank.signed_in(OFFICE)
    button = ("language", "sw")
    switched = await browser.submit(
        await browser.open(line), "decision", button=button, reference="7K", why="x"
    )
    assert (switched.status, switched.language) == (200, "sw")
    assert switched.form("decision").fields["reference"] == "7K"
    answer = await browser.post(f"{line}/send-back", {"language": "en", "why": "x"})
    assert answer.status_code == 200


@pytest.mark.parametrize("person", [TENANT, LANDLORD])
async def test_for_tenants_and_landlords_there_is_no_suspense(bank: Portal, person: str) -> None:
    await bring(bank, statement(booked("KODI")))
    line, browser = await the_line(bank), await bank.signed_in(person)
    for path in (QUEUE, line, "/ops/statements"):
        assert (await browser.get(path)).status_code == 404
    for act in ("assign", "send-back", "confirm", "turn-down"):
        assert (await browser.post(f"{line}/{act}", {"why": WHY})).status_code == 404


async def test_only_approvers_confirm_an_assignment(bank: Portal) -> None:
    await bring(bank, statement(booked("KODI")))
    browser = await bank.signed_in(OFFICE)
    assert (await browser.post(f"{await the_line(bank)}/confirm", {"assignment": "x"})).status_code == 404


async def test_a_line_s_address_may_be_written_with_dashes(bank: Portal) -> None:
    await bring(bank, statement(booked("KODI")))
    line = await the_line(bank)
    browser = await bank.signed_in(OFFICE)
    id_ = line.removeprefix(f"{QUEUE}/")
    assert (await browser.open(f"{QUEUE}/{shown(id_).lower()}")).path == line
    for nothing in (f"{QUEUE}/{a_reference(1)}", f"{QUEUE}/nonsense"):
        assert (await browser.get(nothing)).status_code == 404


@pytest.mark.parametrize(
    "text, kept",
    [
        ("TIPS FROM 255754123456 JOHN", "TIPS FROM 255•••456 JOHN"),
        ("+255 754 123 456 ASHA", "255•••456 ASHA"),
        ("ACC 0150-1234-56700.", "ACC 015•••700."),
        ("CARD 4111111111111111", "CARD 411•••111"),
        ("INV 1234567", "INV 12•••67"),
        ("REF255754123456", "REF255•••456"),
        ("KODI 2026 A3 123456", "KODI 2026 A3 123456"),
        ("7K29-QXM4-AB1C", "7K29-QXM4-AB1C"),
        ("", ""),
    ],
)
def test_names_stay_and_long_numbers_are_shortened(text: str, kept: str) -> None:
    assert redacted(text) == kept


async def test_a_portal_without_accounts_still_shows_what_waits(
    sqlite_store: Store, clock: FakeClock
) -> None:
    portal = await open_bank(sqlite_store, clock)
    await bring(portal, statement(booked("KODI")))
    provider = portal.parts.registry.named("bank_transfer")
    provider.accounts = ()  # type: ignore[attr-defined]
    assert "TSh 452,500" in (await queue(portal)).words
    await portal.close()


async def test_the_first_page_of_the_office_tells_of_money_that_waits(bank: Portal) -> None:
    await bring(bank, statement(booked("RENT", shillings(7_000), 1)))
    first = await (await bank.signed_in(OFFICE)).open("/ops")
    assert "TSh 7,000. Money of our bank accounts waits" in read(first)
    assert "Nothing needs a person" not in first.words
