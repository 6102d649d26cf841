"""Money that came beyond its bills: its payer says what becomes of it, once, and nothing that is pressed loses any."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from portal.domain import events as e
from portal.domain.bill import BillStatus
from portal.domain.errors import KeyReused, NotFound, PortalError, Refused
from portal.domain.money import shillings
from portal.domain.outcome import Paid, Source
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import NotRefunded, Refunded, RefundOutcome, RefundRefusal, RefundRoute
from portal.domain.refund_reason import RefundReason
from portal.domain.refund_second import BY_RULE
from portal.services.excess import Choice
from portal.services.office import Unchanged
from portal.services.refund_wish import Typed
from portal.store import payments
from portal.store.writer import Store
from tests.fakes import FakeProvider
from tests.makers import FakeClock, a_reference
from tests.services.desk import RENT, Desk, a_desk
from tests.services.paying_twice import CREDIT, WHOLE, choose, paid_twice, the_books_agree
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
    refund_of,
    typed,
)


async def ends(desk: Desk, refund: str, told: RefundOutcome) -> None:
    """The provider says so."""
    door = desk.portal.refund_sending.record
    await desk.store.write(lambda tx: door(tx, refund, told, Source.WORKER))


BACK = shillings(452_250)
"""The deposit, and our fee, which goes back with money that was paid twice."""


def provider() -> FakeProvider:
    return provider_that(REVERSAL)


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_store, clock, provider=provider()) as desk:
        await hire(desk)
        yield desk


@pytest.fixture
async def each_desk(store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(store, clock, provider=provider()) as desk:
        yield desk


@pytest.mark.covers("B19", "I11")
async def test_what_is_kept_pays_the_next_bill_at_once_and_the_books_hold(desk: Desk) -> None:
    late = await paid_twice(desk)
    rent = await desk.add_bill(amount=shillings(600_000))
    assert await choose(desk, late, Choice.KEEP) == ""
    assert (await desk.bill(RENT)).rest == rent.rest - WHOLE
    balances = await desk.balances()
    assert ("suspense" in balances, CREDIT in balances) == (False, False)
    assert sum(balances.values()) == 0
    payment = await desk.payment(late)
    assert (payment.excess_waiting, payment.credit_left, payment.reserved) == (None, shillings(0), WHOLE)
    assert [(use.bill, use.amount) for use in payment.credit_uses] == [(RENT, WHOLE)]
    await the_books_agree(desk)


@pytest.mark.covers("B19", "I11")
async def test_what_no_bill_uses_stays_a_credit_of_the_lease(desk: Desk) -> None:
    late = await paid_twice(desk)
    await choose(desk, late, Choice.KEEP)
    balances = await desk.balances()
    assert ("suspense" in balances, balances[CREDIT]) == (False, -450_000)
    assert (await desk.payment(late)).credit_left == WHOLE
    home = await desk.portal.views.home(ASHA)
    assert (home.extras, home.kept) == ([], [(late, WHOLE)])
    await the_books_agree(desk)


@pytest.mark.covers("B19")
async def test_as_long_as_nothing_is_chosen_the_home_page_asks(desk: Desk) -> None:
    late = await paid_twice(desk)
    home = await desk.portal.views.home(ASHA)
    assert ([one.reference for one in home.extras], home.kept) == ([late], [])
    extra = await desk.portal.excess.offer(ASHA, late)
    assert extra
    assert (extra.waiting, extra.kept, extra.can_be_kept, extra.needs_person) == (WHOLE, None, True, False)
    assert (extra.amount, extra.price.total, extra.way.route) == (WHOLE, BACK, RefundRoute.REVERSAL)


@pytest.mark.covers("B19", "I11", "F2")
async def test_money_that_is_the_payer_s_beyond_doubt_goes_back_with_nobody_s_leave(desk: Desk) -> None:
    late = await paid_twice(desk)
    refund = await refund_of(desk, await choose(desk, late, Choice.REFUND))
    assert (refund.reason, refund.amount) == (RefundReason.DUPLICATE_PAYMENT, BACK)
    assert (refund.state, refund.approved_by) == (RefundState.APPROVED, (BY_RULE,))
    await desk.work()
    (sent,) = desk.provider.refunds
    assert (sent.amount, sent.reference) == (BACK, refund.reference)
    await ends(desk, refund.reference, Refunded("RC1", BACK, desk.clock()))
    assert (await refund_of(desk, refund.reference)).state is RefundState.SUCCEEDED
    assert "suspense" not in await desk.balances()
    assert (await desk.bill()).status is BillStatus.PAID
    await the_books_agree(desk)


async def test_the_landlord_has_no_say_in_what_came_beyond_the_bills_and_does_not_see_it(desk: Desk) -> None:
    late = await paid_twice(desk, bill=(await much(desk)), amount=MUCH)
    refund = await choose(desk, late, Choice.REFUND, amount=MUCH)
    lists = desk.portal.reads.refund_lists
    assert (await lists.waiting(JUMA, None)).rows == []
    assert (await lists.over(JUMA, None)).rows == []
    with pytest.raises(NotFound):
        await desk.portal.refund_views.case(JUMA, refund)
    with pytest.raises(NotFound):
        await approve(desk, refund, JUMA)
    await desk.work()
    assert not any("juma" in (letter.email or "") for letter in desk.sink.letters)


MUCH = shillings(1_200_000)


async def much(desk: Desk) -> str:
    """A bill so large that what was paid twice for it goes back only by somebody's leave."""
    return (await desk.add_bill(reference=a_reference(40), amount=MUCH)).reference


