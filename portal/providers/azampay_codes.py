"""AzamPay's words for how a payment ended (providers.md §8.1)."""

from __future__ import annotations

import re

from portal.domain.outcome import NotPaid, Outcome, Paid, Reason, Unknown

_WORD = re.compile("[A-Za-z0-9_.-]{1,40}")

OUTCOMES: dict[str, Outcome] = {
    "success": Paid(),
    # Why not stands in the prose of `message` alone, which decides nothing.
    "failure": NotPaid(Reason.NOT_COMPLETED, "failure"),
}
"""The two words of a callback, in the case as written.

No document lists those of the status query: it is believed where it uses these, and all else is pending, unmapped.
"""


def outcome(word: str) -> Outcome:
    """What a word means; one that is not in the table is never a failure."""
    return OUTCOMES.get(word) or Unknown(Reason.UNKNOWN_ERROR, word, mapped=False)


def word_of(value: object) -> str | None:
    """One word that fits the table."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None
