"""Where the return of a deposit meets other refunds of the same payments: every shilling of it goes once."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from portal.domain.money import shillings
from portal.domain.outcome import NotSent, Paid
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import Cause, NotRefunded, Refunded, RefundRefusal
from portal.providers.refund import HeardOfRefund
from portal.services.office import Unchanged
from portal.store import ledger_check
from portal.store.writer import Store
from tests.makers import BILL, LEASE, FakeClock, some_fees
from tests.services.depositing import CLEANING, case, itemise, pay_deposit, standing, sums
from tests.services.desk import CODE, RENT, Desk
from tests.services.refunding import (
    ASHA,
    JUMA,
    PETER,
    REVERSAL,
    SALMA,
    a_sending_desk,
    approve,
    queue_of,
    refund_of,
    typed,
)

FULL = NotRefunded(RefundRefusal.LIMIT, "full")


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_sending_desk(sqlite_store, clock, REVERSAL) as desk:
        yield desk
        report = await desk.read(ledger_check.check)
        assert report.sound, report


async def failed_return(desk: Desk) -> tuple[str, str]:
    """A deposit and a rent were paid at once; the payment, and the refund of the deposit that came to nothing."""
    await desk.add_bill(amount=shillings(500_000))
    whole = shillings(950_000)
    paid = Paid(whole + some_fees(whole).total, CODE, desk.clock.now)
    payment = await desk.start_and_settle(paid, amounts={BILL: shillings(450_000), RENT: shillings(500_000)})
    await itemise(desk)
    desk.provider.will_refund(FULL)
    await desk.work()
    (failed,) = (await desk.payment(payment)).refunds
    return payment, failed.reference


@pytest.mark.covers("F13", "F4")
async def test_a_deposit_that_the_office_has_stopped_goes_by_its_hand(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 900_000)
    await itemise(desk)
    desk.provider.will_refund(NotSent("no route to it"))
    await desk.work()
    (stuck,) = (await desk.payment(payment)).refunds
    assert stuck.cannot_leave
    await desk.portal.refunds.cannot_be_sent(
        SALMA, stuck.reference, "M-Pesa is not reached. We send it by bank."
    )
    await desk.portal.lease_end.deposits.send_again(SALMA, LEASE)
    assert sums(await standing(desk)) == {"on_the_way": 900_000}
    assert [one.by_hand for one in (await desk.payment(payment)).refunds] == [False, True]


@pytest.mark.covers("F13", "F5")
async def test_a_deposit_that_was_sent_again_is_not_sent_out_of_the_rent_too(desk: Desk) -> None:
    payment, failed = await failed_return(desk)
    desk_of_refunds = desk.portal.refund_desk
    for attempt in (
        desk_of_refunds.again(SALMA, failed, "REVERSAL"),
        desk_of_refunds.close(SALMA, failed, "The tenant has no account any more."),
    ):
        with pytest.raises(Unchanged) as unchanged:
            await attempt
        assert unchanged.value.problem == "deposit"
    shown = await desk.portal.refund_views.case(SALMA, failed)
    assert (shown.by_deposit, shown.ways_again, await queue_of(desk)) == (True, [], [failed])
    await desk.portal.lease_end.deposits.send_again(SALMA, LEASE)
    closed, other = (await desk.payment(payment)).refunds
    assert (closed.instead, closed.closed_by) == (other.reference, SALMA.id)
    assert (other.instead_of, await queue_of(desk)) == (failed, [other.reference])
    with pytest.raises(Unchanged):
        await desk_of_refunds.again(SALMA, failed, "REVERSAL")
    assert sums(await standing(desk)) == {"on_the_way": 450_000}


async def test_a_deposit_that_somebody_found_to_have_gone_is_not_sent_again(desk: Desk) -> None:
    _, failed = await failed_return(desk)
    await desk.portal.refund_findings.propose(
        SALMA, failed, went=True, code="RC9X", note="Their statement shows it."
    )
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.lease_end.deposits.send_again(SALMA, LEASE)
    assert unchanged.value.problem == "finding"


async def test_a_deposit_that_was_only_told_to_have_failed_is_not_sent_again_before_somebody_looked(
    sqlite_store: Store, clock: FakeClock
) -> None:
    silent = replace(REVERSAL, answers_questions=False)
    async with a_sending_desk(sqlite_store, clock, silent) as desk:
        (payment,) = await pay_deposit(desk, 450_000)
        await itemise(desk, CLEANING)
        await desk.work()
        (refund,) = (await desk.payment(payment)).refunds
        said = HeardOfRefund(cause=Cause.OURS, outcome=FULL, reference=refund.reference)
        await desk.portal.refund_news.hear("mpesa", said)
        with pytest.raises(Unchanged) as unchanged:
            await desk.portal.lease_end.deposits.send_again(SALMA, LEASE)
        assert (unchanged.value.problem, len(desk.provider.refunds)) == ("look", 1)


async def test_what_failed_of_two_payments_is_closed_by_whatever_goes_instead(desk: Desk) -> None:
    payments = await pay_deposit(desk, 200_000, 250_000)
    await itemise(desk)
    desk.provider.will_refund(FULL, FULL)
    await desk.work()
    assert len(await queue_of(desk)) == 2
    await desk.portal.lease_end.deposits.send_again(SALMA, LEASE)
    queue = await queue_of(desk)
    for payment in payments:
        closed, other = (await desk.payment(payment)).refunds
        assert closed.reference not in queue
        assert (closed.instead, other.state) == (other.reference, RefundState.APPROVED)


@pytest.mark.covers("F13", "F5")
async def test_a_return_waits_until_a_refund_that_failed_was_seen_to(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 450_000)
    refund = await desk.portal.refunds.ask(ASHA, payment, typed(), "key")
    await approve(desk, refund, JUMA)
    desk.provider.will_refund(FULL)
    await desk.work()
    assert (await refund_of(desk, refund)).state is RefundState.FAILED
    with pytest.raises(Unchanged) as unchanged:
        await itemise(desk, CLEANING)
    assert unchanged.value.problem == "refund_open"
    assert (await case(desk)).refund_open
    await desk.portal.refund_desk.close(SALMA, refund, "The tenant waits for the deposit.")
    await itemise(desk, CLEANING)
    assert sums(await standing(desk)) == {"on_the_way": 330_000, "waiting": 120_000}


@pytest.mark.covers("F13", "F5")
async def test_an_older_refund_that_comes_back_takes_nothing_that_a_return_holds(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 450_000)
    refund = await desk.portal.refunds.ask(ASHA, payment, typed(), "key")
    await approve(desk, refund, JUMA)
    desk.provider.will_refund(Refunded("RC1"))
    await desk.work()
    await itemise(desk, CLEANING)
    found = desk.portal.refund_findings
    await found.propose(SALMA, refund, went=False, code="", note="The bank gave it back to us.")
    finding = (await refund_of(desk, refund)).finding
    assert finding
    await found.confirm(PETER, refund, finding.name)
    again = await desk.portal.refund_desk.again(SALMA, refund, "REVERSAL")
    assert (await refund_of(desk, again)).beyond_bills
    assert sums(await standing(desk)) == {"on_the_way": 230_000, "waiting": 120_000}
