"""What a provider has said, kept as files and named by what it means; and a wire that says it again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from portal.providers.wire import Answer, Breaker, Wire

RECORDINGS = Path(__file__).parent / "recordings"


def names(provider: str, kind: str) -> set[str]:
    return {path.stem for path in (RECORDINGS / provider / kind).glob("*.json")}


def text(provider: str, kind: str, name: str) -> str:
    return (RECORDINGS / provider / kind / f"{name}.json").read_text("utf-8")


def answer(provider: str, kind: str, name: str) -> Answer:
    """A recorded answer with its HTTP status."""
    told = json.loads(text(provider, kind, name))
    return Answer(told["status"], told["body"])


class PlayedWire(Wire):
    """Gives tokens and answers as it was given them, in order, the last of each for ever; `sent` is the log.

    A token is asked for by GET, or by what `token_path` ends with.
    """

    def __init__(
        self,
        tokens: Sequence[Answer | Exception],
        answers: Sequence[Answer | Exception],
        token_path: str | None = None,
    ) -> None:
        # No client: nothing leaves this wire, and to make one costs as much as a test.
        self.breaker = Breaker(lambda: 0.0)
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self._tokens, self._answers, self._token_path = list(tokens), list(answers), token_path

    async def call(self, verb: str, path: str, **request: Any) -> Answer:
        self.sent.append((verb, path, request))
        is_token = path.endswith(self._token_path) if self._token_path else verb == "GET"
        answers = self._tokens if is_token else self._answers
        told = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(told, Exception):
            raise told
        return told

    async def close(self) -> None:
        return None
