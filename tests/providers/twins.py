"""Each provider with what simulates it, behind words that fit all of them: one that joins adds an entry to TWINS."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, Protocol

from portal.domain.outcome import Reason
from portal.domain.phone import Phone
from portal.providers.mpesa_daraja import Daraja
from portal.providers.mpesa_vodacom import Vodacom, VodacomConfig
from portal.providers.provider import Instruction, Means, Provider
from portal.providers.tigo_pesa import TigoPesa
from portal.providers.wire import Breaker, Wire
from portal.sandbox.fates import NUMBER_OF, number_of
from portal.sandbox.operators import MIXX
from tests.makers import a_reference
from tests.providers.account import an_instruction, config_at
from tests.providers.mixx import config_of
from tests.sandbox.merchant import Ear, listening
from tests.sandbox.running import RunningSandbox, running_sandbox, until

PATIENCE = 0.3
NUMBERS = NUMBER_OF | {"has-no-number": "255100000000"}


@dataclass(frozen=True)
class Nature:
    """Where the documents of a provider differ from those of the others.

    `refused_payer` meets a refusal of the request itself.
    """

    refused_payer: str = "busy"
    callback_states_amount: bool = True
    callback_and_query_agree: bool = True


class Twin(Protocol):
    """A provider of ours, and the hands that move its other side."""

    nature: Nature

    @property
    def provider(self) -> Provider: ...
    def instruction(self, payer: str) -> Instruction:
        """A request to a payer who `approves`, `cancels`, … or, as `person`, waits."""
        ...

    async def said(self) -> list[str]:
        """The callbacks that came, once no more will come by itself."""
        ...

    async def received(self) -> int:
        """How many requests for money have arrived."""
        ...

    def told(self, reason: Reason) -> Reason:
        """The reason as this provider words it, for some have no word of their own."""
        ...

    @property
    def dates(self) -> bool:
        """Its callback tells the moment of a payment."""
        ...

    async def down(self) -> None: ...
    async def up(self) -> None: ...


@dataclass
class MpesaTwin:
    """`reasons`: what the provider says in place of those that it has no word for."""

    provider: Any
    sandbox: RunningSandbox
    ear: Ear
    dates: bool = True
    nature: Nature = field(default_factory=Nature)
    reasons: Mapping[Reason, Reason] = field(default_factory=dict)
    _references: Iterator[str] = field(default_factory=lambda: map(a_reference, count(1)))

    def instruction(self, payer: str) -> Instruction:
        phone = Phone(NUMBERS.get(payer, "255754123456"))
        return an_instruction(phone=phone, callback_url=self.ear.url, reference=next(self._references))

    async def said(self) -> list[str]:
        await until(lambda: not self.sandbox.world.network.errands.under_way)
        return [body.decode() for body in self.ear.bodies]

    async def received(self) -> int:
        return await self.sandbox.pushes()

    def told(self, reason: Reason) -> Reason:
        return self.reasons.get(reason, reason)

    async def down(self) -> None:
        await self.sandbox.line.down()

    async def up(self) -> None:
        await self.sandbox.line.up()


@dataclass
class MixxTwin:
    """Each instruction has a reference of its own: it is all that the gateway knows a request by."""

    provider: TigoPesa
    sandbox: RunningSandbox
    ear: Ear
    dates = False
    nature: Nature = field(default_factory=Nature)
    _references: Iterator[str] = field(default_factory=lambda: map(a_reference, count(1)))

    def instruction(self, payer: str) -> Instruction:
        phone = Phone("255652111222" if payer == "person" else number_of(payer, MIXX))
        return an_instruction(reference=next(self._references), phone=phone)

    async def said(self) -> list[str]:
        await until(lambda: not self.sandbox.world.network.errands.under_way)
        return [body.decode() for body in self.ear.bodies]

    async def received(self) -> int:
        return await self.sandbox.pushes()

    def told(self, reason: Reason) -> Reason:
        return Reason.NOT_COMPLETED

    async def down(self) -> None:
        await self.sandbox.line.down()

    async def up(self) -> None:
        await self.sandbox.line.up()


@asynccontextmanager
async def _daraja() -> AsyncIterator[MpesaTwin]:
    async with listening() as ear, running_sandbox(prompt_lifetime=0.05) as sandbox:
        wire = Wire(sandbox.daraja_url, Breaker(asyncio.get_running_loop().time), PATIENCE)
        provider = Daraja(config_at(sandbox.daraja_url), wire, lambda: datetime.now(UTC))
        try:
            yield MpesaTwin(provider, sandbox, ear)
        finally:
            await provider.close()


@asynccontextmanager
async def _mixx() -> AsyncIterator[MixxTwin]:
    async with (
        listening() as ear,
        running_sandbox(prompt_lifetime=0.05, callback_urls={"mixx": ear.url}) as sandbox,
    ):
        wire = Wire(sandbox.mixx_url, Breaker(asyncio.get_running_loop().time), PATIENCE)
        config = config_of(sandbox.settings.mixx, sandbox.mixx_url)
        provider = TigoPesa(config, wire, lambda: datetime.now(UTC))
        try:
            yield MixxTwin(provider, sandbox, ear)
        finally:
            await provider.close()


VODACOM = Nature(refused_payer="has-no-number", callback_states_amount=False, callback_and_query_agree=False)
NO_WORD_FOR = dict.fromkeys(
    (Reason.CANCELLED_OR_TIMED_OUT, Reason.WRONG_PIN, Reason.PIN_LOCKED), Reason.NOT_COMPLETED
)


@asynccontextmanager
async def _vodacom(*, asynchronous: bool) -> AsyncIterator[MpesaTwin]:
    async with listening() as ear, running_sandbox(prompt_lifetime=0.05) as sandbox:
        if asynchronous:
            await sandbox.register(vodacom=ear.url)
        account = sandbox.settings.vodacom
        config = VodacomConfig(
            base_url=sandbox.vodacom_url,
            api_key=account.api_key,
            public_key=account.public_key,
            service_provider_code=account.service_provider_code,
            callback_key="an-unguessable-end-of-an-address" if asynchronous else None,
        )
        wire = Wire(sandbox.vodacom_url, Breaker(time.monotonic), PATIENCE)
        means = Means(clock=lambda: datetime.now(UTC), monotonic=time.monotonic, random=secrets.token_bytes)
        provider = Vodacom(config, wire, wire, means)
        try:
            yield MpesaTwin(provider, sandbox, ear, dates=False, nature=VODACOM, reasons=NO_WORD_FOR)
        finally:
            await provider.close()


Opened = Callable[[], AbstractAsyncContextManager[Twin]]
TWINS: dict[str, Opened] = {
    "mpesa_daraja": _daraja,
    "mpesa_vodacom": lambda: _vodacom(asynchronous=True),
    "mixx": _mixx,
}
TWINS_THAT_WAIT: dict[str, Opened] = {"mpesa_vodacom": lambda: _vodacom(asynchronous=False)}
"""They answer a request for money only when the payer has, and call nobody back."""
