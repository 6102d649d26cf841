"""Several bills in one push: one prompt, one total, one receipt, and all that follows done for each bill."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, update

from portal.domain import events as e
from portal.domain.bill import BillStatus, PaymentType
from portal.domain.errors import AlreadyPaid, KeyReused, NotFound, PaymentInProgress, PortalError, Refused
from portal.domain.money import shillings
from portal.domain.outcome import Paid, Pending, Source
from portal.domain.payment_state import State
from portal.services.baskets import MOST_BILLS
from portal.services.checkout import Checkout
from portal.store import jobs, leases, queries
from portal.store.tables import lease_notices
from portal.store.tables import leases as lease_rows
from portal.store.types import Tx
from portal.templating.gsm7 import septets
from tests.makers import (
    BILL,
    LANDLORD,
    LEASE,
    MISSION,
    a_bill,
    a_lease,
    a_person,
    a_phone,
    a_reference,
    dollars,
)
from tests.notices import told_to_lease
from tests.services.desk import (
    NEIGHBOUR_BILL,
    NO_RESPONSE,
    PAID,
    RENT,
    STRANGE_PHONE,
    WRONG_PIN,
    Desk,
)
from tests.services.test_orders import refusal_of

ASHA = a_person()
DEPOSIT = shillings(450_000)
APRIL, FEE = a_reference(23), a_reference(24)
BOTH = {BILL: DEPOSIT, RENT: DEPOSIT}
BOTH_TOTAL = shillings(905_750)
"""900,000 with its fees: 4,500 and 250 of ours, 1,000 of the wallet's."""
SETTLED = Paid(BOTH_TOTAL, "UC35T8K2QX")


@pytest.fixture
def checkout(desk: Desk) -> Checkout:
    return desk.portal.checkout


async def owing(desk: Desk) -> Desk:
    """Beside the deposit Asha owes two months' rent and a fee."""
    await desk.add_bill()
    await desk.add_bill(reference=APRIL, period=date(2026, 4, 1), due_on=date(2026, 4, 5))
    await desk.add_bill(
        reference=FEE, type=PaymentType.SERVICE_FEE, amount=shillings(35_000), due_on=date(2026, 4, 6)
    )
    return desk


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    return await owing(desk)


@pytest.fixture
async def each_desk(each_desk: Desk) -> Desk:
    return await owing(each_desk)


async def texts(desk: Desk) -> list[str]:
    return [letter.text for letter in desk.sink.letters]


@pytest.mark.covers("A20", "D02")
async def test_deposit_and_rent_are_one_prompt_of_one_total(desk: Desk) -> None:
    reference = await desk.start(amounts={RENT: DEPOSIT, BILL: DEPOSIT})
    (push,) = desk.provider.pushes
    assert (push.amount, push.label) == (BOTH_TOTAL, "2 Bills A3")
    begun = (await desk.history(reference))[0]
    assert isinstance(begun, e.PaymentInitiated)
    assert (begun.bill, begun.type, begun.period) == (BILL, PaymentType.DEPOSIT, None)
    assert [(each.bill, each.amount) for each in begun.allocations] == [*BOTH.items()]
    assert begun.fees.total == BOTH_TOTAL - begun.amount


@pytest.mark.covers("A20", "A33")
async def test_months_of_rent_are_called_rent_on_the_phone(desk: Desk) -> None:
    await desk.start(amounts={RENT: DEPOSIT, APRIL: DEPOSIT})
    assert desk.provider.pushes[0].label == "Rent A3"


@pytest.mark.covers("A20", "D18", "D49")
async def test_what_came_is_charged_once_and_credited_to_each_bill(desk: Desk) -> None:
    reference = await desk.start_and_settle(SETTLED, amounts=BOTH)
    assert await desk.balances() == {
        "cash:mpesa": 905_750,
        f"deposit:{LEASE}": -450_000,
        f"payable:{LANDLORD}": -450_000,
        "fee:platform": -4_500,
        "fee:processing": -250,
        "fee:provider": -1_000,
    }
    moved = await desk.read(lambda tx: queries.transactions_of(tx, reference))
    assert [(row.kind, row.amount) for row in moved] == [
        ("gross", 905_750),
        ("platform", 4_500),
        ("processing", 250),
        ("provider", 1_000),
    ]
    assert [(await desk.bill(bill)).status for bill in (BILL, RENT, APRIL)] == [
        BillStatus.PAID,
        BillStatus.PAID,
        BillStatus.DUE,
    ]
    assert await desk.read(told_to_lease) == [
        ("DEPOSIT_PAID", None, reference),
        ("RENT_PAID", date(2026, 3, 1), reference),
    ]


