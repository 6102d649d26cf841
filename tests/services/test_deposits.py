"""The end of a lease: what goes back, what the landlord keeps and what waits for the office are the deposit."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.domain.bill import BillStatus, PaymentType
from portal.domain.deposit_return import ReturnState
from portal.domain.errors import NotFound, Refused
from portal.domain.events import Event, PushRequested
from portal.domain.fees import Fees
from portal.domain.money import shillings
from portal.domain.outcome import Paid
from portal.domain.payment_state import PaymentStatus
from portal.domain.person import Person, Role
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import NotRefunded, Refunded, RefundRefusal
from portal.domain.refund_reason import RefundReason
from portal.services.deposit_wish import LineRefused, TypedAnswer, TypedClaim, TypedClaims
from portal.services.office import Unchanged
from portal.services.refund_wish import DepositReturning
from portal.store import leases, ledger_check, payments, receipts
from portal.store.deposit_notes import About
from portal.store.jobs import Job
from portal.store.tables import people
from portal.store.types import Tx
from portal.store.writer import Store
from portal.templating.gsm7 import in_alphabet, septets
from tests.makers import (
    LANDLORD_CODE,
    LEASE,
    MISSION,
    NOW,
    FakeClock,
    a_bill,
    a_lease,
    a_reference,
    accepted,
    completed,
    dollars,
    initiated,
    put_payment,
    receipt_allocated,
    some_fees,
)
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
from tests.services.desk import RENT, Desk, a_desk
from tests.services.refunding import (
    ASHA,
    GRACE,
    JUMA,
    PETER,
    REVERSAL,
    SALMA,
    a_sending_desk,
    approve,
    hire,
    provider_that,
    typed,
)

S = ReturnState


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_sending_desk(sqlite_store, clock, REVERSAL) as desk:
        yield desk
        report = await desk.read(ledger_check.check)
        assert report.sound, report


@pytest.mark.covers("F13")
async def test_what_no_line_claims_goes_back_at_once_and_the_rest_as_it_is_decided(desk: Desk) -> None:
    await pay_deposit(desk, 900_000)
    await itemise(desk, CLEANING, DAMAGE)
    assert sums(await standing(desk)) == {"on_the_way": 700_000, "waiting": 200_000}
    await answer(desk, AGREE, DISPUTE)
    assert sums(await standing(desk)) == {"on_the_way": 700_000, "waiting": 80_000, "deducted": 120_000}
    desk.provider.will_refund(Refunded("RC1", shillings(700_000)))
    await desk.work()
    assert sums(await standing(desk)) == {"sent_back": 700_000, "waiting": 80_000, "deducted": 120_000}
    balances = await desk.balances()
    assert balances[f"deposit:{LEASE}"] == -80_000
    assert balances[f"payable:{JUMA.id}"] == -120_000
    await decide(desk, 2, "30,000")
    desk.provider.will_refund(Refunded("RC2", shillings(50_000)))
    await desk.work()
    assert sums(await standing(desk)) == {"sent_back": 750_000, "deducted": 150_000}
    assert (await returned(desk)).state is S.SETTLED
    assert f"deposit:{LEASE}" not in await desk.balances()
    bill = await desk.bill(RENT)
    assert (bill.status, bill.paid, bill.released) == (
        BillStatus.PAID,
        shillings(150_000),
        shillings(750_000),
    )


@pytest.mark.covers("F13")
async def test_without_a_line_all_of_a_deposit_paid_in_parts_goes_back(desk: Desk) -> None:
    first, second = await pay_deposit(desk, 300_000, 150_000)
    await itemise(desk)
    desk.provider.will_refund(Refunded(None), Refunded(None))
    await desk.work()
    assert sums(await standing(desk)) == {"sent_back": 450_000}
    for reference in (first, second):
        payment = await desk.payment(reference)
        assert payment.status is PaymentStatus.REFUNDED
        assert [one.reason for one in payment.refunds] == [RefundReason.LEASE_ENDED]
    assert (await desk.bill(RENT)).status is BillStatus.NOT_OWED
    assert told(desk).count("deposit_settled") == 2


async def test_what_was_never_paid_of_the_deposit_is_not_owed_after_the_end(desk: Desk) -> None:
    bill = await desk.add_bill(type="DEPOSIT", period=None, amount=shillings(900_000))
    await pay_deposit(desk, 500_000, bill=bill.reference)
    await itemise(desk, CLEANING)
    ended = await desk.bill(RENT)
    assert (ended.rest, ended.released) == (shillings(0), shillings(400_000))
    assert (await returned(desk)).waived[0].amount == shillings(400_000)


async def test_money_that_comes_for_it_afterwards_is_beyond_the_bill(desk: Desk) -> None:
    bill = await desk.add_bill(type="DEPOSIT", period=None, amount=shillings(900_000))
    await pay_deposit(desk, 500_000, bill=bill.reference)
    amount = shillings(400_000)
    under_way = await desk.start(bill=RENT, amount=amount)
    await itemise(desk)
    desk.provider.will_say(Paid(amount + some_fees(amount).total, "UC35LATE01", desk.clock.now))
    payment = await desk.ask(under_way)
    assert payment.excess == amount
    assert (await case(desk)).of.free is None


@pytest.mark.covers("F13")
async def test_the_tenant_asks_and_a_silent_landlord_is_passed_over_by_the_office(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    deposits = desk.portal.lease_end.deposits
    await deposits.ask_back(ASHA, LEASE)
    with pytest.raises(Unchanged):
        await deposits.ask_back(ASHA, LEASE)
    await desk.work()
    assert told(desk) == ["deposit_asked", "deposit_asked"]
    assert sums(await standing(desk)) == {"waiting": 450_000}
    with pytest.raises(NotFound):
        await itemise(desk, person=SALMA)
    await desk.pass_time(days=15)
    assert (await returned(desk)).state is S.UNANSWERED
    assert told(desk) == ["deposit_silent", "deposit_silent"]
    assert [each.lease.reference for each in await desk.portal.lease_end.views.queue(SALMA)] == [LEASE]
    assert (await case(desk)).office_may_itemise
    await itemise(desk, CLEANING, person=SALMA)
    assert sums(await standing(desk)) == {"on_the_way": 330_000, "waiting": 120_000}


async def test_a_landlord_may_answer_after_their_time_and_the_tenant_has_theirs(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    await desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)
    await desk.pass_time(days=15)
    await itemise(desk, CLEANING)
    one = await returned(desk)
    assert (one.state, one.answer_by) == (S.ITEMISED, desk.clock.now + timedelta(days=14))


@pytest.mark.covers("F13")
async def test_silence_of_the_tenant_is_no_yes(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    await itemise(desk, CLEANING)
    await desk.work()
    told(desk)
    await desk.pass_time(days=15)
    one = await returned(desk)
    assert (one.state, one.line(1).state.value, one.deducted) == (S.WITH_OFFICE, "UNANSWERED", shillings(0))
    assert told(desk).count("deposit_unanswered") == 2
    await answer(desk, DISPUTE)
    with pytest.raises(Unchanged):
        await answer(desk, DISPUTE)
    await answer(desk, AGREE)
    assert (await standing(desk)).deducted == shillings(120_000)


async def test_a_line_that_nobody_answered_may_be_left_to_the_office(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    await itemise(desk, CLEANING, DAMAGE)
    await desk.pass_time(days=15)
    with pytest.raises(Unchanged):
        await desk.portal.lease_end.deposits.answer(ASHA, LEASE, {})
    await desk.portal.lease_end.deposits.answer(ASHA, LEASE, {2: AGREE})
    await decide(desk, 1, "0")
    assert (await standing(desk)).deducted == shillings(80_000)
    await desk.work()
    assert "deposit_settled" in told(desk)


async def test_a_deadline_that_comes_late_changes_nothing_that_was_answered(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    await itemise(desk, CLEANING)
    await answer(desk, DISPUTE)
    await desk.pass_time(days=20)
    assert (await returned(desk)).line(1).state.value == "DISPUTED"


@pytest.mark.covers("F13", "D56")
async def test_each_sees_and_does_only_what_is_theirs(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    stranger = Person(a_reference(77), "Other Owner", Role.LANDLORD, "en")
    neighbour = await desk.add_neighbour()
    end = desk.portal.lease_end
    for person in (stranger, neighbour):
        with pytest.raises(NotFound):
            await case(desk, person)
        with pytest.raises(NotFound):
            await itemise(desk, person=person)
        with pytest.raises(NotFound):
            await end.deposits.ask_back(person, LEASE)
    with pytest.raises(NotFound):
        await end.deposits.ask_back(ASHA, a_reference(404))
    with pytest.raises(NotFound):
        await answer(desk, AGREE)
    with pytest.raises(NotFound):
        await end.views.case(SALMA, a_reference(404))
    await itemise(desk, CLEANING)
    for person in (stranger, neighbour, JUMA):
        with pytest.raises(NotFound):
            await answer(desk, AGREE, person=person)
    for person in (ASHA, JUMA):
        with pytest.raises(NotFound):
            await decide(desk, 1, "1", person)
        with pytest.raises(NotFound):
            await end.desk.turn_down(person, LEASE, 1)
        with pytest.raises(NotFound):
            await end.deposits.send_again(person, LEASE)
        with pytest.raises(NotFound):
            await end.views.queue(person)
    with pytest.raises(NotFound):
        await end.desk.confirm(SALMA, LEASE, 1, "1")
    assert [each.tenant for each in await end.views.of_landlord(JUMA)] == ["Asha Mushi"]
    assert [each.tenant for each in await end.views.of_tenant(ASHA)] == ["Asha Mushi"]
    assert await end.views.of_landlord(stranger) == []


async def test_a_lease_without_a_deposit_has_no_page_of_it(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await case(desk)
    with pytest.raises(Unchanged):
        await desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)
    assert await desk.portal.lease_end.views.of_tenant(ASHA) == []


@pytest.mark.covers("F13", "F2")
async def test_pressing_twice_ends_a_lease_once(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    ended = await asyncio.gather(*(itemise(desk, CLEANING) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in ended if one is not None] == [Unchanged, Unchanged]
    assert sums(await standing(desk)) == {"on_the_way": 330_000, "waiting": 120_000}


@pytest.mark.covers("F13")
async def test_no_other_refund_touches_a_deposit_that_is_returned(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 450_000)
    await desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)
    with pytest.raises(DepositReturning) as returning:
        await desk.portal.refund_views.offer(ASHA, payment)
    assert returning.value.lease == LEASE
    with pytest.raises(Exception, match="nothing_to_refund"):
        await desk.portal.refunds.ask(ASHA, payment, typed(), "key")


async def test_of_a_payment_for_rent_too_the_rent_alone_can_be_asked_back(desk: Desk) -> None:
    rent = await desk.add_bill(amount=shillings(300_000))
    amounts = {(await desk.bill()).reference: shillings(450_000), rent.reference: shillings(300_000)}
    total = shillings(750_000)
    outcome = Paid(total + some_fees(total).total, "UC35BOTH01", desk.clock.now)
    payment = await desk.start_and_settle(outcome, amounts=amounts)
    await itemise(desk, CLEANING)
    offer = await desk.portal.refund_views.offer(ASHA, payment)
    assert offer.available == shillings(300_000)
    refund = await desk.portal.refunds.ask(ASHA, payment, typed(available="300000"), "key")
    await approve(desk, refund, less="40,000")
    (part,) = (await desk.payment(payment)).refunds.named(refund).parts
    assert (part.bill, part.amount) == (rent.reference, shillings(40_000))
    assert sums(await standing(desk)) == {"on_the_way": 330_000, "waiting": 120_000}


async def test_a_return_waits_until_an_open_refund_is_decided_and_respects_it(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 450_000)
    refund = await desk.portal.refunds.ask(ASHA, payment, typed(), "key")
    for attempt in (itemise(desk), desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)):
        with pytest.raises(Unchanged) as unchanged:
            await attempt
        assert unchanged.value.problem == "refund_open"
    assert (await case(desk)).refund_open
    await approve(desk, refund)
    desk.provider.will_refund(Refunded("RC1"))
    await desk.work()
    await itemise(desk)
    assert (await returned(desk)).deposit == shillings(350_000)


@pytest.mark.covers("F13", "F5")
async def test_a_refund_that_failed_leaves_the_money_here_and_the_office_sends_it_again(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    await itemise(desk)
    desk.provider.will_refund(NotRefunded(RefundRefusal.LIMIT, "limit"))
    await desk.work()
    assert sums(await standing(desk)) == {"unsent": 450_000}
    queue = desk.portal.lease_end.views.queue
    assert [each.lease.reference for each in await queue(SALMA)] == [LEASE]
    await desk.portal.lease_end.deposits.send_again(SALMA, LEASE)
    assert sums(await standing(desk)) == {"on_the_way": 450_000}
    assert await queue(SALMA) == []
    with pytest.raises(Unchanged):
        await desk.portal.lease_end.deposits.send_again(SALMA, LEASE)


@pytest.mark.covers("F13", "F5", "D56")
async def test_much_goes_back_only_when_a_second_person_has_agreed(desk: Desk) -> None:
    (payment,) = await pay_deposit(desk, 1_500_000)
    await itemise(desk)
    (refund,) = (await desk.payment(payment)).refunds
    assert (refund.state, refund.approved_by) == (RefundState.REQUESTED, (JUMA.id,))
    await desk.work()
    assert "refund_asked" not in told(desk)
    with pytest.raises(Unchanged):
        await desk.portal.refunds.decline(JUMA, refund.reference, "I want to keep it after all.")
    with pytest.raises(Refused) as refused:
        await approve(desk, refund.reference, GRACE, less="5")
    assert (refused.value.field, refused.value.problem) == ("amount", "deposit")
    await approve(desk, refund.reference, GRACE)
    assert sums(await standing(desk)) == {"on_the_way": 1_500_000}


@pytest.mark.covers("F13", "D56")
async def test_a_line_above_the_threshold_is_decided_by_two(desk: Desk) -> None:
    await pay_deposit(desk, 2_000_000)
    claim = replace(DAMAGE, amount="1,200,000")
    await itemise(desk, claim)
    await answer(desk, DISPUTE)
    end = desk.portal.lease_end.desk
    with pytest.raises(Unchanged):
        await end.confirm(PETER, LEASE, 1, "1")
    with pytest.raises(Unchanged):
        await end.turn_down(SALMA, LEASE, 1)
    await decide(desk, 1, "1,000,000", PETER)
    assert (await standing(desk)).waiting == shillings(1_200_000)
    for person, shown, problem in ((PETER, "1000000", "own"), (GRACE, "5", "gone")):
        with pytest.raises(Unchanged) as unchanged:
            await end.confirm(person, LEASE, 1, shown)
        assert unchanged.value.problem == problem
    with pytest.raises(Unchanged):
        await decide(desk, 1, "5", SALMA)
    await end.turn_down(SALMA, LEASE, 1)
    await decide(desk, 1, "1,100,000", SALMA)
    await end.confirm(GRACE, LEASE, 1, "1100000")
    assert sums(await standing(desk)) == {"on_the_way": 900_000, "deducted": 1_100_000}
    assert (await returned(desk)).line(1).decided_by == GRACE.id
    assert (await case(desk)).names[GRACE.id] == GRACE.name


async def test_the_office_decides_only_what_waits_for_it(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    await itemise(desk, CLEANING, DAMAGE)
    with pytest.raises(Unchanged):
        await decide(desk, 1, "1")
    await answer(desk, AGREE, DISPUTE)
    for line in (1, 7):
        with pytest.raises(Unchanged):
            await decide(desk, line, "1")
    for amount, problem in (("", "empty"), ("80,001", "beyond"), ("x", "not_a_number")):
        with pytest.raises(LineRefused) as refused:
            await decide(desk, 2, amount)
        assert (refused.value.number, refused.value.problem) == (2, problem)
    await desk.work()
    told(desk)
    await decide(desk, 2, "80,000")
    assert (await standing(desk)).deducted == shillings(200_000)
    await desk.work()
    assert "deposit_settled" in told(desk)
    with pytest.raises(Unchanged):
        await answer(desk, AGREE)


async def test_while_lines_are_left_people_hear_of_each_that_is_decided(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    await itemise(desk, CLEANING, DAMAGE)
    await answer(desk, DISPUTE, DISPUTE)
    await desk.work()
    told(desk)
    await decide(desk, 1, "0")
    await desk.work()
    assert told(desk).count("deposit_decided") == 2
    assert (await case(desk, JUMA)).notes[1, About.DECIDED] == "Photos show it."
    assert (await case(desk, ASHA)).notes[1, About.CLAIMED] == CLEANING.note
    assert (await case(desk, JUMA)).notes[2, About.DISPUTED] == DISPUTE.note
    await answer(desk, AGREE, AGREE)
    assert sums(await standing(desk)) == {"on_the_way": 370_000, "deducted": 80_000}


@pytest.mark.parametrize(
    "row,field,problem",
    [
        (replace(CLEANING, kind=""), "claim_kind", "empty"),
        (replace(CLEANING, kind="FUN"), "claim_kind", "empty"),
        (replace(CLEANING, amount=""), "claimed", "empty"),
        (replace(CLEANING, amount="0"), "claimed", "beyond"),
        (replace(CLEANING, amount="450,001"), "claimed", "beyond"),
        (replace(CLEANING, amount="1.5"), "claimed", "decimals"),
        (replace(CLEANING, note=" "), "claim_note", "empty"),
        (replace(CLEANING, note="x" * 301), "claim_note", "length"),
    ],
)
async def test_a_line_that_cannot_be_is_refused_at_its_field(
    desk: Desk, row: TypedClaim, field: str, problem: str
) -> None:
    await pay_deposit(desk, 450_000)
    with pytest.raises(LineRefused) as refused:
        await itemise(desk, TypedClaim(), row)
    assert (refused.value.number, refused.value.field, refused.value.problem) == (2, field, problem)


async def test_more_lines_than_ten_and_a_sum_that_has_changed_are_refused(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    small = replace(CLEANING, amount="1")
    with pytest.raises(Refused) as refused:
        await itemise(desk, *(small for _ in range(11)))
    assert refused.value.problem == "too_many"
    with pytest.raises(Refused) as refused:
        await itemise(desk, shown="5")
    assert refused.value.problem == "changed"
    views = desk.portal.lease_end.views
    rows = TypedClaims(rows=[CLEANING, DAMAGE], shown="450000")
    wish = await views.check(JUMA, LEASE, rows)
    assert (wish.claimed, wish.rest) == (shillings(200_000), shillings(250_000))
    with pytest.raises(NotFound):
        await views.check(SALMA, LEASE, rows)
    await itemise(desk, *(small for _ in range(10)))
    with pytest.raises(Unchanged):
        await views.check(JUMA, LEASE, rows)


async def test_an_answer_that_lacks_a_choice_or_a_reason_is_refused_at_its_line(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    await itemise(desk, CLEANING, DAMAGE)
    for second, field in (
        (TypedAnswer(choice="", note=""), "answer"),
        (replace(DISPUTE, note=""), "dispute_note"),
        (replace(AGREE, note="It was broken before."), "answer"),
    ):
        with pytest.raises(LineRefused) as refused:
            await answer(desk, AGREE, second)
        assert (refused.value.number, refused.value.field) == (2, field)
    assert (await standing(desk)).deducted == shillings(0)


async def test_a_second_deposit_after_the_end_gets_a_return_of_its_own(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    await itemise(desk)
    await desk.work()
    first = await returned(desk)
    desk.clock.advance(days=1)
    amount = shillings(450_000)
    again = Paid(amount + some_fees(amount).total, "UC35AGAIN1", desk.clock.now)
    await desk.start_and_settle(again)
    assert (await case(desk)).of.free == shillings(450_000)
    await itemise(desk, CLEANING)
    second = await returned(desk)
    assert second.reference != first.reference
    assert sums(await standing(desk)) == {"on_the_way": 330_000, "waiting": 120_000}


@pytest.mark.covers("K1", "M2")
@pytest.mark.parametrize("language", ["en", "sw"])
async def test_whatever_is_told_of_a_deposit_fits_into_one_message(
    sqlite_store: Store, clock: FakeClock, language: str
) -> None:
    lease = a_lease(unit="Ghorofa ya tatu, upande wa bahari")
    async with a_desk(sqlite_store, clock, lease=lease, provider=provider_that(REVERSAL)) as desk:
        await hire(desk)
        await desk.store.write(lambda tx: tx.execute(update(people).values(language=language)).rowcount)
        await pay_deposit(desk, 2_900_000)
        await desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)
        await desk.pass_time(days=15)
        claims = [replace(each, amount="950,000") for each in (CLEANING, DAMAGE, DAMAGE)]
        await itemise(desk, *claims)
        await answer(desk, AGREE, DISPUTE, DISPUTE)
        await desk.work()
        await decide(desk, 2, "940,000")
        await desk.portal.lease_end.desk.confirm(PETER, LEASE, 2, "940000")
        await desk.work()
        await decide(desk, 3, "940,000")
        await desk.portal.lease_end.desk.confirm(PETER, LEASE, 3, "940000")
        await desk.work()
        letters = [each for each in desk.sink.letters if each.key.startswith("deposit_")]
    kinds = {letter.key.partition(":")[0] for letter in letters}
    assert kinds == {
        "deposit_asked",
        "deposit_silent",
        "deposit_itemised",
        "deposit_answered",
        "deposit_decided",
        "deposit_settled",
    }
    for letter in letters:
        assert septets(letter.text) <= 160, letter.text
        assert in_alphabet(letter.text) == letter.text


async def test_a_time_limit_that_runs_out_while_somebody_answers_changes_nothing(desk: Desk) -> None:
    await pay_deposit(desk, 450_000)
    await itemise(desk, CLEANING)
    late = Job(0, "deposit_deadline", "x", {"lease": LEASE}, desk.clock.now, 1)
    await desk.portal.lease_end.deposits.time_is_up(late)
    assert (await returned(desk)).state is S.ITEMISED


async def test_a_deposit_in_two_currencies_is_left_to_the_office(
    sqlite_store: Store, clock: FakeClock
) -> None:
    lease = a_lease(exemption=MISSION)
    async with a_desk(sqlite_store, clock, lease=lease) as desk:
        await put_payment(desk.store)
        await desk.store.write(pay_in_dollars)
        found = await desk.portal.lease_end.views.case(ASHA, LEASE)
        assert (found.of.mixed, found.of.free, found.of.to_itemise) == (True, None, None)
        for attempt in (itemise(desk), desk.portal.lease_end.deposits.ask_back(ASHA, LEASE)):
            with pytest.raises(Unchanged) as unchanged:
                await attempt
            assert unchanged.value.problem == "two_currencies"


def pay_in_dollars(tx: Tx) -> None:
    """A second deposit of the lease, by a card."""
    amount, nothing = dollars(20_000), dollars(0)
    bill = a_bill(reference=RENT, type=PaymentType.SECURITY_DEPOSIT, amount=amount, paid=nothing)
    leases.add_bill(tx, bill)
    asked = initiated(bill=RENT, type=bill.type)
    number = receipts.next_number(tx, LANDLORD_CODE, 2026)
    history: list[Event] = [
        replace(asked, amount=amount, fees=Fees(nothing, nothing, nothing)),
        PushRequested(),
        accepted(request_id="pi_1"),
        completed(amount, receipt_code="ch_1"),
        receipt_allocated(number.serial),
    ]
    payments.append(tx, None, history, NOW, reference=a_reference(31))
