"""A short way to Daraja over a played wire, and each provider beside its twin."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from portal.providers.mpesa_daraja import Daraja
from portal.providers.wire import Answer
from tests.makers import FakeClock
from tests.providers.account import TOKEN, config_at
from tests.providers.recorded import PlayedWire
from tests.providers.sending_back import WAYS_BACK, Sender
from tests.providers.twins import TWINS, TWINS_THAT_KEEP_CARDS, TWINS_THAT_WAIT, KeepsCards, SandboxTwin, Twin

Played = Callable[..., tuple[Daraja, PlayedWire]]


@pytest.fixture(params=TWINS)
async def twin(request: pytest.FixtureRequest) -> AsyncIterator[Twin]:
    """Every provider in turn, pointed at what simulates it."""
    async with TWINS[request.param]() as running:
        yield running


@pytest.fixture(params=TWINS_THAT_WAIT)
async def waiting_twin(request: pytest.FixtureRequest) -> AsyncIterator[Twin]:
    """Every provider in turn that answers a request for money only when the payer has."""
    async with TWINS_THAT_WAIT[request.param]() as running:
        yield running


@pytest.fixture(params=TWINS_THAT_KEEP_CARDS)
async def keeping_twin(request: pytest.FixtureRequest) -> AsyncIterator[KeepsCards]:
    """Every provider in turn that keeps cards for their owners."""
    async with TWINS_THAT_KEEP_CARDS[request.param]() as running:
        yield running


def _ways_back() -> list[Any]:
    every = [(TWINS[name], name, route, ()) for name, route in WAYS_BACK]
    waiting = [
        (open_twin, f"{name}-at-once", route, (pytest.mark.full,))
        for name, open_twin in TWINS_THAT_WAIT.items()
        for of, route in WAYS_BACK
        if of == name
    ]
    return [
        pytest.param((open_twin, route), id=f"{name}-{route.lower()}", marks=marks)
        for open_twin, name, route, marks in every + waiting
    ]


@pytest.fixture(params=_ways_back())
async def sender(request: pytest.FixtureRequest) -> AsyncIterator[Sender]:
    """Every way back of every provider in turn; now and then those, too, that tell the end with the answer."""
    open_twin, route = request.param
    async with open_twin() as running:
        assert isinstance(running, SandboxTwin)
        yield Sender(running, route)


@pytest.fixture
def played(clock: FakeClock) -> Played:
    """Daraja, and the wire that gives these answers after the token."""

    def play(
        *answers: Answer | Exception, tokens: Sequence[Answer | Exception] = (TOKEN,)
    ) -> tuple[Daraja, PlayedWire]:
        wire = PlayedWire(tokens, answers)
        return Daraja(config_at("http://127.0.0.1:1"), wire, clock), wire

    return play
