"""A deposit whose payer's bank takes money back while it is returned: nothing is given away that is not there."""

from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import Any

import pytest

from portal.domain.deposit_line import LineState
from portal.domain.deposit_return import ReturnState
from portal.domain.dispute import DisputeVerdict
from portal.domain.errors import NotFound
from portal.domain.ledger import payable_to
from portal.domain.money import shillings
from portal.domain.outcome import Paid, Pending
from portal.domain.refund_outcome import Refunded
from portal.services.deposit_wish import TypedClaim, TypedClaims
from portal.services.office import Unchanged
from portal.store import ledger_check
from portal.store.writer import Store
from portal.templating.gsm7 import septets
from tests.makers import BILL, LANDLORD, LEASE, FakeClock, some_fees
from tests.services.depositing import (
    AGREE,
    CLEANING,
    DAMAGE,
    DISPUTE,
    answer,
    case,
    decide,
    itemise,
    pay_deposit,
    returned,
    standing,
    sums,
    told,
)
from tests.services.desk import Desk, a_desk
from tests.services.refunding import ASHA, JUMA, PETER, SALMA, hire, refund_of
from tests.services.selling import NEEMA, sell
from tests.services.test_reversals import KEPT, Finder, by_itself, disputed, hears


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_store, clock, provider=Finder()) as desk:
        await hire(desk)
        yield desk
        report = await desk.read(ledger_check.check)
        assert report.sound, report


async def half_way(desk: Desk) -> str:
    """700,000 went back, and the tenant has to answer two lines; the payment."""
    (payment,) = await pay_deposit(desk, 900_000)
    desk.provider.will_refund(Refunded("RC1", shillings(700_000)))
    await itemise(desk, CLEANING, DAMAGE)
    await desk.work()
    told(desk)
    return payment


async def all_taken(desk: Desk, payment: str) -> None:
    """By its payer, with nobody's agreement here."""
    await hears(desk, payment, by_itself(Refunded("re_9", (await desk.payment(payment)).received)))


async def refused(attempt: Awaitable[Any]) -> str:
    with pytest.raises(Unchanged) as unchanged:
        await attempt
    return unchanged.value.problem


@pytest.mark.covers("F13")
async def test_nothing_is_deducted_that_the_bank_has_taken(desk: Desk) -> None:
    payment = await half_way(desk)
    await all_taken(desk, payment)
    assert await refused(answer(desk, AGREE, DISPUTE)) == "short"
    one = await returned(desk)
    assert (one.deducted, one.state) == (shillings(0), ReturnState.ITEMISED)
    assert sums(await standing(desk)) == {"sent_back": 700_000, "taken": 200_000}


async def test_what_the_bank_took_is_the_tenants_part_first(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 900_000)
    await desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)
    await hears(desk, payment, by_itself(Refunded("re_9", shillings(300_000))))
    found = await standing(desk)
    assert (sums(found), found.some_is_extra) == ({"waiting": 600_000, "taken": 300_000}, False)
    await itemise(desk, CLEANING)
    assert sums(await standing(desk)) == {"on_the_way": 480_000, "waiting": 120_000}


@pytest.mark.covers("F13", "I9")
async def test_what_comes_back_when_somebody_else_has_paid_it_meanwhile_is_its_payers_and_the_books_hold(
    desk: Desk,
) -> None:
    (payment,) = await pay_deposit(desk, 900_000)
    await desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)
    await hears(desk, payment, by_itself(Refunded("re_9", shillings(300_000))))
    amount, bill = shillings(300_000), (await desk.payment(payment)).allocations[0].bill
    paid = Paid(amount + some_fees(amount).total, "UC35AGAIN1", desk.clock.now)
    await desk.start_and_settle(paid, bill=bill, amount=amount)
    await hears(desk, payment, by_itself(KEPT))
    assert (await desk.payment(payment)).excess_waiting == shillings(300_000)
    found = await standing(desk)
    assert (sums(found)["taken"], found.some_is_extra) == (300_000, True)
    report = await desk.read(ledger_check.check)
    assert report.sound, report


async def test_what_was_paid_after_it_was_asked_back_goes_back_with_it(desk: Desk) -> None:
    await pay_deposit(desk, 900_000)
    await desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)
    amount = shillings(450_000)
    await desk.start_and_settle(Paid(amount + some_fees(amount).total, "UC35AGAIN1", desk.clock.now))
    await itemise(desk, CLEANING)
    assert sums(await standing(desk)) == {"on_the_way": 1_230_000, "waiting": 120_000}


