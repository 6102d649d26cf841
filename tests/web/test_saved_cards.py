"""Saving a card and paying with it: it is entered elsewhere, and no page here ever has a box for its number."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from portal.domain.method import PaymentMethod
from portal.domain.outcome import NotSent
from portal.providers.provider import NoCard
from portal.store import card_setups
from portal.store.writer import Store
from tests.cards import FakeCards
from tests.makers import NEIGHBOUR, TENANT, FakeClock
from tests.saved import CARD
from tests.web.client import Browser, Page, Portal
from tests.web.opening import open_portal
from tests.web.paying import read, spoken

CARDS = "/methods/add?kind=card"


@pytest.fixture
async def card_portal(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    """Where cards are kept by the same provider that takes M-Pesa."""
    opened = await open_portal(sqlite_store, clock, providers=[FakeCards(PaymentMethod.MPESA)])
    yield opened
    await opened.close()


def keeper(portal: Portal) -> FakeCards:
    assert isinstance(portal.provider, FakeCards)
    return portal.provider


async def begun(portal: Portal, nickname: str = "") -> tuple[Browser, Page]:
    """The page that leads to the provider's."""
    asha = await portal.signed_in(TENANT)
    return asha, await asha.submit(await asha.open(CARDS), nickname=nickname)


async def saved(portal: Portal, nickname: str = "Company") -> tuple[Browser, Page]:
    asha, page = await begun(portal, nickname)
    keeper(portal).enter(CARD)
    return asha, await asha.press(page, "I have entered it")


@pytest.mark.covers("page:17", "E1", "E6", "E7")
async def test_a_card_is_entered_elsewhere_and_then_stands_in_the_list(card_portal: Portal) -> None:
    asha, page = await begun(card_portal, "Company")
    assert page.h1 == "Enter the card"
    (link,) = page.document.xpath("//main//a[contains(@rel, 'external')]")
    assert link.get("href") == "https://cards.example/1"
    assert not page.document.xpath("//input[not(@type='hidden')]"), "no box for a number"
    keeper(card_portal).enter(CARD)
    setup = page.path
    page = await asha.press(page, "I have entered it")
    assert page.path == "/methods?done=added"
    assert (await asha.open(setup)).path == "/methods"
    (card,) = page.document.xpath("//div[starts-with(@id, 'method-')]")
    assert spoken(card).startswith("Company Default Card, Visa •••• 4242")
    assert "From a card, money is taken only when you press Pay." in page.words


async def test_whoever_comes_back_is_offered_first_what_they_have_done(card_portal: Portal) -> None:
    asha, page = await begun(card_portal)
    there, here = "//main//a[contains(@rel, 'external')]/@class", "//main//form//button/@class"
    assert ("primary" in page.document.xpath(there)[0], "primary" in page.document.xpath(here)[0]) == (
        True,
        False,
    )
    page = await asha.open(keeper(card_portal).requests[0].return_url)
    assert ("primary" in page.document.xpath(there)[0], "primary" in page.document.xpath(here)[0]) == (
        False,
        True,
    )
    assert "You will leave this site" not in page.words


async def test_whoever_comes_back_too_early_is_told_that_it_is_saved_by_itself(card_portal: Portal) -> None:
    asha, page = await begun(card_portal)
    page = await asha.press(page, "I have entered it")
    assert "No card yet" in page.words
    keeper(card_portal).enter(CARD)
    card_portal.clock.advance(seconds=16)
    await card_portal.parts.worker.run_due()
    assert (await asha.open(page.path)).path == "/methods?done=added"


async def test_a_form_that_is_pressed_twice_leads_to_one_page(card_portal: Portal) -> None:
    asha = await card_portal.signed_in(TENANT)
    form = await asha.open(CARDS)
    assert (await asha.submit(form)).path == (await asha.submit(form)).path
    assert len(keeper(card_portal).requests) == 1
    assert (await asha.submit(await asha.open(CARDS))).status == 200
    assert len(keeper(card_portal).requests) == 2


@pytest.mark.parametrize(
    "language, heading", [("en", "The card page is being opened"), ("sw", "Ukurasa wa kadi unafunguliwa")]
)
async def test_whoever_comes_while_the_page_is_being_opened_is_asked_to_look_again(
    card_portal: Portal, language: str, heading: str
) -> None:
    asha, page = await begun(card_portal)
    setup = page.path.split("/")[2]
    await card_portal.store.write(lambda tx: card_setups.close_page(tx, setup))
    asha = await card_portal.signed_in(TENANT, language)
    page = await asha.open(page.path)
    assert heading in page.words
    assert page.document.xpath("//main//a[contains(@class, 'primary')]/@href") == [page.path]


