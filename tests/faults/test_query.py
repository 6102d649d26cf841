"""Queries that know nothing, lag, are refused or hang: a payment waits for an answer, and no answer is a "no"."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import pytest

from portal.domain.outcome import Reason
from portal.domain.payment_state import State
from portal.sandbox.fates import NUMBER_OF, Query
from portal.sandbox.results import PAID
from tests.faults.soundness import ending
from tests.makers import FakeClock, a_phone
from tests.portal import RunningPortal, playing
from tests.sandbox.running import FAST

ASHA = a_phone().digits
HOUR = 3600


@pytest.mark.covers("B12", "D07")
async def test_a_query_that_lags_is_asked_again_until_it_tells(portal: RunningPortal) -> None:
    reference = await portal.pay(NUMBER_OF["query-lags"])
    await portal.hear()
    assert (await portal.payment(reference)).state is State.PROCESSING
    await portal.pass_time(minutes=2)
    assert (await portal.payment(reference)).state is State.COMPLETED
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("B10", "B12", "D07")
@pytest.mark.parametrize("fate", ["query-unknown", "query-busy"])
async def test_what_no_query_confirms_is_uncertain_and_goes_to_the_office(
    portal: RunningPortal, fate: str
) -> None:
    reference = await portal.pay(NUMBER_OF[fate])
    await portal.hear()
    await portal.pass_time(minutes=16)
    unsure = await portal.payment(reference)
    assert (unsure.state, unsure.reason) == (State.UNCERTAIN, Reason.AMBIGUOUS)
    assert [listed.payment.reference for listed in await portal.portal.views.for_the_office()] == [reference]
    assert (await ending(portal, reference)).state is State.UNCERTAIN


@pytest.mark.covers("B11", "D07")
async def test_a_provider_that_finds_its_memory_again_settles_what_was_uncertain(
    portal: RunningPortal,
) -> None:
    await portal.sandbox.give_fate(ASHA, query="busy", twists=["lost"])
    reference = await portal.pay(ASHA)
    await portal.pass_time(hours=3)
    assert (await portal.payment(reference)).state is State.UNCERTAIN
    (prompt,) = portal.sandbox.world.network.prompts.values()
    prompt.fate = replace(prompt.fate, query=Query.TRUE)
    assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("D07", "D67")
async def test_a_query_that_hangs_is_given_up_and_asked_again(database_url: str, clock: FakeClock) -> None:
    async with playing(database_url, clock, patience=0.2, held=FAST.slow_answer) as portal:
        reference = await portal.pay(NUMBER_OF["query-hangs"])
        await portal.hear()
        assert (await portal.payment(reference)).state is State.PROCESSING
        portal.let_go()
        await portal.pass_time(seconds=30)
        assert (await portal.payment(reference)).state is State.COMPLETED
        assert (await ending(portal, reference)).state is State.COMPLETED


@pytest.mark.covers("B12")
async def test_the_silent_are_asked_at_the_stated_times(portal: RunningPortal, clock: FakeClock) -> None:
    await portal.sandbox.give_fate(ASHA, query="unknown", twists=["lost"])
    await portal.pay(ASHA)
    begun = clock.now
    await portal.pass_time(days=40)
    asked = asked_after(portal, begun)
    assert asked[:6] == [5, 15, 30, 60, 120, 300]  # the last when its own time is over
    every = [later - earlier for earlier, later in pairwise(asked[5:])]
    assert every == [300] * every.count(300) + [HOUR] * every.count(HOUR) + [24 * HOUR] * every.count(
        24 * HOUR
    )
    assert (every.count(300), every.count(HOUR), every.count(24 * HOUR)) == (11, 23, 29)


@pytest.mark.covers("D65")
async def test_a_question_that_got_no_answer_is_retried_after_1_5_and_15_seconds(
    portal: RunningPortal, clock: FakeClock
) -> None:
    await portal.sandbox.give_fate(ASHA, query="busy", twists=["lost"])
    await portal.pay(ASHA)
    begun = clock.now
    await portal.pass_time(minutes=1)
    asked = asked_after(portal, begun)
    waits = [later - earlier for earlier, later in pairwise(asked)]
    assert asked[0] == 5
    assert 1 <= waits[0] <= 1.2
    assert 5 <= waits[1] <= 6


def asked_after(portal: RunningPortal, begun: datetime) -> list[float]:
    """Seconds from then to each query."""
    received = portal.sandbox.world.requests.received
    return [(entry.at - begun).total_seconds() for entry in received if entry.kind == "query"]


@pytest.mark.covers("B11", "D07")
@pytest.mark.parametrize("query", [Query.BUSY, Query.UNKNOWN])
async def test_a_late_success_that_no_query_confirms_at_once_is_asked_about_until_one_does(
    portal_with_people: RunningPortal, query: Query
) -> None:
    portal = portal_with_people
    reference = await portal.pay(ASHA)
    await portal.sandbox.press(ASHA, "wrong-pin")
    await portal.hear(callbacks=1)
    assert (await portal.payment(reference)).state is State.FAILED
    (prompt,) = portal.sandbox.world.network.prompts.values()
    prompt.fate = replace(prompt.fate, query=query)
    portal.sandbox.world.network.act(prompt, PAID)
    await portal.hear(callbacks=2)
    assert (await portal.payment(reference)).state is State.UNCERTAIN
    await portal.pass_time(hours=3)
    prompt.fate = replace(prompt.fate, query=Query.TRUE)
    ended = await ending(portal, reference)
    assert (ended.state, ended.late) == (State.COMPLETED, True)
