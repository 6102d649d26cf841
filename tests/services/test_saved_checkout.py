"""Saved ways on the pay path: one choice fills in the rest, and only what is proved is asked without a word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.domain.errors import MethodUnavailable, Refused
from portal.domain.method import PaymentMethod
from portal.providers.provider import Account, Capabilities
from portal.services.checkout import Checkout
from portal.store import contacts, saved_methods
from portal.store.saved_methods import NewMethod
from portal.store.types import Tx
from portal.store.writer import Store
from tests.fakes import FakeProvider
from tests.makers import BILL, NOW, FakeClock, a_person, a_phone
from tests.saved import ACCOUNT, CARD, WORK_PHONE, a_saved_account, a_saved_card, a_saved_phone
from tests.services.desk import TOTAL, Desk, a_desk

ASHA = a_person()


class Bank(FakeProvider):
    """Takes transfers to an account of ours at either of two banks."""

    accounts = tuple(
        Account(id=bank.lower(), bank=bank, name="Nest", number="0150", swift=bank)
        for bank in ("CRDB", "NMB")
    )

    def __init__(self) -> None:
        super().__init__("bank", (PaymentMethod.BANK_TRANSFER,), Capabilities(answers_questions=False))


@pytest.fixture
def checkout(desk: Desk) -> Checkout:
    return desk.portal.checkout


async def a_draft(desk: Desk) -> str:
    """Asha's deposit by M-Pesa, from her own phone."""
    draft = await desk.portal.checkout.begin(ASHA, [BILL], None)
    await desk.portal.checkout.choose_method(ASHA, draft, "MPESA")
    await desk.portal.checkout.choose_phone(ASHA, draft, "0754 123 456", agreed=False)
    return draft


async def saved(desk: Desk, *new: NewMethod) -> None:
    """Asha's saved ways to pay, the first of which is the default."""
    vault = desk.portal.tools.vault

    def work(tx: Tx) -> None:
        for one in new:
            saved_methods.add(tx, vault, one, NOW)

    await desk.store.write(work)


@pytest.mark.covers("E8", "page:4")
async def test_saved_ways_stand_with_their_method_s_fee_and_reason(desk: Desk, checkout: Checkout) -> None:
    moved = a_saved_phone(2, method=PaymentMethod.AIRTEL_MONEY, what=a_phone("255684987654"))
    await saved(desk, a_saved_phone(nickname="Work"), moved)
    step = await checkout.step(ASHA, await checkout.begin(ASHA, [BILL], None))
    work, other = step.saved
    assert (work.saved.nickname, work.problem, work.way.fees) == ("Work", None, step.choices[0].fees)
    assert (other.saved.masked, other.problem, other.way.fees) == ("0684•••654", "off", None)


@pytest.mark.covers("E5", "page:5")
async def test_a_saved_phone_leaves_nothing_to_be_asked(desk: Desk, checkout: Checkout) -> None:
    await saved(desk, a_saved_phone())
    draft = await checkout.begin(ASHA, [BILL], None)
    assert await checkout.choose_method(ASHA, draft, a_saved_phone().id)
    quote = await checkout.quote(ASHA, draft)
    assert (quote.method, quote.phone, quote.step.draft.saved) == (
        PaymentMethod.MPESA,
        WORK_PHONE,
        a_saved_phone().id,
    )
    order = await checkout.order(ASHA, draft, str(quote.total.minor), "en")
    assert (order.phone, order.saved, order.agreed, order.save_consent) == (
        WORK_PHONE,
        a_saved_phone().id,
        False,
        None,
    )
    await desk.portal.payments.start(order)
    assert desk.provider.pushes[0].phone == WORK_PHONE


async def test_a_plain_way_still_asks_for_its_phone(desk: Desk, checkout: Checkout) -> None:
    await saved(desk, a_saved_phone())
    draft = await checkout.begin(ASHA, [BILL], None)
    assert not await checkout.choose_method(ASHA, draft, "MPESA")


async def test_another_number_than_the_saved_one_s_is_not_the_saved_way(
    desk: Desk, checkout: Checkout
) -> None:
    await saved(desk, a_saved_phone())
    draft = await checkout.begin(ASHA, [BILL], None)
    await checkout.choose_method(ASHA, draft, a_saved_phone().id)
    assert (await checkout.step(ASHA, draft)).number_is_saved
    await checkout.choose_phone(ASHA, draft, "0754 123 456", agreed=False)
    step = await checkout.step(ASHA, draft)
    assert (step.draft.phone, step.draft.saved, step.number_is_saved) == (a_phone(), None, False)
    await checkout.choose_method(ASHA, draft, a_saved_phone().id)
    await checkout.choose_method(ASHA, draft, "MPESA")
    assert (await checkout.step(ASHA, draft)).draft.saved is None


@pytest.mark.covers("N1")
async def test_somebody_else_s_saved_way_is_none(desk: Desk, checkout: Checkout) -> None:
    neighbour = await desk.add_neighbour()
    await saved(desk, a_saved_phone(person=neighbour.id))
    draft = await checkout.begin(ASHA, [BILL], None)
    assert (await checkout.step(ASHA, draft)).saved == []
    with pytest.raises(Refused) as caught:
        await checkout.choose_method(ASHA, draft, a_saved_phone().id)
    assert (caught.value.field, caught.value.problem) == ("method", "empty")


