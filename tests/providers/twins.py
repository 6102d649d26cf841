"""Each provider with what simulates it, behind words that fit all of them: one that joins adds an entry to TWINS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import ClassVar, Protocol

from portal.domain.outcome import Reason
from portal.domain.phone import Phone
from portal.providers.airtel_money import AirtelMoney, AirtelMoneyConfig
from portal.providers.mpesa_daraja import Daraja
from portal.providers.provider import Inquiry, Instruction, Provider
from portal.providers.wire import Breaker, Wire
from portal.sandbox.airtel.account import AirtelAccount
from portal.sandbox.fates import FATES, NUMBER_OF, number_of
from portal.sandbox.operators import AIRTEL
from tests.makers import a_reference
from tests.providers.account import an_inquiry, an_instruction, config_at
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

    def inquiry(self, request_id: str) -> Inquiry:
        """A question about a request that was accepted under that id."""
        ...

    def refused(self) -> Instruction:
        """A request that its provider refuses for good."""
        ...

    @property
    def reasons(self) -> Mapping[str, Reason]:
        """Why it says that no money moved, by payer."""
        ...

    @property
    def reasons_called_back(self) -> Mapping[str, Reason]:
        """The same of its callbacks; a payer who is not here has failed for no stated reason."""
        ...

    @property
    def callbacks_state(self) -> frozenset[str]:
        """What a callback of success tells of `amount`, `receipt` and `moment`."""
        ...

    async def said(self) -> list[str]:
        """The callbacks that came, once no more will come by itself."""
        ...

    async def received(self) -> int:
        """How many requests for money have arrived."""
        ...

    async def down(self) -> None: ...
    async def up(self) -> None: ...


WITH_CODES = {
    "cancels": Reason.CANCELLED_OR_TIMED_OUT,
    "wrong-pin": Reason.WRONG_PIN,
    "pin-locked": Reason.PIN_LOCKED,
    "no-balance": Reason.INSUFFICIENT_FUNDS,
    "unreachable": Reason.NO_RESPONSE,
    "nobody-answers": Reason.NO_RESPONSE,
    "expired": Reason.NO_RESPONSE,
}
"""What a provider says that has a code for everything."""


@dataclass
class DarajaTwin:
    provider: Daraja
    sandbox: RunningSandbox
    ear: Ear
    reasons = reasons_called_back = WITH_CODES
    callbacks_state = frozenset({"amount", "receipt", "moment"})

    def instruction(self, payer: str) -> Instruction:
        phone = Phone(NUMBER_OF.get(payer, "255754123456"))
        return an_instruction(phone=phone, callback_url=self.ear.url)

    def inquiry(self, request_id: str) -> Inquiry:
        return an_inquiry(request_id)

    def refused(self) -> Instruction:
        return self.instruction("busy")

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


@dataclass
class AirtelTwin:
    """It knows a payment by our reference alone, so every instruction has one of its own."""

    provider: AirtelMoney
    sandbox: RunningSandbox
    ear: Ear
    # A locked PIN has no code of its own, and a callback no code at all.
    reasons = WITH_CODES | {"pin-locked": Reason.NOT_COMPLETED}
    reasons_called_back: ClassVar[dict[str, Reason]] = {}
    callbacks_state = frozenset({"receipt"})
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def instruction(self, payer: str) -> Instruction:
        number = NUMBER_AT_AIRTEL.get(payer, "255784123456")
        return an_instruction(phone=Phone(number), reference=a_reference(next(self._numbers)))

    def inquiry(self, request_id: str) -> Inquiry:
        return Inquiry(reference=request_id, request_id=request_id)

    def refused(self) -> Instruction:
        return an_instruction(phone=Phone("255184123456"))

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
async def _airtel() -> AsyncIterator[AirtelTwin]:
    account = AirtelAccount(hash_key="a private key of the application")
    async with (
        listening() as ear,
        running_sandbox(prompt_lifetime=0.05, callback_urls={"airtel": ear.url}, airtel=account) as sandbox,
    ):
        config = AirtelMoneyConfig(
            base_url=sandbox.airtel_url,
            client_id=account.client_id,
            client_secret=account.client_secret,
            callback_key="an-unguessable-end-of-an-address",
            hash_key=account.hash_key,
        )
        wire = Wire(sandbox.airtel_url, Breaker(asyncio.get_running_loop().time), PATIENCE)
        provider = AirtelMoney(config, wire, lambda: datetime.now(UTC))
        try:
            yield AirtelTwin(provider, sandbox, ear)
        finally:
            await provider.close()


NUMBER_AT_AIRTEL = {fate.name: number_of(fate.name, AIRTEL) for fate in FATES}
TWINS: dict[str, Callable[[], AbstractAsyncContextManager[Twin]]] = {"mpesa": _daraja, "airtel": _airtel}