@pytest.mark.covers("F13")
async def test_nothing_of_a_deposit_moves_while_its_bank_asks_it_back(desk: Desk) -> None:
    payment = await half_way(desk)
    await answer(desk, DISPUTE, DISPUTE)
    await hears(desk, payment, disputed(desk, Pending()))
    assert (await case(desk)).disputed
    assert await refused(answer(desk, AGREE, DISPUTE)) == "disputed"
    assert await refused(decide(desk, 1, "0")) == "disputed"
    assert await refused(desk.portal.lease_end.deposits.send_again(SALMA, LEASE)) == "disputed"
    assert await refused(desk.portal.lease_end.desk.end(SALMA, LEASE)) == "disputed"
    assert sums(await standing(desk)) == {"sent_back": 700_000, "waiting": 200_000}


async def test_nobody_itemises_a_deposit_that_its_bank_asks_back(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 900_000)
    await hears(desk, payment, disputed(desk, Pending()))
    assert await refused(itemise(desk, CLEANING)) == "disputed"
    typed = TypedClaims(rows=[CLEANING], shown="900000")
    assert await refused(desk.portal.lease_end.views.check(JUMA, LEASE, typed)) == "disputed"


@pytest.mark.covers("F13", "F12")
async def test_while_a_bank_decides_nobody_has_to_answer_and_the_days_go_on_when_it_was_won(
    desk: Desk,
) -> None:
    payment = await half_way(desk)
    until = (await returned(desk)).answer_by
    await desk.pass_time(days=3)
    await hears(desk, payment, disputed(desk, Pending()))
    told(desk)
    for typed in (DISPUTE, AGREE):
        assert await refused(answer(desk, typed, typed)) == "disputed"
    await desk.pass_time(days=20)
    one = await returned(desk)
    assert (one.state, one.answer_by, told(desk)) == (ReturnState.ITEMISED, until, [])
    await hears(desk, payment, disputed(desk, KEPT, DisputeVerdict.WON))
    assert (await returned(desk)).answer_by == until + timedelta(days=20)
    assert {"deposit_goes_on", "dispute_over"} == set(told(desk))
    await desk.pass_time(days=10)
    assert (await returned(desk)).state is ReturnState.ITEMISED
    await desk.pass_time(days=2)
    assert (await returned(desk)).state is ReturnState.WITH_OFFICE
    assert set(told(desk)) == {"deposit_unanswered"}


@pytest.mark.covers("F13", "F12")
async def test_a_landlord_whose_tenants_bank_decides_is_not_passed_over(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 900_000)
    await desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)
    await hears(desk, payment, disputed(desk, Pending()))
    await desk.pass_time(days=15)
    assert (await returned(desk)).state is ReturnState.ASKED
    told(desk)
    await hears(desk, payment, disputed(desk, KEPT, DisputeVerdict.WON))
    letters = [letter for letter in desk.sink.letters if letter.key.startswith("deposit_goes_on")]
    assert [septets(letter.text) <= 160 for letter in letters] == [True, True]
    await desk.pass_time(days=13)
    assert (await returned(desk)).state is ReturnState.ASKED
    await desk.pass_time(days=2)
    assert (await returned(desk)).state is ReturnState.UNANSWERED


@pytest.mark.covers("F13", "F12")
async def test_nobody_is_passed_over_while_a_bank_decides_on_what_was_paid_after_it_was_asked_back(
    desk: Desk,
) -> None:
    await pay_deposit(desk, 900_000)
    await desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)
    (later,) = await pay_deposit(desk, 450_000, bill=BILL)
    await hears(desk, later, disputed(desk, Pending()))
    await desk.pass_time(days=15)
    assert (await refused(itemise(desk, CLEANING)), (await case(desk)).disputed) == ("disputed", True)
    assert (await returned(desk)).state is ReturnState.ASKED
    await hears(desk, later, disputed(desk, KEPT, DisputeVerdict.WON))
    await desk.pass_time(days=13)
    assert (await returned(desk)).state is ReturnState.ASKED
    await itemise(desk, CLEANING)