@pytest.mark.covers("A20", "C9", "C12")
async def test_one_receipt_has_a_line_for_each_bill(desk: Desk) -> None:
    payment = await desk.payment(await desk.start_and_settle(SETTLED, amounts=BOTH))
    assert payment.receipt
    _, facts, _ = await desk.portal.receipts.facts(ASHA, payment.receipt.address)
    lines = [(line.type, line.period, line.amount, line.balance, line.excess) for line in facts.lines]
    assert lines == [
        (PaymentType.DEPOSIT, None, DEPOSIT, shillings(0), None),
        (PaymentType.RENT, date(2026, 3, 1), DEPOSIT, shillings(0), None),
    ]
    assert (facts.amount, facts.total, facts.part) == (shillings(900_000), BOTH_TOTAL, False)
    proof = await desk.portal.receipts.prove(facts.code, "203.0.113.7")
    assert proof
    assert (proof.amount, [each.type for each in proof.bills]) == (
        shillings(900_000),
        [PaymentType.DEPOSIT, PaymentType.RENT],
    )
    assert [facts.number.shown for facts, _ in desk.renderer.printed] == ["26-000001"]


@pytest.mark.covers("A20", "M2")
@pytest.mark.parametrize(
    "bills, said",
    [
        ((BILL, RENT), ("amana na kodi Machi 2026", "deposit and rent March 2026")),
        ((RENT, APRIL), ("kodi Machi na Aprili 2026", "rent March and April 2026")),
        ((BILL, RENT, APRIL), ("bili 3", "3 bills")),
    ],
)
async def test_messages_name_several_bills(desk: Desk, bills: tuple[str, ...], said: tuple[str, str]) -> None:
    await desk.start_and_settle(Paid(), amounts=dict.fromkeys(bills, DEPOSIT), language="en")
    told = await texts(desk)
    assert len(told) == 2
    assert len([text for text in told if f"for {said[1]}, unit A3" in text]) == 1
    assert len([text for text in told if f"ya A3, {said[0]}. Risiti" in text]) == 1


@pytest.mark.covers("A20", "M2")
async def test_bills_whose_names_are_too_long_for_one_message_are_counted(desk: Desk) -> None:
    guard = a_reference(25)
    names = {"type": PaymentType.SECURITY_DEPOSIT, "amount": shillings(1_000_000)}
    await desk.add_bill(reference=guard, **names, period=date(2026, 9, 1))
    later = a_reference(26)
    await desk.add_bill(
        reference=later, type=PaymentType.SERVICE_FEE, amount=shillings(1_000_000), period=date(2027, 9, 1)
    )
    amounts = dict.fromkeys((guard, later), shillings(1_000_000))
    await desk.start_and_settle(Paid(), amounts=amounts, language="en")
    (to_payer,) = [text for text in await texts(desk) if "unit A3" in text]
    assert "for 2 bills, " in to_payer
    assert septets(to_payer) <= 160


@pytest.mark.covers("A20", "B19", "B11")
async def test_where_one_of_the_bills_was_paid_meanwhile_only_that_money_waits_for_the_payer(
    desk: Desk,
) -> None:
    first = await desk.start_and_settle(NO_RESPONSE)
    basket = await desk.start(amounts=BOTH)
    door = desk.portal.payments.record_outcome
    await door(first, Paid(receipt_code="FIRST12345"), Source.WORKER)
    assert [
        (each.bill, each.excess) for each in (await door(basket, SETTLED, Source.CALLBACK)).allocations
    ] == [
        (BILL, DEPOSIT),
        (RENT, None),
    ]
    balances = await desk.balances()
    assert (balances["suspense"], balances[f"deposit:{LEASE}"]) == (-450_000, -450_000)
    assert balances[f"payable:{LANDLORD}"] == -450_000
    assert [(await desk.bill(bill)).paid for bill in (BILL, RENT)] == [DEPOSIT, DEPOSIT]
    await desk.work()
    to_landlord = [text for text in await texts(desk) if "Umepokea" in text]
    assert [text for text in to_landlord if "amana na kodi" in text] == []
    assert len([text for text in to_landlord if "TSh 450,000 ya A3, kodi Machi 2026" in text]) == 1
    assert basket in [listed.payment.reference for listed in await desk.portal.views.for_the_office()]
    await desk.work()
    assert sorted(notice for notice, _, _ in await desk.read(told_to_lease)) == ["DEPOSIT_PAID", "RENT_PAID"]
    assert any("TSh 450,000 imezidi" in text for text in await texts(desk))