async def test_a_page_that_has_ended_says_so_and_offers_another(card_portal: Portal) -> None:
    asha, page = await begun(card_portal)
    card_portal.clock.advance(minutes=2)
    keeper(card_portal).enter(NoCard("expired"))
    page = await asha.press(page, "I have entered it")
    assert "No card was saved" in page.words
    assert page.document.xpath("//main//a[contains(@class, 'primary')]/@href") == [CARDS]


async def test_a_provider_that_cannot_be_reached_is_said_beside_what_was_typed(card_portal: Portal) -> None:
    keeper(card_portal).will_not_open(NotSent("refused"))
    _, page = await begun(card_portal, "Company")
    sentence = "Cards cannot be saved now. Nothing was sent. Try again in a few minutes"
    assert (page.status, page.error("card")) == (422, f"Error: {sentence}")
    assert page.document.xpath("//input[@name='nickname']/@value") == ["Company"]


async def test_a_nickname_that_will_not_do_is_refused(card_portal: Portal) -> None:
    _, page = await begun(card_portal, "x" * 31)
    assert (page.status, page.error("nickname")) == (422, "Error: Use 30 characters or fewer")


async def test_where_nobody_keeps_cards_none_is_offered(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    assert "Add a card" not in (await asha.open("/methods")).words
    page = await asha.submit(await asha.open(CARDS))
    assert page.status == 422
    assert page.error("card").startswith("Error: Cards cannot be saved now")


async def test_the_seventh_page_in_an_hour_is_answered_429(card_portal: Portal) -> None:
    for _ in range(6):
        _, page = await begun(card_portal)
        assert page.status == 200
    _, page = await begun(card_portal)
    assert page.status == 429


@pytest.mark.covers("page:4", "page:6", "E5", "E8")
async def test_a_saved_card_is_paid_with_by_one_press(card_portal: Portal) -> None:
    asha, _ = await saved(card_portal)
    methods = await asha.submit(await asha.open("/pay"))
    assert "Company" in read(methods)
    check = await asha.submit(methods)
    assert check.h1 == "Check before you pay"
    assert "From Visa •••• 4242" in read(check)
    assert "Pressing Pay takes the total from Visa •••• 4242. Your bank may ask you to confirm it." in read(
        check
    )
    await asha.submit(check)
    assert [push.card for push in card_portal.provider.pushes] == [CARD.token]


@pytest.mark.covers("E3")
async def test_a_card_that_was_deleted_meanwhile_leads_back_to_the_ways_to_pay(card_portal: Portal) -> None:
    asha, page = await saved(card_portal)
    check = await asha.submit(await asha.submit(await asha.open("/pay")))
    (delete,) = page.document.xpath("//a[contains(@href, '/delete')]/@href")
    await asha.press(await asha.open(delete), "Delete")
    page = await asha.submit(check)
    assert (page.status, page.h1) == (422, "How do you want to pay?")
    assert page.error("method") == "Error: You have deleted that card. Choose another way"
    assert card_portal.provider.pushes == []


@pytest.mark.covers("E9")
async def test_a_card_whose_time_is_over_is_off_and_says_why(card_portal: Portal) -> None:
    asha, page = await begun(card_portal, "Company")
    keeper(card_portal).enter(replace(CARD, face=replace(CARD.face, month=2, year=2026)))
    await asha.press(page, "I have entered it")
    methods = await asha.submit(await asha.open("/pay"))
    off = methods.document.xpath("//input[@name='method'][@disabled]/..")
    assert "This card has ended." in spoken(off[0])
    forged = await asha.post(methods.path, {"method": off[0].xpath("input/@value")[0]})
    assert forged.status_code == 422
    assert "This card has ended. Choose another way" in forged.text


@pytest.mark.covers("N1")
async def test_a_card_s_page_is_there_for_nobody_else(card_portal: Portal) -> None:
    _, page = await begun(card_portal)
    baraka = await card_portal.signed_in(NEIGHBOUR)
    assert (await baraka.open(page.path)).status == 404
    assert (await baraka.post(page.path, {})).status_code == 404
