"""Dollars by quote: owed only where a lease is exempt, paid in shillings at the rate that was shown, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from portal.domain.bill import BillStatus, PaymentType
from portal.domain.errors import NoExchangeRate, Refused
from portal.domain.events import DuplicateSuccess, PaymentInitiated
from portal.domain.exchange import QUOTE_LIVES
from portal.domain.money import Currency, shillings
from portal.domain.outcome import Paid, Source
from portal.domain.payment import Payment
from portal.domain.payment_state import State
from portal.services.step import Quote
from portal.store import leases
from portal.store.leases import ForeignCurrency
from portal.store.tables import leases as lease_rows
from portal.store.tables import payments
from portal.store.writer import Store
from tests.makers import (
    BILL,
    LANDLORD,
    MISSION,
    RATES,
    FakeClock,
    a_bill,
    a_lease,
    a_person,
    a_reference,
    dollars,
)
from tests.services.desk import CODE, NO_RESPONSE, RENT, Desk, a_desk
from tests.services.guests import a_guest
from tests.services.test_appointments import AT, keep, until
from tests.services.test_appointments import told as reminders

ASHA = a_person()
ASKED, TOTAL = shillings(530_100), shillings(534_001)
"""For US$ 200.00 at 2,650.50, without and with the fees."""
DEPOSIT = a_reference(70)


@pytest.fixture
async def exempt(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with an_exempt_desk(sqlite_store, clock) as desk:
        yield desk


@pytest.fixture
async def each_exempt(store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with an_exempt_desk(store, clock) as desk:
        yield desk


@asynccontextmanager
async def an_exempt_desk(store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    """Asha's lease is exempt, and its rent of March is US$ 200.00."""
    async with a_desk(
        store,
        clock,
        lease=a_lease(currency=Currency.USD, exemption=MISSION),
        environment={"PORTAL_EXCHANGE_RATES": RATES.rates},
    ) as desk:
        await desk.add_bill(amount=dollars(200_00), paid=dollars(0))
        yield desk


async def checked(desk: Desk, *bills: str, typed: str | None = None) -> Quote:
    """What the check page shows, after every choice."""
    checkout = desk.portal.checkout
    draft = await checkout.begin(ASHA, [*bills] or [RENT], typed)
    await checkout.choose_method(ASHA, draft, "MPESA")
    await checkout.choose_phone(ASHA, draft, "0754 123 456", agreed=True)
    return await checkout.quote(ASHA, draft)


async def agrees(desk: Desk, quote: Quote, **other: str) -> str:
    """Pay is pressed on that page."""
    exchange = quote.step.exchange
    assert exchange
    shown = {"total_shown": str(quote.total.minor), "rate_shown": exchange.id} | other
    order = await desk.portal.checkout.order(ASHA, quote.step.draft.id, language="en", **shown)
    return await desk.portal.payments.start(order)


async def pays(desk: Desk, *bills: str) -> Payment:
    reference = await agrees(desk, await checked(desk, *bills))
    desk.provider.will_say(Paid(receipt_code=CODE))
    return await desk.ask(reference)


async def refused(desk: Desk, quote: Quote, **other: str) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        await agrees(desk, quote, **other)
    return caught.value.field, caught.value.problem


@pytest.mark.covers("A29", "D71")
async def test_dollars_are_owed_only_where_a_lease_names_the_ground_on_which_it_is_exempt(desk: Desk) -> None:
    with pytest.raises(ForeignCurrency):
        a_lease(currency=Currency.USD)
    with pytest.raises(ForeignCurrency):
        await desk.add_bill(amount=dollars(200_00), paid=dollars(0))
    with pytest.raises(IntegrityError):
        await desk.store.write(lambda tx: tx.execute(lease_rows.update().values(currency=Currency.USD)))
    assert await desk.read(lambda tx: leases.bill(tx, RENT)) is None


