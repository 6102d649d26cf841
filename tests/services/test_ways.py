"""Ways to pay that go to no phone: a card page of the provider's, and a transfer from the payer's bank."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from portal.domain.banking_day import deadline
from portal.domain.errors import Refused
from portal.domain.fees import fee_rule
from portal.domain.method import PaymentMethod
from portal.domain.money import Currency, shillings
from portal.domain.outcome import Accepted, Awaits, NotPaid, Outcome, Paid, Reason, Source, Unknown
from portal.domain.payment_state import State
from portal.providers.provider import Account, Capabilities, Inquiry
from portal.services.orders import place
from portal.store import contacts
from portal.store.writer import Store
from tests.fakes import FakeProvider
from tests.makers import BILL, CARD_PAGE, NOW, FakeClock, a_person
from tests.services.desk import Desk, a_desk

ASHA = a_person()
CARD, BANK = PaymentMethod.CREDIT_CARD, PaymentMethod.BANK_TRANSFER
CRDB = Account("CRDB", "CRDB Bank", "Nest Pay Ltd", "0150123456700", "CORUTZTZ")
NMB = Account("NMB", "NMB Bank", "Nest Pay Ltd", "20110012345", "NMIBTZTZ")
DAYS = 3


class FakeCards(FakeProvider):
    """A page for every request, which it can close again."""

    def __init__(self) -> None:
        super().__init__("cards", (CARD,), Capabilities(lives=timedelta(hours=1), repeats_safely=True))
        self.called_off: list[Inquiry] = []
        self.closing: Outcome = NotPaid(Reason.CANCELLED_OR_TIMED_OUT, "expired")
        self.will_answer(*(Accepted(f"cs_{n}", awaits=Awaits.CARD, page=CARD_PAGE) for n in range(1, 9)))

    async def call_off(self, inquiry: Inquiry) -> Outcome:
        self.called_off.append(inquiry)
        return self.closing


class FakeBank(FakeProvider):
    """Two accounts, and nobody who could be asked."""

    accounts = (CRDB, NMB)

    def __init__(self) -> None:
        able = Capabilities(answers_questions=False, lapses=True, repeats_safely=True, banking_days=DAYS)
        super().__init__("bank", (BANK,), able)
        self.will_answer(*(Accepted(f"transfer-{n}", awaits=Awaits.TRANSFER) for n in range(1, 9)))


@pytest.fixture
async def cards(store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(store, clock, provider=FakeCards()) as desk:
        yield desk


@pytest.fixture
async def bank(store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(store, clock, provider=FakeBank()) as desk:
        yield desk


async def chosen(desk: Desk, method: PaymentMethod, account: str | None = None) -> str:
    checkout = desk.portal.checkout
    draft = await checkout.begin(ASHA, [BILL], None)
    await checkout.choose_method(ASHA, draft, method)
    if account:
        await checkout.choose_account(ASHA, draft, account)
    return draft


async def pay(desk: Desk, method: PaymentMethod, account: str | None = None) -> str:
    """The whole deposit, as the pages would."""
    draft = await chosen(desk, method, account)
    quote = await desk.portal.checkout.quote(ASHA, draft)
    order = await desk.portal.checkout.order(ASHA, draft, str(quote.total.minor), "sw")
    return await desk.portal.payments.start(order)


@pytest.mark.covers("A8")
async def test_a_card_waits_on_the_page_of_its_provider_and_knows_no_phone(cards: Desk) -> None:
    payment = await cards.payment(await pay(cards, CARD))
    assert (payment.state, payment.page, payment.request_id) == (State.AWAITING_CARD, CARD_PAGE, "cs_1")
    assert payment.expires_at == NOW + timedelta(hours=1)
    asked = cards.provider.pushes[0]
    assert (asked.phone, asked.language, asked.expires_at) == (None, "sw", payment.expires_at)
    assert asked.return_url.endswith(f"/pay/{payment.reference}/return")
    with pytest.raises(LookupError):
        _ = asked.wallet
    contact = await cards.read(lambda tx: contacts.load(tx, cards.portal.tools.vault, payment.reference))
    assert (contact.phone, contact.own) == (None, False)
    assert await cards.read(lambda tx: contacts.masked(tx, payment.reference)) is None


async def test_a_card_that_is_paid_completes(cards: Desk) -> None:
    reference = await pay(cards, CARD)
    total = cards.provider.pushes[0].amount
    cards.provider.will_say(Paid(total, "pi_1", NOW))
    payment = await cards.ask(reference)
    assert (payment.state, payment.receipt_code) == (State.COMPLETED, "pi_1")


async def test_cancelling_closes_the_card_page_before_it_counts(cards: Desk) -> None:
    reference = await pay(cards, CARD)
    await cards.portal.payments.cancel(ASHA, reference)
    assert isinstance(cards.provider, FakeCards)
    assert cards.provider.called_off == [Inquiry(reference=reference, request_id="cs_1")]
    assert (await cards.payment(reference)).state is State.CANCELLED


async def test_a_card_paid_while_it_was_cancelled_is_paid(cards: Desk) -> None:
    reference = await pay(cards, CARD)
    assert isinstance(cards.provider, FakeCards)
    cards.provider.closing = Paid(cards.provider.pushes[0].amount, "pi_1", NOW)
    await cards.portal.payments.cancel(ASHA, reference)
    assert (await cards.payment(reference)).state is State.COMPLETED


async def test_a_request_that_may_be_repeated_is_sent_by_the_worker_when_its_sender_died(cards: Desk) -> None:
    portal, fees = cards.portal, fee_rule(CARD, Currency.TZS, NOW.date()).applied_to(shillings(450_000))
    order = cards.order(method=CARD, phone=None, total=shillings(450_000) + fees.total)
    placed = await cards.store.write(lambda tx: place(tx, portal.tools, portal.registry, order))
    await cards.pass_time(minutes=3)
    assert [push.reference for push in cards.provider.pushes] == [placed.reference]
    assert (await cards.payment(placed.reference)).state is State.AWAITING_CARD


@pytest.mark.covers("A10")
async def test_a_transfer_waits_for_banking_days_under_the_account_that_was_chosen(bank: Desk) -> None:
    payment = await bank.payment(await pay(bank, BANK, "NMB"))
    assert (payment.state, payment.account) == (State.AWAITING_BANK, "NMB")
    assert payment.expires_at == deadline(NOW, DAYS)


async def test_a_transfer_that_never_comes_ends_with_its_deadline_and_not_before(bank: Desk) -> None:
    reference = await pay(bank, BANK, "CRDB")
    await bank.pass_time(days=2)
    assert (await bank.payment(reference)).state is State.AWAITING_BANK
    await bank.pass_time(days=3)
    assert (await bank.payment(reference)).state is State.EXPIRED
    assert bank.provider.checks == []


async def test_a_transfer_is_called_off_at_once_for_nothing_was_sent(bank: Desk) -> None:
    reference = await pay(bank, BANK, "CRDB")
    await bank.portal.payments.cancel(ASHA, reference)
    assert (await bank.payment(reference)).state is State.CANCELLED


async def test_money_that_comes_after_the_end_is_a_late_success(bank: Desk) -> None:
    reference = await pay(bank, BANK, "CRDB")
    await bank.portal.payments.cancel(ASHA, reference)
    total = (await bank.payment(reference)).total
    payment = await bank.portal.payments.record_outcome(
        reference, Paid(total, "FT26327ABCDE", NOW), Source.STATEMENT
    )
    assert (payment.state, payment.late) == (State.COMPLETED, True)


async def test_a_bank_is_chosen_out_of_ours_before_the_check_page(bank: Desk) -> None:
    checkout = bank.portal.checkout
    draft = await chosen(bank, BANK)
    assert (await checkout.step(ASHA, draft)).accounts == (CRDB, NMB)
    for strange in ("", "NBC"):
        with pytest.raises(Refused) as refusal:
            await checkout.choose_account(ASHA, draft, strange)
        assert (refusal.value.field, refusal.value.problem) == ("account", "empty")
    with pytest.raises(Refused) as refusal:
        await checkout.quote(ASHA, draft)
    assert refusal.value.field == "account"
    await checkout.choose_account(ASHA, draft, "CRDB")
    quote = await checkout.quote(ASHA, draft)
    assert (quote.account, quote.phone) == (CRDB, None)
    fees = fee_rule(BANK, Currency.TZS, NOW.date()).applied_to(shillings(450_000))
    assert quote.total == shillings(450_000) + fees.total


async def test_another_try_keeps_the_bank(bank: Desk) -> None:
    reference = await pay(bank, BANK, "NMB")
    await bank.portal.payments.cancel(ASHA, reference)
    draft = await bank.portal.checkout.again(ASHA, reference)
    assert (await bank.portal.checkout.quote(ASHA, draft)).account == NMB


async def test_a_wallet_without_a_phone_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused) as refusal:
        await desk.start(phone=None)
    assert (refusal.value.field, refusal.value.problem) == ("phone", "empty")


async def test_a_card_with_a_phone_is_refused(cards: Desk) -> None:
    fees = fee_rule(CARD, Currency.TZS, NOW.date()).applied_to(shillings(450_000))
    with pytest.raises(Refused) as refusal:
        await cards.start(method=CARD, total=shillings(450_000) + fees.total)
    assert refusal.value.field == "phone"


async def test_an_answer_nobody_can_read_leaves_a_card_uncertain(cards: Desk) -> None:
    cards.provider.will_answer(*[Unknown(Reason.AMBIGUOUS, "html")] * 9)
    reference = await pay(cards, CARD)
    await cards.pass_time(minutes=1)
    assert (await cards.payment(reference)).state is State.UNCERTAIN
