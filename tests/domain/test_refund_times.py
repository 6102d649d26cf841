"""What is usual: of ten refunds one was quicker and one was slower, and of a few nobody can tell."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.refund_times import FEWEST, UsualTime, usual_time


@pytest.mark.covers("F9")
@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=30)), max_size=FEWEST - 1))
def test_of_too_few_nobody_says_what_is_usual(taken: list[timedelta]) -> None:
    assert usual_time(taken) is None


@pytest.mark.covers("F9")
def test_the_quickest_and_the_slowest_of_ten_are_left_out() -> None:
    assert usual_time(timedelta(minutes=n) for n in range(11)) == UsualTime(
        timedelta(minutes=1), timedelta(minutes=9)
    )


@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=30)), min_size=FEWEST))
def test_what_is_usual_lies_within_what_was(taken: list[timedelta]) -> None:
    usual = usual_time(taken)
    assert usual is not None
    assert min(taken) <= usual.least <= usual.most <= max(taken)
