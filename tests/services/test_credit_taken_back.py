"""A rent that a credit has paid is owed again when that money is taken back, and paid again when it is returned."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from portal.domain.bill import BillStatus
from portal.domain.credit_events import CreditTakenBack
from portal.domain.dispute import DisputeVerdict
from portal.domain.money import Money, shillings
from portal.domain.outcome import Paid
from portal.domain.refund_outcome import NotRefunded, Refunded, RefundRefusal
from portal.services.excess import Choice
from portal.store import owed, replay
from portal.store.writer import Store
from portal.templating.gsm7 import LONGEST, septets
from tests.asked import statements_run
from tests.makers import LANDLORD, LEASE, TENANT, FakeClock, a_reference
from tests.services.desk import RENT, TOTAL, Desk, a_desk
from tests.services.paying_out import a_paying_desk, prepare, sent_off
from tests.services.paying_twice import WHOLE, choose, paid_twice, the_books_agree
from tests.services.refunding import ASHA, JUMA, REVERSAL, SALMA, provider_that
from tests.services.test_messages import kinds
from tests.services.test_reversals import by_itself, disputed, hears

APRIL = a_reference(41)
LOSS = "loss:taken_back"
PAYABLE = f"payable:{LANDLORD}"
WON = NotRefunded(RefundRefusal.CALLED_OFF, "won")
OTHER = Paid(receipt_code="OTHER12345")


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_store, clock, provider=provider_that(REVERSAL)) as desk:
        yield desk


async def a_rent_paid_by_credit(desk: Desk, amount: Money = WHOLE) -> str:
    """The payment whose money was kept and has paid it."""
    late = await paid_twice(desk)
    await choose(desk, late, Choice.KEEP)
    await desk.add_bill(amount=amount)
    await desk.pass_time(hours=1)
    assert (await desk.bill(RENT)).status is BillStatus.PAID
    return late


async def the_books_hold(desk: Desk) -> None:
    await the_books_agree(desk)
    report = await desk.store.snapshot(replay.check)
    assert report.sound, report


@pytest.mark.covers("I11", "F11")
async def test_a_rent_is_not_paid_any_more_by_money_that_was_taken_back(desk: Desk) -> None:
    late = await a_rent_paid_by_credit(desk)
    await hears(desk, late, by_itself())
    bill = await desk.bill(RENT)
    assert (bill.status, bill.rest) == (BillStatus.DUE, WHOLE)
    balances = await desk.balances()
    assert (balances.get(PAYABLE, 0), balances[LOSS]) == (0, 1_250)
    assert not balances.keys() & {"suspense", f"credit:{LEASE}"}
    payment = await desk.payment(late)
    assert [use.amount.minor for use in payment.credit_uses] == [450_000, -450_000]
    assert (payment.receipt_version, payment.credit_left.minor) == (3, 0)
    await the_books_hold(desk)


@pytest.mark.covers("I11", "M2", "F11")
async def test_tenant_and_landlord_hear_which_bill_is_owed_again(desk: Desk) -> None:
    late = await a_rent_paid_by_credit(desk)
    desk.sink.letters.clear()
    await hears(desk, late, by_itself())
    assert set((await kinds(desk, TENANT))[-2:]) == {"reversed", "credit_taken"}
    assert (await kinds(desk, LANDLORD))[-1] == "credit_unreceived"
    told = [letter.text for letter in desk.sink.letters]
    assert max(septets(text) for text in told) <= LONGEST
    assert any("TSh 450,000 zilizolipa" in text and "Bado kulipa: TSh 450,000" in text for text in told)
    assert any("si zako tena" in text for text in told)
    assert not any("Hakuna bili" in text for text in told)


@pytest.mark.covers("I11", "F11")
async def test_receipt_and_proof_say_that_it_was_taken_back(desk: Desk) -> None:
    late = await a_rent_paid_by_credit(desk)
    await hears(desk, late, by_itself())
    payment = await desk.payment(late)
    assert payment.receipt
    assert payment.receipt_check
    _, facts, _ = await desk.portal.receipts.facts(JUMA, payment.receipt.address)
    proof = await desk.portal.receipts.prove(payment.receipt_check, "a client")
    assert proof
    for uses in (facts.credit_uses, proof.credit_uses):
        assert [(use.bill, use.amount.minor) for use in uses] == [(RENT, 450_000), (RENT, -450_000)]
    assert facts.version == 3


@pytest.mark.covers("I11")
async def test_every_amount_of_it_adds_up_where_it_is_explained(desk: Desk) -> None:
    late = await a_rent_paid_by_credit(desk)
    await hears(desk, late, by_itself())
    kinds_of = [type(event) for event in await desk.history(late)]
    explain = desk.portal.reads.explain
    found = await explain.payment(SALMA, late, f"event-{kinds_of.index(CreditTakenBack) + 1}")
    assert (found.adds_up, found.sum) == (True, WHOLE)
    for name in ("came", "back", "net"):
        assert (await explain.payment(SALMA, late, name)).adds_up


@pytest.mark.covers("I11", "F11")
async def test_only_as_much_as_is_needed_is_taken_out_of_the_newest_bill(desk: Desk) -> None:
    late = await a_rent_paid_by_credit(desk, shillings(200_000))
    await desk.add_bill(reference=APRIL, amount=shillings(200_000))
    await desk.pass_time(hours=1)
    await hears(desk, late, by_itself(Refunded("re_9", shillings(102_250))))
    rests = [(await desk.bill(name)).rest.minor for name in (RENT, APRIL)]
    assert (rests, (await desk.payment(late)).credit_left.minor) == ([0, 50_000], 0)
    await the_books_hold(desk)


@pytest.mark.covers("I11", "F11")
async def test_what_was_paid_out_for_it_is_taken_off_the_next_payout(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_paying_desk(sqlite_store, clock) as desk:
        late = await a_rent_paid_by_credit(desk)
        await sent_off(desk)
        assert not await desk.read(lambda tx: owed.owed(tx, PAYABLE))
        await hears(desk, late, by_itself())
        (item,) = await desk.read(lambda tx: owed.owed(tx, PAYABLE))
        assert (item.stream, item.amount) == (late, shillings(-450_000))
        await desk.add_bill(reference=APRIL, amount=shillings(600_000))
        await desk.start_and_settle(OTHER, bill=APRIL, amount=shillings(600_000))
        reference = await prepare(desk)
        case = await desk.portal.books.views.case(SALMA, reference)
        line = next(line for line in case.payout.lines if line.payee == LANDLORD)
        assert line.amount == shillings(150_000)
        assert shillings(-450_000) in [item.amount for item in line.items]
        await the_books_hold(desk)


@pytest.mark.covers("I11", "F12")
async def test_money_that_is_here_again_pays_the_rent_that_it_had_paid(desk: Desk) -> None:
    late = await a_rent_paid_by_credit(desk)
    await hears(desk, late, disputed(desk, Refunded("re_9", TOTAL)))
    assert (await desk.bill(RENT)).rest == WHOLE
    desk.clock.advance(days=9)
    await hears(desk, late, disputed(desk, WON, DisputeVerdict.WON))
    payment = await desk.payment(late)
    assert (await desk.bill(RENT)).status is BillStatus.PAID
    assert [use.amount.minor for use in payment.credit_uses] == [450_000, -450_000, 450_000]
    assert (payment.excess_waiting, payment.credit_left.minor, payment.receipt_version) == (None, 0, 4)
    balances = await desk.balances()
    assert (balances[PAYABLE], balances.get(LOSS, 0)) == (-450_000, 0)
    assert "credit_used" in (await kinds(desk, TENANT))[-2:]
    assert (await kinds(desk, LANDLORD))[-1] == "credit_received"
    await the_books_hold(desk)


@pytest.mark.covers("I11", "F12")
async def test_money_that_is_here_again_waits_for_the_payer_where_the_rent_was_paid_meanwhile(
    desk: Desk,
) -> None:
    late = await a_rent_paid_by_credit(desk)
    await hears(desk, late, disputed(desk, Refunded("re_9", TOTAL)))
    await desk.start_and_settle(OTHER, bill=RENT)
    desk.clock.advance(days=9)
    await hears(desk, late, disputed(desk, WON, DisputeVerdict.WON))
    assert ((await desk.payment(late)).excess_waiting, (await desk.bill(RENT)).rest.minor) == (WHOLE, 0)
    offer = await desk.portal.excess.offer(ASHA, late)
    assert offer
    assert (await desk.balances())["suspense"] == -450_000
    await choose(desk, late, Choice.KEEP, key="again")
    await hears(desk, late, by_itself())
    assert (await desk.payment(late)).credit_left.minor == 0
    await the_books_hold(desk)


@pytest.mark.covers("I11", "F11")
async def test_however_it_races_with_what_pays_the_rent_none_is_paid_with_money_that_is_gone(
    store: Store, clock: FakeClock
) -> None:
    async with a_desk(store, clock, provider=provider_that(REVERSAL)) as desk:
        late = await paid_twice(desk)
        await choose(desk, late, Choice.KEEP)
        await desk.add_bill(amount=shillings(300_000))
        await desk.add_bill(reference=APRIL, amount=shillings(150_000))
        clock.advance(hours=1)
        spend = [desk.portal.excess.kept.before_paying([bill]) for bill in (RENT, APRIL) * 2]
        await asyncio.gather(desk.work(), *spend[:2], hears(desk, late, by_itself()), *spend[2:])
        rests = [(await desk.bill(name)).rest.minor for name in (RENT, APRIL)]
        assert rests == [300_000, 150_000]
        assert (await desk.balances())[LOSS] == 1_250
        await the_books_hold(desk)


@pytest.mark.covers("I11", "F12")
async def test_of_several_reversals_each_return_pays_what_its_own_had_taken(desk: Desk) -> None:
    late = await a_rent_paid_by_credit(desk)
    half = shillings(227_250)
    for name in ("re_1", "re_2"):
        await hears(desk, late, by_itself(Refunded(name, half), request_id=name))
    assert (await desk.bill(RENT)).rest == WHOLE
    desk.clock.advance(hours=2)
    await hears(desk, late, by_itself(WON, request_id="re_1", at=desk.clock.now))
    assert (await desk.bill(RENT)).rest == shillings(225_000)
    await hears(desk, late, by_itself(WON, request_id="re_2", at=desk.clock.now))
    assert ((await desk.bill(RENT)).rest.minor, (await desk.balances()).get(LOSS, 0)) == (0, 0)
    await the_books_hold(desk)


def held_at_once(seen: list[str]) -> set[int]:
    """How many bills are held by each statement that does so, before the first of them is changed."""
    changed = next(number for number, each in enumerate(seen) if each.startswith("UPDATE bills"))
    holds = [each for each in seen[:changed] if "FROM bills" in each and "ORDER BY bills.reference" in each]
    return {each.partition(" IN (")[2].count("?") for each in holds}


@pytest.mark.covers("I11", "F11")
async def test_every_bill_that_may_lose_by_it_is_held_before_the_first_is_changed(desk: Desk) -> None:
    late = await a_rent_paid_by_credit(desk, shillings(200_000))
    await desk.add_bill(reference=APRIL, amount=shillings(200_000))
    await desk.pass_time(hours=1)
    with statements_run() as seen:
        await hears(desk, late, disputed(desk, Refunded("re_9", TOTAL)))
    assert held_at_once(seen) == {3}
    desk.clock.advance(days=9)
    with statements_run() as seen:
        await hears(desk, late, disputed(desk, WON, DisputeVerdict.WON))
    # First those that it takes back, and then what is read of some of them.
    assert max(held_at_once(seen)) == 3
    first = next(each for each in seen if "ORDER BY bills.reference" in each)
    assert first.partition(" IN (")[2].count("?") == 3