@pytest.mark.covers("F5", "B19")
async def test_above_the_threshold_an_approver_of_the_office_has_to_agree(desk: Desk) -> None:
    late = await paid_twice(desk, bill=(await much(desk)), amount=MUCH)
    extra = await desk.portal.excess.offer(ASHA, late)
    assert extra
    assert extra.needs_person
    refund = await choose(desk, late, Choice.REFUND, amount=MUCH)
    assert (await refund_of(desk, refund)).state is RefundState.REQUESTED
    with pytest.raises(Unchanged):
        await approve(desk, refund, SALMA)
    await approve(desk, refund, PETER)
    approved = await refund_of(desk, refund)
    assert (approved.state, approved.approved_by) == (RefundState.APPROVED, (BY_RULE, PETER.id))
    case = await desk.portal.refund_views.case(GRACE, refund)
    assert BY_RULE not in case.names


@pytest.mark.covers("F5")
async def test_whoever_alone_agreed_with_the_rule_does_not_send_it_by_hand_as_well(desk: Desk) -> None:
    late = await paid_twice(desk, bill=(await much(desk)), amount=MUCH)
    refund = await choose(desk, late, Choice.REFUND, amount=MUCH)
    await approve(desk, refund, PETER, by_hand=True)
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refund_desk.take(PETER, refund)
    assert unchanged.value.problem == "own"
    await desk.portal.refund_desk.take(GRACE, refund)


async def test_where_it_is_in_question_what_came_nothing_is_kept_and_two_people_agree(desk: Desk) -> None:
    late = await paid_twice(desk)
    doubted = e.VerificationResult(code="1032", source=Source.WORKER)
    payment = await desk.payment(late)
    now = desk.clock()
    await desk.store.write(lambda tx: payments.append(tx, payment, [doubted], now, reference=late))
    extra = await desk.portal.excess.offer(ASHA, late)
    assert extra
    assert (extra.can_be_kept, extra.needs_person) == (False, True)
    with pytest.raises(Unchanged):
        await choose(desk, late, Choice.KEEP)
    refund = await choose(desk, late, Choice.REFUND)
    assert (await refund_of(desk, refund)).approved_by == ()
    await approve(desk, refund, SALMA)
    assert (await refund_of(desk, refund)).state is RefundState.REQUESTED
    await approve(desk, refund, PETER)
    assert (await refund_of(desk, refund)).state is RefundState.APPROVED


async def test_the_form_for_refunds_asks_for_the_same_money_by_the_same_rule(desk: Desk) -> None:
    late = await paid_twice(desk)
    whole = Typed(reason="DUPLICATE_PAYMENT", whole=True, amount="", notes="", available="450000")
    refund = await desk.portal.refunds.ask(ASHA, late, whole, "key")
    assert (await refund_of(desk, refund)).approved_by == (BY_RULE,)
    another = Paid(receipt_code="OTHER12345")
    first = await desk.start_and_settle(another, bill=(await desk.add_bill()).reference)
    of_a_bill = await desk.portal.refunds.ask(ASHA, first, typed(), "another")
    assert (await refund_of(desk, of_a_bill)).approved_by == ()


