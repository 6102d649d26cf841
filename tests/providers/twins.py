"""Each provider with what simulates it, behind words that fit all of them: one that joins adds an entry to TWINS."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
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
from portal.providers.wire import Breaker, Wire
from portal.sandbox.fates import NUMBER_OF
from tests.makers import a_reference
from tests.providers.account import an_instruction, config_at
from tests.sandbox.merchant import Ear, listening
from tests.sandbox.running import RunningSandbox, running_sandbox, until

PATIENCE = 0.3


@dataclass(frozen=True)
class Nature:
    """Where the documents of a provider differ from those of the others.

    `refused_payer` meets a refusal of the request itself. `reasons` by payer, where there is no code for the true one.
    """

    refused_payer: str = "busy"
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    callback_states_money: bool = True
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

    async def down(self) -> None: ...
    async def up(self) -> None: ...


@dataclass
class SandboxTwin:
    provider: Any
    sandbox: RunningSandbox
    ear: Ear
    nature: Nature = field(default_factory=Nature)
    numbers: Mapping[str, str] = field(default_factory=lambda: dict(NUMBER_OF))
    _references: Any = field(default_factory=lambda: count(1))

    def instruction(self, payer: str) -> Instruction:
        """Each time another payment."""
        phone = Phone(self.numbers.get(payer, "255754123456"))
        reference = a_reference(next(self._references))
        return an_instruction(phone=phone, callback_url=self.ear.url, reference=reference)

    async def said(self) -> list[str]:
        await until(lambda: not self.sandbox.world.network.errands.under_way)
        return [body.decode() for body in self.ear.bodies]

    async def received(self) -> int:
        return await self.sandbox.pushes()

    async def down(self) -> None:
        await self.sandbox.line.down()

    async def up(self) -> None:
        await self.sandbox.line.up()


@asynccontextmanager
async def _daraja() -> AsyncIterator[SandboxTwin]:
    async with listening() as ear, running_sandbox(prompt_lifetime=0.05) as sandbox:
        wire = Wire(sandbox.daraja_url, Breaker(asyncio.get_running_loop().time), PATIENCE)
        provider = Daraja(config_at(sandbox.daraja_url), wire, lambda: datetime.now(UTC))
        try:
            yield SandboxTwin(provider, sandbox, ear)
        finally:
            await provider.close()


VODACOM = Nature(
    refused_payer="unheard-of",
    # One code for a no, a wrong PIN and a locked one; a time-out is a question, which the query answers.
    reasons=dict.fromkeys(("cancels", "wrong-pin", "pin-locked"), Reason.NOT_COMPLETED),
    callback_states_money=False,
    callback_and_query_agree=False,
)


@asynccontextmanager
async def _vodacom(*, asynchronous: bool) -> AsyncIterator[SandboxTwin]:
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
        numbers = NUMBER_OF | {"unheard-of": "255100000000"}
        try:
            yield SandboxTwin(provider, sandbox, ear, VODACOM, numbers)
        finally:
            await provider.close()


Opened = Callable[[], AbstractAsyncContextManager[Twin]]
TWINS: dict[str, Opened] = {"mpesa_daraja": _daraja, "mpesa_vodacom": lambda: _vodacom(asynchronous=True)}
TWINS_THAT_WAIT: dict[str, Opened] = {"mpesa_vodacom": lambda: _vodacom(asynchronous=False)}
"""They answer a request for money only when the payer has, and call nobody back."""
