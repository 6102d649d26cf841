"""Airtel Money over a wire that plays recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from portal.domain.phone import Phone
from portal.providers.airtel_money import AirtelMoney, AirtelMoneyConfig
from portal.providers.provider import Instruction
from portal.providers.wire import Answer, Breaker, Wire
from tests.makers import FakeClock
from tests.providers.account import an_instruction

TOKEN_PATH = "/auth/oauth2/token"
TOKEN = Answer(200, {"access_token": "eyJhbGciOiJIUzI1", "expires_in": "180", "token_type": "bearer"})
HASH_KEY = "zITVAAGYSlzl1WkUQJn81kbpT5drH3ko"
Told = Answer | Exception


class AirtelWire(Wire):
    """Gives tokens and answers as it was given them, in order, the last of each for ever; `sent` is the log."""

    def __init__(self, answers: Sequence[Told], tokens: Sequence[Told]) -> None:
        # No client: nothing leaves this wire, and to make one costs as much as a test.
        self.breaker = Breaker(lambda: 0.0)
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self._answers, self._tokens = list(answers), list(tokens)

    async def call(self, verb: str, path: str, **request: Any) -> Answer:
        self.sent.append((verb, path, request))
        answers = self._tokens if path == TOKEN_PATH else self._answers
        told = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(told, Exception):
            raise told
        return told

    async def close(self) -> None:
        return None

    def asked_for(self) -> list[str]:
        """What was sent, tokens apart, in order."""
        return ["token" if path == TOKEN_PATH else verb for verb, path, _ in self.sent]


def airtel_config(**changes: Any) -> AirtelMoneyConfig:
    settings = {
        "base_url": "http://127.0.0.1:1",
        "client_id": "an-app-of-the-tests",
        "client_secret": "its secret",
        "callback_key": "an-unguessable-end-of-an-address",
    }
    return AirtelMoneyConfig(**settings | changes)


def an_airtel(
    *answers: Told, tokens: Sequence[Told] = (TOKEN,), clock: Callable[..., Any] | None = None, **config: Any
) -> tuple[AirtelMoney, AirtelWire]:
    wire = AirtelWire(answers, tokens)
    return AirtelMoney(airtel_config(**config), wire, clock or FakeClock()), wire


def airtel_instruction(**changes: Any) -> Instruction:
    return an_instruction(**{"phone": Phone("255788230980")} | changes)