@pytest.mark.covers("A20", "B11")
async def test_a_basket_that_comes_late_after_both_bills_were_paid_waits_as_a_whole(desk: Desk) -> None:
    basket = await desk.start_and_settle(NO_RESPONSE, amounts=BOTH)
    again = await desk.start(amounts=BOTH)
    door = desk.portal.payments.record_outcome
    await door(again, SETTLED, Source.CALLBACK)
    late = await door(basket, Paid(receipt_code="LATE123456"), Source.WORKER)
    assert (late.state, late.late, late.excess, late.applied) == (
        State.COMPLETED,
        True,
        shillings(900_000),
        shillings(0),
    )
    assert (await desk.names(basket))[-4:] == [
        "LateSuccessReceived",
        "DuplicateSuccess",
        "DuplicateSuccess",
        "ReceiptAllocated",
    ]
    assert (await desk.balances())["suspense"] == -900_000
    await desk.work()
    assert any(
        text.startswith("NEST: Umelipa mara mbili amana na kodi Machi 2026") for text in await texts(desk)
    )


@pytest.mark.covers("A20", "D12")
async def test_another_amount_for_a_basket_credits_no_bill(desk: Desk) -> None:
    payment = await desk.payment(await desk.start_and_settle(PAID, amounts=BOTH))
    assert payment.state is State.UNCERTAIN
    assert await desk.balances() == {"cash:mpesa": 453_500, "suspense": -453_500}
    assert [(await desk.bill(bill)).paid for bill in BOTH] == [shillings(0)] * 2


async def refused(desk: Desk, **changes: Any) -> tuple[str, str]:
    error = await refusal_of(desk, **changes)
    assert isinstance(error, Refused)
    return error.field, error.problem


@pytest.mark.covers("A20", "N1")
@pytest.mark.parametrize("other", [NEIGHBOUR_BILL, a_reference(99)])
async def test_a_bill_of_somebody_else_spoils_the_basket(desk: Desk, other: str) -> None:
    await desk.add_neighbour()
    assert isinstance(await refusal_of(desk, amounts=BOTH | {other: DEPOSIT}), NotFound)
    assert isinstance(await refusal_of(desk, amounts={other: DEPOSIT}), NotFound)


@pytest.mark.covers("A20")
async def test_bills_of_two_homes_or_two_currencies_are_not_paid_together(desk: Desk) -> None:
    second = a_lease(reference=a_reference(27), unit="B2")
    elsewhere = a_bill(reference=a_reference(28), lease=second.reference)

    def move_in(tx: Tx) -> None:
        leases.add_lease(tx, second)
        leases.add_bill(tx, elsewhere)

    await desk.store.write(move_in)
    assert await refused(desk, amounts=BOTH | {elsewhere.reference: DEPOSIT}) == ("bill", "apart")
    await desk.store.write(lambda tx: tx.execute(update(lease_rows).values(exemption=MISSION)))
    abroad = await desk.add_bill(reference=a_reference(29), amount=dollars(200_00), paid=dollars(0))
    mixed = {BILL: DEPOSIT, abroad.reference: dollars(200_00)}
    with pytest.raises(Refused) as caught:
        await desk.portal.checkout.begin(ASHA, [*mixed], None)
    assert (caught.value.field, caught.value.problem) == ("bill", "apart")


@pytest.mark.covers("A20")
async def test_as_many_bills_as_a_receipt_has_room_for_are_taken_and_no_more(desk: Desk) -> None:
    many = [
        await desk.add_bill(reference=a_reference(300 + n), amount=shillings(1_000))
        for n in range(MOST_BILLS + 1)
    ]
    amounts = {bill.reference: bill.amount for bill in many}
    assert await refused(desk, amounts=amounts) == ("bill", "too_many")
    amounts.popitem()
    await desk.start_and_settle(Paid(), amounts=amounts)
    assert [(await desk.bill(bill)).status for bill in amounts] == [BillStatus.PAID] * MOST_BILLS


@pytest.mark.covers("A20", "A1", "D04")
@pytest.mark.parametrize("amount", [1_000, 449_000, 450_001, 0, -1])
async def test_of_several_bills_each_is_paid_whole(desk: Desk, amount: int) -> None:
    assert await refused(desk, amounts=BOTH | {RENT: shillings(amount)}) == ("bill", "changed")


