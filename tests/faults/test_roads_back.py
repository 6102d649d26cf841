"""Every road by which money goes back, with all that can go wrong on it, over real HTTP and to the end of the next day.

No road is named in here: what it can do decides what is expected of it, and the books have to hold whatever it does.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from portal.domain.errors import Refused
from portal.domain.payment_state import PaymentStatus
from portal.domain.refund import ASKED_ABOUT_REFUND, RefundState
from portal.domain.refund_outcome import RefundRefusal, RefundRoute
from portal.sandbox.fates import Twist
from portal.sandbox.prompt import Refund as Sent
from portal.sandbox.results import LIMIT, NO_BALANCE, PAID, PAYEE_FULL, UNDOCUMENTED
from portal.services.office import Unchanged
from portal.services.refund_ways import can_be_asked
from portal.services.refunds import shown_of
from tests.faults.roads import (
    ASHA,
    BACK,
    JUMA,
    PART,
    ROADS,
    SALMA,
    Play,
    Road,
    by_each_road,
    may_send,
    playing_back,
)
from tests.makers import FakeClock
from tests.portal import running_portal
from tests.sandbox.running import until

S = RefundState
HELD = 0.07
"""A wait of the provider that lasts until the play lets go."""
PATIENCE, SLOW = 0.4, 1.5


def rarely(*faults: str) -> list[object]:
    """Of one kind with one that is always tried."""
    return [pytest.param(fault, marks=pytest.mark.full) for fault in faults]


def switch(play: Play, **changes: object) -> None:
    for name, value in changes.items():
        setattr(play.portal.sandbox.world.network.switches, name, value)


async def went_once(play: Play) -> None:
    """At the provider and in the books alike, and whoever looks at the payment is told so."""
    end = await play.sound()
    assert end.state is S.SUCCEEDED
    assert await play.left() == [end.amount.minor]
    assert (await play.portal.payment(play.payment)).status is not PaymentStatus.COMPLETED


async def learns_of_what_was_lost(play: Play) -> bool:
    """The provider tells it by itself, can be asked by our own name, or takes the same request once more."""
    way = await play.way()
    return play.road.hears or way.repeats_safely or (way.answers_questions and way.known_by_our_reference)


async def is_learnt_or_found(play: Play) -> None:
    """It left once, though its answer was lost: that is learnt, or two people of the office find it."""
    end = await play.sound()
    assert await play.left() == [end.amount.minor]
    if not await learns_of_what_was_lost(play):
        assert (end.state, await play.in_queue()) == (S.UNKNOWN, True)
        assert (await play.found(went=True)).state is S.SUCCEEDED
    await went_once(play)


@pytest.mark.covers("F1", "F4", "F6")
@by_each_road
async def test_what_was_agreed_to_goes_back_once_and_the_books_say_so(
    database_url: str, clock: FakeClock, road: Road
) -> None:
    async with playing_back(database_url, clock, road) as play:
        await play.sent()
        await play.over()
        await went_once(play)


@pytest.mark.covers("F4", "F7")
@by_each_road
async def test_a_part_goes_back_where_a_part_can_and_another_way_where_not(
    database_url: str, clock: FakeClock, road: Road
) -> None:
    async with playing_back(database_url, clock, road, PART) as play:
        asked = await play.asked(PART)
        assert (asked.route is road.route) == (not road.free)
        await play.portal.work()
        await play.over()
        end = await play.sound()
        by_hand = asked.route is RefundRoute.BY_HAND
        assert end.state is (S.APPROVED if by_hand else S.SUCCEEDED)
        assert await play.left() == ([] if by_hand else [100_000])


@pytest.mark.covers("F4", "D55", "D67")
@by_each_road
@pytest.mark.parametrize("answer", ["lost", *rarely("html", "truncated", "foreign")])
async def test_an_answer_that_was_lost_is_asked_about_and_nothing_is_sent_twice(
    database_url: str, clock: FakeClock, road: Road, answer: str
) -> None:
    async with playing_back(database_url, clock, road) as play:
        switch(play, refund_answer=answer)
        sent = await play.sent()
        assert sent.state in (S.UNKNOWN, S.SUCCEEDED)
        switch(play, refund_answer="accepted")
        await play.over()
        await is_learnt_or_found(play)


@pytest.mark.full
@pytest.mark.covers("D67")
@by_each_road
async def test_an_answer_that_comes_after_our_patience_sends_nothing_twice(
    database_url: str, clock: FakeClock, road: Road
) -> None:
    async with playing_back(database_url, clock, road, patience=PATIENCE, slow_answer=SLOW) as play:
        switch(play, refund_answer="late")
        await play.sent()
        switch(play, refund_answer="accepted")
        await play.over()
        end = await play.sound()
        assert await play.left() == [end.amount.minor]
        assert (end.state is S.SUCCEEDED) == await learns_of_what_was_lost(play)


@pytest.mark.covers("D16", "F4")
@by_each_road
async def test_a_result_that_overtakes_the_answer_ends_it_once(
    database_url: str, clock: FakeClock, road: Road
) -> None:
    async with playing_back(database_url, clock, road) as play:
        switch(play, refund_answer="late")
        await play.sent()
        await play.over()
        await went_once(play)


@pytest.mark.covers("F4")
@by_each_road
async def test_what_never_left_is_sent_when_the_provider_is_there_again(
    database_url: str, clock: FakeClock, road: Road
) -> None:
    async with playing_back(database_url, clock, road) as play:
        await play.portal.sandbox.line.down()
        assert (await play.sent()).state is S.APPROVED
        await play.portal.sandbox.line.up()
        assert await play.left() == []
        await play.portal.pass_time(minutes=10)
        await play.over()
        await went_once(play)


@pytest.mark.covers("D67", "F4")
@by_each_road
@pytest.mark.parametrize("answer", ["unavailable", *rarely("busy", "redirected")])
async def test_a_provider_in_trouble_takes_nothing_and_nothing_is_sent_into_the_dark_again(
    database_url: str, clock: FakeClock, road: Road, answer: str
) -> None:
    async with playing_back(database_url, clock, road) as play:
        switch(play, refund_answer=answer)
        sent = await play.sent()
        assert (sent.state in (S.UNKNOWN, S.APPROVED), await play.left()) == (True, [])
        switch(play, refund_answer="accepted")
        await play.over()
        end = await play.sound()
        if sent.state is S.UNKNOWN and not (await play.way()).repeats_safely:
            assert (end.state, await play.left(), await play.in_queue()) == (S.UNKNOWN, [], True)
            assert (await play.found(went=False)).state is S.FAILED
            assert await play.free_again() == BACK
            await play.sound()
        else:
            await went_once(play)


@pytest.mark.covers("F4", "F7")
@by_each_road
@pytest.mark.parametrize("result", [NO_BALANCE, *rarely(PAYEE_FULL, LIMIT)])
async def test_a_refusal_says_why_frees_the_money_and_waits_for_the_office(
    database_url: str, clock: FakeClock, road: Road, result: str
) -> None:
    async with playing_back(database_url, clock, road) as play:
        switch(play, refund=result)
        await play.sent()
        await play.over()
        end = await play.sound()
        assert (await play.left(), await play.in_queue()) == ([], True)
        if end.state is S.UNKNOWN:
            # There are codes that leave open whether it failed: a person finds out.
            end = await play.found(went=False)
        assert (end.state, bool(end.refusal)) == (S.FAILED, True)
        assert await play.free_again() == BACK
        assert (await play.portal.payment(play.payment)).status is PaymentStatus.COMPLETED
        if end.refusal is RefundRefusal.OUR_BALANCE:
            switch(play, refund=PAID)
            await sent_again(play)
            await went_once(play)


async def is_looked_for(play: Play) -> None:
    """It is in no book of the provider's, and two people say so."""
    with pytest.raises(Unchanged):
        await play.portal.portal.refund_desk.again(SALMA, play.refund, play.road.route)
    assert (await play.found(went=False)).state is S.FAILED