@pytest.mark.covers("A29", "A28", "D72")
async def test_fees_and_limits_of_each_way_are_those_of_the_shillings(exempt: Desk) -> None:
    checkout = exempt.portal.checkout
    step = await checkout.step(ASHA, await checkout.begin(ASHA, [RENT], None))
    assert (step.amount, step.asked) == (dollars(200_00), ASKED)
    (mpesa, *_) = step.choices
    assert mpesa.fees
    assert mpesa.fees.total == TOTAL - ASKED
    assert mpesa.limit
    assert mpesa.limit.range == (shillings(1_000), shillings(3_000_000))
    much = await exempt.add_bill(reference=DEPOSIT, amount=dollars(1_200_00), paid=dollars(0))
    draft = await checkout.begin(ASHA, [much.reference], None)
    assert [choice.problem for choice in (await checkout.step(ASHA, draft)).choices][:1] == ["too_much"]
    with pytest.raises(Refused) as caught:
        await checkout.choose_method(ASHA, draft, "MPESA")
    assert (caught.value.field, caught.value.problem) == ("method", "limit")


@pytest.mark.covers("A29", "D72")
async def test_the_check_page_locks_a_quote_that_other_rates_do_not_touch(exempt: Desk) -> None:
    exempt.clock.advance(minutes=10)
    first = await checked(exempt)
    assert first.step.exchange
    assert (first.step.exchange.rate, first.step.exchange.source) == (
        RATES.read()[0].rate,
        "Bank of Tanzania",
    )
    assert first.step.exchange.valid_until == exempt.clock.now + QUOTE_LIVES
    exempt.clock.advance(minutes=12)
    again = await exempt.portal.checkout.quote(ASHA, first.step.draft.id)
    assert (again.step.exchange, again.total) == (first.step.exchange, TOTAL)
    payment = await exempt.payment(await agrees(exempt, again))
    assert (payment.amount, payment.total, payment.exchange) == (ASKED, TOTAL, first.step.exchange)
    assert (payment.credit, exempt.provider.pushes[-1].amount) == (dollars(200_00), TOTAL)


async def test_a_quote_that_is_about_to_end_is_not_shown_again_where_the_next_one_holds_longer(
    exempt: Desk,
) -> None:
    first = await checked(exempt)
    exempt.clock.advance(minutes=14)
    again = await exempt.portal.checkout.quote(ASHA, first.step.draft.id)
    assert first.step.exchange
    assert again.step.exchange
    assert again.step.exchange.id != first.step.exchange.id
    assert again.step.exchange.valid_until == exempt.clock.now + QUOTE_LIVES
    # What was shown may be agreed to on the newest page alone.
    assert await refused(exempt, again, rate_shown=first.step.exchange.id) == ("rate", "changed")
    assert (await exempt.payment(await agrees(exempt, again))).exchange == again.step.exchange


async def test_a_quote_that_ends_with_the_last_rate_is_shown_until_then(exempt: Desk) -> None:
    exempt.clock.advance(minutes=118)
    first = await checked(exempt)
    exempt.clock.advance(seconds=90)
    again = await exempt.portal.checkout.quote(ASHA, first.step.draft.id)
    assert again.step.exchange == first.step.exchange


async def test_two_who_open_a_check_page_at_once_see_one_quote(each_exempt: Desk) -> None:
    ended = await checked(each_exempt)
    each_exempt.clock.advance(minutes=25)
    looks = [each_exempt.portal.checkout.quote(ASHA, ended.step.draft.id) for _ in range(3)]
    first, *others = [quote.step.exchange for quote in await asyncio.gather(*looks)]
    assert others == [first, first]


@pytest.mark.covers("A29", "D72")
async def test_when_a_quote_has_ended_nothing_is_sent_and_the_next_one_is_shown(exempt: Desk) -> None:
    quote = await checked(exempt)
    assert quote.step.exchange
    exempt.clock.advance(minutes=25)
    assert await refused(exempt, quote) == ("rate", "changed")
    assert await exempt.count(payments) == [0]
    new = await exempt.portal.checkout.quote(ASHA, quote.step.draft.id)
    assert new.step.exchange
    assert (new.step.exchange.rate, new.step.asked) == (Decimal(2700), shillings(540_000))
    assert new.step.draft.phone == quote.step.draft.phone
    assert await refused(exempt, new, rate_shown=quote.step.exchange.id) == ("rate", "changed")
    assert await refused(exempt, new, rate_shown="") == ("rate", "changed")
    assert await refused(exempt, new, total_shown=str(TOTAL.minor)) == ("total", "changed")
    assert (await exempt.payment(await agrees(exempt, new))).amount == shillings(540_000)


