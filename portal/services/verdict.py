"""What came of a callback."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

LONGEST_VERDICT = 40
"""Characters that the inbox has room for."""
EARLY = "before it was paid"
"""The word for one that speaks of money which goes back, of no payment that is paid as far as we know."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`payment` is whose the callback is; one that is not `placed` is kept for another try, and tried `again` then."""

    word: str
    payment: str | None = None
    placed: bool = True
    again: datetime | None = None