async def sent_again(play: Play) -> None:
    """By the office, the same way: once somebody has looked, where only a message told that it failed."""
    if (await play.stands()).may_have_gone and not (await play.way()).answers_questions:
        await is_looked_for(play)
    play.refund = await play.portal.portal.refund_desk.again(SALMA, play.refund, play.road.route)
    await play.portal.work()
    await play.over()


@pytest.mark.covers("D67")
@by_each_road
async def test_a_word_that_nobody_knows_ends_nothing_and_is_for_a_person(
    database_url: str, clock: FakeClock, road: Road
) -> None:
    async with playing_back(database_url, clock, road) as play:
        switch(play, refund=UNDOCUMENTED)
        await play.sent()
        await play.over()
        end = await play.sound()
        assert (end.state in ASKED_ABOUT_REFUND, await play.left(), await play.in_queue()) == (True, [], True)
        assert (await play.found(went=False)).state is S.FAILED
        assert await play.free_again() == BACK


@pytest.mark.covers("F4", "F10")
@by_each_road
async def test_a_result_that_takes_its_time_is_waited_for(
    database_url: str, clock: FakeClock, road: Road
) -> None:
    async with playing_back(database_url, clock, road, held=HELD, result_delay=HELD) as play:
        sent = await play.sent()
        await play.portal.pass_time(hours=3)
        waits = await play.stands()
        assert waits.state in (S.SUCCEEDED, *ASKED_ABOUT_REFUND)
        assert bool(await play.left()) == (waits.state is S.SUCCEEDED)
        assert sent.in_the_air == 0
        play.portal.let_go()
        await play.portal.hear()
        await play.portal.pass_time(hours=3)
        await went_once(play)


