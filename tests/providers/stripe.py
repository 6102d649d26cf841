"""Stripe's own library over a wire that plays recordings."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx

from portal.providers.provider import Inquiry, Instruction
from portal.providers.stripe_cards import StripeCards
from portal.providers.stripe_config import StripeConfig
from portal.providers.wire import Breaker, Wire
from tests.makers import NOW, FakeClock
from tests.providers.account import REFERENCE, an_instruction
from tests.providers.recorded import text

SESSION_ID = "cs_test_a1qVw0mBv3nXcZl2Kj4Hg5Fd6Sa7Po8Iu9Yt0Rr1Ee2Ww3Qq4Mm5Nn6B"
INTENT_ID = "pi_3PqYd2Lk8AbCdEf01GhIjKlM"
CARD_TOKEN = "cus_TnQ4v8Wc2JxLzR/pm_1PqYd2Lk8AbCdEf0StUvWx"
WEBHOOK_SECRET = "whsec_of0the0tests0and0nobody0else"
INQUIRY = Inquiry(reference=REFERENCE, request_id=SESSION_ID)
Told = str | Exception
"""A recording by its kind and name, such as `check/paid`, or what the wire raises."""


class StripeWireOf(Wire):
    """Plays answers in order, the last of them for ever; `sent` is the log of verb, path, fields and headers."""

    def __init__(self, *answers: Told) -> None:
        # No client: nothing leaves this wire, and to make one costs as much as a test.
        self.breaker = Breaker(lambda: 0.0)
        self.sent: list[tuple[str, str, dict[str, str], dict[str, str]]] = []
        self._answers = list(answers)

    async def fetch(self, verb: str, path: str, **request: Any) -> httpx.Response:
        url = httpx.URL(path)
        fields = dict(parse_qsl(request["content"] or url.query.decode(), keep_blank_values=True))
        self.sent.append((verb, url.path, fields, request["headers"]))
        told = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(told, Exception):
            raise told
        recorded = json.loads(text("stripe", *told.split("/")))
        return httpx.Response(recorded["status"], json=recorded["body"])

    async def close(self) -> None:
        return None


def stripe_config(**changes: Any) -> StripeConfig:
    settings = {
        "secret_key": "sk_test_of0the0tests",
        "webhook_secret": WEBHOOK_SECRET,
        "api_base": "http://127.0.0.1:1",
    }
    return StripeConfig(**settings | changes)


def a_stripe(
    *answers: Told, clock: Callable[[], datetime] | None = None, **config: Any
) -> tuple[StripeCards, StripeWireOf]:
    wire = StripeWireOf(*answers)
    return StripeCards(stripe_config(**config), wire, clock or FakeClock()), wire


def card_instruction(**changes: Any) -> Instruction:
    return an_instruction(**{"phone": None, "expires_at": NOW} | changes)
