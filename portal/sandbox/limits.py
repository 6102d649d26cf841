"""The largest amounts that a wallet lets go at once."""

from datetime import UTC, datetime

LIMITS_PER_PUSH = ((datetime(2020, 1, 1, tzinfo=UTC), 3_000_000),)


def limit_per_push(at: datetime) -> int:
    """Whole shillings."""
    return max((since, limit) for since, limit in LIMITS_PER_PUSH if since <= at)[1]
