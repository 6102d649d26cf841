"""The pay path before Pay: what, how, from which phone, and the total that will be asked for."""

from __future__ import annotations

import pytest

from portal.domain.bill import PartPolicy, PaymentType
from portal.domain.errors import (
    AlreadyPaid,
    DraftUsed,
    MethodUnavailable,
    NotFound,
    PaymentInProgress,
    Refused,
)
from portal.domain.method import CHOICES, WALLETS, PaymentMethod
from portal.domain.money import shillings
from portal.domain.outcome import Paid
from portal.domain.payment_state import State
from portal.domain.phone import Network
from portal.services.checkout import Checkout
from portal.store import drafts as draft_rows
from portal.store.transients import drafts
from portal.store.writer import Store
from tests.corpus import BAD_AMOUNTS, BAD_PHONES
from tests.fakes import FakeProvider
from tests.makers import BILL, FakeClock, a_landlord, a_lease, a_person, a_phone, a_reference
from tests.services.desk import (
    CODE,
    NEIGHBOUR_BILL,
    NO_RESPONSE,
    PAID,
    RENT,
    STRANGE_PHONE,
    TOTAL,
    WRONG_PIN,
    Desk,
    a_desk,
)

ASHA = a_person()


@pytest.fixture
def checkout(desk: Desk) -> Checkout:
    return desk.portal.checkout


async def a_draft(desk: Desk, *, phone: str = "0754 123 456", agreed: bool = False) -> str:
    """Asha's deposit by M-Pesa, with everything chosen."""
    checkout = desk.portal.checkout
    draft = await checkout.begin(ASHA, [BILL], None)
    await checkout.choose_method(ASHA, draft, "MPESA")
    await checkout.choose_phone(ASHA, draft, phone, agreed=agreed)
    return draft


@pytest.mark.covers("page:3")
async def test_what_is_due_is_what_the_bills_say(desk: Desk, checkout: Checkout) -> None:
    await desk.add_bill()
    neighbour = await desk.add_neighbour()
    assert {due.bill.reference for due in await checkout.dues(ASHA)} == {BILL, RENT}
    assert [due.bill.reference for due in await checkout.dues(neighbour)] == [NEIGHBOUR_BILL]
    await desk.start_and_settle(PAID)
    assert [due.bill.reference for due in await checkout.dues(ASHA)] == [RENT]


@pytest.mark.covers("A1", "page:3")
async def test_a_draft_begins_with_the_whole_rest_of_the_bill(checkout: Checkout) -> None:
    step = await checkout.step(ASHA, await checkout.begin(ASHA, [BILL], None))
    assert step.amount == shillings(450_000)
    assert [each.type for each in step.allocations] == [PaymentType.DEPOSIT]
    assert (step.account_phone, step.own_phone, step.moved_from) == (a_phone(), False, None)


async def test_a_part_can_be_typed_where_parts_are_taken(checkout: Checkout) -> None:
    step = await checkout.step(ASHA, await checkout.begin(ASHA, [BILL], " TSh 150,000 "))
    assert step.amount == shillings(150_000)


@pytest.mark.parametrize(
    "typed, problem",
    [("", "empty"), ("laki", "not_a_number"), ("5.50", "decimals"), ("999", "range"), ("450,001", "range")],
)
async def test_an_amount_that_will_not_do_names_its_problem(
    desk: Desk, checkout: Checkout, typed: str, problem: str
) -> None:
    with pytest.raises(Refused) as caught:
        await checkout.begin(ASHA, [BILL], typed)
    assert (caught.value.field, caught.value.problem) == ("amount", problem)
    assert await desk.count(drafts) == [0]


async def test_nothing_that_is_no_amount_begins_a_draft(desk: Desk, checkout: Checkout) -> None:
    for typed in BAD_AMOUNTS:
        with pytest.raises(Refused):
            await checkout.begin(ASHA, [BILL], typed)
    assert await desk.count(drafts) == [0]


