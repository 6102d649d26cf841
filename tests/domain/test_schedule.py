"""When a silent provider is asked, for thirty days."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.schedule import RETRY_DELAYS, next_ask, retry_delay
from tests.makers import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def asks(minimum_wait: timedelta = timedelta(0)) -> list[timedelta]:
    """How old the payment is at each question, when every question is asked on time."""
    ages: list[timedelta] = []
    at: datetime | None = next_ask(NOW, NOW, minimum_wait)
    while at is not None:
        ages.append(at - NOW)
        at = next_ask(NOW, at, minimum_wait)
    return ages


@pytest.mark.covers("B12")
def test_a_silent_provider_is_asked_by_the_schedule_for_thirty_days() -> None:
    ages = asks()
    assert ages[:5] == [timedelta(seconds=s) for s in (5, 15, 30, 60, 120)]
    steps = [later - sooner for sooner, later in pairwise(ages[4:])]
    assert steps == [5 * MINUTE] * 12 + [HOUR] * 23 + [DAY] * 29
    assert 30 * DAY <= ages[-1] < 30 * DAY + HOUR


def test_a_provider_that_wants_to_be_left_alone_is_left_alone_first() -> None:
    ages = asks(3 * MINUTE)
    assert ages[0] == 3 * MINUTE
    assert ages[1] == 8 * MINUTE
    assert ages[-1] >= 30 * DAY


@given(st.integers(0, 31 * 86_400), st.integers(0, 3_600))
def test_the_next_question_always_lies_ahead(age: int, wait: int) -> None:
    now = NOW + timedelta(seconds=age)
    at = next_ask(NOW, now, timedelta(seconds=wait))
    if age >= 30 * 86_400:
        assert at is None
    else:
        assert at is not None
        assert now < at <= now + max(DAY, timedelta(seconds=wait))
        assert at >= NOW + timedelta(seconds=wait)


def test_a_clock_that_was_put_back_asks_at_the_first_time() -> None:
    assert next_ask(NOW, NOW - HOUR) == NOW + timedelta(seconds=5)


@pytest.mark.covers("D65")
@given(st.floats(0, 1, exclude_max=True))
def test_a_call_is_tried_again_after_1_5_and_15_seconds_and_a_little(jitter: float) -> None:
    waits = [retry_delay(attempt, jitter) for attempt in (1, 2, 3)]
    for wait, planned in zip(waits, RETRY_DELAYS, strict=True):
        assert wait is not None
        assert planned <= wait <= planned * 1.2
    assert retry_delay(4, jitter) is None
