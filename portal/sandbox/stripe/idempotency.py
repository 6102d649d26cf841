"""Idempotency keys: the same request once more is answered as before, another one under the same key is refused."""

from dataclasses import dataclass, field
from typing import Any

from portal.sandbox.stripe import refusals

LONGEST_KEY = 255


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]


@dataclass
class Keys:
    """Answers by key, each with what was asked."""

    _answers: dict[str, tuple[str, Answer]] = field(default_factory=dict)

    def recall(self, key: str | None, asked: str) -> Answer | None:
        """The answer that was given to the same request; None where there was none."""
        if key is None:
            return None
        if len(key) > LONGEST_KEY:
            raise refusals.invalid("Idempotency-Key is too long.")
        before = self._answers.get(key)
        if before and before[0] != asked:
            raise refusals.other_request()
        return before[1] if before else None

    def keep(self, key: str | None, asked: str, answer: Answer) -> None:
        if key is not None:
            self._answers[key] = (asked, answer)

    def clear(self) -> None:
        self._answers.clear()