@pytest.mark.covers("D09", "F4")
@by_each_road
@pytest.mark.parametrize("twist", [Twist.DUPLICATE, *rarely(Twist.LATE, Twist.MALFORMED, Twist.DEEP)])
async def test_a_result_that_is_told_five_times_late_or_spoilt_is_booked_once(
    database_url: str, clock: FakeClock, road: Road, twist: Twist
) -> None:
    async with playing_back(database_url, clock, road) as play:
        switch(play, refund_twists=(twist,))
        await play.sent()
        switch(play, refund_twists=())
        await play.over()
        end = await play.sound()
        assert await play.left() == [end.amount.minor]
        told = len(play.portal.sandbox.world.network.courier.deliveries)
        assert (told >= 5) or not road.hears or twist is not Twist.DUPLICATE
        if end.state is not S.SUCCEEDED:
            assert (end.state in ASKED_ABOUT_REFUND, await play.in_queue()) == (True, True)
            end = await play.found(went=True)
        assert end.state is S.SUCCEEDED


@pytest.mark.covers("F4", "D55")
@by_each_road
async def test_a_result_that_is_never_told_is_learnt_by_asking_where_somebody_answers(
    database_url: str, clock: FakeClock, road: Road
) -> None:
    async with playing_back(database_url, clock, road) as play:
        switch(play, refund_twists=(Twist.LOST,))
        await play.sent()
        await play.over()
        end = await play.sound()
        decided = end.state is S.SUCCEEDED
        assert decided or not can_be_asked(await play.way(), end)
        assert await play.left() == [end.amount.minor]
        assert decided or await play.in_queue()


@pytest.mark.covers("D10", "F12")
@by_each_road
async def test_a_result_that_says_no_of_money_that_went_loses_no_shilling(
    database_url: str, clock: FakeClock, road: Road
) -> None:
    """Where the provider can be asked, its answer stands; where not, the refund waits for a person."""
    async with playing_back(database_url, clock, road) as play:
        switch(play, refund_twists=(Twist.CONTRADICTORY,))
        await play.sent()
        await play.over()
        end = await play.sound()
        way = await play.way()
        assert await play.left() == [end.amount.minor]
        if way.answers_questions or not road.hears:
            assert (end.state, end.contradicted_by) == (S.SUCCEEDED, None)
        else:
            assert (end.state, await play.in_queue()) == (S.FAILED, True)
            await is_not_sent_again(play)
            assert (await play.found(went=True)).state is S.SUCCEEDED
            await went_once(play)


async def is_not_sent_again(play: Play) -> None:
    """Only the provider's book can tell, and nobody has said that they looked in it."""
    for route in RefundRoute:
        with pytest.raises(Unchanged) as unchanged:
            await play.portal.portal.refund_desk.again(SALMA, play.refund, route)
        assert unchanged.value.problem == "look"
    await play.over()
    assert len(await play.left()) == 1


