"""Saving a card: kept by its provider, known here by a token, paid with by one press, and in the end gone from both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from portal.app import build_portal
from portal.domain.card import CardFace
from portal.domain.errors import NotFound, Refused, TooMany
from portal.domain.method import PaymentMethod
from portal.domain.money import Money, shillings
from portal.domain.outcome import NotSent, Reason, Rejected, Unknown
from portal.domain.saved_method import MOST_SAVED, Kind, SavedMethod
from portal.domain.zone import EAST_AFRICA
from portal.providers.provider import CardRequest, NoCard
from portal.services.orders import fees_of
from portal.services.saved_cards import SavedCards
from portal.services.saving import Agreed
from portal.settings import read_settings
from portal.store import jobs, saved_methods
from portal.store.payment_methods import payment_methods
from portal.store.tables import jobs as job_rows
from portal.store.transients import card_setups
from portal.store.writer import Store
from portal.templating.consents import Matter, current_version
from tests.cards import FakeCards
from tests.fakes import FakeProvider, FakeRenderer, FakeSink
from tests.makers import BILL, NOW, FakeClock, a_person, a_phone, a_reference, seeded
from tests.saved import CARD, a_saved_card, a_saved_phone
from tests.services.desk import ENVIRONMENT, Desk, a_desk

ASHA = a_person()
AGREED = Agreed(current_version(Matter.CARD), "sw")
OTHER = replace(CARD, token="pm_2TokenOfTheTests", fingerprint="another")
AMOUNT = shillings(450_000)
_FORMS = count()


@pytest.fixture
async def card_desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_store, clock, provider=FakeCards(PaymentMethod.MPESA)) as desk:
        yield desk


@pytest.fixture
async def each_card_desk(store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(store, clock, provider=FakeCards(PaymentMethod.MPESA)) as desk:
        yield desk


def keeper(desk: Desk) -> FakeCards:
    assert isinstance(desk.provider, FakeCards)
    return desk.provider


def cards(desk: Desk) -> SavedCards:
    return desk.portal.saved.cards


async def begin(desk: Desk, nickname: str = "", agreed: Agreed = AGREED, key: str = "") -> str:
    """With a form of its own, unless a `key` says which."""
    return await cards(desk).begin(ASHA, nickname, agreed, key or f"form {next(_FORMS)}")


async def saved(desk: Desk, card: Any = CARD, nickname: str = "") -> str:
    """A card that is entered and, at the first look, saved."""
    method_id = await begin(desk, nickname)
    keeper(desk).enter(card, page=len(keeper(desk).requests))
    await desk.pass_time(seconds=16)
    return method_id


async def listed(desk: Desk) -> list[SavedMethod]:
    return (await desk.portal.saved.methods.overview(ASHA)).methods


def total_of(amount: Money, method: PaymentMethod = PaymentMethod.CREDIT_CARD) -> Money:
    return amount + fees_of(method, amount, NOW)[0].total


@pytest.mark.covers("E1", "E6")
async def test_a_card_is_entered_at_its_provider_and_saved_here_by_its_token(card_desk: Desk) -> None:
    method_id = await begin(card_desk, " Company  card ")
    (request,) = keeper(card_desk).requests
    return_url = f"https://pay.nest.co.tz/methods/{method_id}/card?back=1"
    assert request == CardRequest(reference=method_id, return_url=return_url, language="sw")
    setup = await cards(card_desk).setup(ASHA, method_id)
    assert setup
    assert (setup.page, setup.page_id) == ("https://cards.example/1", "page-1")
    keeper(card_desk).enter(CARD)
    await card_desk.pass_time(seconds=16)
    (card,) = await listed(card_desk)
    assert (card.id, card.kind, card.masked, card.nickname) == (
        method_id,
        Kind.CARD,
        "Visa ••••\u00a04242",
        "Company card",
    )
    assert (card.card, card.is_default) == (CARD.face, True)
    assert await cards(card_desk).setup(ASHA, method_id) is None
    assert await card_desk.count(card_setups) == [0]


@pytest.mark.covers("E11")
async def test_what_was_agreed_to_about_the_card_is_kept(card_desk: Desk) -> None:
    await saved(card_desk)
    row = await card_desk.read(lambda tx: tx.execute(select(payment_methods)).one())
    assert (row.consent_version, row.consented_at) == ("card-1", NOW)
    assert "Stripe" in row.consent_text


async def test_a_form_that_is_pressed_twice_opens_one_page(each_card_desk: Desk) -> None:
    first, second = await asyncio.gather(*(begin(each_card_desk, key="one") for _ in range(2)))
    assert first == second
    assert len(keeper(each_card_desk).requests) == 1
    assert await begin(each_card_desk, "Company", key="one") == first
    setup = await cards(each_card_desk).setup(ASHA, first)
    assert setup
    assert (setup.nickname, len(keeper(each_card_desk).requests)) == ("Company", 1)
    assert await begin(each_card_desk, key="another") != first


async def test_a_form_whose_page_could_not_be_opened_can_be_sent_once_more(card_desk: Desk) -> None:
    keeper(card_desk).will_not_open(NotSent("refused"))
    with pytest.raises(Refused):
        await begin(card_desk, key="one")
    assert await cards(card_desk).setup(ASHA, await begin(card_desk, key="one"))


async def test_its_owner_can_look_at_once(card_desk: Desk) -> None:
    method_id = await begin(card_desk)
    await cards(card_desk).look(ASHA, method_id)
    assert await listed(card_desk) == []
    keeper(card_desk).enter(CARD)
    await cards(card_desk).look(ASHA, method_id)
    assert [card.id for card in await listed(card_desk)] == [method_id]
    await cards(card_desk).look(ASHA, method_id)
    assert len(keeper(card_desk).asked) == 2


async def test_who_hears_of_a_card_after_somebody_else_has_saved_it_adds_nothing(card_desk: Desk) -> None:
    method_id = await begin(card_desk)
    keeper(card_desk).enter(CARD)
    keeper(card_desk).meanwhile = lambda: cards(card_desk).look(ASHA, method_id)
    await cards(card_desk).look(ASHA, method_id)
    assert keeper(card_desk).asked == ["page-1", "page-1"]
    assert [card.id for card in await listed(card_desk)] == [method_id]
    await card_desk.work()
    assert keeper(card_desk).forgotten == []


async def test_a_look_by_the_owner_and_one_by_the_worker_save_one_card(each_card_desk: Desk) -> None:
    method_id = await begin(each_card_desk)
    keeper(each_card_desk).enter(CARD)
    each_card_desk.clock.advance(seconds=16)
    looks = (cards(each_card_desk).look(ASHA, method_id) for _ in range(3))
    await asyncio.gather(*looks, each_card_desk.work())
    assert [card.id for card in await listed(each_card_desk)] == [method_id]


async def test_a_card_is_saved_though_its_owner_never_comes_back(card_desk: Desk) -> None:
    await begin(card_desk)
    await card_desk.pass_time(hours=3)
    asked = len(keeper(card_desk).asked)
    assert 8 <= asked <= 12, "often at first, then every hour"
    keeper(card_desk).enter(CARD)
    await card_desk.pass_time(hours=1)
    assert len(await listed(card_desk)) == 1
    await card_desk.pass_time(days=3)
    assert len(keeper(card_desk).asked) == asked + 1


@pytest.mark.parametrize(
    "answer", [NoCard("expired"), Unknown(Reason.AMBIGUOUS, "502")], ids=["over", "unknown"]
)
async def test_a_page_on_which_nothing_was_entered_is_asked_about_for_a_day_at_most(
    card_desk: Desk, answer: Any
) -> None:
    method_id = await begin(card_desk)
    keeper(card_desk).enter(answer)
    await card_desk.pass_time(days=3)
    asked = len(keeper(card_desk).asked)
    assert asked == 1 if isinstance(answer, NoCard) else 20 <= asked <= 40
    setup = await cards(card_desk).setup(ASHA, method_id)
    assert setup
    assert setup.page is None
    assert "card" not in await card_desk.job_kinds()
    await cards(card_desk).look(ASHA, method_id)
    assert len(keeper(card_desk).asked) == asked


@pytest.mark.parametrize(
    "answer",
    [NotSent("refused"), Rejected(Reason.PAYEE_PROBLEM, "401"), Unknown(Reason.AMBIGUOUS, "timeout")],
    ids=lambda answer: type(answer).__name__,
)
async def test_a_page_that_is_not_opened_leaves_nothing(card_desk: Desk, answer: Any) -> None:
    keeper(card_desk).will_not_open(answer)
    with pytest.raises(Refused) as caught:
        await begin(card_desk)
    assert (caught.value.field, caught.value.problem) == ("card", "unavailable")
    assert await card_desk.count(card_setups) == [0]
    await card_desk.pass_time(hours=1)
    assert keeper(card_desk).asked == []


async def test_a_process_that_died_before_the_page_was_opened_leaves_no_question(card_desk: Desk) -> None:
    method_id = await begin(card_desk)
    await card_desk.store.write(lambda tx: tx.execute(card_setups.update().values(page_id=None, page=None)))
    await card_desk.pass_time(hours=1)
    assert keeper(card_desk).asked == []
    assert "card" not in await card_desk.job_kinds()
    setup = await cards(card_desk).setup(ASHA, method_id)
    assert setup
    assert setup.page is None


@pytest.mark.parametrize(
    "changed, field",
    [({"nickname": "x" * 31}, "nickname"), ({"agreed": Agreed("phone-1", "en")}, "consent")],
    ids=["nickname", "consent"],
)
async def test_what_will_not_do_opens_no_page(card_desk: Desk, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as caught:
        await begin(card_desk, **changed)
    assert caught.value.field == field
    assert keeper(card_desk).requests == []


async def test_only_so_many_ways_can_be_saved_and_so_many_pages_opened(card_desk: Desk) -> None:
    for _ in range(6):
        await begin(card_desk)
    with pytest.raises(TooMany):
        await begin(card_desk)
    vault = card_desk.portal.tools.vault
    phones = [a_saved_phone(n, what=a_phone(f"25571200{n:04d}")) for n in range(MOST_SAVED)]
    await card_desk.store.write(lambda tx: [saved_methods.add(tx, vault, new, NOW) for new in phones])
    with pytest.raises(Refused) as caught:
        await begin(card_desk)
    assert (caught.value.field, caught.value.problem) == ("card", "too_many")


async def test_a_card_for_which_there_is_no_room_any_more_is_forgotten_again(card_desk: Desk) -> None:
    await begin(card_desk)
    vault = card_desk.portal.tools.vault
    phones = [a_saved_phone(n, what=a_phone(f"25571200{n:04d}")) for n in range(MOST_SAVED)]
    await card_desk.store.write(lambda tx: [saved_methods.add(tx, vault, new, NOW) for new in phones])
    keeper(card_desk).enter(CARD)
    await card_desk.pass_time(seconds=20)
    assert len(await listed(card_desk)) == MOST_SAVED
    assert keeper(card_desk).forgotten == [CARD.token]


@pytest.mark.covers("E6")
async def test_a_card_that_is_saved_already_is_not_kept_twice_and_shows_its_newer_date(
    card_desk: Desk,
) -> None:
    method_id = await saved(card_desk)
    newer = replace(CARD, token="pm_3", face=replace(CARD.face, year=2032))
    await saved(card_desk, newer)
    (card,) = await listed(card_desk)
    assert (card.id, card.card) == (method_id, newer.face)
    assert keeper(card_desk).forgotten == ["pm_3"]


async def test_without_a_keeper_no_card_can_be_saved(desk: Desk) -> None:
    assert not cards(desk).offered
    with pytest.raises(Refused) as caught:
        await begin(desk)
    assert (caught.value.field, caught.value.problem) == ("card", "unavailable")


async def test_a_keeper_offers_to_save_cards(card_desk: Desk) -> None:
    assert cards(card_desk).offered


@pytest.mark.covers("E3", "D57")
async def test_a_deleted_card_is_forgotten_by_its_provider(card_desk: Desk) -> None:
    method_id = await saved(card_desk)
    await card_desk.portal.saved.methods.delete(ASHA, method_id)
    row = await card_desk.read(lambda tx: tx.execute(select(payment_methods)).one())
    assert row.token_sealed, "until its provider has forgotten it"
    await card_desk.work()
    assert keeper(card_desk).forgotten == [CARD.token]
    row = await card_desk.read(lambda tx: tx.execute(select(payment_methods)).one())
    assert (row.token_sealed, row.token_index, row.held_index) == (None, None, None)


async def test_a_card_that_is_forgotten_already_is_not_forgotten_twice(card_desk: Desk) -> None:
    method_id = await saved(card_desk)
    await card_desk.portal.saved.methods.delete(ASHA, method_id)
    await card_desk.work()
    again = {"method": method_id}
    await card_desk.store.write(lambda tx: jobs.enqueue(tx, "forget_card", method_id, NOW, **again))
    await card_desk.work()
    assert keeper(card_desk).forgotten == [CARD.token]


@pytest.mark.covers("E3")
async def test_a_provider_that_does_not_forget_is_asked_until_it_does(card_desk: Desk) -> None:
    method_id = await saved(card_desk)
    keeper(card_desk).keeps = True
    await card_desk.portal.saved.methods.delete(ASHA, method_id)
    await card_desk.pass_time(days=2)
    assert await listed(card_desk) == [], "here it is gone at once"
    keeper(card_desk).keeps = False
    await card_desk.pass_time(hours=2)
    assert keeper(card_desk).forgotten == [CARD.token]
    assert "forget_card" not in await card_desk.job_kinds()


async def test_a_phone_that_is_deleted_is_nobody_s_to_forget(card_desk: Desk) -> None:
    vault, phone = card_desk.portal.tools.vault, a_saved_phone()
    await card_desk.store.write(lambda tx: saved_methods.add(tx, vault, phone, NOW))
    await card_desk.portal.saved.methods.delete(ASHA, phone.id)
    assert "forget_card" not in await card_desk.job_kinds()


async def test_while_the_keeper_is_off_its_pages_and_cards_wait(desk: Desk) -> None:
    """Saved when it was on; it comes back some day."""
    vault, card = desk.portal.tools.vault, a_saved_card()
    await desk.store.write(lambda tx: saved_methods.add(tx, vault, card, NOW))
    await desk.portal.saved.methods.delete(ASHA, card.id)
    await desk.pass_time(hours=2)
    assert "forget_card" in await desk.job_kinds()
    row = await desk.read(lambda tx: tx.execute(select(payment_methods)).one())
    assert row.token_sealed


async def test_a_page_of_a_keeper_that_was_switched_off_is_asked_about_later(card_desk: Desk) -> None:
    method_id = await begin(card_desk)
    keeper(card_desk).enter(CARD)
    twice = {"page": "page-1", "provider": "stripe"}
    await card_desk.store.write(lambda tx: jobs.enqueue(tx, "forget_card", "page", NOW, **twice))
    off = build_portal(
        read_settings(ENVIRONMENT),
        clock=card_desk.clock,
        random=seeded("off"),
        store=card_desk.store,
        providers=[FakeProvider()],
        sink=FakeSink(),
        renderer=FakeRenderer(),
    )
    card_desk.clock.advance(minutes=1)
    assert await off.worker.run_due() == 2
    assert {"card", "forget_card"} <= set(await card_desk.job_kinds())
    await card_desk.pass_time(hours=1)
    assert [card.id for card in await listed(card_desk)] == [method_id]
    assert keeper(card_desk).forgotten == [CARD.token]


@pytest.mark.covers("E9")
async def test_a_card_that_its_bank_renewed_shows_its_new_date(card_desk: Desk) -> None:
    await saved(card_desk)
    renewed = replace(CARD.face, year=2032)
    await until(card_desk, datetime(2028, 3, 20, tzinfo=EAST_AFRICA))
    assert [card.card for card in await listed(card_desk)] == [CARD.face]
    keeper(card_desk).faces[CARD.token] = renewed
    await until(card_desk, datetime(2028, 4, 1, tzinfo=EAST_AFRICA))
    (card,) = await listed(card_desk)
    assert (card.card, card.masked) == (renewed, "Visa ••••\u00a04242")
    question = select(job_rows.c.run_after).where(job_rows.c.kind == "card_face")
    (next_look,) = await card_desk.read(lambda tx: tx.execute(question).scalars().all())
    assert next_look > datetime(2032, 3, 1, tzinfo=EAST_AFRICA)


@pytest.mark.covers("E9")
async def test_a_card_that_is_long_over_is_looked_at_no_more(card_desk: Desk) -> None:
    await saved(card_desk, replace(CARD, face=CardFace(brand="Visa", last4="4242", month=3, year=2026)))
    await until(card_desk, datetime(2026, 9, 1, tzinfo=EAST_AFRICA))
    assert "card_face" not in await card_desk.job_kinds()


async def test_a_deleted_card_is_looked_at_no_more(card_desk: Desk) -> None:
    method_id = await saved(card_desk)
    await card_desk.portal.saved.methods.delete(ASHA, method_id)
    await until(card_desk, datetime(2028, 4, 10, tzinfo=EAST_AFRICA))
    assert "card_face" not in await card_desk.job_kinds()


async def until(desk: Desk, at: datetime) -> None:
    await desk.pass_time(seconds=(at - desk.clock.now).total_seconds())


@pytest.mark.covers("E5", "E6", "E8")
async def test_a_saved_card_is_paid_with_by_its_token(card_desk: Desk) -> None:
    method_id = await saved(card_desk)
    checkout = card_desk.portal.checkout
    draft = await checkout.begin(ASHA, [BILL], None)
    assert await checkout.choose_method(ASHA, draft, method_id)
    quote = await checkout.quote(ASHA, draft)
    assert quote.step.card
    assert quote.step.card.masked == "Visa ••••\u00a04242"
    order = await checkout.order(ASHA, draft, str(quote.total.minor), "en")
    card_desk.clock.advance(minutes=1)
    await card_desk.portal.payments.start(order)
    (push,) = card_desk.provider.pushes
    assert (push.card, push.phone) == (CARD.token, None)
    assert CARD.token not in repr(push)
    assert [card.last_used_at for card in await listed(card_desk)] == [card_desk.clock.now]


async def test_another_card_than_a_saved_one_is_asked_for_on_the_provider_s_page(card_desk: Desk) -> None:
    await saved(card_desk)
    method, total = PaymentMethod.CREDIT_CARD, total_of(AMOUNT)
    await card_desk.start(method=method, phone=None, total=total)
    assert [push.card for push in card_desk.provider.pushes] == [None]


@pytest.mark.covers("E3")
async def test_a_card_that_was_deleted_before_pay_is_pressed_is_refused(card_desk: Desk) -> None:
    method_id = await saved(card_desk)
    checkout = card_desk.portal.checkout
    draft = await checkout.begin(ASHA, [BILL], None)
    await checkout.choose_method(ASHA, draft, method_id)
    order = await checkout.order(ASHA, draft, str(total_of(AMOUNT).minor), "en")
    await card_desk.portal.saved.methods.delete(ASHA, method_id)
    with pytest.raises(Refused) as caught:
        await card_desk.portal.payments.start(order)
    assert (caught.value.field, caught.value.problem) == ("method", "gone")
    assert card_desk.provider.pushes == []


@pytest.mark.covers("N1")
async def test_a_card_that_is_about_to_be_saved_is_there_for_nobody_else(card_desk: Desk) -> None:
    neighbour = await card_desk.add_neighbour()
    method_id = await begin(card_desk)
    for attempt in (
        cards(card_desk).setup(neighbour, method_id),
        cards(card_desk).look(neighbour, method_id),
        cards(card_desk).setup(ASHA, a_reference(404)),
    ):
        with pytest.raises(NotFound):
            await attempt
    await saved(card_desk, OTHER)
    with pytest.raises(NotFound):
        await cards(card_desk).setup(neighbour, (await listed(card_desk))[0].id)