async def test_a_basket_of_which_a_bill_was_paid_meanwhile_is_put_together_anew(desk: Desk) -> None:
    await desk.start_and_settle(PAID)
    assert await refused(desk, amounts=BOTH) == ("bill", "changed")
    await desk.start_and_settle(Paid(receipt_code="OTHER12345"), bill=RENT)
    assert isinstance(await refusal_of(desk, amounts=BOTH), AlreadyPaid)


@pytest.mark.covers("A20", "B18", "L8")
async def test_a_basket_leads_to_the_attempt_that_is_in_flight_for_one_of_its_bills(desk: Desk) -> None:
    attempt = await desk.start(amounts={RENT: DEPOSIT, APRIL: DEPOSIT})
    for amounts in (BOTH, {APRIL: DEPOSIT}, {RENT: DEPOSIT, FEE: shillings(35_000)}):
        error = await refusal_of(desk, amounts=amounts, phone=STRANGE_PHONE, agreed=True)
        assert isinstance(error, PaymentInProgress)
        assert error.reference == attempt
    await desk.start(amounts={BILL: DEPOSIT, FEE: shillings(35_000)}, phone=STRANGE_PHONE, agreed=True)


@pytest.mark.covers("A20", "D09", "A16")
async def test_of_overlapping_baskets_that_are_started_at_once_exactly_one_stands(each_desk: Desk) -> None:
    """In every order of their bills, so that two could wait for each other in a ring."""
    baskets = [(BILL, RENT), (APRIL, RENT), (RENT, APRIL, BILL), (APRIL, BILL, RENT)]
    orders = [
        each_desk.order(
            amounts=dict.fromkeys((*basket,), DEPOSIT), phone=a_phone(f"2557139{n:05d}"), agreed=True
        )
        for n, basket in enumerate(baskets)
    ]
    answers = await asyncio.gather(*map(each_desk.portal.payments.start, orders), return_exceptions=True)
    (reference,) = [answer for answer in answers if isinstance(answer, str)]
    refusals = [answer for answer in answers if isinstance(answer, PaymentInProgress)]
    assert [refusal.reference for refusal in refusals] == [reference] * 3
    assert len(each_desk.provider.pushes) == 1


@pytest.mark.covers("A20", "D09")
async def test_overlapping_baskets_that_settle_at_once_credit_each_bill_once(each_desk: Desk) -> None:
    first = await each_desk.start_and_settle(NO_RESPONSE, amounts={BILL: DEPOSIT, RENT: DEPOSIT})
    second = await each_desk.start_and_settle(NO_RESPONSE, amounts={RENT: DEPOSIT, APRIL: DEPOSIT})
    third = await each_desk.start(amounts={APRIL: DEPOSIT, BILL: DEPOSIT})
    door = each_desk.portal.payments.record_outcome
    await asyncio.gather(
        *(
            door(reference, Paid(receipt_code=f"CODE{number}"), Source.WORKER)
            for number, reference in enumerate((first, second, third))
        )
    )
    assert [(await each_desk.bill(bill)).paid for bill in (BILL, RENT, APRIL)] == [DEPOSIT] * 3
    balances = await each_desk.balances()
    assert (balances["cash:mpesa"], balances["suspense"]) == (3 * 905_750, -3 * 450_000)


@pytest.mark.covers("A20", "A17", "D10")
async def test_a_key_stands_for_all_bills_of_its_basket_in_whatever_order(desk: Desk) -> None:
    reference = await desk.start(key="one key", amounts=BOTH)
    turned = dict(reversed(BOTH.items()))
    assert await desk.start(key="one key", amounts=turned) == reference
    for other in ({BILL: DEPOSIT}, BOTH | {APRIL: DEPOSIT}, BOTH | {RENT: shillings(1_000)}):
        assert isinstance(await refusal_of(desk, key="one key", amounts=other), KeyReused)


@pytest.mark.covers("A20", "A28")
async def test_the_limit_of_one_push_counts_all_bills_together(desk: Desk) -> None:
    large = {}
    for number in (1, 2):
        bill = await desk.add_bill(reference=a_reference(30 + number), amount=shillings(1_600_000))
        large[bill.reference] = bill.amount
    assert await refused(desk, amounts=large) == ("method", "limit")
    step = await desk.portal.checkout.step(ASHA, await desk.portal.checkout.begin(ASHA, [*large], None))
    assert step.parts_would_do
    one, _ = large
    await desk.start(bill=one, amount=large[one])