async def test_a_refund_of_it_that_has_no_way_waits_for_the_office_s_hand(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_sending_desk(sqlite_store, clock) as desk:
        refund = await choose(desk, await paid_twice(desk), Choice.REFUND)
        assert (await refund_of(desk, refund)).by_hand
        assert "refund" not in await desk.job_kinds()
        await desk.portal.refund_desk.take(SALMA, refund)
        await desk.portal.refunds.sent_by_hand(SALMA, refund, "FT26-1")
        assert (await refund_of(desk, refund)).state is RefundState.SUCCEEDED


@pytest.mark.covers("B19", "F2")
@pytest.mark.parametrize("shown", ["449999", "", "0", "450000.0"])
async def test_a_form_that_showed_another_sum_changes_nothing(desk: Desk, shown: str) -> None:
    late = await paid_twice(desk)
    before = await desk.payment(late)
    for choice in Choice:
        with pytest.raises(Unchanged):
            await desk.portal.excess.choose(ASHA, late, choice, shown=shown, key=f"key {choice}")
    assert await desk.payment(late) == before


async def test_what_nobody_offered_cannot_be_chosen(desk: Desk) -> None:
    late = await paid_twice(desk)
    with pytest.raises(Refused):
        await choose(desk, late, "BURN")
    with pytest.raises(NotFound):
        await choose(desk, late, Choice.KEEP, person=JUMA)
    with pytest.raises(NotFound):
        await desk.portal.excess.offer(JUMA, late)
    with pytest.raises(NotFound):
        await desk.portal.excess.offer(ASHA, a_reference(99))
    paid = await desk.start_and_settle(bill=(await desk.add_bill()).reference)
    assert await desk.portal.excess.offer(ASHA, paid) is None
    with pytest.raises(Unchanged):
        await choose(desk, paid, Choice.KEEP)


@pytest.mark.covers("B19", "A16")
async def test_a_second_press_is_known_for_one_and_another_answer_under_its_key_is_refused(
    desk: Desk,
) -> None:
    late = await paid_twice(desk)
    refund = await choose(desk, late, Choice.REFUND)
    assert await choose(desk, late, Choice.REFUND) == refund
    with pytest.raises(KeyReused):
        await choose(desk, late, Choice.KEEP)
    assert len((await desk.payment(late)).refunds.every) == 1


@pytest.mark.covers("B19", "F2")
@pytest.mark.parametrize("keys", [("one form", "one form"), ("one tab", "another")])
async def test_of_both_choices_pressed_at_once_exactly_one_stands(
    each_desk: Desk, keys: tuple[str, str]
) -> None:
    late = await paid_twice(each_desk)
    pressed = [(Choice.KEEP, keys[0]), (Choice.REFUND, keys[1])] * 3
    answers = await asyncio.gather(
        *(choose(each_desk, late, choice, key=key) for choice, key in pressed), return_exceptions=True
    )
    assert all(isinstance(answer, str | PortalError) for answer in answers), answers
    payment = await each_desk.payment(late)
    kept, asked_back = payment.credit_left == WHOLE, len(payment.refunds.every) == 1
    assert kept is not asked_back
    assert payment.excess_waiting is None
    await the_books_agree(each_desk)


@pytest.mark.covers("I11")
async def test_what_is_kept_and_not_used_can_be_had_back(desk: Desk) -> None:
    late = await paid_twice(desk)
    await choose(desk, late, Choice.KEEP)
    await desk.add_bill(amount=shillings(100_000))
    await desk.pass_time(hours=2)
    left = shillings(350_000)
    extra = await desk.portal.excess.offer(ASHA, late)
    assert extra
    assert (extra.waiting, extra.kept, extra.amount) == (None, left, left)
    refund = await choose(desk, late, Choice.BACK, amount=left, key="back")
    assert (await refund_of(desk, refund)).without_fee == left
    assert (await desk.payment(late)).credit_left == shillings(0)
    balances = await desk.balances()
    assert (CREDIT in balances, balances["suspense"]) == (False, -350_000)
    await the_books_agree(desk)


async def test_what_could_not_be_sent_back_waits_for_another_choice(desk: Desk) -> None:
    late = await paid_twice(desk)
    refund = await choose(desk, late, Choice.REFUND)
    await ends(desk, refund, NotRefunded(RefundRefusal.NOT_FOUND, "X"))
    assert (await desk.payment(late)).excess_waiting == WHOLE
    assert await choose(desk, late, Choice.KEEP, key="then") == ""
    await the_books_agree(desk)