@pytest.mark.covers("F13", "F12")
async def test_a_bank_that_asks_back_a_deposit_of_an_earlier_return_stops_no_other(desk: Desk) -> None:
    (earlier,) = await pay_deposit(desk, 900_000)
    desk.provider.will_refund(Refunded("RC1", shillings(900_000)))
    await itemise(desk)
    await desk.work()
    await pay_deposit(desk, 450_000, bill=BILL)
    await itemise(desk, CLEANING)
    await hears(desk, earlier, disputed(desk, Pending()))
    assert not (await case(desk)).disputed
    await answer(desk, AGREE)
    assert (await returned(desk)).state is ReturnState.SETTLED


@pytest.mark.covers("F13", "F12")
async def test_a_dispute_that_was_over_at_once_leaves_the_days_as_they_were(desk: Desk) -> None:
    payment = await half_way(desk)
    until = (await returned(desk)).answer_by
    for outcome, verdict in ((Pending(), None), (KEPT, DisputeVerdict.WON)):
        await hears(desk, payment, disputed(desk, outcome, verdict))
    assert (await returned(desk)).answer_by == until
    await desk.pass_time(days=15)
    assert (await returned(desk)).state is ReturnState.WITH_OFFICE


@pytest.mark.covers("F13", "F12")
async def test_a_return_ends_by_itself_when_the_bank_found_for_the_payer_and_nothing_is_left(
    desk: Desk,
) -> None:
    payment = await half_way(desk)
    came = (await desk.payment(payment)).received
    assert came
    rest = Refunded("dp_1", came - shillings(700_000))
    await hears(desk, payment, disputed(desk, rest))
    told(desk)
    await desk.pass_time(days=20)
    await hears(desk, payment, disputed(desk, rest, DisputeVerdict.LOST))
    one = await returned(desk)
    assert (one.state, one.is_gone) == (ReturnState.SETTLED, True)
    assert told(desk).count("deposit_gone") == 2


@pytest.mark.covers("F13", "F12")
async def test_what_the_office_has_to_decide_waits_for_it_when_the_bank_has_decided(desk: Desk) -> None:
    payment = await half_way(desk)
    await answer(desk, DISPUTE, DISPUTE)
    await hears(desk, payment, disputed(desk, Pending()))
    desk.clock.advance(days=20)
    await hears(desk, payment, disputed(desk, KEPT, DisputeVerdict.WON))
    assert (await returned(desk)).state is ReturnState.WITH_OFFICE
    await decide(desk, 1, "0")
    await decide(desk, 2, "0")
    await hears(desk, payment, disputed(desk, Pending(), request_id="dp_2"))
    await hears(desk, payment, disputed(desk, KEPT, DisputeVerdict.WON, request_id="dp_2"))
    assert (await returned(desk)).state is ReturnState.SETTLED


async def test_nobody_asks_a_deposit_back_that_its_bank_asks_back(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 900_000)
    await hears(desk, payment, disputed(desk, Pending()))
    assert await refused(desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)) == "disputed"


@pytest.mark.covers("F13")
async def test_a_return_of_which_nothing_is_held_any_more_is_ended_and_both_hear(desk: Desk) -> None:
    payment = await half_way(desk)
    end = desk.portal.lease_end.desk.end
    assert await refused(end(SALMA, LEASE)) == "settled"
    await all_taken(desk, payment)
    assert (await case(desk)).can_end
    with pytest.raises(NotFound):
        await end(JUMA, LEASE)
    await desk.work()
    told(desk)
    await end(SALMA, LEASE)
    await desk.work()
    assert all(septets(letter.text) <= 160 for letter in desk.sink.letters)
    assert told(desk) == ["deposit_gone", "deposit_gone"]
    one = await returned(desk)
    assert (one.state, one.is_gone) == (ReturnState.SETTLED, True)
    assert {line.state for line in one.lines} == {LineState.LAPSED}
    assert not (await case(desk)).can_end
    assert await refused(end(SALMA, LEASE)) == "settled"


