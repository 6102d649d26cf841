"""Money back: who may ask and who decides, what a stale or a second press does, and what the office sends by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from portal.domain.errors import KeyReused, NotFound, PortalError, Refused, TooMany
from portal.domain.money import shillings
from portal.domain.outcome import NotPaid, Paid, Reason, Source
from portal.domain.payment_state import PaymentStatus, State
from portal.domain.person import Person, Role
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import Refunded, RefundRefusal, RefundRoute
from portal.domain.refund_part import Pot
from portal.domain.refund_reason import ASKED_FOR, RefundReason
from portal.services.office import Unchanged
from portal.services.refund_wish import NothingToRefund, may_be_asked_back
from portal.services.refunds import ASKS
from portal.sinks.sink import Letter
from portal.store.refund_notes import About
from portal.store.writer import Store
from tests.makers import FakeClock, a_payment, a_phone, a_reference, some_fees
from tests.refunds import with_refund
from tests.services.desk import CODE, Desk
from tests.services.refunding import (
    ASHA,
    GRACE,
    JUMA,
    PETER,
    REVERSAL,
    SALMA,
    a_sending_desk,
    approve,
    asked,
    paid,
    refund_of,
    typed,
)

S = RefundState


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    """A provider that takes any part back."""
    async with a_sending_desk(sqlite_store, clock, REVERSAL) as desk:
        yield desk


@pytest.mark.covers("F8", "F3", "D56")
async def test_a_tenant_asks_and_nothing_moves_until_somebody_agrees(desk: Desk) -> None:
    refund = await asked(desk)
    case = await desk.portal.refund_views.case(ASHA, refund)
    assert (case.refund.state, case.refund.amount) == (S.REQUESTED, shillings(100_000))
    assert case.notes == {About.ASKED: "I paid in cash too."}
    assert (await desk.bill()).paid == shillings(450_000)
    assert case.payment.status is PaymentStatus.COMPLETED
    await desk.work()
    assert not desk.provider.refunds
    assert {kind_of(letter) for letter in desk.sink.letters} == {"refund_asked", "refund_wanted"}


@pytest.mark.covers("F2")
@pytest.mark.parametrize(
    "changes,field,problem",
    [
        ({"reason": "BECAUSE"}, "reason", "empty"),
        ({"notes": " "}, "notes", "empty"),
        ({"notes": "\u200b\u2060"}, "notes", "empty"),
        ({"notes": "x" * 501}, "notes", "length"),
        ({"amount": ""}, "amount", "empty"),
        ({"amount": "-5"}, "amount", "not_a_number"),
        ({"amount": "0"}, "amount", "range"),
        ({"amount": "450,001"}, "amount", "beyond"),
        ({"amount": "10.50"}, "amount", "decimals"),
        ({"available": "450001"}, "available", "changed"),
        ({"available": ""}, "available", "changed"),
    ],
)
async def test_what_will_not_do_is_said_and_changes_nothing(
    desk: Desk, changes: dict[str, Any], field: str, problem: str
) -> None:
    payment = await paid(desk)
    for act in (
        lambda: desk.portal.refund_views.offer(ASHA, payment, typed(**changes)),
        lambda: desk.portal.refunds.ask(ASHA, payment, typed(**changes), "key"),
    ):
        with pytest.raises(Refused) as refused:
            await act()
        assert (refused.value.field, refused.value.problem) == (field, problem)
    assert not (await desk.payment(payment)).refunds.every


async def test_only_its_payer_finds_the_form_and_only_for_what_was_paid(desk: Desk) -> None:
    neighbour = await desk.add_neighbour()
    payment = await paid(desk)
    with pytest.raises(NotFound):
        await desk.portal.refund_views.offer(neighbour, payment)
    with pytest.raises(NotFound):
        await desk.portal.refunds.ask(neighbour, payment, typed(), "key")
    with pytest.raises(NotFound):
        await desk.portal.refund_views.offer(ASHA, a_reference(404))
    await desk.add_bill()
    failed = await desk.start_and_settle(NotPaid(Reason.WRONG_PIN, "2001"), bill=a_reference(20))
    with pytest.raises(NothingToRefund):
        await desk.portal.refund_views.offer(ASHA, failed)
    await desk.portal.refunds.ask(ASHA, payment, typed(whole=True), "key")
    with pytest.raises(NothingToRefund):
        await desk.portal.refund_views.offer(ASHA, payment)


@pytest.mark.covers("F10", "F6", "F9")
async def test_the_price_says_what_becomes_of_the_fees_and_the_bill_before_anything_is_sent(
    desk: Desk,
) -> None:
    payment = await paid(desk)
    offer = await desk.portal.refund_views.offer(ASHA, payment)
    assert (offer.available, offer.price, offer.way, offer.usual) == (
        shillings(450_000),
        None,
        REVERSAL,
        None,
    )
    wish = typed(whole=True, reason="LANDLORD_CANCELLATION", notes="")
    price = (await desk.portal.refund_views.offer(ASHA, payment, wish)).price
    assert price is not None
    assert (price.total, price.fee, price.kept) == (shillings(452_250), shillings(2_250), shillings(1_250))
    ((allocation, loses),) = price.bills
    assert (allocation.bill, loses, price.terms.owed_again) == (
        (await desk.bill()).reference,
        shillings(450_000),
        False,
    )


async def test_a_fee_that_has_gone_back_is_not_told_to_be_kept(desk: Desk) -> None:
    payment = await paid(desk)
    cancelled = typed(amount="200,000", reason="LANDLORD_CANCELLATION", notes="")
    await desk.portal.refunds.ask(ASHA, payment, cancelled, "first")
    rest = typed(whole=True, reason="LANDLORD_CANCELLATION", notes="", available="250000")
    price = (await desk.portal.refund_views.offer(ASHA, payment, rest)).price
    assert price is not None
    assert (price.fee, price.kept) == (shillings(1_250), shillings(1_250))


async def test_pressing_twice_is_one_refund_and_another_form_under_its_key_is_refused(desk: Desk) -> None:
    payment = await paid(desk)
    first, second = await asyncio.gather(
        *(desk.portal.refunds.ask(ASHA, payment, typed(), "key") for _ in range(2))
    )
    assert first == second
    with pytest.raises(KeyReused):
        await desk.portal.refunds.ask(ASHA, payment, typed(amount="5"), "key")
    assert len((await desk.payment(payment)).refunds.every) == 1


@pytest.mark.covers("F2", "D20")
async def test_of_a_hundred_that_want_thirty_percent_at_once_three_are_accepted(desk: Desk) -> None:
    payment = await paid(desk)

    async def ask(number: int) -> str | PortalError:
        try:
            form = typed(amount="135,000", available=None)
            return await desk.portal.refunds.ask(ASHA, payment, form, f"key {number}")
        except PortalError as error:
            return error

    told = await asyncio.gather(*(ask(number) for number in range(100)))
    assert len([one for one in told if isinstance(one, str)]) == 3
    assert {type(one) for one in told if not isinstance(one, str)} == {Refused}
    assert (await desk.payment(payment)).reserved == shillings(405_000)


async def test_somebody_who_asks_all_day_is_asked_to_wait(desk: Desk) -> None:
    payment = await paid(desk)
    for number in range(ASKS.most):
        left = str(450_000 - number)
        await desk.portal.refunds.ask(ASHA, payment, typed(amount="1", available=left), f"key {number}")
    with pytest.raises(TooMany):
        await desk.portal.refunds.ask(ASHA, payment, typed(available="449980"), "one more")


@pytest.mark.covers("D56", "F4")
async def test_its_landlord_or_the_office_decides_and_for_others_it_is_not_there(desk: Desk) -> None:
    refund = await asked(desk)
    stranger = Person(a_reference(77), "Other Owner", Role.LANDLORD, "en")
    for person in (ASHA, stranger):
        with pytest.raises(NotFound):
            await approve(desk, refund, person)
        with pytest.raises(NotFound):
            await desk.portal.refunds.decline(person, refund, "no")
    with pytest.raises(NotFound):
        await desk.portal.refund_views.case(stranger, refund)
    with pytest.raises(NotFound):
        await desk.portal.refunds.decline(PETER, a_reference(404), "no")
    await approve(desk, refund)
    assert (await refund_of(desk, refund)).approved_by == (JUMA.id,)
    assert "refund" in await desk.job_kinds()
    with pytest.raises(Unchanged, match="unchanged"):
        await approve(desk, refund)


@pytest.mark.covers("F4", "K1")
@pytest.mark.parametrize("note", ["", "\u200b", "\u202e \u2060"])
async def test_nobody_declines_with_a_note_that_cannot_be_seen(desk: Desk, note: str) -> None:
    refund = await asked(desk)
    with pytest.raises(Refused) as refused:
        await desk.portal.refunds.decline(JUMA, refund, note)
    assert (refused.value.field, refused.value.problem) == ("note_why", "empty")


@pytest.mark.covers("F4", "K1")
async def test_the_tenant_is_told_by_message_that_it_was_agreed_to_and_how_much(desk: Desk) -> None:
    refund = await asked(desk)
    await desk.work()
    desk.sink.letters.clear()
    await approve(desk, refund, SALMA, less="40,000", by_hand=True)
    await desk.work()
    (letter,) = desk.sink.letters
    assert (kind_of(letter), letter.phone) == ("refund_approved", a_phone().digits)
    assert "TSh 40,000" in letter.text
    assert "zitarudishwa kwako" in letter.text


async def test_what_is_gone_already_is_not_told_as_agreed(desk: Desk) -> None:
    desk.provider.will_refund(Refunded("RC35T8K2QX", shillings(100_000)))
    refund = await asked(desk)
    await approve(desk, refund)
    await desk.work()
    told = [kind_of(letter) for letter in desk.sink.letters]
    assert told.count("refund_sent") == 1
    assert "refund_approved" not in told[told.index("refund_sent") :]


async def test_less_can_be_agreed_to_and_the_rest_is_free_again(desk: Desk) -> None:
    refund = await asked(desk, reason="DUPLICATE_PAYMENT")
    for wrong, problem in (("0", "range"), ("100,001", "beyond"), ("x", "not_a_number")):
        with pytest.raises(Refused) as refused:
            await approve(desk, refund, less=wrong)
        assert refused.value.problem == problem
    await approve(desk, refund, less="40,000")
    agreed = await refund_of(desk, refund)
    assert (agreed.without_fee, agreed.of(Pot.FEE)) == (shillings(40_000), shillings(200))
    case = await desk.portal.refund_views.case(ASHA, refund)
    assert (case.asked, case.less) == (shillings(100_500), True)
    assert (await desk.portal.refund_views.offer(ASHA, case.payment.reference)).available == shillings(
        410_000
    )


async def test_a_case_has_all_that_its_pages_show(desk: Desk) -> None:
    case = await desk.portal.refund_views.case(JUMA, await asked(desk))
    assert (case.payer_name, case.terms.owed_again, case.lease.unit) == ("Asha Mushi", True, "A3")
    assert [type(event).__name__ for event, _ in case.timeline] == ["RefundRequested"]
    assert [loses for _, loses in case.bills] == [shillings(100_000)]
    assert (case.asked, case.less) == (shillings(100_000), False)


async def test_a_page_that_showed_another_amount_agrees_to_nothing(desk: Desk) -> None:
    refund = await asked(desk)
    with pytest.raises(Unchanged):
        await approve(desk, refund, shown="999-0")
    assert (await refund_of(desk, refund)).state is S.REQUESTED


@pytest.mark.covers("F4")
async def test_who_declines_says_why_and_the_tenant_hears_of_it(desk: Desk) -> None:
    refund = await asked(desk)
    with pytest.raises(Refused, match="refused"):
        await desk.portal.refunds.decline(JUMA, refund, "  ")
    await desk.portal.refunds.decline(JUMA, refund, "The deposit is held until you move out.")
    case = await desk.portal.refund_views.case(ASHA, refund)
    assert case.refund.state is S.REJECTED
    assert case.notes[About.DECLINED] == "The deposit is held until you move out."
    desk.sink.letters.clear()
    await desk.work()
    assert "refund_declined" in {kind_of(letter) for letter in desk.sink.letters}


@pytest.mark.covers("F5", "D56")
async def test_above_the_threshold_a_second_and_different_person_is_needed(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_sending_desk(sqlite_store, clock, REVERSAL) as desk:
        bill = await desk.add_bill(amount=shillings(1_200_000))
        total = bill.amount + some_fees(bill.amount).total
        outcome = Paid(total, "UC35RENT01", clock.now)
        payment = await desk.start_and_settle(outcome, bill=bill.reference, amount=bill.amount)
        wish = typed(whole=True, available="1200000")
        refund = await desk.portal.refunds.ask(ASHA, payment, wish, "key")
        await approve(desk, refund, PETER)
        once = await refund_of(desk, refund)
        assert (once.state, once.route, once.approved_by) == (S.REQUESTED, None, (PETER.id,))
        for person, problem in ((PETER, "own"), (JUMA, "second")):
            with pytest.raises(Unchanged) as unchanged:
                await approve(desk, refund, person)
            assert unchanged.value.problem == problem
        case = await desk.portal.refund_views.case(GRACE, refund)
        assert case.needs_second
        assert case.may_approve(GRACE)
        assert not case.may_approve(PETER)
        assert not case.may_approve(JUMA)
        await approve(desk, refund, GRACE)
        both = await refund_of(desk, refund)
        assert (both.state, both.approved_by) == (S.APPROVED, (PETER.id, GRACE.id))
        assert not (await desk.portal.refund_views.case(GRACE, refund)).may_approve(GRACE)


@pytest.mark.covers("F5", "D56")
@pytest.mark.parametrize(
    "first,seconds", [(PETER, [SALMA, GRACE]), (SALMA, [PETER, GRACE]), (JUMA, [PETER, GRACE])]
)
async def test_of_two_people_one_is_an_approver_and_whoever_can_be_second_is_told(
    desk: Desk, first: Person, seconds: list[Person]
) -> None:
    """So a house with one approver is no dead end, whoever agrees first."""
    refund = await asked_much(desk)
    await desk.work()
    desk.sink.letters.clear()
    await approve(desk, refund, first)
    await desk.work()
    told = [letter for letter in desk.sink.letters if kind_of(letter) == "refund_second"]
    assert len(told) == len(seconds)
    assert await desk.portal.refund_views.queued(SALMA) == (1, 1)
    case = await desk.portal.refund_views.case(PETER, refund)
    able = [person for person in (SALMA, PETER, GRACE, JUMA) if case.may_approve(person)]
    assert {person.id for person in able} == {person.id for person in seconds}
    await approve(desk, refund, seconds[0])
    assert (await refund_of(desk, refund)).state is S.APPROVED


async def test_two_who_have_both_agreed_can_still_send_it_by_hand(desk: Desk) -> None:
    refund = await asked_much(desk)
    await approve(desk, refund, PETER)
    await approve(desk, refund, SALMA, by_hand=True)
    await desk.portal.refund_desk.take(SALMA, refund)
    await desk.portal.refunds.sent_by_hand(SALMA, refund, "FT26030312345")
    assert (await refund_of(desk, refund)).state is S.SUCCEEDED


@pytest.mark.covers("F5")
async def test_much_goes_back_by_two_people_though_it_is_asked_for_in_parts(desk: Desk) -> None:
    bill = await desk.add_bill(amount=shillings(1_200_000))
    outcome = Paid(shillings(1_200_000) + some_fees(bill.amount).total, "RC35T8K2QZ")
    payment = await desk.start_and_settle(outcome, bill=bill.reference, amount=bill.amount)
    for available, wanted in (("1200000", "800,000"), ("400000", "400,000")):
        wish = typed(amount=wanted, available=available)
        refund = await desk.portal.refunds.ask(ASHA, payment, wish, wanted)
        await approve(desk, refund, PETER)
    assert (await refund_of(desk, refund)).state is S.REQUESTED
    await approve(desk, refund, GRACE)
    assert (await refund_of(desk, refund)).state is S.APPROVED


@pytest.mark.covers("F5")
async def test_money_whose_amount_is_in_question_goes_back_by_two_people(desk: Desk) -> None:
    payment = await desk.start_and_settle()
    less = Paid(shillings(4_500), CODE)
    await desk.portal.payments.record_outcome(payment, less, Source.CALLBACK)
    refund = await desk.portal.refunds.ask(ASHA, payment, typed(), "key")
    await approve(desk, refund, JUMA)
    assert (await refund_of(desk, refund)).state is S.REQUESTED


@pytest.mark.covers("F6")
async def test_what_the_office_sends_by_hand_waits_for_its_reference(desk: Desk) -> None:
    refund = await asked(desk)
    await approve(desk, refund, SALMA, by_hand=True)
    waiting = await refund_of(desk, refund)
    assert (waiting.by_hand, waiting.route) == (True, RefundRoute.BY_HAND)
    assert "refund" not in await desk.job_kinds()
    for person in (ASHA, JUMA):
        with pytest.raises(NotFound):
            await desk.portal.refunds.sent_by_hand(person, refund, "FT260303")
        with pytest.raises(NotFound):
            await desk.portal.refunds.cannot_be_sent(person, refund, "no")
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refunds.sent_by_hand(PETER, refund, "FT26030312345")
    assert unchanged.value.problem == "taken"
    await desk.portal.refund_desk.take(PETER, refund)
    for code, problem in ((" ", "empty"), ("F", "format"), ("FT\u2603260303", "format")):
        with pytest.raises(Refused) as refused:
            await desk.portal.refunds.sent_by_hand(PETER, refund, code)
        assert (refused.value.field, refused.value.problem) == ("bank_reference", problem)
    case = await desk.portal.refund_views.case(SALMA, refund)
    assert [case.may_send(person) for person in (SALMA, PETER, JUMA)] == [False, True, False]
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refunds.sent_by_hand(SALMA, refund, "FT26030312345")
    assert unchanged.value.problem == "own"
    await desk.portal.refunds.sent_by_hand(PETER, refund, " FT26030312345 ")
    gone = await refund_of(desk, refund)
    assert (gone.state, gone.code, gone.ended_by) == (S.SUCCEEDED, "FT26030312345", PETER.id)
    assert (await desk.balances())["cash:by_hand"] == -100_000
    with pytest.raises(Unchanged):
        await desk.portal.refunds.sent_by_hand(PETER, refund, "FT26030312346")


async def test_one_transfer_of_the_bank_ends_one_refund(desk: Desk) -> None:
    first = await asked(desk)
    payment = (await desk.portal.refund_views.case(ASHA, first)).payment.reference
    second = await desk.portal.refunds.ask(ASHA, payment, typed(available="350000"), "second")
    for refund in (first, second):
        await approve(desk, refund, SALMA, by_hand=True)
        await desk.portal.refund_desk.take(PETER, refund)
    await desk.portal.refunds.sent_by_hand(PETER, first, "FT26030312345")
    with pytest.raises(Refused) as refused:
        await desk.portal.refunds.sent_by_hand(PETER, second, "FT26030312345")
    assert (refused.value.field, refused.value.problem) == ("bank_reference", "taken")


async def test_a_landlord_sends_nothing_by_hand_and_what_the_bank_refuses_is_free_again(desk: Desk) -> None:
    refund = await asked(desk)
    await approve(desk, refund, JUMA, by_hand=True)
    assert (await refund_of(desk, refund)).route is RefundRoute.REVERSAL
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    other = await desk.portal.refunds.ask(ASHA, payment, typed(available="350000"), "other")
    await approve(desk, other, SALMA, by_hand=True)
    await desk.portal.refunds.cannot_be_sent(SALMA, other, "The account of the tenant is closed.")
    failed = await refund_of(desk, other)
    assert (failed.state, failed.refusal) == (S.FAILED, RefundRefusal.REFUSED)
    assert (await desk.portal.refund_views.offer(ASHA, payment)).available == shillings(350_000)


@pytest.mark.covers("F3", "S27")
@pytest.mark.parametrize("reason", ASKED_FOR)
async def test_each_of_the_six_reasons_can_be_given(desk: Desk, reason: RefundReason) -> None:
    notes = "The roof leaks." if reason is RefundReason.OTHER else ""
    refund = await asked(desk, reason=reason.value, notes=notes)
    assert (await refund_of(desk, refund)).reason is reason


async def asked_much(desk: Desk) -> str:
    """More than one person may send back."""
    bill = await desk.add_bill(amount=shillings(1_200_000))
    outcome = Paid(shillings(1_200_000) + some_fees(bill.amount).total, "RC35T8K2QZ")
    payment = await desk.start_and_settle(outcome, bill=bill.reference, amount=bill.amount)
    return await desk.portal.refunds.ask(ASHA, payment, typed(whole=True, available=None), "much")


def kind_of(letter: Letter) -> str:
    return letter.key.partition(":")[0]


def test_more_can_be_asked_back_only_of_what_is_paid_and_has_not_gone_altogether() -> None:
    assert may_be_asked_back(a_payment())
    assert not may_be_asked_back(a_payment(State.FAILED))
    assert not may_be_asked_back(with_refund(RefundState.SUCCEEDED, amount=shillings(450_000)))
