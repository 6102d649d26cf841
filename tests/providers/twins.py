"""Each provider with what simulates it, behind words that fit all of them: one that joins adds an entry to TWINS."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol

from portal.domain.money import shillings
from portal.domain.outcome import Reason
from portal.domain.phone import Phone
from portal.providers.airtel_money import AirtelMoney, AirtelMoneyConfig
from portal.providers.azampay import AzamPay
from portal.providers.azampay_config import Hosts
from portal.providers.mpesa_daraja import Daraja
from portal.providers.mpesa_vodacom import Vodacom, VodacomConfig
from portal.providers.provider import CardPage, Inquiry, Instruction, Means, Provider, SavesCards
from portal.providers.stripe_cards import StripeCards
from portal.providers.stripe_config import StripeConfig
from portal.providers.tigo_pesa import TigoPesa
from portal.providers.wire import Breaker, Wire
from portal.sandbox.airtel.account import AirtelAccount
from portal.sandbox.fates import BY_NAME, FATES, PERSON, number_of
from portal.sandbox.operators import AIRTEL, HALOPESA, MIXX, MPESA, Operator
from portal.sandbox.stripe.account import StripeAccount
from tests.makers import a_reference
from tests.providers.account import an_instruction, config_at
from tests.providers.azampay import azampay_config
from tests.providers.mixx import config_of
from tests.sandbox.merchant import Ear, Gate, listening
from tests.sandbox.running import FAST, RunningSandbox, running_sandbox, until

PATIENCE = 1.0
"""Seconds, and far less than the slow answers of the twins: a machine may be busy, and nobody else is slow."""
SLOW_ANSWER = 2.5


@dataclass(frozen=True)
class Nature:
    """Where the documents of a provider differ from those of the others.

    `refused_payer` meets a refusal of the request itself. `reasons` by payer, where there is no code for the true one.
    `callback_states`: what a callback of success tells of `amount`, `receipt` and `moment`. `proves_in_body`: it is
    signed, though not every callback of the provider is.
    """

    refused_payer: str = "busy"
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    callback_states: frozenset[str] = frozenset({"amount", "receipt", "moment"})
    callback_and_query_agree: bool = True
    proves_in_body: bool = False


class Twin(Protocol):
    """A provider of ours, and the hands that move its other side."""

    nature: Nature

    @property
    def provider(self) -> Provider: ...
    def instruction(self, payer: str) -> Instruction:
        """A request to a payer who `approves`, `cancels`, … or, as `person`, waits; each time another payment."""
        ...

    def inquiry(self, request_id: str) -> Inquiry:
        """A question about the request of that id."""
        ...

    async def said(self) -> list[str]:
        """The callbacks that came, once no more will come by itself."""
        ...

    def headers(self, body: str) -> Mapping[str, str]:
        """Those that a callback came with."""
        ...

    async def received(self) -> int:
        """How many requests for money have arrived."""
        ...

    async def receipts(self) -> list[str]:
        """The codes of all the money that has moved."""
        ...

    async def down(self) -> None: ...
    async def up(self) -> None: ...


@dataclass
class SandboxTwin:
    """`numbers` by payer. Nobody's prompt ends by itself before the `gate` opens. `asks_by_ours`: the request's id is
    our own reference.
    """

    provider: Provider
    sandbox: RunningSandbox
    ear: Ear
    numbers: Mapping[str, str]
    gate: Gate
    nature: Nature = field(default_factory=Nature)
    asks_by_ours: bool = False
    _references: Iterator[str] = field(default_factory=lambda: map(a_reference, count(1)))

    def instruction(self, payer: str) -> Instruction:
        phone, reference = Phone(self.numbers[payer]), next(self._references)
        method = self.provider.methods[0]
        return an_instruction(phone=phone, method=method, callback_url=self.ear.url, reference=reference)

    def inquiry(self, request_id: str) -> Inquiry:
        reference = request_id if self.asks_by_ours else "7K29QXM4AB1C"
        return Inquiry(reference=reference, request_id=request_id)

    async def said(self) -> list[str]:
        self.gate.opened.set()
        await until(lambda: not self.sandbox.world.network.errands.under_way)
        return [body.decode() for body in self.ear.bodies]

    def headers(self, body: str) -> Mapping[str, str]:
        return self.ear.headers[self.ear.bodies.index(body.encode())]

    async def received(self) -> int:
        return await self.sandbox.pushes()

    async def receipts(self) -> list[str]:
        return [str(movement["receipt"]) for movement in await self.sandbox.book()]

    async def down(self) -> None:
        await self.sandbox.line.down()

    async def up(self) -> None:
        await self.sandbox.line.up()


@asynccontextmanager
async def _daraja() -> AsyncIterator[SandboxTwin]:
    gate = Gate(FAST.prompt_lifetime)
    async with listening() as ear, running_sandbox(slow_answer=SLOW_ANSWER, sleep=gate.sleep) as sandbox:
        provider = Daraja(config_at(sandbox.daraja_url), _wire(sandbox.daraja_url), _now)
        try:
            yield SandboxTwin(provider, sandbox, ear, _numbers(MPESA, "255754123456"), gate)
        finally:
            await provider.close()


VODACOM_NATURE = Nature(
    refused_payer="unheard-of",
    # One code for a no, a wrong PIN and a locked one; a time-out is a question, which the query answers.
    reasons=dict.fromkeys(("cancels", "wrong-pin", "pin-locked"), Reason.NOT_COMPLETED),
    callback_states=frozenset({"receipt"}),
    callback_and_query_agree=False,
)


@asynccontextmanager
async def _vodacom(*, asynchronous: bool) -> AsyncIterator[SandboxTwin]:
    gate = Gate(FAST.prompt_lifetime)
    async with listening() as ear, running_sandbox(slow_answer=SLOW_ANSWER, sleep=gate.sleep) as sandbox:
        if asynchronous:
            await sandbox.register(vodacom=ear.url)
        else:
            gate.opened.set()
        account = sandbox.settings.vodacom
        config = VodacomConfig(
            base_url=sandbox.vodacom_url,
            api_key=account.api_key,
            public_key=account.public_key,
            service_provider_code=account.service_provider_code,
            callback_key="an-unguessable-end-of-an-address" if asynchronous else None,
        )
        wire = _wire(sandbox.vodacom_url)
        means = Means(clock=_now, monotonic=time.monotonic, random=secrets.token_bytes)
        provider = Vodacom(config, wire, wire, means)
        numbers = _numbers(MPESA, "255754123456") | {"unheard-of": "255100000000"}
        try:
            yield SandboxTwin(provider, sandbox, ear, numbers, gate, VODACOM_NATURE)
        finally:
            await provider.close()


MIXX_NATURE = Nature(
    # Its callback says no without a reason, and nobody can be asked.
    reasons=dict.fromkeys((fate.name for fate in FATES), Reason.NOT_COMPLETED),
    callback_states=frozenset({"amount", "receipt"}),
    callback_and_query_agree=False,
)


@asynccontextmanager
async def _mixx() -> AsyncIterator[SandboxTwin]:
    gate = Gate(FAST.prompt_lifetime)
    async with (
        listening() as ear,
        running_sandbox(
            slow_answer=SLOW_ANSWER, sleep=gate.sleep, callback_urls={"mixx": ear.url}
        ) as sandbox,
    ):
        config = config_of(sandbox.settings.mixx, sandbox.mixx_url)
        provider = TigoPesa(config, _wire(sandbox.mixx_url), _now)
        try:
            yield SandboxTwin(provider, sandbox, ear, _numbers(MIXX, "255652111222"), gate, MIXX_NATURE)
        finally:
            await provider.close()


AIRTEL_NATURE = Nature(
    # Only a number that it does not know is refused at once: all other trouble leaves open what became of a push.
    refused_payer="unheard-of",
    reasons={"pin-locked": Reason.NOT_COMPLETED},
    callback_states=frozenset({"receipt"}),
    # The callback says no, the enquiry why.
    callback_and_query_agree=False,
)


@asynccontextmanager
async def _airtel() -> AsyncIterator[SandboxTwin]:
    account = AirtelAccount(hash_key="a private key of the application")
    gate = Gate(FAST.prompt_lifetime)
    async with (
        listening() as ear,
        running_sandbox(
            slow_answer=SLOW_ANSWER, sleep=gate.sleep, callback_urls={"airtel": ear.url}, airtel=account
        ) as sandbox,
    ):
        config = AirtelMoneyConfig(
            base_url=sandbox.airtel_url,
            client_id=account.client_id,
            client_secret=account.client_secret,
            callback_key="an-unguessable-end-of-an-address",
            hash_key=account.hash_key,
            disbursement_pin=account.disbursement_pin,
            disbursement_public_key=account.disbursement_public_key,
        )
        provider = AirtelMoney(config, _wire(sandbox.airtel_url), _now)
        numbers = _numbers(AIRTEL, "255784123456") | {"unheard-of": "255100000000"}
        try:
            yield SandboxTwin(provider, sandbox, ear, numbers, gate, AIRTEL_NATURE, asks_by_ours=True)
        finally:
            await provider.close()


AZAMPAY_NATURE = Nature(
    # A number that is none meets 400; of all else that is not accepted only prose would tell why.
    refused_payer="unheard-of",
    reasons=dict.fromkeys((fate.name for fate in FATES), Reason.NOT_COMPLETED),
    callback_states=frozenset({"amount"}),
    proves_in_body=True,
)


@asynccontextmanager
async def _azampay() -> AsyncIterator[SandboxTwin]:
    gate = Gate(FAST.prompt_lifetime)
    async with listening() as ear, running_sandbox(slow_answer=SLOW_ANSWER, sleep=gate.sleep) as sandbox:
        config = azampay_config(sandbox.settings.azampay, sandbox.azampay_url)
        addresses = (config.base_url, config.auth_url, config.disbursement_url)
        provider = AzamPay(config, Hosts(*map(_wire, addresses)), _now)
        numbers = _numbers(HALOPESA, "255621987654") | {"unheard-of": "255100000000"}
        try:
            yield SandboxTwin(provider, sandbox, ear, numbers, gate, AZAMPAY_NATURE, asks_by_ours=True)
        finally:
            await provider.close()


class KeepsCards(Twin, Protocol):
    """One whose provider keeps cards, and the hands of somebody who enters one."""

    @property
    def keeper(self) -> SavesCards:
        """The provider once more."""
        ...

    async def enter(self, page: CardPage, card: str = "good") -> None:
        """One that is `good`, that its bank `declines` when it is to pay, or about which it `asks` its owner then."""
        ...

    async def end(self, page: CardPage) -> None:
        """Nobody enters anything there any more."""
        ...


class CardTwin(SandboxTwin):
    """Payers have no numbers: the fate of each goes by the reference of its payment."""

    def instruction(self, payer: str) -> Instruction:
        amount = shillings(2_000_000 if payer == TOO_LARGE else 453_500)
        reference, ends = next(self._references), _now() + timedelta(hours=23)
        self.sandbox.world.network.fates[reference] = BY_NAME.get(payer, PERSON)
        return an_instruction(phone=None, reference=reference, amount=amount, expires_at=ends)

    def inquiry(self, request_id: str) -> Inquiry:
        session = self.sandbox.world.network.prompts.get(request_id)
        return Inquiry(reference=session.push.reference if session else a_reference(), request_id=request_id)

    @property
    def keeper(self) -> SavesCards:
        assert isinstance(self.provider, SavesCards)
        return self.provider

    async def enter(self, page: CardPage, card: str = "good") -> None:
        typed = {"act": "pay", "number": CARDS[card], "expiry": "12/34", "cvc": "123"}
        for form in (typed, {"act": "approve"}):
            await self.sandbox.client.post(page.url, data=form)

    async def end(self, page: CardPage) -> None:
        setup = self.sandbox.stripe.setups.find(page.id)
        assert setup
        self.sandbox.stripe.setups.close(setup)


TOO_LARGE = "too-large"
CARDS = {"good": "4242424242424242", "declines": "4000000000000341", "asks": "4000002760003184"}
STRIPE_NATURE = Nature(
    refused_payer=TOO_LARGE,
    # Who leaves the page has not answered, and what a bank does not want to say is one word for all.
    reasons={
        "cancels": Reason.NO_RESPONSE,
        **dict.fromkeys(("wrong-pin", "pin-locked"), Reason.CARD_DECLINED),
    },
    # An event says that a session ended, the session why.
    callback_and_query_agree=False,
)


HEARD = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.expired",
        "refund.created",
        "refund.failed",
        "charge.refunded",
    }
)


@asynccontextmanager
async def _stripe() -> AsyncIterator[CardTwin]:
    gate = Gate(FAST.prompt_lifetime)
    account = StripeAccount(events=HEARD)
    async with (
        listening() as ear,
        running_sandbox(
            slow_answer=SLOW_ANSWER, sleep=gate.sleep, callback_urls={"stripe": ear.url}, stripe=account
        ) as sandbox,
    ):
        config = StripeConfig(
            secret_key=account.secret_key,
            webhook_secret=account.webhook_secret,
            api_base=sandbox.stripe_url,
        )
        provider = StripeCards(config, _wire(sandbox.stripe_url), _now)
        try:
            yield CardTwin(provider, sandbox, ear, {}, gate, STRIPE_NATURE)
        finally:
            await provider.close()


def _wire(base_url: str) -> Wire:
    return Wire(base_url, Breaker(asyncio.get_running_loop().time), PATIENCE)


def _now() -> datetime:
    return datetime.now(UTC)


def _numbers(operator: Operator, person: str) -> dict[str, str]:
    return {fate.name: number_of(fate.name, operator) for fate in FATES} | {"person": person}


Opened = Callable[[], AbstractAsyncContextManager[Twin]]
TWINS: dict[str, Opened] = {
    "mpesa_daraja": _daraja,
    "mpesa_vodacom": lambda: _vodacom(asynchronous=True),
    "tigo_pesa": _mixx,
    "airtel_money": _airtel,
    "azampay": _azampay,
    "stripe": _stripe,
}
TWINS_THAT_KEEP_CARDS: dict[str, Callable[[], AbstractAsyncContextManager[KeepsCards]]] = {"stripe": _stripe}
TWINS_THAT_WAIT: dict[str, Opened] = {"mpesa_vodacom": lambda: _vodacom(asynchronous=False)}
"""They answer a request for money only when the payer has, and call nobody back."""
