"""Vodacom's OpenAPI for tests: the account of its twin, a small key pair, and a wire that plays what it has said."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.providers.mpesa_vodacom import Vodacom, VodacomConfig
from portal.providers.provider import Means
from portal.providers.wire import Answer, Breaker, Wire
from tests.makers import FakeClock

KEYS = generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  (speed; nothing is secret here)
PUBLIC_KEY = base64.b64encode(
    KEYS.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
CALLBACK_KEY = "an-unguessable-end-of-an-address"
PATHS = {
    "getSession": "session",
    "singleStage": "push",
    "queryTransactionStatus": "query",
    "reversal": "refund",
    "b2cPayment": "refund",
}


def session(name: str) -> Answer:
    return Answer(200, {"output_ResponseCode": "INS-0", "output_SessionID": name})


NOT_LIVE = Answer(401, {"output_error": "Unauthorized"})


def config(**changes: Any) -> VodacomConfig:
    told: dict[str, Any] = {
        "base_url": "http://127.0.0.1:1/sandbox",
        "api_key": "key of the app",
        "public_key": PUBLIC_KEY,
        "service_provider_code": "000000",
        "callback_key": CALLBACK_KEY,
    }
    return VodacomConfig(**told | changes)


def opened(bearer: str) -> str:
    """What is inside of an Authorization."""
    return KEYS.decrypt(base64.b64decode(bearer.removeprefix("Bearer ")), PKCS1v15()).decode()


@dataclass
class PlayedVodacom(Wire):
    """Answers by path, in order, the last of each for ever; a query gets its own id back where it says OWN."""

    told: dict[str, list[Answer | Exception]]
    sent: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.breaker = Breaker(lambda: 0.0)

    async def call(self, verb: str, path: str, **request: Any) -> Answer:
        kind = next(kind for part, kind in PATHS.items() if part in path)
        self.sent.append((kind, verb, path, request))
        answers = self.told[kind]
        said = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(said, Exception):
            raise said
        return said

    async def close(self) -> None:
        return None

    def kinds(self) -> list[str]:
        return [kind for kind, *_ in self.sent]

    def sessions(self, of: str) -> list[str]:
        """The session of each call of that kind."""
        return [
            opened(request["headers"]["Authorization"]) for kind, _, _, request in self.sent if kind == of
        ]

    def request(self, of: str) -> tuple[str, str, dict[str, Any]]:
        return next((verb, path, request) for kind, verb, path, request in self.sent if kind == of)


@dataclass
class Pauses:
    """A `sleep` that moves the clock."""

    clock: FakeClock
    taken: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.clock.advance(seconds=seconds)


@dataclass
class Stage:
    vodacom: Vodacom
    wire: PlayedVodacom
    pauses: Pauses


def stage(
    clock: FakeClock,
    *,
    session: Sequence[Answer | Exception] = (session("session 1"), session("session 2")),
    push: Sequence[Answer | Exception] = (),
    query: Sequence[Answer | Exception] = (),
    refund: Sequence[Answer | Exception] = (),
    **changes: Any,
) -> Stage:
    wire = PlayedVodacom(
        {"session": list(session), "push": list(push), "query": list(query), "refund": list(refund)}
    )
    pauses = Pauses(clock)
    means = Means(clock=clock, monotonic=lambda: 0.0, random=_question, sleep=pauses)
    return Stage(Vodacom(config(**changes), wire, wire, means), wire, pauses)


def _question(size: int) -> bytes:
    """The id that the recorded queries have."""
    return bytes.fromhex("0123456789abcdef" * 2)[:size]