async def test_a_saved_way_whose_network_is_off_cannot_be_chosen(desk: Desk, checkout: Checkout) -> None:
    moved = a_saved_phone(method=PaymentMethod.AIRTEL_MONEY)
    await saved(desk, moved)
    draft = await checkout.begin(ASHA, [BILL], None)
    with pytest.raises(MethodUnavailable):
        await checkout.choose_method(ASHA, draft, moved.id)


@pytest.mark.covers("E9")
async def test_a_card_whose_time_is_over_cannot_be_chosen(sqlite_store: Store, clock: FakeClock) -> None:
    provider = FakeProvider(methods=(PaymentMethod.MPESA, PaymentMethod.CREDIT_CARD))
    ended = replace(CARD, face=replace(CARD.face, month=2, year=2026), fingerprint="another")
    async with a_desk(sqlite_store, clock, provider=provider) as desk:
        checkout = desk.portal.checkout
        await saved(desk, a_saved_card(1), a_saved_card(2, what=ended))
        draft = await checkout.begin(ASHA, [BILL], None)
        assert [choice.problem for choice in (await checkout.step(ASHA, draft)).saved] == [None, "ended"]
        assert await checkout.choose_method(ASHA, draft, a_saved_card(1).id)
        with pytest.raises(Refused) as caught:
            await checkout.choose_method(ASHA, draft, a_saved_card(2).id)
        assert (caught.value.field, caught.value.problem) == ("method", "ended")


@pytest.mark.covers("E1")
@pytest.mark.parametrize("bank, ours", [("nmb", "nmb"), ("Exim", None)])
async def test_a_saved_account_chooses_ours_at_the_same_bank(
    sqlite_store: Store, clock: FakeClock, bank: str, ours: str | None
) -> None:
    async with a_desk(sqlite_store, clock, provider=Bank()) as desk:
        checkout = desk.portal.checkout
        account = a_saved_account(what=replace(ACCOUNT, bank=bank))
        await saved(desk, account)
        draft = await checkout.begin(ASHA, [BILL], None)
        complete = await checkout.choose_method(ASHA, draft, account.id)
        step = await checkout.step(ASHA, draft)
        assert (complete, step.draft.account, step.draft.saved) == (ours is not None, ours, account.id)
        await checkout.choose_account(ASHA, draft, "crdb")
        step = await checkout.step(ASHA, draft)
        assert (step.draft.account, step.draft.saved) == ("crdb", account.id)


@pytest.mark.covers("E11", "page:5")
async def test_a_wish_to_save_the_number_goes_with_the_order(desk: Desk, checkout: Checkout) -> None:
    draft = await a_draft(desk)
    await checkout.choose_phone(ASHA, draft, "0754 123 456", agreed=False, save_consent="phone-1")
    order = await checkout.order(ASHA, draft, str(TOTAL.minor), "en")
    assert order.save_consent == "phone-1"
    await checkout.choose_phone(ASHA, draft, "0754 123 456", agreed=False)
    assert (await checkout.order(ASHA, draft, str(TOTAL.minor), "en")).save_consent is None


async def test_a_text_that_never_was_cannot_be_agreed_to(desk: Desk, checkout: Checkout) -> None:
    draft = await a_draft(desk)
    with pytest.raises(Refused) as caught:
        await checkout.choose_phone(ASHA, draft, "0754 123 456", agreed=False, save_consent="phone-0")
    assert caught.value.field == "save"


async def test_a_saved_account_that_was_removed_meanwhile_leaves_the_transfer_as_it_is(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_desk(sqlite_store, clock, provider=Bank()) as desk:
        account, checkout = a_saved_account(), desk.portal.checkout
        await saved(desk, account)
        draft = await checkout.begin(ASHA, [BILL], None)
        await checkout.choose_method(ASHA, draft, account.id)
        quote = await checkout.quote(ASHA, draft)
        order = await checkout.order(ASHA, draft, str(quote.total.minor), "en")
        await desk.store.write(lambda tx: saved_methods.delete(tx, ASHA.id, account.id, NOW))
        payment = await desk.payment(await desk.portal.payments.start(order))
        assert payment.method is PaymentMethod.BANK_TRANSFER
        contact = await desk.store.read(
            lambda tx: contacts.load(tx, desk.portal.tools.vault, payment.reference)
        )
        assert contact.saved is None


@pytest.mark.covers("A7", "E8")
async def test_a_saved_wallet_that_nobody_serves_any_more_stands_with_its_reason(
    desk: Desk, checkout: Checkout
) -> None:
    await saved(desk, a_saved_phone(2, method=PaymentMethod.HALOPESA, what=a_phone("255621987654")))
    draft = await checkout.begin(ASHA, [BILL], None)
    step = await checkout.step(ASHA, draft)
    assert [(one.saved.method, one.problem) for one in step.saved] == [(PaymentMethod.HALOPESA, "off")]
    spoken_of = {choice.method for choice in step.choices if choice.is_spoken_of}
    assert PaymentMethod.HALOPESA not in spoken_of
    assert PaymentMethod.AIRTEL_MONEY in spoken_of
