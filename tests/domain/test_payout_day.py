"""Payouts are prepared on the mornings of banking days."""

from datetime import UTC, datetime

import pytest

from portal.domain.payout_day import next_run


@pytest.mark.parametrize(
    "now,then",
    [
        # Tuesday noon, and the same morning before six.
        (datetime(2026, 3, 3, 9, tzinfo=UTC), datetime(2026, 3, 4, 3, tzinfo=UTC)),
        (datetime(2026, 3, 3, 2, 59, tzinfo=UTC), datetime(2026, 3, 3, 3, tzinfo=UTC)),
        (datetime(2026, 3, 3, 3, tzinfo=UTC), datetime(2026, 3, 4, 3, tzinfo=UTC)),
        # Friday: the weekend is left out. Good Friday and Easter Monday are, too.
        (datetime(2026, 3, 6, 9, tzinfo=UTC), datetime(2026, 3, 9, 3, tzinfo=UTC)),
        (datetime(2026, 4, 2, 9, tzinfo=UTC), datetime(2026, 4, 8, 3, tzinfo=UTC)),
    ],
)
def test_the_next_run_is_the_next_banking_morning_at_six(now: datetime, then: datetime) -> None:
    assert next_run(now) == then