async def test_a_deposit_that_comes_back_after_its_end_is_the_tenants_and_is_sent_by_the_office(
    desk: Desk,
) -> None:
    (payment,) = await pay_deposit(desk, 900_000)
    await desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)
    whole = (await desk.payment(payment)).received
    await hears(desk, payment, disputed(desk, Refunded("dp_1", whole)))
    desk.clock.advance(seconds=5)
    await hears(desk, payment, disputed(desk, Refunded("dp_1", whole), DisputeVerdict.LOST))
    assert (await returned(desk)).is_gone
    desk.clock.advance(seconds=5)
    assert await desk.portal.lease_end.views.queue(SALMA) == []
    await hears(desk, payment, disputed(desk, KEPT, DisputeVerdict.WON))
    assert sums(await standing(desk)) == {"unsent": 900_000}
    (listed,) = await desk.portal.lease_end.views.queue(SALMA)
    assert (listed.lease.reference, listed.came_again) == (LEASE, True)
    desk.provider.will_refund(Refunded("RC2", shillings(900_000)))
    await desk.portal.lease_end.deposits.send_again(SALMA, LEASE)
    await desk.work()
    assert sums(await standing(desk)) == {"sent_back": 900_000}
    assert await desk.portal.lease_end.views.queue(SALMA) == []
    assert not (await case(desk)).of.came_again


async def test_what_had_gone_before_the_lease_ended_and_is_here_again_goes_back_with_the_rest(
    desk: Desk,
) -> None:
    """Found by the stories of seeds 136, 240, 334 and 395."""
    (payment,) = await pay_deposit(desk, 900_000)
    taken = Refunded("dp_1", shillings(300_000))
    for verdict in (None, DisputeVerdict.LOST):
        await hears(desk, payment, disputed(desk, taken, verdict))
        desk.clock.advance(seconds=5)
    await desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)
    assert (await returned(desk)).deposit == shillings(600_000)
    await hears(desk, payment, disputed(desk, KEPT, DisputeVerdict.WON))
    assert sums(await standing(desk)) == {"unsent": 300_000, "waiting": 600_000}
    await itemise(desk, CLEANING)
    assert sums(await standing(desk)) == {"on_the_way": 780_000, "waiting": 120_000}


async def test_a_landlord_hears_nothing_of_a_tenants_deposit_that_came_back(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 900_000)
    desk.provider.will_refund(Refunded("RC1", shillings(780_000)))
    await itemise(desk, CLEANING)
    await desk.work()
    (refund,) = (await desk.payment(payment)).refunds
    findings = desk.portal.refund_findings
    await findings.propose(SALMA, refund.reference, went=False, code="", note="The bank gave it back to us.")
    found = (await refund_of(desk, refund.reference)).finding
    assert found
    told(desk)
    await findings.confirm(PETER, refund.reference, found.name)
    await desk.work()
    assert told(desk) == ["refund_returned"]
    await desk.portal.lease_end.deposits.send_again(SALMA, LEASE)
    assert sums(await standing(desk)) == {"on_the_way": 780_000, "waiting": 120_000}


@pytest.mark.covers("F13", "D56")
async def test_one_person_does_not_claim_for_a_landlord_and_decide_alone(desk: Desk) -> None:
    await pay_deposit(desk, 900_000)
    await desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)
    await desk.pass_time(days=15)
    await itemise(desk, CLEANING, DAMAGE, person=SALMA)
    await answer(desk, DISPUTE, DISPUTE)
    await decide(desk, 1, "120,000")
    (first, second) = (await returned(desk)).lines
    assert (first.proposed, first.is_open) == (shillings(120_000), True)
    await desk.portal.lease_end.desk.confirm(PETER, LEASE, 1, "120000")
    await decide(desk, second.number, "80,000", PETER)
    assert (await returned(desk)).state is ReturnState.SETTLED


@pytest.mark.covers("F13", "D56")
async def test_much_that_is_claimed_in_small_lines_is_decided_by_two(desk: Desk) -> None:
    await pay_deposit(desk, 2_900_000)
    rows = [TypedClaim(kind="DAMAGE", amount="900,000", note="A wall.") for _ in range(2)]
    await itemise(desk, *rows)
    await answer(desk, DISPUTE, DISPUTE)
    await decide(desk, 1, "900,000")
    assert (await returned(desk)).deducted == shillings(0)
    await desk.portal.lease_end.desk.confirm(PETER, LEASE, 1, "900000")
    assert (await returned(desk)).deducted == shillings(900_000)


@pytest.mark.covers("F13")
async def test_what_is_deducted_is_the_landlords_of_the_return(desk: Desk) -> None:
    await pay_deposit(desk, 900_000)
    await sell(desk)
    await itemise(desk, CLEANING, person=NEEMA)
    await answer(desk, AGREE)
    balances = await desk.balances()
    assert balances[payable_to(NEEMA.id)] == -120_000
    assert not balances.get(payable_to(LANDLORD))
