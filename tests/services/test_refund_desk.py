"""Refunds that go no way by themselves: by hand one person sends them, and none that failed is forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from portal.domain.errors import NotFound, Refused
from portal.domain.person import Person, Role
from portal.domain.refund import RefundState
from portal.domain.refund_outcome import Cause, NotRefunded, Refunded, RefundRefusal, RefundRoute
from portal.domain.trouble import Trouble
from portal.providers.refund import HeardOfRefund, SendsBack
from portal.services.office import Unchanged
from portal.store import alerts, people
from portal.store.types import Tx
from portal.store.writer import Store
from tests.makers import FakeClock
from tests.services.desk import Desk
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
    queue_of,
    refund_of,
    sent,
    typed,
)

S = RefundState
PAYOUT = SendsBack(route=RefundRoute.PAYOUT, part=True, again=True, answers_questions=True)
FULL = NotRefunded(RefundRefusal.PAYEE_CANNOT_RECEIVE, "full")


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_sending_desk(sqlite_store, clock, REVERSAL, PAYOUT) as desk:
        yield desk


async def failed(desk: Desk) -> str:
    desk.provider.will_refund(FULL)
    desk.provider.will_trace(FULL)
    return await sent(desk)


@pytest.mark.covers("F4", "F9")
async def test_one_that_failed_stands_in_the_queue_until_it_is_sent_again_by_another_way(desk: Desk) -> None:
    refund = await failed(desk)
    assert await queue_of(desk) == [refund]
    assert await desk.portal.refund_views.queued(SALMA) == (1, 0)
    case = await desk.portal.refund_views.case(SALMA, refund)
    assert [way.route for way in case.ways_again] == ["PAYOUT", "REVERSAL", "BY_HAND"]
    other = await desk.portal.refund_desk.again(SALMA, refund, "PAYOUT")
    await desk.work()
    assert desk.provider.refunds[-1].route is RefundRoute.PAYOUT
    first, second = await refund_of(desk, refund), await refund_of(desk, other)
    assert (first.instead, second.instead_of, first.waits_for_office) == (other, refund, False)
    assert (second.approved_by, second.requested_by, second.state) == ((SALMA.id,), ASHA.id, S.SUBMITTED)
    assert await queue_of(desk) == [other]


async def test_a_way_that_failed_comes_after_the_others_also_the_third_time(desk: Desk) -> None:
    refund = await failed(desk)
    desk.provider.will_refund(FULL)
    other = await desk.portal.refund_desk.again(SALMA, refund, "PAYOUT")
    await desk.work()
    ways = (await desk.portal.refund_views.case(SALMA, other)).ways_again
    assert [way.route for way in ways] == ["REVERSAL", "PAYOUT", "BY_HAND"]


async def test_it_can_be_sent_again_by_hand_and_pressing_twice_is_one(desk: Desk) -> None:
    refund = await failed(desk)
    other = await desk.portal.refund_desk.again(SALMA, refund, "BY_HAND")
    assert (await refund_of(desk, other)).by_hand
    for route in ("BY_HAND", "REVERSAL"):
        with pytest.raises(Unchanged):
            await desk.portal.refund_desk.again(SALMA, refund, route)
    assert (await desk.portal.refund_views.case(SALMA, refund)).ways_again == []


@pytest.mark.parametrize("route", ["", "BY_PIGEON"])
async def test_a_way_that_is_none_sends_nothing(desk: Desk, route: str) -> None:
    refund = await failed(desk)
    with pytest.raises(Unchanged):
        await desk.portal.refund_desk.again(SALMA, refund, route)


async def test_a_way_that_does_not_carry_it_is_refused_and_nothing_is_asked_for(
    sqlite_store: Store, clock: FakeClock
) -> None:
    async with a_sending_desk(sqlite_store, clock, REVERSAL) as desk:
        refund = await failed(desk)
        with pytest.raises(Unchanged):
            await desk.portal.refund_desk.again(SALMA, refund, "PAYOUT")
        payment = (await desk.portal.refund_views.case(ASHA, refund)).payment
        assert [one.reference for one in payment.refunds] == [refund]


async def test_whoever_had_asked_for_it_does_not_agree_to_it_by_sending_it_again(desk: Desk) -> None:
    refund = await failed(desk)
    same = Person(ASHA.id, ASHA.name, Role.OFFICE, "en")
    other = await desk.portal.refund_desk.again(same, refund, "PAYOUT")
    assert (await refund_of(desk, other)).state is S.REQUESTED


@pytest.mark.covers("F2", "D20")
async def test_what_was_promised_elsewhere_meanwhile_is_not_sent_again(desk: Desk) -> None:
    refund = await failed(desk)
    payment = (await desk.portal.refund_views.case(ASHA, refund)).payment.reference
    await desk.portal.refunds.ask(ASHA, payment, typed(whole=True, available=None), "all")
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refund_desk.again(SALMA, refund, "PAYOUT")
    assert unchanged.value.problem == "spent"


@pytest.mark.covers("F4", "F9")
async def test_it_is_closed_with_a_reason_that_the_tenant_reads(desk: Desk) -> None:
    refund = await failed(desk)
    with pytest.raises(Refused) as refused:
        await desk.portal.refund_desk.close(SALMA, refund, " ")
    assert (refused.value.field, refused.value.problem) == ("note_close", "empty")
    for person in (ASHA, JUMA):
        with pytest.raises(NotFound):
            await desk.portal.refund_desk.close(person, refund, "no")
    await desk.work()
    desk.sink.letters.clear()
    await desk.portal.refund_desk.close(SALMA, refund, "You told us that you want to keep the home.")
    case = await desk.portal.refund_views.case(ASHA, refund)
    assert case.why_closed == "You told us that you want to keep the home."
    assert await queue_of(desk) == []
    await desk.work()
    assert [letter.key.partition(":")[0] for letter in desk.sink.letters] == ["refund_closed"]
    with pytest.raises(Unchanged):
        await desk.portal.refund_desk.close(SALMA, refund, "Once more.")
    with pytest.raises(Unchanged):
        await desk.portal.refund_desk.again(SALMA, refund, "PAYOUT")


async def test_while_a_finding_waits_it_is_neither_closed_nor_sent_again(desk: Desk) -> None:
    refund = await failed(desk)
    await desk.portal.refund_findings.propose(
        SALMA, refund, went=True, code="RC99FOUND1", note="They say that it went on Monday."
    )
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refund_desk.again(SALMA, refund, "PAYOUT")
    assert unchanged.value.problem == "proposed"
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refund_desk.close(SALMA, refund, "It stays so.")
    assert unchanged.value.problem == "proposed"


async def by_hand(desk: Desk) -> str:
    refund = await asked(desk)
    await approve(desk, refund, SALMA, by_hand=True)
    return refund


@pytest.mark.covers("F6")
async def test_two_of_the_office_do_not_both_send_one_transfer_by_hand(desk: Desk) -> None:
    refund = await by_hand(desk)
    with pytest.raises(Unchanged) as unchanged:
        await desk.portal.refund_desk.take(SALMA, refund)
    assert unchanged.value.problem == "own"
    await desk.portal.refund_desk.take(PETER, refund)
    with pytest.raises(Unchanged, match="unchanged"):
        await desk.portal.refund_desk.take(GRACE, refund)
    with pytest.raises(Unchanged, match="unchanged"):
        await desk.portal.refunds.sent_by_hand(GRACE, refund, "FT26030312345")
    with pytest.raises(Unchanged, match="unchanged"):
        await desk.portal.refunds.cannot_be_sent(GRACE, refund, "The account is closed.")
    case = await desk.portal.refund_views.case(GRACE, refund)
    assert (case.may_send(GRACE), case.may_send(PETER)) == (False, True)
    assert case.names[PETER.id] == PETER.name
    assert case.refund.taken_at == desk.clock.now


async def test_what_was_taken_is_laid_back_also_for_somebody_who_is_away(desk: Desk) -> None:
    refund = await by_hand(desk)
    with pytest.raises(Unchanged):
        await desk.portal.refund_desk.lay_back(PETER, refund, PETER.id)
    await desk.portal.refund_desk.take(PETER, refund)
    with pytest.raises(Unchanged):
        await desk.portal.refund_desk.lay_back(GRACE, refund, GRACE.id)
    await desk.portal.refund_desk.lay_back(GRACE, refund, PETER.id)
    await desk.portal.refund_desk.take(GRACE, refund)
    await desk.portal.refunds.sent_by_hand(GRACE, refund, "FT26030312345")
    assert (await refund_of(desk, refund)).state is S.SUCCEEDED
    with pytest.raises(Unchanged):
        await desk.portal.refund_desk.take(PETER, refund)


async def test_for_whoever_is_not_of_the_office_there_is_nothing_to_take(desk: Desk) -> None:
    refund = await by_hand(desk)
    with pytest.raises(NotFound):
        await desk.portal.refund_desk.take(JUMA, refund)
    with pytest.raises(NotFound):
        await desk.portal.refund_desk.lay_back(JUMA, refund, PETER.id)
    with pytest.raises(NotFound):
        await desk.portal.refund_desk.again(JUMA, refund, "PAYOUT")


@pytest.mark.covers("F4")
async def test_a_provider_that_lets_us_send_nothing_back_raises_an_alert_until_it_does(desk: Desk) -> None:
    desk.provider.will_refund(NotRefunded(RefundRefusal.OUR_BALANCE, "1"))
    refund = await sent(desk)
    (alert,) = await desk.read(alerts.open_alerts)
    assert (alert.trouble, alert.operation, alert.code) == (Trouble.CANNOT_SEND_BACK, "refund", "1")
    await desk.portal.refund_desk.again(SALMA, refund, "PAYOUT")
    await desk.work()
    assert await desk.read(alerts.open_alerts) == []


async def test_of_many_of_the_office_only_those_with_the_role_are_listed(desk: Desk) -> None:
    def question(tx: Tx) -> list[str]:
        return [person.name for person in people.with_roles(tx, [Role.APPROVER])]

    assert await desk.read(question) == [GRACE.name, PETER.name]


async def went_after_all(desk: Desk, refund: str) -> None:
    heard = HeardOfRefund(cause=Cause.OURS, outcome=Refunded("RC1"), reference=refund)
    desk.provider.will_trace(Refunded("RC1"))
    await desk.portal.refund_news.hear("mpesa", heard)
    assert (await refund_of(desk, refund)).state is S.SUCCEEDED


@pytest.mark.covers("F2", "D20")
@pytest.mark.parametrize("route", ["PAYOUT", "BY_HAND"])
async def test_what_went_after_all_is_not_sent_another_time(
    sqlite_store: Store, clock: FakeClock, route: str
) -> None:
    able = replace(REVERSAL, known_by_our_reference=True)
    async with a_sending_desk(sqlite_store, clock, able, PAYOUT) as desk:
        refund = await failed(desk)
        other = await desk.portal.refund_desk.again(SALMA, refund, route)
        await went_after_all(desk, refund)
        assert (await desk.portal.refund_views.case(SALMA, other)).went_already
        await desk.work()
        assert len(desk.provider.refunds) == 1
        found = await refund_of(desk, other)
        if route == "PAYOUT":
            assert (found.state, found.refusal) == (S.FAILED, RefundRefusal.ALREADY_DONE)
        else:
            with pytest.raises(Unchanged) as unchanged:
                await desk.portal.refund_desk.take(PETER, other)
            assert unchanged.value.problem == "went"


async def test_nobody_agrees_to_send_what_went_after_all(sqlite_store: Store, clock: FakeClock) -> None:
    able = replace(REVERSAL, known_by_our_reference=True)
    async with a_sending_desk(sqlite_store, clock, able) as desk:
        refund = await failed(desk)
        same = Person(ASHA.id, ASHA.name, Role.OFFICE, "en")
        other = await desk.portal.refund_desk.again(same, refund, "REVERSAL")
        await went_after_all(desk, refund)
        with pytest.raises(Unchanged) as unchanged:
            await approve(desk, other, PETER)
        assert unchanged.value.problem == "went"
