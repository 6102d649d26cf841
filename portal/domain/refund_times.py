"""How long a refund usually takes, as far as those before it tell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

FEWEST = 5
"""Of fewer nobody can say what is usual."""
_QUICK, _SLOW = 0.1, 0.9


@dataclass(frozen=True, slots=True)
class UsualTime:
    """Of ten before it, one was quicker than `least`, and one slower than `most`."""

    least: timedelta
    most: timedelta


def usual_time(taken: Iterable[timedelta]) -> UsualTime | None:
    """None where there are too few to go by."""
    times = sorted(taken)
    if len(times) < FEWEST:
        return None
    last = len(times) - 1
    return UsualTime(times[math.floor(_QUICK * last)], times[math.ceil(_SLOW * last)])
