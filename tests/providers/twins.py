"""Each provider with what simulates it, behind words that fit all of them: one that joins adds an entry to TWINS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from portal.domain.phone import Phone
from portal.providers.mpesa_daraja import Daraja
from portal.providers.provider import Instruction, Provider
from portal.providers.wire import Breaker, Wire
from portal.sandbox.fates import NUMBER_OF
from tests.providers.account import an_instruction, config_at
from tests.sandbox.merchant import Ear, listening
from tests.sandbox.running import RunningSandbox, running_sandbox, until

PATIENCE = 0.3


class Twin(Protocol):
    """A provider of ours, and the hands that move its other side."""

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
class DarajaTwin:
    provider: Daraja
    sandbox: RunningSandbox
    ear: Ear

    def instruction(self, payer: str) -> Instruction:
        phone = Phone(NUMBER_OF.get(payer, "255754123456"))
        return an_instruction(phone=phone, callback_url=self.ear.url)

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
async def _daraja() -> AsyncIterator[DarajaTwin]:
    async with listening() as ear, running_sandbox(prompt_lifetime=0.05) as sandbox:
        wire = Wire(sandbox.daraja_url, Breaker(asyncio.get_running_loop().time), PATIENCE)
        provider = Daraja(config_at(sandbox.daraja_url), wire, lambda: datetime.now(UTC))
        try:
            yield DarajaTwin(provider, sandbox, ear)
        finally:
            await provider.close()


TWINS: dict[str, Callable[[], AbstractAsyncContextManager[Twin]]] = {"mpesa": _daraja}