@pytest.mark.covers("D10", "F12")
@by_each_road
async def test_a_no_that_becomes_a_yes_is_followed_where_it_is_proved_and_else_shown_to_people(
    database_url: str, clock: FakeClock, road: Road
) -> None:
    async with playing_back(database_url, clock, road, late_after=HELD, held=HELD) as play:
        switch(play, refund_twists=(Twist.FAILURE_FIRST,))
        await play.sent()
        (sent,) = of_ours(play)
        if sent.movement is None:
            await until(lambda: bool(play.portal.sandbox.world.network.courier.deliveries) or not road.hears)
            await play.portal.work()
            await play.portal.pass_time(minutes=4)
        await play.over()
        end = await play.sound()
        assert await play.left() == [end.amount.minor]
        if end.state is not S.SUCCEEDED:
            assert (end.state, bool(end.contradicted_by), await play.in_queue()) == (S.FAILED, True, True)
            assert (await play.found(went=True)).state is S.SUCCEEDED
        await went_once(play)


def of_ours(play: Play) -> list[Sent]:
    """The refunds that the provider has taken and not refused."""
    every = play.portal.sandbox.world.network.refunds.values()
    return [one for one in every if one.result != LIMIT]


@pytest.mark.covers("F12", "D11")
@by_each_road
async def test_a_forged_result_changes_nothing_wherever_it_is_sent(
    database_url: str, clock: FakeClock, road: Road
) -> None:
    async with playing_back(database_url, clock, road, held=HELD, result_delay=HELD) as play:
        await play.sent()
        before, payment = await play.stands(), await play.portal.payment(play.payment)
        (sent,) = of_ours(play)
        came = play.portal.sandbox.world.network.book.movements[0]
        lie = replace(came, amount=-sent.push.amount, receipt="FORGED0303", request_id=sent.request_id)
        letter = sent.twin.letter(sent, PAID, lie)
        signs = play.portal.portal.registry.named(payment.provider).capabilities.signs
        guessed = sent.push.callback_url if signs else f"{sent.push.callback_url}x"
        for address in {guessed, f"{play.portal.base_url}/webhooks/x/y"} if road.hears else ():
            answer = await play.portal.client.post(address, content=letter.body)
            assert answer.status_code in (401, 404)
        await play.portal.work()
        assert await play.stands() == before
        await play.over()
        await went_once(play)


@pytest.mark.covers("D06", "D15", "F4")
@by_each_road
async def test_a_portal_that_dies_between_the_call_and_the_write_sends_nothing_twice(
    database_url: str, clock: FakeClock, road: Road
) -> None:
    async with (
        playing_back(database_url, clock, road, held=HELD, slow_answer=HELD) as play,
        running_portal(
            play.portal.sandbox, database_url, clock, mpesa=road.mpesa, told=may_send(road)
        ) as other,
    ):
        switch(play, refund_answer="late")
        taken = len(of_ours(play))
        await play.asked()
        working = asyncio.create_task(play.portal.portal.worker.run_due())
        await until(lambda: len(of_ours(play)) > taken)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        switch(play, refund_answer="accepted")
        assert (await play.stands()).in_the_air == 1
        other.gate, play.portal = play.portal.gate, other
        await play.over()
        await play.over()
        await is_learnt_or_found(play)


@pytest.mark.covers("F2", "D20")
async def test_of_a_hundred_who_want_thirty_percent_at_the_same_time_three_get_it(
    database_url: str, clock: FakeClock
) -> None:
    async with playing_back(database_url, clock, ROADS[0]) as play:
        thirty = replace(PART, amount="135,000")
        refunds = play.portal.portal.refunds
        wishes = (refunds.ask(ASHA, play.payment, thirty, f"key {number}") for number in range(100))
        told = await asyncio.gather(*wishes, return_exceptions=True)
        accepted = [one for one in told if isinstance(one, str)]
        assert len(accepted) == 3
        assert {type(one) for one in told if not isinstance(one, str)} == {Refused}
        for play.refund in accepted:
            await refunds.approve(JUMA, play.refund, shown=shown_of(await play.stands()))
        await play.over()
        assert (await play.sound()).state is S.SUCCEEDED
        assert await play.left() == [135_000] * 3
