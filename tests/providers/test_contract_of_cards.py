"""What every provider keeps that saves cards, whatever it is: beside the whole of `test_contract.py`, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from portal.domain.card import CardOnFile
from portal.domain.outcome import Accepted, NotPaid, NotSent, Paid, Pending, StartOutcome, Unknown
from portal.providers.provider import CardPage, CardRequest, NoCard, SavesCards
from tests.makers import a_reference
from tests.providers.twins import TWINS, TWINS_THAT_KEEP_CARDS, KeepsCards

_references = map(a_reference, count(7_001))


def a_request() -> CardRequest:
    return CardRequest(
        reference=next(_references), return_url="https://pay.example.co.tz/methods", language="sw"
    )


async def opened(twin: KeepsCards, request: CardRequest | None = None) -> CardPage:
    page = await twin.keeper.begin_saving(request or a_request())
    assert isinstance(page, CardPage)
    return page


async def saved(twin: KeepsCards, card: str = "good") -> CardOnFile:
    page = await opened(twin)
    await twin.enter(page, card)
    kept = await twin.keeper.saved_card(page.id)
    assert isinstance(kept, CardOnFile)
    return kept


async def charged(twin: KeepsCards, token: str, payer: str = "person") -> StartOutcome:
    return await twin.provider.start(replace(twin.instruction(payer), card=token))


def leads_to_a_page(outcome: StartOutcome) -> bool:
    return isinstance(outcome, Accepted) and outcome.page is not None and outcome.ended is None


async def test_every_provider_that_keeps_cards_is_held_to_this() -> None:
    keeps = set()
    for name, open_twin in TWINS.items():
        async with open_twin() as twin:
            keeps |= {name} if isinstance(twin.provider, SavesCards) else set()
    assert keeps == set(TWINS_THAT_KEEP_CARDS)


async def test_a_page_to_enter_a_card_is_opened_once_for_each_request(keeping_twin: KeepsCards) -> None:
    request = a_request()
    page, again = await opened(keeping_twin, request), await opened(keeping_twin, request)
    assert page == again
    assert (await opened(keeping_twin)).id != page.id
    assert isinstance(await keeping_twin.keeper.saved_card(page.id), Pending)


@pytest.mark.covers("E1", "E6", "E7")
async def test_a_card_that_was_entered_is_told_by_a_token_and_what_may_be_shown(
    keeping_twin: KeepsCards,
) -> None:
    first, again = await saved(keeping_twin), await saved(keeping_twin)
    assert first.provider == keeping_twin.provider.name
    assert (len(first.face.last4), first.face.masked) == (
        4,
        f"{first.face.brand} ••••\u00a0{first.face.last4}",
    )
    assert first.token not in repr(first)
    assert (first.fingerprint == again.fingerprint, first.token == again.token) == (True, False)
    assert (await saved(keeping_twin, "asks")).fingerprint != first.fingerprint
    assert await keeping_twin.keeper.card_face(first.token) == first.face
    assert await keeping_twin.receipts() == []


async def test_a_page_that_is_over_without_a_card_says_so(keeping_twin: KeepsCards) -> None:
    page = await opened(keeping_twin)
    await keeping_twin.end(page)
    assert isinstance(await keeping_twin.keeper.saved_card(page.id), NoCard)


@pytest.mark.covers("A8")
async def test_a_saved_card_is_charged_at_once_and_what_it_paid_is_found_by_asking(
    keeping_twin: KeepsCards,
) -> None:
    outcome = await charged(keeping_twin, (await saved(keeping_twin)).token)
    assert isinstance(outcome, Accepted)
    assert outcome.page is None
    asked = await keeping_twin.provider.check(keeping_twin.inquiry(outcome.request_id))
    for paid in (outcome.ended, asked):
        assert isinstance(paid, Paid)
        assert [paid.receipt_code] == await keeping_twin.receipts()
        assert paid.amount == keeping_twin.instruction("person").amount


async def test_a_bank_that_declines_a_saved_card_ends_the_request(keeping_twin: KeepsCards) -> None:
    outcome = await charged(keeping_twin, (await saved(keeping_twin, "declines")).token)
    assert isinstance(outcome, Accepted)
    assert isinstance(outcome.ended, NotPaid)
    assert await keeping_twin.receipts() == []


async def test_a_bank_that_wants_its_owner_has_them_led_to_a_page(keeping_twin: KeepsCards) -> None:
    assert leads_to_a_page(await charged(keeping_twin, (await saved(keeping_twin, "asks")).token))
    assert await keeping_twin.receipts() == []


@pytest.mark.covers("D07", "D14")
@pytest.mark.parametrize("payer", ["answer-lost", "answer-html", "answer-truncated", "answer-foreign"])
async def test_a_charge_whose_answer_was_lost_is_made_once(keeping_twin: KeepsCards, payer: str) -> None:
    token = (await saved(keeping_twin)).token
    instruction = replace(keeping_twin.instruction(payer), card=token)
    assert isinstance(await keeping_twin.provider.start(instruction), Unknown)
    again = [await keeping_twin.provider.start(instruction) for _ in range(2)]
    assert all(isinstance(answer, Accepted) and isinstance(answer.ended, Paid) for answer in again)
    assert isinstance(await keeping_twin.provider.start(replace(instruction, card=None)), Unknown)
    assert len(await keeping_twin.receipts()) == 1


@pytest.mark.covers("E3")
async def test_a_card_that_is_forgotten_pays_no_more_and_its_owner_is_led_to_a_page(
    keeping_twin: KeepsCards,
) -> None:
    card = await saved(keeping_twin)
    assert [await keeping_twin.keeper.forget_card(card.token) for _ in range(2)] == [True, True]
    assert leads_to_a_page(await charged(keeping_twin, card.token))
    assert await keeping_twin.receipts() == []


async def test_a_token_of_nobody_s_charges_nothing_and_shows_nothing(keeping_twin: KeepsCards) -> None:
    for stranger in ("", "a token", "4242424242424242", "../../v1/customers"):
        assert await keeping_twin.keeper.card_face(stranger) is None
        assert await keeping_twin.keeper.forget_card(stranger) is False
        assert leads_to_a_page(await charged(keeping_twin, stranger))
    assert await keeping_twin.receipts() == []


@pytest.mark.covers("D14", "D67", "E3")
async def test_a_provider_that_is_down_has_saved_shown_and_forgotten_nothing(
    keeping_twin: KeepsCards,
) -> None:
    card, page = await saved(keeping_twin), await opened(keeping_twin)
    await keeping_twin.down()
    assert isinstance(await keeping_twin.keeper.begin_saving(a_request()), NotSent)
    assert isinstance(await keeping_twin.keeper.saved_card(page.id), Unknown)
    assert await keeping_twin.keeper.card_face(card.token) is None
    assert await keeping_twin.keeper.forget_card(card.token) is False
    await keeping_twin.up()
    assert await keeping_twin.keeper.card_face(card.token) == card.face
    assert await keeping_twin.receipts() == []