async def test_a_quote_that_ends_while_pay_is_pressed_is_not_used(exempt: Desk) -> None:
    quote = await checked(exempt)
    assert quote.step.exchange
    shown = (str(quote.total.minor), "en", quote.step.exchange.id)
    order = await exempt.portal.checkout.order(ASHA, quote.step.draft.id, *shown)
    exempt.clock.advance(seconds=QUOTE_LIVES.total_seconds())
    with pytest.raises(Refused) as caught:
        await exempt.portal.payments.start(order)
    assert (caught.value.field, caught.value.problem) == ("rate", "changed")
    assert exempt.provider.pushes == []


async def test_pay_that_is_pressed_twice_is_one_payment_whatever_time_it_is(exempt: Desk) -> None:
    quote = await checked(exempt)
    assert quote.step.exchange
    shown = (str(quote.total.minor), "en", quote.step.exchange.id)
    order = await exempt.portal.checkout.order(ASHA, quote.step.draft.id, *shown)
    first = await exempt.portal.payments.start(order)
    exempt.clock.advance(hours=1)
    assert await exempt.portal.payments.start(order) == first


@pytest.mark.covers("A29", "C10", "S32")
async def test_the_bill_is_credited_in_dollars_and_the_landlord_is_owed_the_shillings(exempt: Desk) -> None:
    payment = await pays(exempt)
    assert (payment.state, payment.received) == (State.COMPLETED, TOTAL)
    assert ((await exempt.bill(RENT)).status, (await exempt.bill(RENT)).paid) == (
        BillStatus.PAID,
        dollars(200_00),
    )
    balances = await exempt.balances()
    assert (balances["cash:mpesa"], balances[f"payable:{LANDLORD}"]) == (TOTAL.minor, -ASKED.minor)
    assert sum(balances.values()) == 0
    assert payment.receipt
    _, facts, _ = await exempt.portal.receipts.facts(ASHA, payment.receipt.address)
    assert [line.amount for line in facts.lines] == [dollars(200_00)]
    assert (facts.amount, facts.total, facts.exchange) == (ASKED, TOTAL, payment.exchange)
    assert (facts.balance, facts.excess) == (dollars(0), None)
    proof = await exempt.portal.receipts.prove(payment.receipt_check or "", "192.0.2.1")
    assert proof
    assert (proof.amount, proof.exchange) == (ASKED, payment.exchange)


async def test_a_part_in_dollars_leaves_dollars(exempt: Desk) -> None:
    quote = await checked(exempt, typed="US$ 150.50".removeprefix("US"))
    assert (quote.step.amount, quote.step.asked) == (dollars(150_50), shillings(398_900))
    reference = await agrees(exempt, quote)
    exempt.provider.will_say(Paid(receipt_code=CODE))
    payment = await exempt.ask(reference)
    assert (await exempt.bill(RENT)).rest == dollars(49_50)
    assert payment.receipt
    _, facts, _ = await exempt.portal.receipts.facts(ASHA, payment.receipt.address)
    assert facts.balance == dollars(49_50)


@pytest.mark.parametrize(
    "typed, problem", [("laki", "not_dollars"), ("150.505", "not_dollars"), ("", "empty")]
)
async def test_an_amount_that_is_no_dollars_says_how_they_are_written(
    exempt: Desk, typed: str, problem: str
) -> None:
    with pytest.raises(Refused) as caught:
        await exempt.portal.checkout.begin(ASHA, [RENT], typed)
    assert (caught.value.field, caught.value.problem) == ("amount", problem)


@pytest.mark.covers("A20", "A29")
async def test_of_several_each_is_rounded_by_itself_and_their_shillings_are_added(exempt: Desk) -> None:
    small = await exempt.add_bill(
        reference=DEPOSIT, type=PaymentType.DEPOSIT, amount=dollars(1), paid=dollars(0)
    )
    payment = await pays(exempt, RENT, small.reference)
    assert payment.amount == ASKED + shillings(27)
    assert (await exempt.balances())[f"deposit:{small.lease}"] == -27
    assert (await exempt.bill(small.reference)).status is BillStatus.PAID


