"""Pressing Pay: every refusal leaves nothing behind, and however often it is pressed, one prompt goes out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.domain.bill import PartPolicy, PaymentType
from portal.domain.errors import (
    AlreadyPaid,
    KeyReused,
    MethodUnavailable,
    NotFound,
    PaymentInProgress,
    PortalError,
    Refused,
    TooMany,
)
from portal.domain.method import PaymentMethod
from portal.domain.money import shillings
from portal.domain.outcome import Paid
from portal.domain.payment_state import State
from portal.domain.person import Person
from portal.domain.phone import Phone
from portal.store import contacts
from portal.store.contacts import payment_contacts
from portal.store.tables import (
    jobs,
    ledger_entries,
    payment_events,
    payments,
    transactions,
)
from portal.store.transients import idempotency_keys, limit_hits
from portal.store.writer import Store
from tests.makers import (
    BILL,
    LANDLORD,
    LEASE,
    MISSION,
    NEIGHBOUR,
    NOW,
    TENANT,
    FakeClock,
    a_landlord,
    a_lease,
    a_person,
    a_phone,
    a_reference,
    dollars,
)
from tests.services.desk import (
    NEIGHBOUR_BILL,
    PAID,
    RENT,
    STRANGE_PHONE,
    TOTAL,
    WRONG_PIN,
    Desk,
    a_desk,
)


def a_neighbour() -> Person:
    return a_person(id=NEIGHBOUR, name="Baraka Nyerere", language="en")


EVERYTHING = (
    payments,
    payment_events,
    payment_contacts,
    transactions,
    ledger_entries,
    jobs,
    idempotency_keys,
    limit_hits,
)


async def refusal_of(desk: Desk, **changes: Any) -> PortalError:
    """The error that an order meets; it must leave every table as it was, and the provider alone."""
    before, pushes = await desk.count(*EVERYTHING), len(desk.provider.pushes)
    with pytest.raises(PortalError) as caught:
        await desk.start(**changes)
    assert await desk.count(*EVERYTHING) == before
    assert len(desk.provider.pushes) == pushes
    return caught.value


@pytest.mark.covers("D02", "D36", "S42")
async def test_a_push_asks_for_the_total_that_was_shown_and_nothing_else(desk: Desk) -> None:
    reference = await desk.start()
    (push,) = desk.provider.pushes
    assert push.reference == reference
    assert push.amount == TOTAL
    assert push.phone == a_phone()
    assert push.label == "Deposit A3"
    assert push.callback_url == f"https://pay.nest.co.tz/webhooks/mpesa/{desk.token(reference)}"


@pytest.mark.covers("D79", "A33")
async def test_a_push_is_described_by_kind_and_home(desk: Desk) -> None:
    await desk.add_bill(type=PaymentType.SERVICE_FEE, amount=shillings(35_000))
    await desk.start(bill=RENT, amount=shillings(35_000))
    assert desk.provider.pushes[0].label == "Service Fee A3"


@pytest.mark.covers("S28", "S29", "A3", "D05")
async def test_a_payment_knows_its_bill_lease_payer_and_payee(desk: Desk) -> None:
    payment = await desk.payment(await desk.start())
    assert (payment.bills, payment.lease, payment.payer, payment.payee) == ((BILL,), LEASE, TENANT, LANDLORD)
    assert (payment.allocations[0].type, payment.method, payment.provider) == (
        PaymentType.DEPOSIT,
        PaymentMethod.MPESA,
        "mpesa",
    )
    assert (payment.state, payment.request_id) == (State.AWAITING_PAYER, "request-1")
    assert (payment.amount, payment.total) == (shillings(450_000), TOTAL)
    assert payment.fee_rule == "mpesa-2026-01"
    assert (payment.created_at, payment.expires_at) == (NOW, NOW + timedelta(minutes=5))


@pytest.mark.covers("D15", "D83")
async def test_payment_job_and_key_stand_before_the_provider_is_called(desk: Desk) -> None:
    seen: list[Any] = []

    async def look(instruction: Any) -> None:
        payment = await desk.payment(instruction.reference)
        seen.append(
            (payment.state, await desk.job_kinds(), await desk.count(idempotency_keys, payment_contacts))
        )

    desk.provider.on_push = look
    await desk.start()
    assert seen == [(State.SUBMITTING, ["push"], [1, 1])]


async def test_a_bill_of_somebody_else_is_not_there(desk: Desk) -> None:
    neighbour = await desk.add_neighbour()
    assert isinstance(await refusal_of(desk, bill=NEIGHBOUR_BILL), NotFound)
    assert isinstance(await refusal_of(desk, payer=neighbour), NotFound)
    assert isinstance(await refusal_of(desk, payer=a_landlord()), NotFound)


async def test_a_bill_that_was_never_written_is_not_there(desk: Desk) -> None:
    assert isinstance(await refusal_of(desk, bill=a_reference(99)), NotFound)


@pytest.mark.parametrize("method", [m for m in PaymentMethod if m is not PaymentMethod.MPESA])
async def test_a_method_without_a_provider_is_refused_before_anything_stands(
    desk: Desk, method: PaymentMethod
) -> None:
    assert isinstance(await refusal_of(desk, method=method), MethodUnavailable)


async def test_a_method_without_a_fee_table_is_refused_before_anything_stands(
    desk: Desk, clock: FakeClock
) -> None:
    total = desk.order().total
    clock.now = datetime(2025, 12, 31, 20, 59, tzinfo=UTC)
    assert isinstance(await refusal_of(desk, total=total), MethodUnavailable)


@pytest.mark.covers("A1", "D02")
@pytest.mark.parametrize("shown", [0, 450_000, 453_499, 453_501, -453_500])
async def test_a_total_that_was_not_the_one_shown_is_refused(desk: Desk, shown: int) -> None:
    error = await refusal_of(desk, total=shillings(shown))
    assert isinstance(error, Refused)
    assert (error.field, error.problem, error.facts) == ("total", "changed", {"total": TOTAL})


@pytest.mark.covers("A1")
@pytest.mark.parametrize("part", [1_000, 1_001, 449_000])
async def test_a_part_is_taken_where_the_landlord_takes_parts(desk: Desk, part: int) -> None:
    payment = await desk.payment(await desk.start(amount=shillings(part)))
    assert payment.amount == shillings(part)


@pytest.mark.parametrize("part", [-1, 0, 1, 999, 450_001, 10**12])
async def test_a_part_out_of_range_is_refused(desk: Desk, part: int) -> None:
    error = await refusal_of(desk, amount=shillings(part), total=shillings(part))
    assert isinstance(error, Refused)
    assert (error.field, error.problem) == ("amount", "range")
    assert error.facts == {
        "min": shillings(1_000),
        "max": shillings(450_000),
        "whole": shillings(450_000),
    }


@pytest.mark.covers("A19")
async def test_a_part_that_leaves_less_than_can_be_paid_is_refused(desk: Desk) -> None:
    error = await refusal_of(desk, amount=shillings(449_500))
    assert isinstance(error, Refused)
    assert (error.field, error.problem) == ("amount", "leaves_too_little")
    part = shillings(449_000)
    await desk.start_and_settle(Paid(desk.order(amount=part).total, "UC35T8K2QX", NOW), amount=part)
    await desk.start(amount=shillings(1_000))


async def test_a_part_is_refused_where_the_landlord_takes_the_whole(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_desk(sqlite_store, clock, lease=a_lease(part_policy=PartPolicy.FULL_ONLY)) as desk:
        error = await refusal_of(desk, amount=shillings(400_000))
        assert isinstance(error, Refused)
        assert (error.field, error.problem) == ("amount", "full_only")
        await desk.start()


@pytest.mark.covers("A19")
async def test_a_part_of_at_least_a_month_s_rent_is_taken_where_the_landlord_says_so(
    sqlite_store: Store, clock: FakeClock
) -> None:
    lease = a_lease(part_policy=PartPolicy.RENT_OR_MORE, rent=shillings(200_000))
    async with a_desk(sqlite_store, clock, lease=lease) as desk:
        error = await refusal_of(desk, amount=shillings(199_999))
        assert isinstance(error, Refused)
        assert (error.field, error.problem) == ("amount", "less_than_rent")
        assert error.facts == {
            "min": shillings(200_000),
            "max": shillings(449_000),
            "whole": shillings(450_000),
        }
        await desk.start_and_settle(Paid(), amount=shillings(300_000))
        error = await refusal_of(desk, amount=shillings(100_000))
        assert isinstance(error, Refused)
        assert error.problem == "whole_by_rent"
        await desk.start(amount=shillings(150_000))


@pytest.mark.covers("A28")
async def test_a_total_beyond_what_one_push_carries_is_refused(desk: Desk) -> None:
    await desk.add_bill(amount=shillings(3_000_000))
    error = await refusal_of(desk, bill=RENT, amount=shillings(3_000_000))
    assert isinstance(error, Refused)
    assert (error.field, error.problem) == ("method", "limit")
    assert error.facts == {"min": shillings(1_000), "max": shillings(3_000_000)}
    await desk.start(bill=RENT, amount=shillings(2_900_000))


async def test_a_bill_in_dollars_cannot_be_paid_from_a_wallet_without_a_quote(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_desk(sqlite_store, clock, lease=a_lease(exemption=MISSION)) as desk:
        await desk.add_bill(amount=dollars(200_00), paid=dollars(0))
        error = await refusal_of(desk, bill=RENT, amount=dollars(200_00), total=dollars(200_00))
        assert isinstance(error, MethodUnavailable)


async def test_a_bill_that_is_paid_is_not_paid_again(desk: Desk) -> None:
    await desk.start_and_settle(PAID)
    assert isinstance(await refusal_of(desk), AlreadyPaid)


@pytest.mark.covers("B18")
async def test_two_attempts_at_one_bill_are_refused_while_one_is_in_flight(desk: Desk) -> None:
    reference = await desk.start()
    error = await refusal_of(desk)
    assert isinstance(error, PaymentInProgress)
    assert error.reference == reference


@pytest.mark.covers("A24")
async def test_after_a_failure_the_same_bill_can_be_paid_again(desk: Desk) -> None:
    failed = await desk.start_and_settle(WRONG_PIN)
    again = await desk.start()
    assert again != failed
    assert (await desk.payment(again)).state is State.AWAITING_PAYER


@pytest.mark.covers("A16", "A17", "D10")
async def test_sixty_four_submits_of_one_key_are_one_push_and_one_answer(each_desk: Desk) -> None:
    order = each_desk.order()
    answers = await asyncio.gather(*(each_desk.portal.payments.start(order) for _ in range(64)))
    assert len(set(answers)) == 1
    assert len(each_desk.provider.pushes) == 1
    assert await each_desk.count(payments) == [1]


@pytest.mark.covers("A16", "D10")
async def test_a_key_gives_its_answer_again_long_after_the_end(desk: Desk, clock: FakeClock) -> None:
    reference = await desk.start_and_settle(PAID, key="one key")
    clock.advance(days=1)
    assert await desk.start(key="one key") == reference
    assert len(desk.provider.pushes) == 1


@pytest.mark.covers("D10")
@pytest.mark.parametrize(
    "change",
    [
        {"bill": RENT},
        {"amount": shillings(400_000)},
        {"phone": STRANGE_PHONE},
        {"method": PaymentMethod.AIRTEL_MONEY},
        {"total": shillings(1)},
    ],
)
async def test_a_key_that_was_used_for_something_else_is_refused(desk: Desk, change: dict[str, Any]) -> None:
    await desk.add_bill()
    await desk.start(key="one key")
    error = await refusal_of(desk, key="one key", **change)
    assert isinstance(error, KeyReused)
    assert error.status == 409


async def test_a_key_belongs_to_whoever_used_it(desk: Desk) -> None:
    neighbour = await desk.add_neighbour()
    first = await desk.start(key="one key")
    second = await desk.start(
        key="one key", payer=neighbour, bill=NEIGHBOUR_BILL, phone=a_phone("255655123456")
    )
    assert first != second


@pytest.mark.covers("D10")
async def test_one_key_for_two_bills_at_once_pays_one_of_them(each_desk: Desk) -> None:
    await each_desk.add_bill()
    other = each_desk.order(key="one key", bill=RENT, phone=STRANGE_PHONE, agreed=True)
    orders = [each_desk.order(key="one key"), other]
    answers = await asyncio.gather(*map(each_desk.portal.payments.start, orders), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["KeyReused", "str"]
    assert len(each_desk.provider.pushes) == 1


@pytest.mark.covers("D09")
async def test_two_keys_for_one_bill_at_once_are_one_payment_and_one_refusal(each_desk: Desk) -> None:
    orders = [each_desk.order(), each_desk.order()]
    answers = await asyncio.gather(*map(each_desk.portal.payments.start, orders), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["PaymentInProgress", "str"]
    (reference,) = (answer for answer in answers if isinstance(answer, str))
    (refused,) = (answer for answer in answers if isinstance(answer, PaymentInProgress))
    assert refused.reference == reference
    assert len(each_desk.provider.pushes) == 1


@pytest.mark.covers("D36")
async def test_a_number_that_is_not_yet_proved_needs_the_tick(desk: Desk) -> None:
    error = await refusal_of(desk, phone=STRANGE_PHONE)
    assert isinstance(error, Refused)
    assert (error.field, error.problem, error.facts) == ("agreed", "not_your_phone", {"phone": "0713•••888"})
    await desk.start(phone=STRANGE_PHONE, agreed=True)


async def test_a_number_that_has_paid_for_this_account_needs_no_tick(desk: Desk) -> None:
    await desk.add_bill()
    await desk.start_and_settle(PAID, phone=STRANGE_PHONE, agreed=True)
    await desk.start(bill=RENT, phone=STRANGE_PHONE)


async def test_a_number_that_did_not_pay_proves_nothing(desk: Desk) -> None:
    await desk.start_and_settle(WRONG_PIN, phone=STRANGE_PHONE, agreed=True)
    assert isinstance(await refusal_of(desk, phone=STRANGE_PHONE), Refused)


async def test_a_number_proved_by_one_account_is_not_proved_for_another(desk: Desk) -> None:
    neighbour = await desk.add_neighbour()
    await desk.start_and_settle(PAID, phone=STRANGE_PHONE, agreed=True)
    error = await refusal_of(desk, payer=neighbour, bill=NEIGHBOUR_BILL, phone=STRANGE_PHONE)
    assert isinstance(error, Refused)
    assert error.field == "agreed"


@pytest.mark.covers("D36")
async def test_the_number_is_kept_sealed_with_its_language(desk: Desk) -> None:
    reference = await desk.start()
    vault = desk.portal.tools.vault
    contact = await desk.read(lambda tx: contacts.load(tx, vault, reference))
    assert (contact.phone, contact.own, contact.language) == (a_phone(), True, "sw")


async def test_a_phone_with_an_open_prompt_gets_no_second_one_whoever_asks(desk: Desk) -> None:
    neighbour = await desk.add_neighbour()
    await desk.start()
    error = await refusal_of(desk, payer=neighbour, bill=NEIGHBOUR_BILL, agreed=True)
    assert isinstance(error, Refused)
    assert (error.field, error.problem, error.facts) == ("phone", "prompt_open", {"phone": "0754•••456"})


async def test_two_who_ask_one_phone_at_once_send_one_prompt(each_desk: Desk) -> None:
    neighbour = await each_desk.add_neighbour()
    orders = [each_desk.order(), each_desk.order(payer=neighbour, bill=NEIGHBOUR_BILL, agreed=True)]
    answers = await asyncio.gather(*map(each_desk.portal.payments.start, orders), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "str"]
    assert len(each_desk.provider.pushes) == 1


async def pushed_three_times(desk: Desk) -> Person:
    """Two accounts have had one phone asked three times, and each time its owner refused."""
    neighbour = await desk.add_neighbour()
    for payer, bill in ((a_person(), BILL), (neighbour, NEIGHBOUR_BILL), (a_person(), BILL)):
        await desk.start_and_settle(WRONG_PIN, payer=payer, bill=bill, agreed=True)
    return neighbour


async def test_the_fourth_push_to_one_phone_from_two_accounts_is_refused(desk: Desk) -> None:
    neighbour = await pushed_three_times(desk)
    error = await refusal_of(desk, payer=neighbour, bill=NEIGHBOUR_BILL, agreed=True)
    assert isinstance(error, TooMany)
    assert error.status == 429
    assert error.until == NOW + timedelta(minutes=10)


async def bothered(desk: Desk, phone: Phone, times: int) -> None:
    """The neighbour has had a phone asked that often, and each time its owner refused."""
    for _ in range(times):
        await desk.start_and_settle(
            WRONG_PIN, payer=a_neighbour(), bill=NEIGHBOUR_BILL, phone=phone, agreed=True
        )


@pytest.mark.covers("D76", "L6")
async def test_strangers_leave_the_owner_of_a_number_one_of_its_three_prompts(
    desk: Desk, clock: FakeClock
) -> None:
    await desk.add_neighbour()
    await bothered(desk, a_phone(), 2)
    stranger = {"payer": a_neighbour(), "bill": NEIGHBOUR_BILL, "agreed": True}
    error = await refusal_of(desk, **stranger)
    assert isinstance(error, TooMany)
    assert error.until == NOW + timedelta(minutes=10)
    await desk.start_and_settle(WRONG_PIN)
    assert isinstance(await refusal_of(desk), TooMany)
    clock.now = NOW + timedelta(minutes=10)
    await desk.start(**stranger)


async def test_a_number_that_is_proved_by_a_payment_has_its_own_prompt_too(
    desk: Desk, clock: FakeClock
) -> None:
    await desk.add_neighbour()
    await desk.add_bill()
    await desk.start_and_settle(PAID, phone=STRANGE_PHONE, agreed=True)
    clock.advance(minutes=10)
    await bothered(desk, STRANGE_PHONE, 2)
    error = await refusal_of(desk, payer=a_neighbour(), bill=NEIGHBOUR_BILL, phone=STRANGE_PHONE, agreed=True)
    assert isinstance(error, TooMany)
    await desk.start(bill=RENT, phone=STRANGE_PHONE)


async def test_a_number_of_nobody_here_is_asked_three_times(desk: Desk) -> None:
    await desk.add_neighbour()
    await bothered(desk, STRANGE_PHONE, 3)
    assert isinstance(await refusal_of(desk, phone=STRANGE_PHONE, agreed=True), TooMany)


async def test_a_prompt_that_has_ended_on_the_phone_bars_nobody(desk: Desk, clock: FakeClock) -> None:
    await desk.add_neighbour()
    await desk.start(payer=a_neighbour(), bill=NEIGHBOUR_BILL, agreed=True)
    clock.now = NOW + timedelta(minutes=5) - timedelta(microseconds=1)
    assert isinstance(await refusal_of(desk), Refused)
    clock.now = NOW + timedelta(minutes=5)
    await desk.start()


async def test_another_phone_can_still_be_asked(desk: Desk) -> None:
    await pushed_three_times(desk)
    await desk.start(phone=STRANGE_PHONE, agreed=True)


async def test_after_ten_minutes_the_phone_can_be_asked_again(desk: Desk, clock: FakeClock) -> None:
    await pushed_three_times(desk)
    clock.now = NOW + timedelta(minutes=10)
    await desk.start()


async def pushed_to_strangers(desk: Desk, numbers: range) -> None:
    """One account has asked that many phones of strangers, one after the other, and each refused."""
    for number in numbers:
        await desk.start_and_settle(WRONG_PIN, phone=a_phone(f"2557139{number:05d}"), agreed=True)


@pytest.mark.covers("D76", "L6", "J13")
async def test_an_account_cannot_ask_many_phones_in_ten_minutes(desk: Desk, clock: FakeClock) -> None:
    neighbour = await desk.add_neighbour()
    await pushed_to_strangers(desk, range(6))
    error = await refusal_of(desk, phone=STRANGE_PHONE, agreed=True)
    assert isinstance(error, TooMany)
    assert (error.status, error.until) == (429, NOW + timedelta(minutes=10))
    await desk.start(payer=neighbour, bill=NEIGHBOUR_BILL, phone=STRANGE_PHONE, agreed=True)
    clock.now = NOW + timedelta(minutes=10)
    await desk.start()


@pytest.mark.covers("D76", "L6")
async def test_an_account_cannot_ask_phones_all_day(desk: Desk, clock: FakeClock) -> None:
    for first in range(0, 20, 5):
        await pushed_to_strangers(desk, range(first, first + 5))
        clock.advance(minutes=10)
    error = await refusal_of(desk, phone=STRANGE_PHONE, agreed=True)
    assert isinstance(error, TooMany)
    assert error.until == NOW + timedelta(days=1)
    clock.now = error.until
    await desk.start(phone=STRANGE_PHONE, agreed=True)


@pytest.mark.covers("L6")
async def test_presses_at_once_are_all_counted_against_the_account(each_desk: Desk) -> None:
    for number in range(8):
        await each_desk.add_bill(reference=a_reference(30 + number))
    orders = [
        each_desk.order(bill=a_reference(30 + n), phone=a_phone(f"2557139{n:05d}"), agreed=True)
        for n in range(8)
    ]
    answers = await asyncio.gather(*map(each_desk.portal.payments.start, orders), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["TooMany"] * 2 + ["str"] * 6


async def test_a_refused_press_is_not_counted(desk: Desk) -> None:
    for _ in range(7):
        await refusal_of(desk, total=shillings(1))
    await desk.start()