@pytest.mark.covers("A20")
async def test_a_prompt_of_a_basket_that_may_still_be_answered_is_asked_about_before_the_next(
    desk: Desk,
) -> None:
    basket = await desk.start_and_settle(NO_RESPONSE, amounts=BOTH)
    desk.provider.will_say(Paid(receipt_code="LATE123456"))
    assert isinstance(await refusal_of_late(desk), AlreadyPaid)
    assert (await desk.payment(basket)).late


async def refusal_of_late(desk: Desk) -> PortalError:
    """Asking about the earlier attempt settles it, and the order then finds its bill paid."""
    with pytest.raises(PortalError) as caught:
        await desk.start(bill=RENT)
    return caught.value


async def failed_basket(desk: Desk, *bills: str) -> str:
    return await desk.start_and_settle(WRONG_PIN, amounts=dict.fromkeys(bills, DEPOSIT))


@pytest.mark.covers("A20", "A24")
async def test_another_try_begins_with_the_same_basket(desk: Desk, checkout: Checkout) -> None:
    failed = await failed_basket(desk, BILL, RENT)
    quote = await checkout.quote(ASHA, await checkout.again(ASHA, failed))
    assert {each.bill: each.amount for each in quote.step.allocations} == BOTH
    assert (quote.phone, quote.total) == (a_phone(), BOTH_TOTAL)


@pytest.mark.covers("A20", "A24")
async def test_another_try_leaves_out_what_was_paid_or_is_being_paid(desk: Desk, checkout: Checkout) -> None:
    failed = await failed_basket(desk, BILL, RENT, APRIL)
    await desk.start_and_settle(PAID)
    desk.provider.will_say(Pending())
    running = await desk.start(bill=APRIL)
    step = await checkout.step(ASHA, await checkout.again(ASHA, failed))
    assert [each.bill for each in step.allocations] == [RENT]
    await desk.portal.payments.record_outcome(running, Paid(receipt_code="THIRD12345"), Source.CALLBACK)
    desk.clock.advance(minutes=10)
    running = await desk.start(bill=RENT)
    with pytest.raises(PaymentInProgress) as caught:
        await checkout.again(ASHA, failed)
    assert caught.value.reference == running
    await desk.portal.payments.record_outcome(running, Paid(receipt_code="LAST123456"), Source.CALLBACK)
    with pytest.raises(AlreadyPaid):
        await checkout.again(ASHA, failed)


@pytest.mark.covers("A20", "page:3")
async def test_a_draft_holds_all_that_was_chosen_in_the_order_in_which_it_is_due(checkout: Checkout) -> None:
    step = await checkout.step(ASHA, await checkout.begin(ASHA, [FEE, APRIL, BILL], None))
    assert [each.bill for each in step.allocations] == [BILL, APRIL, FEE]
    assert (step.amount, step.due.rest) == (shillings(935_000), shillings(935_000))
    assert step.due.due_on == date(2026, 3, 10)


@pytest.mark.covers("A19", "A20", "page:3")
async def test_another_amount_can_be_typed_for_one_bill_alone(checkout: Checkout) -> None:
    with pytest.raises(Refused) as caught:
        await checkout.begin(ASHA, [BILL, RENT], "100,000")
    assert (caught.value.field, caught.value.problem) == ("amount", "several_bills")


@pytest.mark.covers("A20", "page:1")
async def test_home_shows_a_basket_under_way_once_and_offers_none_of_its_bills(desk: Desk) -> None:
    running = await desk.start(amounts=BOTH)
    home = await desk.portal.views.home(ASHA)
    assert [payment.reference for payment in home.under_way] == [running]
    assert [due.bill.reference for due in home.payable] == [APRIL, FEE]
    assert await desk.portal.views.newest(ASHA, running) == (3, shillings(900_000))


async def test_a_notice_that_was_left_before_it_named_its_bill_is_told_of_the_first(desk: Desk) -> None:
    reference = await desk.start_and_settle(SETTLED, amounts=BOTH)

    def leave(tx: Tx) -> None:
        tx.execute(delete(lease_notices))
        jobs.enqueue(tx, "lease", "an older one", desk.clock.now, payment=reference, notice="DEPOSIT_PAID")

    await desk.store.write(leave)
    await desk.work()
    assert await desk.read(told_to_lease) == [("DEPOSIT_PAID", None, reference)]
