"""Paying by card: the way there, the page that waits meanwhile, and what it says however the card page ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain import events as e
from portal.domain.method import CARDS, PaymentMethod
from portal.domain.money import shillings
from portal.domain.outcome import Awaits, NotPaid, Paid, Pending, Reason, Unknown
from portal.domain.payment_state import IN_FLIGHT, State
from portal.providers.provider import Heard
from portal.store.tables import jobs, payment_events
from portal.store.writer import Store
from portal.templating.language import Language
from portal.web.standing import standing_of
from portal.web.timeline import moments
from tests import makers
from tests.fakes import SIGNED
from tests.makers import NOW, TENANT, FakeClock
from tests.services.cards import INTENT, PAGE, FakePages, opened
from tests.web.client import Browser, Page, Portal
from tests.web.opening import open_portal
from tests.web.paying import BIG, a_bill_above_the_limit, put_bills, read, reference_of, told
from tests.web.standings import SETTLED, a_standing, a_view, drawn, offers, words

CARD = PaymentMethod.CREDIT_CARD
TOTAL = shillings(466_350)
EN, SW = Language.EN, Language.SW
TRIED = {
    Reason.CARD_DECLINED: ("The bank did not approve the card", "Benki haikuidhinisha kadi"),
    Reason.CARD_EXPIRED: ("The card has expired", "Muda wa kadi umeisha"),
    Reason.CARD_DETAILS: (
        "The number, date or code of the card was not right",
        "Namba, tarehe au msimbo wa kadi haukuwa sahihi",
    ),
    Reason.INSUFFICIENT_FUNDS: (
        "There is not enough money on the card",
        "Hakuna pesa ya kutosha kwenye kadi",
    ),
    Reason.LIMIT_DAILY: ("You have reached today's limit", "Umefikia kikomo cha leo"),
}


@pytest.fixture
async def cards(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    opened_portal = await open_portal(sqlite_store, clock, providers=[FakePages()])
    yield opened_portal
    await opened_portal.close()


async def at_check(portal: Portal) -> tuple[Browser, Page]:
    """A card asks for nothing beside itself, so the method page leads to the check page."""
    asha = await portal.signed_in(TENANT)
    return asha, await asha.submit(await asha.submit(await asha.open("/pay")), method=CARD)


async def waiting(portal: Portal) -> tuple[Browser, Page]:
    asha, check = await at_check(portal)
    return asha, await asha.submit(check)


async def events(portal: Portal) -> int:
    return len(await portal.store.read(lambda tx: tx.execute(select(payment_events.c.seq)).all()))


@pytest.mark.covers("A8", "page:6")
async def test_a_card_is_chosen_checked_and_continued_on_the_provider_s_page(cards: Portal) -> None:
    asha, check = await at_check(cards)
    assert check.h1 == "Check before you pay"
    assert "Pressing Pay leads to a secure page by Stripe. We never see your card number." in check.words
    assert not check.document.xpath("//input[@name='phone']")
    page = await asha.submit(check)
    assert page.h1 == "Continue to the card page"
    (leads,) = page.document.xpath("//a[contains(@class, 'primary')]")
    assert (words(leads), leads.get("href")) == ("Continue", PAGE.format(1))
    assert "there by 4 Mar 2026, 11:00 (EAT)." in page.words
    assert "Stripe opened a card page for you" in page.words
    assert "phone" not in words(page.document.xpath("//*[@id='status']")[0])


@pytest.mark.covers("A9")
async def test_a_card_is_one_choice_and_the_wallets_of_phones_another(cards: Portal) -> None:
    asha = await cards.signed_in(TENANT)
    page = await asha.submit(await asha.open("/pay"))
    values = page.document.xpath("//input[@name='method']/@value")
    assert "CREDIT_CARD" in values
    assert "DEBIT_CARD" not in values
    assert "Card Fee TSh 16,350 Credit or debit. From TSh 1,300 to TSh 999,999 in one payment" in read(page)
    assert "Apple Pay / Google Pay" in page.words


@pytest.mark.covers("A28")
async def test_what_is_more_than_a_card_takes_is_off_with_its_limit_and_offered_in_parts(
    cards: Portal,
) -> None:
    await put_bills(cards, a_bill_above_the_limit())
    asha = await cards.signed_in(TENANT)
    page = await asha.submit(await asha.open(f"/pay?bill={BIG}"))
    (radio,) = page.document.xpath("//input[@value='CREDIT_CARD']")
    assert radio.get("disabled") is not None
    assert "This amount is outside the limit. From TSh 1,300 to TSh 999,999 in one payment" in read(page)
    (parts,) = page.document.xpath("//a[contains(@class, 'primary')]")
    assert words(parts) == "Pay in parts"
    page = await asha.submit(await asha.open(parts.get("href")), amount="900,000")
    (radio,) = page.document.xpath("//input[@value='CREDIT_CARD']")
    assert radio.get("disabled") is None


@pytest.mark.covers("A28")
@pytest.mark.parametrize("method", sorted(CARDS))
async def test_no_form_made_by_hand_pays_more_by_card_than_it_takes(cards: Portal, method: str) -> None:
    await put_bills(cards, a_bill_above_the_limit())
    asha = await cards.signed_in(TENANT)
    page = await asha.submit(await asha.open(f"/pay?bill={BIG}"))
    refused = await asha.submit(page, method=method)
    assert (refused.status, cards.provider.pushes) in ((422, []), (503, []))


@pytest.mark.covers("B13", "page:9")
async def test_coming_back_asks_the_worker_to_look_and_changes_nothing(cards: Portal) -> None:
    asha, page = await waiting(cards)
    reference = reference_of(page)
    cards.clock.advance(minutes=10)
    await cards.parts.worker.run_due()
    cards.clock.advance(seconds=30)
    before, asked = await events(cards), len(cards.provider.checks)
    answer = await asha.get(f"/pay/{reference}/return?redirect_status=succeeded&payment_intent=pi_forged")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/pay/{reference}?asked=1")
    assert await events(cards) == before
    assert len(cards.provider.checks) == asked
    soon = select(jobs.c.run_after).where(jobs.c.key == f"ask:{reference}")
    assert await cards.store.read(lambda tx: tx.execute(soon).scalar_one()) == cards.clock()
    cards.provider.will_say(Paid(TOTAL, INTENT, NOW))
    page = await asha.open(answer.headers["location"])
    assert page.h1 == "We are asking how it went"
    assert offers(page.document) == ["Check now", "Continue", "Cancel"]
    primary = page.document.xpath("//*[@id='status']//*[contains(@class, 'primary')]")
    assert [words(button) for button in primary] == ["Check now"]
    assert "It may have. We are asking." in page.words
    assert "Not yet." not in page.words
    assert page.document.xpath("//*[@id='status']/@hx-get")
    await cards.parts.worker.run_due()
    assert (await asha.open(f"/pay/{reference}")).h1 == "Paid"


@pytest.mark.covers("B13")
async def test_coming_back_works_with_any_writing_of_the_reference_and_only_for_its_payer(
    cards: Portal,
) -> None:
    asha, page = await waiting(cards)
    reference = reference_of(page)
    dashed = f"{reference[:4]}-{reference[4:8]}-{reference[8:]}".lower()
    answer = await asha.get(f"/pay/{dashed}/return")
    assert answer.headers["location"] == f"/pay/{reference}?asked=1"
    stranger = await cards.signed_in(makers.NEIGHBOUR)
    assert (await stranger.get(f"/pay/{reference}/return")).status_code == 404
    nobody = await cards.browser().get(f"/pay/{reference}/return")
    assert nobody.headers["location"].startswith("/sign-in")


async def test_coming_back_to_what_is_over_only_shows_it(cards: Portal) -> None:
    asha, page = await waiting(cards)
    reference = reference_of(page)
    await told(cards, reference, Paid(TOTAL, INTENT, NOW))
    page = await asha.open(f"/pay/{reference}/return")
    assert page.h1 == "Paid"
    assert f"Stripe reference {INTENT}" in page.words
    assert "We are asking" not in page.words


async def test_a_card_that_did_not_do_is_told_with_the_way_on(cards: Portal) -> None:
    asha, page = await waiting(cards)
    reference = reference_of(page)
    declined = Pending("insufficient_funds", Reason.INSUFFICIENT_FUNDS)
    body = cards.provider.callback(Heard(None, declined, "insufficient_funds", reference, says_paid=False))
    await cards.parts.callbacks.receive("stripe", "", body, SIGNED)
    await cards.parts.worker.run_due()
    page = await asha.open(f"/pay/{reference}")
    assert page.h1 == "The card did not go through"
    assert "There is not enough money on the card. You can try again on the card page" in page.words
    assert "One try did not go through. There is not enough money on the card." in page.words
    assert offers(page.document) == ["Continue", "Check now", "Cancel"]


async def test_cancelling_closes_the_card_page(cards: Portal) -> None:
    asha, page = await waiting(cards)
    page = await asha.open(f"/pay/{reference_of(page)}/cancel")
    assert "We close the card page. If it has been paid meanwhile, you get your receipt." in page.words
    page = await asha.submit(page)
    assert page.h1 == "Payment cancelled"
    page = await asha.press(page, "Pay again")
    assert (page.h1, "CREDIT_CARD" in page.answer.text) == ("Check before you pay", False)


async def test_a_page_that_cannot_be_closed_yet_says_so_and_offers_it_no_more(cards: Portal) -> None:
    assert isinstance(cards.provider, FakePages)
    cards.provider.closing = [Unknown(Reason.AMBIGUOUS, "ReadTimeout")]
    asha, page = await waiting(cards)
    page = await asha.submit(await asha.open(f"/pay/{reference_of(page)}/cancel"))
    assert page.h1 == "The card page is still open"
    assert offers(page.document) == ["Check now"]
    assert PAGE.format(1) not in page.answer.text


@pytest.mark.covers("D46")
async def test_a_provider_that_is_silent_is_said_to_be_and_brings_the_page_later(cards: Portal) -> None:
    lost = Unknown(Reason.AMBIGUOUS, "ReadTimeout")
    cards.provider.will_answer(*[lost] * 4, opened())
    asha, page = await waiting(cards)
    assert page.h1 == "Opening the card page"
    for _ in range(4):
        cards.clock.advance(seconds=20)
        await cards.parts.worker.run_due()
    page = await asha.open(page.path)
    assert page.h1 in ("Stripe does not answer yet", "Continue to the card page")
    cards.clock.advance(minutes=2)
    await cards.parts.worker.run_due()
    assert (await asha.open(page.path)).h1 == "Continue to the card page"


@pytest.mark.parametrize(
    "state, facts, english, swahili, allowed",
    [
        (State.SUBMITTING, {}, "Opening the card page", "Tunafungua ukurasa wa kadi", ["Check now"]),
        (State.SUBMITTING, {"age": 9}, "Opening the card page", "Tunafungua ukurasa wa kadi", ["Check now"]),
        (State.SUBMITTING, {"bill": SETTLED}, "Already paid", "Tayari imelipwa", ["Check now"]),
        (
            State.AWAITING_CARD,
            {},
            "Continue to the card page",
            "Endelea kwenye ukurasa wa kadi",
            ["Continue", "Check now", "Cancel"],
        ),
        (State.AWAITING_CARD, {"bill": SETTLED}, "Already paid", "Tayari imelipwa", ["Check now", "Cancel"]),
        (
            State.AWAITING_CARD,
            {"cancel_wanted": True},
            "The card page is still open",
            "Ukurasa wa kadi bado uko wazi",
            ["Check now"],
        ),
        (
            State.UNCERTAIN,
            {"request_id": None, "reason": Reason.AMBIGUOUS},
            "Stripe does not answer yet",
            "Stripe bado haijajibu",
            ["Check now", "Get help"],
        ),
        (
            State.UNCERTAIN,
            {"reason": Reason.AMBIGUOUS},
            "We do not have the answer yet",
            "Bado hatujapata jibu",
            ["Check now", "Get help"],
        ),
        (
            State.UNCERTAIN,
            {"request_id": None, "reason": Reason.AMBIGUOUS, "claimed_paid": True},
            "We do not have the answer yet",
            "Bado hatujapata jibu",
            ["Check now", "Get help"],
        ),
        (
            State.FAILED,
            {"reason": Reason.NO_RESPONSE},
            "Not paid",
            "Haijalipwa",
            ["Try again", "Pay another way"],
        ),
        (State.FAILED, {"reason": Reason.LIMIT_DAILY}, "Not paid", "Haijalipwa", ["Pay another way"]),
        (State.EXPIRED, {}, "This request has ended", "Ombi hili limeisha muda", ["Start again", "Get help"]),
    ],
    ids=str,
)
def test_a_card_s_page_offers_exactly_what_its_state_allows(
    state: State, facts: dict[str, Any], english: str, swahili: str, allowed: list[str]
) -> None:
    standing = a_standing(state, **{"method": CARD, "page": PAGE.format(1)} | facts)
    assert [words(h1) for h1 in drawn(standing).xpath("//h1")] == [english]
    assert [words(h1) for h1 in drawn(standing, SW).xpath("//h1")] == [swahili]
    assert offers(drawn(standing)) == allowed


@pytest.mark.parametrize("state", [*IN_FLIGHT, State.EXPIRED, State.CANCELLED])
@pytest.mark.parametrize("bill", [None, SETTLED])
def test_no_card_page_speaks_of_a_phone_a_pin_or_an_sms_of_stripe_s(state: State, bill: Any) -> None:
    if state in (State.AWAITING_PAYER, State.AWAITING_BANK):
        return
    for reason in (None, Reason.WRONG_AMOUNT, Reason.CARD_DECLINED):
        standing = a_standing(state, method=CARD, reason=reason, bill=bill)
        card = words(drawn(standing).xpath("//*[@id='status']")[0])
        assert "PIN" not in card
        assert "phone" not in card
        assert "SMS from Stripe" not in card


@pytest.mark.covers("B14")
@pytest.mark.parametrize("reason", TRIED)
@pytest.mark.parametrize("state", [State.AWAITING_CARD, State.FAILED])
def test_why_a_card_did_not_do_is_said_in_both_languages(state: State, reason: Reason) -> None:
    english, swahili = TRIED[reason]
    standing = a_standing(state, method=CARD, reason=reason)
    assert f"{english}." in words(drawn(standing).xpath("//*[@id='status']")[0])
    assert f"{swahili}." in words(drawn(standing, SW).xpath("//*[@id='status']")[0])


@pytest.mark.parametrize("state", [State.CREATED, State.SUBMITTING, State.PROCESSING])
def test_a_saved_card_that_is_asked_is_not_said_to_be_unpaid(state: State) -> None:
    standing = a_standing(state, method=CARD, by_saved_card=True)
    page = drawn(standing)
    assert [words(h1) for h1 in page.xpath("//h1")] == ["Stripe is confirming your payment"]
    assert "It may have." in words(page)
    assert offers(page) == ["Check now"]
    assert [words(h1) for h1 in drawn(standing, SW).xpath("//h1")] == ["Stripe inathibitisha malipo yako"]


def test_of_a_saved_card_that_nobody_answered_for_nothing_is_promised() -> None:
    lost: dict[str, Any] = {"method": CARD, "reason": Reason.AMBIGUOUS, "request_id": None}
    page = drawn(a_standing(State.UNCERTAIN, **lost))
    assert "No. The card page was never open." in words(page)
    page = drawn(a_standing(State.UNCERTAIN, by_saved_card=True, **lost))
    assert "It may have. Nobody has told us yet." in words(page)


def test_a_saved_card_whose_bank_wants_its_owner_leads_to_the_page_and_says_why() -> None:
    standing = a_standing(State.AWAITING_CARD, method=CARD, by_saved_card=True, page=PAGE.format(1))
    page = drawn(standing)
    assert [words(h1) for h1 in page.xpath("//h1")] == ["Continue to the card page"]
    assert "Your saved card could not be charged without you. You will leave this site" in words(page)
    assert "Kadi yako iliyohifadhiwa haikuweza kutozwa bila wewe kuwepo." in words(drawn(standing, SW))


def test_a_card_that_was_asked_without_a_page_has_a_line_of_its_own() -> None:
    history: list[tuple[e.Event, datetime]] = [
        (makers.initiated(method=CARD, by_saved_card=True), NOW),
        (e.PushRequested(), NOW),
        (makers.accepted(awaits=Awaits.CARD), NOW),
    ]
    view = replace(a_view(State.PROCESSING, method=CARD, by_saved_card=True), timeline=history)
    standing = standing_of(view, opened_at=NOW, now=NOW, jitter=0.5, seen=None)
    assert "Stripe took the request and is asking your bank" in words(drawn(standing))
    assert "Stripe imepokea ombi na inauliza benki yako" in words(drawn(standing, SW))


def test_a_try_that_failed_and_a_page_that_was_opened_are_lines_of_the_story() -> None:
    history: list[tuple[e.Event, datetime]] = [
        (makers.initiated(method=CARD), NOW),
        (e.PushRequested(), NOW),
        (makers.accepted(awaits=Awaits.CARD, page=PAGE.format(1)), NOW),
        (makers.heard(says_paid=False, reason=Reason.CARD_DECLINED), NOW),
    ]
    assert [moment.name for moment in moments(history)][2:] == ["PUSH_ACCEPTED", "PROVIDER_EVENT_RECEIVED"]


async def test_the_office_sees_what_has_no_place_and_whose_it_is(cards: Portal) -> None:
    _, page = await waiting(cards)
    reference = reference_of(page)
    back = Heard(None, Pending("refund.created"), "refund.created", reference, for_people=True)
    stranger = Heard("cs_9", NotPaid(Reason.NO_RESPONSE, "expired"), "expired", makers.a_reference(99))
    for heard in (back, stranger):
        body = cards.provider.callback(heard)
        await cards.parts.callbacks.receive("stripe", "", body, SIGNED)
    while await cards.parts.worker.run_due():
        pass
    office = await cards.signed_in(makers.OFFICE)
    page = await office.open("/ops")
    rows = [
        words(row) for row in page.document.xpath("//table[caption='Messages without a place']//tbody/tr")
    ]
    assert len(rows) == 2
    assert "refund.created" in rows[1]
    assert "It names no payment of ours" in rows[0]
    links = page.document.xpath("//table[caption='Messages without a place']//a/@href")
    assert links == [f"/ops/payments/{reference}"]


async def test_help_and_fees_speak_of_cards(cards: Portal) -> None:
    page = await cards.browser().open("/help")
    assert "How do I pay by card?" in page.words
    assert "We never see or keep the number of your card." in page.words
    page = await cards.browser().open("/fees")
    assert "Your bank may set a lower limit for your card." in page.words
    assert "Fees of a payment by card" in page.words


async def test_help_is_silent_about_cards_where_nobody_takes_them(portal: Portal) -> None:
    assert "How do I pay by card?" not in (await portal.browser().open("/help")).words