@pytest.mark.covers("B19", "D18")
async def test_what_came_twice_waits_in_shillings_and_the_bill_has_its_dollars_once(exempt: Desk) -> None:
    first = await agrees(exempt, await checked(exempt))
    exempt.provider.will_say(NO_RESPONSE)
    assert (await exempt.ask(first)).state is State.FAILED
    exempt.clock.advance(minutes=25)
    second = await agrees(exempt, await checked(exempt))
    settle = exempt.portal.payments.record_outcome
    assert (await settle(second, Paid(receipt_code="SECOND1234"), Source.WORKER)).amount == shillings(540_000)
    late = await settle(first, Paid(receipt_code=CODE), Source.WORKER)
    assert (late.state, late.excess, late.credited) == (State.COMPLETED, ASKED, dollars(0))
    assert (await exempt.bill(RENT)).paid == dollars(200_00)
    assert (await exempt.balances())["suspense"] == -ASKED.minor
    (twice,) = [event for event in await exempt.history(first) if isinstance(event, DuplicateSuccess)]
    assert (twice.excess, twice.unneeded) == (ASKED, dollars(200_00))
    assert late.receipt
    _, facts, _ = await exempt.portal.receipts.facts(ASHA, late.receipt.address)
    assert facts.excess == ASKED


async def test_another_try_offers_the_dollars_again_at_the_rate_of_then(exempt: Desk) -> None:
    first = await agrees(exempt, await checked(exempt))
    exempt.provider.will_say(NO_RESPONSE)
    await exempt.ask(first)
    exempt.clock.advance(minutes=25)
    step = await exempt.portal.checkout.step(ASHA, await exempt.portal.checkout.again(ASHA, first))
    assert (step.amount, step.asked) == (dollars(200_00), shillings(540_000))


@pytest.mark.covers("A29", "D72")
async def test_without_a_rate_in_force_nothing_can_be_paid_and_the_reason_is_named(exempt: Desk) -> None:
    quote = await checked(exempt)
    exempt.clock.advance(hours=3)
    checkout, draft = exempt.portal.checkout, quote.step.draft.id
    for ask in (checkout.step(ASHA, draft), checkout.quote(ASHA, draft), agrees(exempt, quote)):
        with pytest.raises(NoExchangeRate):
            await ask
    assert exempt.provider.pushes == []
    assert (await checkout.step(ASHA, await checkout.begin(ASHA, [BILL], None))).exchange is None


async def test_without_any_table_of_rates_dollars_cannot_be_paid(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_desk(sqlite_store, clock, lease=a_lease(exemption=MISSION)) as desk:
        await desk.add_bill(amount=dollars(200_00), paid=dollars(0))
        with pytest.raises(NoExchangeRate):
            await checked(desk)


@pytest.mark.covers("A29")
async def test_a_guest_with_a_link_sees_the_shillings_and_the_rate(exempt: Desk) -> None:
    first = await agrees(exempt, await checked(exempt))
    exempt.provider.will_say(NO_RESPONSE)
    await exempt.ask(first)
    guest = await a_guest(exempt, first)
    view = await exempt.portal.links.view(guest)
    ways, exchange = await exempt.portal.checkout.ways(guest, view.due)
    assert exchange
    assert exchange.source == "Bank of Tanzania"
    assert ways[0].fees
    assert ways[0].fees.total == TOTAL - ASKED


async def test_an_order_in_shillings_brings_no_rate_with_it(exempt: Desk) -> None:
    payment = await exempt.payment(await exempt.start())
    assert payment.exchange is None
    (begun, *_) = await exempt.history(payment.reference)
    assert isinstance(begun, PaymentInitiated)
    assert begun.exchange is None


@pytest.mark.covers("E10", "A29")
async def test_an_appointment_reminds_of_dollars_and_asks_no_phone_for_a_sum_that_nobody_has_seen(
    exempt: Desk,
) -> None:
    await keep(exempt)
    await until(exempt, AT)
    assert exempt.provider.pushes == []
    (reminder,) = await reminders(exempt)
    assert "US$ 200.00" in reminder.replace("\xa0", " ")


async def test_an_appointment_asks_for_the_rent_in_shillings_though_one_in_dollars_is_due_first(
    exempt: Desk,
) -> None:
    shop = a_lease(reference=a_reference(30), unit="Shop")
    rent = a_bill(reference=a_reference(31), lease=shop.reference, type=PaymentType.RENT, due_on=AT.date())
    await exempt.store.write(lambda tx: leases.add_lease(tx, shop))
    await exempt.store.write(lambda tx: leases.add_bill(tx, rent))
    await keep(exempt)
    await until(exempt, AT)
    (push,) = exempt.provider.pushes
    assert (await exempt.payment(push.reference)).bills == (rent.reference,)
