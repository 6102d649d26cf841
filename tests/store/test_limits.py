"""Limits hold however many knock at once, and say when the next try may come."""

import asyncio
from datetime import timedelta

import pytest

from portal.domain.errors import TooMany
from portal.store import limits
from portal.store.limits import Limit
from portal.store.writer import Store
from tests.makers import FakeClock

PUSHES = Limit("push", 3, timedelta(minutes=10))


async def hit(store: Store, clock: FakeClock, limit: Limit = PUSHES, subject: str = "phone") -> None:
    await store.write(lambda tx: limits.hit(tx, limit, subject, clock()))


async def full(store: Store, clock: FakeClock, limit: Limit = PUSHES, subject: str = "phone") -> bool:
    try:
        await store.write(lambda tx: limits.check(tx, limit, subject, clock()))
    except TooMany:
        return True
    return False


@pytest.mark.covers("J13", "D76")
@pytest.mark.parametrize("most", [1, 7])
async def test_of_fifty_at_once_exactly_so_many_are_let_in(store: Store, clock: FakeClock, most: int) -> None:
    limit = Limit("push", most, timedelta(minutes=10))
    tries = await asyncio.gather(*(hit(store, clock, limit) for _ in range(50)), return_exceptions=True)
    assert tries.count(None) == most
    assert sum(isinstance(end, TooMany) for end in tries) == 50 - most


@pytest.mark.covers("D76", "L6")
async def test_a_refusal_says_when_the_next_try_may_come(store: Store, clock: FakeClock) -> None:
    first = clock()
    for _ in range(3):
        await hit(store, clock)
        clock.advance(minutes=2)
    with pytest.raises(TooMany) as refusal:
        await hit(store, clock)
    assert (refusal.value.what, refusal.value.until) == ("push", first + timedelta(minutes=10))
    clock.now = refusal.value.until - timedelta(microseconds=1)
    assert await full(store, clock)
    clock.now = refusal.value.until
    await hit(store, clock)
    with pytest.raises(TooMany) as refusal:
        await hit(store, clock)
    assert refusal.value.until == first + timedelta(minutes=12)


async def test_a_refused_try_does_not_count(store: Store, clock: FakeClock) -> None:
    for _ in range(9):
        await asyncio.gather(hit(store, clock), return_exceptions=True)
    clock.advance(minutes=10)
    for _ in range(3):
        await hit(store, clock)


async def test_looking_does_not_count(store: Store, clock: FakeClock) -> None:
    for _ in range(9):
        assert not await full(store, clock)
    for _ in range(3):
        await hit(store, clock)
    assert await full(store, clock)


async def test_every_subject_and_every_limit_counts_by_itself(store: Store, clock: FakeClock) -> None:
    for _ in range(3):
        await hit(store, clock)
    await hit(store, clock, subject="another phone")
    await hit(store, clock, Limit("code", 3, timedelta(minutes=10)))
    assert await full(store, clock)
    assert not await full(store, clock, subject="another phone")
