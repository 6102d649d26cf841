"""What a tenant keeps pays the next bills of the lease: in their order, never twice, and before anybody else pays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Column, update

from portal.domain.bill import BillStatus, PaymentType
from portal.domain.errors import AlreadyPaid
from portal.domain.money import Currency, shillings
from portal.domain.outcome import Paid, Source
from portal.services.excess import Choice
from portal.services.office import Unchanged
from portal.store import jobs, ledger_check, replay
from portal.store.tenant_credits import credit_uses, tenant_credits
from portal.store.types import Tx
from portal.store.writer import Store
from tests.makers import LANDLORD, TENANT, FakeClock, a_lease, a_reference
from tests.services.desk import RENT, Desk, a_desk
from tests.services.menu import FakeMixx, ask
from tests.services.paying_twice import NO_RESPONSE, WHOLE, choose, paid_twice, the_books_agree
from tests.services.refunding import ASHA, JUMA, REVERSAL, provider_that
from tests.services.test_messages import kinds

APRIL = a_reference(41)
OTHER = Paid(receipt_code="OTHER12345")


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_store, clock, provider=provider_that(REVERSAL)) as desk:
        yield desk


async def kept(desk: Desk) -> str:
    """The payment whose money Asha keeps; no bill is open but those that a test adds."""
    late = await paid_twice(desk)
    await choose(desk, late, Choice.KEEP)
    return late


@pytest.mark.covers("I11")
async def test_a_bill_that_appears_later_is_paid_by_itself_and_told_to_both(desk: Desk) -> None:
    late = await kept(desk)
    await desk.add_bill()
    await desk.pass_time(hours=1)
    bill = await desk.bill(RENT)
    assert (bill.status, bill.rest) == (BillStatus.PAID, shillings(0))
    payment = await desk.payment(late)
    assert payment.receipt_version == 2
    assert (await kinds(desk, TENANT))[-1] == "credit_used"
    assert (await kinds(desk, LANDLORD))[-1] == "credit_received"
    assert "credit" not in await desk.job_kinds()
    balances = await desk.balances()
    assert balances[f"payable:{LANDLORD}"] == -450_000
    assert "suspense" not in balances
    _, facts, _ = await desk.portal.receipts.facts(JUMA, payment.receipt.address if payment.receipt else "")
    assert [(use.bill, use.amount) for use in facts.credit_uses] == [(RENT, WHOLE)]
    assert (facts.still_yours, facts.rendered_at) == (None, payment.credit_uses[0].at)
    await the_books_agree(desk)


async def test_the_bills_are_paid_in_the_order_in_which_they_are_due(desk: Desk) -> None:
    late = await paid_twice(desk)
    april = {"reference": APRIL, "period": date(2026, 4, 1), "due_on": date(2026, 4, 5)}
    await desk.add_bill(**april, amount=shillings(400_000))
    await desk.add_bill(due_on=date(2026, 3, 5), amount=shillings(200_000))
    await choose(desk, late, Choice.KEEP)
    assert [(use.bill, use.amount.minor) for use in (await desk.payment(late)).credit_uses] == [
        (RENT, 200_000),
        (APRIL, 250_000),
    ]
    assert (await desk.bill(APRIL)).rest == shillings(150_000)


@pytest.mark.parametrize("amount,used", [(450_000, 450_000), (450_500, 449_500), (451_000, 450_000)])
async def test_no_bill_is_left_with_so_little_that_it_cannot_be_paid(
    desk: Desk, amount: int, used: int
) -> None:
    late = await paid_twice(desk)
    await desk.add_bill(amount=shillings(amount))
    await choose(desk, late, Choice.KEEP)
    (use,) = (await desk.payment(late)).credit_uses
    assert use.amount == shillings(used)


@pytest.mark.covers("A16", "I11")
async def test_a_bill_that_is_being_paid_is_left_to_that_payment(desk: Desk) -> None:
    late = await paid_twice(desk)
    await desk.add_bill()
    started = await desk.start(bill=RENT)
    await choose(desk, late, Choice.KEEP)
    assert (await desk.payment(late)).credit_left == WHOLE
    await desk.portal.payments.record_outcome(started, OTHER, Source.CALLBACK)
    await desk.pass_time(hours=1)
    assert (await desk.payment(late)).credit_left == WHOLE
    assert (await desk.payment(started)).excess is None


@pytest.mark.covers("I11", "A16")
async def test_whoever_comes_to_pay_is_asked_for_what_the_credit_leaves(desk: Desk) -> None:
    await kept(desk)
    await desk.add_bill(amount=shillings(600_000))
    draft = await desk.portal.checkout.begin(ASHA, [RENT], None)
    assert (await desk.portal.checkout.step(ASHA, draft)).amount == shillings(150_000)
    assert (await desk.bill(RENT)).status is BillStatus.PART_PAID


async def test_whoever_comes_to_pay_what_the_credit_has_covered_hears_that_it_is_paid(desk: Desk) -> None:
    await kept(desk)
    await desk.add_bill()
    with pytest.raises(AlreadyPaid):
        await desk.portal.checkout.begin(ASHA, [RENT], None)
    assert (await desk.bill(RENT)).status is BillStatus.PAID


async def test_another_try_of_a_payment_that_came_to_nothing_asks_for_what_the_credit_leaves(
    desk: Desk,
) -> None:
    late = await paid_twice(desk)
    await desk.add_bill(amount=shillings(600_000))
    failed = await desk.start(bill=RENT, amount=shillings(600_000))
    await choose(desk, late, Choice.KEEP)
    await desk.portal.payments.record_outcome(failed, NO_RESPONSE, Source.WORKER)
    draft = await desk.portal.checkout.again(ASHA, failed)
    assert (await desk.portal.checkout.step(ASHA, draft)).amount == shillings(150_000)
    with pytest.raises(Exception, match="not_found"):
        await desk.portal.checkout.again(ASHA, a_reference(98))


async def test_a_credit_pays_no_deposit_whose_money_goes_back_another_way(desk: Desk) -> None:
    late = await kept(desk)
    await desk.add_bill(reference=APRIL, type=PaymentType.SECURITY_DEPOSIT)
    await desk.pass_time(hours=2)
    assert (await desk.bill(APRIL)).paid == shillings(0)
    assert (await desk.payment(late)).credit_left == WHOLE
    await the_books_agree(desk)


async def test_two_credits_of_one_lease_pay_one_bill_between_them(desk: Desk) -> None:
    first = await kept(desk)
    deposit = await desk.add_bill(reference=APRIL, type=PaymentType.SECURITY_DEPOSIT)
    desk.clock.advance(minutes=11)
    second = await paid_twice(desk, bill=APRIL, codes=("OTHER12345", "SECOND1234"))
    await choose(desk, second, Choice.KEEP, key="second")
    await desk.add_bill(amount=shillings(700_000))
    await desk.pass_time(hours=1)
    assert (await desk.bill(RENT)).status is BillStatus.PAID
    left = [(await desk.payment(one)).credit_left for one in (first, second)]
    assert sum(each.minor for each in left) == 200_000
    assert deposit.amount == WHOLE
    await the_books_agree(desk)


async def test_shillings_are_not_kept_for_a_lease_in_dollars(sqlite_store: Store, clock: FakeClock) -> None:
    lease = a_lease(currency=Currency.USD, exemption="embassy")
    async with a_desk(sqlite_store, clock, lease=lease, provider=provider_that(REVERSAL)) as desk:
        late = await paid_twice(desk)
        extra = await desk.portal.excess.offer(ASHA, late)
        assert extra
        assert not extra.can_be_kept
        with pytest.raises(Unchanged):
            await choose(desk, late, Choice.KEEP)
        assert (await desk.payment(late)).excess_waiting == WHOLE


@pytest.mark.covers("I11")
async def test_what_pays_at_once_and_what_looks_for_bills_use_no_shilling_twice(
    store: Store, clock: FakeClock
) -> None:
    async with a_desk(store, clock, provider=provider_that(REVERSAL)) as desk:
        late = await kept(desk)
        await desk.add_bill(amount=shillings(300_000))
        await desk.add_bill(reference=APRIL, period=date(2026, 4, 1), amount=shillings(300_000))
        clock.advance(hours=1)
        ways = [desk.work(), *(desk.portal.excess.kept.before_paying([bill]) for bill in (RENT, APRIL) * 2)]
        await asyncio.gather(*ways, choose(desk, late, Choice.BACK, key="back"), return_exceptions=True)
        payment = await desk.payment(late)
        used = sum(use.amount.minor for use in payment.credit_uses)
        asked_back = sum(one.without_fee.minor for one in payment.refunds.every)
        assert used + asked_back + payment.credit_left.minor == 450_000
        await the_books_agree(desk)


async def test_the_ledger_s_check_knows_what_is_kept_and_what_it_has_paid(desk: Desk) -> None:
    late = await kept(desk)
    await desk.add_bill(amount=shillings(100_000))
    await desk.pass_time(hours=1)
    for column in (tenant_credits.c.unused, credit_uses.c.amount):
        await desk.store.write(partial(add_to, column, 1))
        report = await desk.store.snapshot(ledger_check.check)
        assert len(report.differences) == 1
        assert late in report.differences[0]
        assert not (await desk.store.snapshot(replay.check)).sound
        await desk.store.write(partial(add_to, column, -1))
    await the_books_agree(desk)


def add_to(column: Column[Any], more: int, tx: Tx) -> None:
    tx.execute(update(column.table).values({column.name: column + more}))


async def test_a_message_about_what_is_gone_is_not_written(desk: Desk) -> None:
    await desk.store.write(
        lambda tx: jobs.enqueue(tx, "tell_credit", "x:0", desk.clock(), payment=a_reference(97), number=0)
    )
    await desk.work()
    assert not desk.sink.letters


async def test_of_a_lease_that_is_not_there_nothing_is_spent(desk: Desk) -> None:
    with pytest.raises(LookupError):
        await desk.store.write(lambda tx: desk.portal.excess.kept.spend(tx, a_reference(96), []))


@pytest.mark.covers("A11", "I11")
async def test_in_a_wallet_s_menu_no_more_is_taken_than_the_credit_leaves(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_desk(sqlite_store, clock, others=[FakeMixx()]) as desk:
        await kept(desk)
        await desk.add_bill(amount=shillings(600_000))
        refused = await ask(desk, AMOUNT="600000")
        assert (refused["RESULT"], (await desk.bill(RENT)).rest) == ("TF", shillings(150_000))
        taken = await ask(desk, AMOUNT="150000")
        assert (taken["RESULT"], (await desk.bill(RENT)).status) == ("TS", BillStatus.PAID)
        await the_books_agree(desk)