async def test_a_part_is_refused_where_the_landlord_takes_the_whole(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_desk(sqlite_store, clock, lease=a_lease(part_policy=PartPolicy.FULL_ONLY)) as desk:
        with pytest.raises(Refused) as caught:
            await desk.portal.checkout.begin(ASHA, [BILL], "1000")
        assert caught.value.problem == "full_only"
        assert caught.value.facts["max"] == shillings(450_000)


@pytest.mark.covers("N1", "D13")
async def test_nobody_begins_to_pay_a_stranger_s_bill(desk: Desk, checkout: Checkout) -> None:
    await desk.add_neighbour()
    for person, bill in ((ASHA, NEIGHBOUR_BILL), (ASHA, a_reference(94)), (a_landlord(), BILL)):
        with pytest.raises(NotFound):
            await checkout.begin(person, [bill], None)


@pytest.mark.covers("N1")
async def test_a_stranger_s_draft_is_not_there(desk: Desk, checkout: Checkout) -> None:
    neighbour = await desk.add_neighbour()
    draft = await a_draft(desk)
    asks = (
        checkout.step(neighbour, draft),
        checkout.quote(neighbour, draft),
        checkout.choose_method(neighbour, draft, "MPESA"),
        checkout.choose_phone(neighbour, draft, "0754 123 456", agreed=True),
        checkout.order(neighbour, draft, str(TOTAL.minor), "sw"),
        checkout.step(ASHA, "no such draft"),
    )
    for ask in asks:
        with pytest.raises(NotFound):
            await ask


@pytest.mark.covers("D10", "A24")
async def test_a_used_draft_only_names_its_payment(desk: Desk, checkout: Checkout) -> None:
    draft = await a_draft(desk)
    order = await checkout.order(ASHA, draft, str(TOTAL.minor), "sw")
    reference = await desk.portal.payments.start(order)
    for late in (
        checkout.step(ASHA, draft),
        checkout.quote(ASHA, draft),
        checkout.choose_method(ASHA, draft, "MPESA"),
        checkout.choose_phone(ASHA, draft, "0713 999 888", agreed=True),
        checkout.order(ASHA, draft, "1", "sw"),
    ):
        with pytest.raises(DraftUsed) as caught:
            await late
        assert caught.value.reference == reference


async def test_a_bill_with_an_attempt_in_flight_leads_to_that_attempt(desk: Desk, checkout: Checkout) -> None:
    reference = await desk.start()
    with pytest.raises(PaymentInProgress) as caught:
        await checkout.begin(ASHA, [BILL], None)
    assert caught.value.reference == reference


async def test_a_bill_that_is_paid_begins_nothing(desk: Desk, checkout: Checkout) -> None:
    await desk.start_and_settle(PAID)
    with pytest.raises(AlreadyPaid):
        await checkout.begin(ASHA, [BILL], None)


@pytest.mark.covers("A26", "A28", "D24", "page:4")
async def test_every_method_of_the_customer_is_listed_with_what_it_costs_or_why_not(
    checkout: Checkout,
) -> None:
    step = await checkout.step(ASHA, await checkout.begin(ASHA, [BILL], None))
    assert [choice.method for choice in step.choices] == list(CHOICES)
    assert set(PaymentMethod) - set(CHOICES) == {PaymentMethod.DEBIT_CARD}
    mpesa, *others = step.choices
    assert (mpesa.problem, mpesa.preselected) == (None, True)
    assert mpesa.fees
    assert mpesa.fees.total == shillings(3_500)
    assert mpesa.limit
    assert mpesa.limit.range == (shillings(1_000), shillings(3_000_000))
    assert {(choice.problem, choice.preselected, choice.fees) for choice in others} == {("off", False, None)}


@pytest.mark.covers("A28")
async def test_a_method_that_cannot_carry_the_total_says_so(desk: Desk, checkout: Checkout) -> None:
    await desk.add_bill(amount=shillings(3_000_000))
    draft = await checkout.begin(ASHA, [RENT], None)
    mpesa = (await checkout.step(ASHA, draft)).choices[0]
    assert (mpesa.problem, mpesa.preselected) == ("too_much", False)
    with pytest.raises(Refused) as caught:
        await checkout.choose_method(ASHA, draft, "MPESA")
    assert (caught.value.field, caught.value.problem) == ("method", "limit")


@pytest.mark.covers("A19", "A28")
@pytest.mark.parametrize("policy, parts", [(PartPolicy.ANY_PART, True), (PartPolicy.FULL_ONLY, False)])
async def test_too_much_for_one_push_can_be_paid_in_parts_where_the_landlord_takes_them(
    sqlite_store: Store, clock: FakeClock, policy: PartPolicy, *, parts: bool
) -> None:
    async with a_desk(sqlite_store, clock, lease=a_lease(part_policy=policy)) as desk:
        await desk.add_bill(amount=shillings(3_000_000))
        step = await desk.portal.checkout.step(ASHA, await desk.portal.checkout.begin(ASHA, [RENT], None))
        assert (step.parts_would_do, step.some_way_is_open) == (parts, False)


async def test_too_little_for_a_method_is_no_reason_to_pay_in_parts(desk: Desk, checkout: Checkout) -> None:
    await desk.add_bill(amount=shillings(10))
    step = await checkout.step(ASHA, await checkout.begin(ASHA, [RENT], None))
    assert (step.choices[0].problem, step.parts_would_do) == ("too_little", False)


@pytest.mark.covers("A5", "A6", "A7", "A26")
@pytest.mark.parametrize(
    "number, wallet",
    [
        ("255754123456", PaymentMethod.MPESA),
        ("255655123456", PaymentMethod.TIGO_PESA),
        ("255684123456", PaymentMethod.AIRTEL_MONEY),
        ("255622123456", PaymentMethod.HALOPESA),
        ("255732123456", None),
    ],
)
async def test_the_prefix_preselects_the_wallet_of_its_network(
    sqlite_store: Store, clock: FakeClock, number: str, wallet: PaymentMethod | None
) -> None:
    provider = FakeProvider(methods=WALLETS)
    async with a_desk(sqlite_store, clock, provider=provider) as desk:
        checkout = desk.portal.checkout
        draft = await checkout.begin(ASHA, [BILL], None)
        await checkout.choose_phone(ASHA, draft, number, agreed=True)
        choices = (await checkout.step(ASHA, draft)).choices
        assert [choice.method for choice in choices if choice.preselected] == ([wallet] if wallet else [])
        assert [choice.method for choice in choices if choice.problem is None] == list(WALLETS)


def test_a_method_is_served_by_whoever_has_a_provider_for_it(checkout: Checkout) -> None:
    assert [method for method in PaymentMethod if checkout.serves(method)] == [PaymentMethod.MPESA]
    unnamed = {PaymentMethod.HALOPESA, PaymentMethod.AZAMPESA}
    assert {method for method in PaymentMethod if not checkout.speaks_of(method)} == unnamed


@pytest.mark.covers("A26")
async def test_the_account_s_own_number_is_compared_with_the_chosen_network_too(
    sqlite_store: Store, clock: FakeClock
) -> None:
    provider = FakeProvider(methods=(PaymentMethod.AIRTEL_MONEY,))
    async with a_desk(sqlite_store, clock, provider=provider) as desk:
        checkout = desk.portal.checkout
        draft = await checkout.begin(ASHA, [BILL], None)
        await checkout.choose_method(ASHA, draft, "AIRTEL_MONEY")
        assert (await checkout.step(ASHA, draft)).moved_from is Network.VODACOM


@pytest.mark.parametrize("chosen", ["", "mpesa", "CASH", "MPESA ", "\u0000"])
async def test_what_is_no_method_is_as_if_none_was_chosen(checkout: Checkout, chosen: str) -> None:
    draft = await checkout.begin(ASHA, [BILL], None)
    with pytest.raises(Refused) as caught:
        await checkout.choose_method(ASHA, draft, chosen)
    assert (caught.value.field, caught.value.problem) == ("method", "empty")


async def test_a_method_that_is_off_cannot_be_chosen(checkout: Checkout) -> None:
    draft = await checkout.begin(ASHA, [BILL], None)
    with pytest.raises(MethodUnavailable):
        await checkout.choose_method(ASHA, draft, "AIRTEL_MONEY")


async def test_a_method_that_was_switched_off_since_it_was_chosen_is_not_quoted(
    desk: Desk, checkout: Checkout
) -> None:
    draft, vault = await a_draft(desk), desk.portal.tools.vault
    await desk.store.write(lambda tx: draft_rows.choose(tx, vault, draft, method=PaymentMethod.AIRTEL_MONEY))
    with pytest.raises(MethodUnavailable):
        await checkout.quote(ASHA, draft)


@pytest.mark.covers("A25", "D36", "page:5")
@pytest.mark.parametrize("problem", BAD_PHONES)
async def test_what_is_no_phone_is_refused_with_its_problem(checkout: Checkout, problem: str) -> None:
    draft = await checkout.begin(ASHA, [BILL], None)
    for typed in BAD_PHONES[problem]:
        with pytest.raises(Refused) as caught:
            await checkout.choose_phone(ASHA, draft, typed, agreed=True)
        assert (caught.value.field, caught.value.problem) == ("phone", problem)
    assert (await checkout.step(ASHA, draft)).draft.phone is None


@pytest.mark.covers("D36")
async def test_a_stranger_s_phone_needs_the_tick(checkout: Checkout) -> None:
    draft = await checkout.begin(ASHA, [BILL], None)
    with pytest.raises(Refused) as caught:
        await checkout.choose_phone(ASHA, draft, "0713 999 888", agreed=False)
    assert (caught.value.field, caught.value.facts) == ("agreed", {"phone": "0713•••888"})
    await checkout.choose_phone(ASHA, draft, "0713 999 888", agreed=True)
    step = await checkout.step(ASHA, draft)
    assert (step.draft.phone, step.draft.agreed, step.own_phone) == (STRANGE_PHONE, True, False)


@pytest.mark.covers("A26")
async def test_a_number_of_another_network_is_a_hint_and_no_error(checkout: Checkout) -> None:
    draft = await checkout.begin(ASHA, [BILL], None)
    await checkout.choose_method(ASHA, draft, "MPESA")
    await checkout.choose_phone(ASHA, draft, "0713 999 888", agreed=True)
    assert (await checkout.step(ASHA, draft)).moved_from is Network.YAS
    await checkout.choose_phone(ASHA, draft, "0754 123 456", agreed=False)
    assert (await checkout.step(ASHA, draft)).moved_from is None


@pytest.mark.covers("A14", "A15", "D02", "page:6")
async def test_the_quote_shows_every_fee_and_the_total_that_is_asked_for(
    desk: Desk, checkout: Checkout
) -> None:
    quote = await checkout.quote(ASHA, await a_draft(desk))
    assert (quote.method, quote.phone, quote.step.own_phone) == (PaymentMethod.MPESA, a_phone(), True)
    assert (quote.fees.platform, quote.fees.processing, quote.fees.provider) == (
        shillings(2_250),
        shillings(250),
        shillings(1_000),
    )
    assert quote.total == TOTAL


@pytest.mark.covers("A15")
async def test_what_is_not_chosen_yet_is_named(checkout: Checkout) -> None:
    draft = await checkout.begin(ASHA, [BILL], None)
    with pytest.raises(Refused) as caught:
        await checkout.quote(ASHA, draft)
    assert (caught.value.field, caught.value.problem) == ("method", "empty")
    await checkout.choose_method(ASHA, draft, "MPESA")
    with pytest.raises(Refused) as caught:
        await checkout.quote(ASHA, draft)
    assert (caught.value.field, caught.value.problem) == ("phone", "empty")


@pytest.mark.covers("A17", "D10", "D02")
async def test_an_order_is_what_was_shown_and_its_draft_is_its_key(desk: Desk, checkout: Checkout) -> None:
    draft = await a_draft(desk)
    order = await checkout.order(ASHA, draft, "453500", "en")
    assert order == desk.order(key=draft, language="en")
    assert await desk.portal.payments.start(order) == await desk.portal.payments.start(order)
    assert len(desk.provider.pushes) == 1


async def test_the_tick_for_a_stranger_s_phone_goes_into_the_order(desk: Desk, checkout: Checkout) -> None:
    draft = await a_draft(desk, phone="0713 999 888", agreed=True)
    order = await checkout.order(ASHA, draft, "453500", "sw")
    assert (order.agreed, order.phone) == (True, STRANGE_PHONE)
    assert await desk.portal.payments.start(order)


@pytest.mark.covers("D02", "A1")
@pytest.mark.parametrize(
    "shown", ["", "0", "450000", "453,500", "453500 ", "-453500", "\u0664\u0665\u0663\u0665\u0660\u0660", "x"]
)
async def test_a_total_that_was_not_shown_is_not_ordered(desk: Desk, checkout: Checkout, shown: str) -> None:
    draft = await a_draft(desk)
    with pytest.raises(Refused) as caught:
        await checkout.order(ASHA, draft, shown, "sw")
    assert (caught.value.field, caught.value.problem, caught.value.facts["total"]) == (
        "total",
        "changed",
        TOTAL,
    )


async def test_a_bill_that_was_part_paid_meanwhile_refuses_the_old_amount(
    desk: Desk, checkout: Checkout
) -> None:
    draft = await a_draft(desk)
    await desk.start_and_settle(Paid(receipt_code=CODE), amount=shillings(300_000))
    order = await checkout.order(ASHA, draft, "453500", "sw")
    with pytest.raises(Refused) as caught:
        await desk.portal.payments.start(order)
    assert (caught.value.field, caught.value.facts["max"]) == ("amount", shillings(150_000))


@pytest.mark.covers("A24")
async def test_a_payment_that_came_to_nothing_can_be_begun_again_as_it_was(
    desk: Desk, checkout: Checkout
) -> None:
    failed = await desk.start_and_settle(
        WRONG_PIN, amount=shillings(100_000), phone=STRANGE_PHONE, agreed=True
    )
    quote = await checkout.quote(ASHA, await checkout.again(ASHA, failed))
    assert (quote.step.amount, quote.method, quote.phone) == (
        shillings(100_000),
        PaymentMethod.MPESA,
        STRANGE_PHONE,
    )
    assert quote.step.draft.agreed


async def test_begun_again_it_asks_for_no_more_than_is_left(desk: Desk, checkout: Checkout) -> None:
    failed = await desk.start_and_settle(WRONG_PIN, amount=shillings(400_000))
    await desk.start_and_settle(Paid(receipt_code=CODE), amount=shillings(300_000))
    step = await checkout.step(ASHA, await checkout.again(ASHA, failed))
    assert step.amount == shillings(150_000)


async def test_only_the_payer_begins_again_and_only_what_came_to_nothing(
    desk: Desk, checkout: Checkout
) -> None:
    neighbour = await desk.add_neighbour()
    failed = await desk.start_and_settle(NO_RESPONSE)
    for person, reference in ((neighbour, failed), (ASHA, a_reference(95))):
        with pytest.raises(NotFound):
            await checkout.again(person, reference)
    running = await desk.start()
    with pytest.raises(NotFound):
        await checkout.again(ASHA, running)
    with pytest.raises(PaymentInProgress):
        await checkout.again(ASHA, failed)
    desk.provider.will_say(PAID)
    assert (await desk.ask(running)).state is State.COMPLETED
    with pytest.raises(AlreadyPaid):
        await checkout.again(ASHA, failed)
