"""When somebody is reminded: a few times, in the forenoon, and never at night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.reminder import next_reminder, when_awake

SINCE = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
"""Half past one in the night of the second of March, in Dar es Salaam."""


def forenoon(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 7, tzinfo=UTC)


def test_reminders_come_after_three_ten_and_thirty_days_and_no_more() -> None:
    times, now = [], SINCE
    while (at := next_reminder(SINCE, now)) is not None:
        times.append(at)
        now = at
    assert times == [forenoon(3, 5), forenoon(3, 12), forenoon(4, 1)]


def test_reminders_that_were_missed_are_left_out() -> None:
    assert next_reminder(SINCE, SINCE + timedelta(days=20)) == forenoon(4, 1)
    assert next_reminder(SINCE, SINCE + timedelta(days=40)) is None


@pytest.mark.parametrize(
    "hour, awake",
    [
        (3, forenoon(3, 1)),
        (4, datetime(2026, 3, 1, 4, tzinfo=UTC)),
        (17, datetime(2026, 3, 1, 17, tzinfo=UTC)),
        (18, forenoon(3, 2)),
    ],
)
def test_nobody_is_woken_by_a_reminder_that_comes_late(hour: int, awake: datetime) -> None:
    assert when_awake(datetime(2026, 3, 1, hour, tzinfo=UTC)) == awake
