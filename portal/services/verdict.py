"""What came of a callback."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_VERDICT = 40
"""Characters that the inbox has room for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`payment` is whose the callback is; one that is not `placed` is kept for another try."""

    word: str
    payment: str | None = None
    placed: bool = True
