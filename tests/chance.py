"""How often chance is tried where each try writes into a database: in the long run more often, not by the thousand."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_MOST = 150


def tries(most: int = _MOST) -> settings:
    """As many as the run's profile says, up to `most`. A test cleans up behind each of its own tries."""
    profile = settings.default
    assert profile
    return settings(
        max_examples=min(profile.max_examples, most),
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
