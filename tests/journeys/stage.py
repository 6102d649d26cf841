"""Where journeys happen: the whole portal with the demo's people, its worker at work, and the simulated network."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from portal.app import build_portal
from portal.demo import prepare
from portal.documents.receipt import ReceiptFacts
from portal.documents.renderer import Renderer
from portal.domain.bill import PaymentType
from portal.domain.method import CARDS, PaymentMethod
from portal.domain.payment import Payment
from portal.domain.person import Guest, Person
from portal.providers.mpesa_daraja import Daraja
from portal.providers.provider import Provider
from portal.providers.wire import Breaker, Wire
from portal.sandbox.settings import SandboxSettings
from portal.services.link_tokens import link_token, link_until
from portal.settings import Settings, read_settings
from portal.store.leases import Due
from portal.store.migrate import migrate
from portal.templating.language import Language
from tests.answering import answering
from tests.makers import FakeClock, seeded
from tests.portal import (
    DARAJA,
    NOTHING,
    Front,
    RunningPortal,
    environment_at,
    providers_of,
    settings_at,
    will_be_called,
)
from tests.sandbox.merchant import Gate
from tests.sandbox.running import TRUSTS_NOBODY, Line, running_sandbox

ASHA, BARAKA, NEEMA, ELIN = "Asha Mushi", "Baraka Nyerere", "Neema Komba", "Elin Berg"
REHEMA = "Rehema Said"
MOLLEL, OFFICE, APPROVER = "Juma Mollel", "Salma Othman", "Peter Lyimo"
PHONES = {ASHA: "255754123456", BARAKA: "255655123456", NEEMA: "255784123456", ELIN: "255744123456"}
PATIENCE = 10.0
Kinds = PaymentType | Sequence[PaymentType]
"""Of one bill, or of several that are paid together."""


class TickingClock(FakeClock):
    """Begins at noon of the tests' day and goes on as ours does; `advance` jumps."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self._began)


class Lent(Renderer):
    """A printer that several portals use one after another: none of them ends it."""

    def __init__(self, owner: Renderer) -> None:
        super().__init__()
        self._owner = owner

    async def render(self, facts: ReceiptFacts, language: Language) -> bytes:
        return await self._owner.render(facts, language)


@dataclass
class Stage(RunningPortal):
    """A running portal whose people and bills are called by name."""

    async def person(self, name: str) -> Person:
        return next(one for one in await self.portal.sign_in.characters() if one.name == name)

    async def due(self, name: str, kind: PaymentType) -> Due:
        """Their open bill of that kind."""
        home = await self.portal.views.home(await self.person(name))
        return next(due for due in home.dues if due.bill.type is kind)

    async def draft(
        self,
        who: str,
        kind: Kinds,
        msisdn: str | None = None,
        amount: int | None = None,
        method: PaymentMethod = PaymentMethod.MPESA,
        *,
        chosen: bool = False,
    ) -> str:
        """Somebody half-way down the pay path; with a number or by card, at the check page. `amount` in shillings.

        With the method `chosen`, at the page of its details.
        """
        checkout, person = self.portal.checkout, await self.person(who)
        kinds = [kind] if isinstance(kind, PaymentType) else kind
        bills = [(await self.due(who, each)).bill.reference for each in kinds]
        draft = await checkout.begin(person, bills, None if amount is None else str(amount))
        if msisdn or chosen:
            await checkout.choose_method(person, draft, method)
        if msisdn:
            await checkout.choose_phone(person, draft, msisdn, agreed=True)
        if method in CARDS:
            await checkout.choose_method(person, draft, method)
        return draft

    async def ask(
        self,
        who: str,
        kind: Kinds,
        msisdn: str | None,
        *,
        amount: int | None = None,
        method: PaymentMethod = PaymentMethod.MPESA,
        language: str = "en",
    ) -> str:
        """What pressing Pay does; the payment's reference."""
        checkout, person = self.portal.checkout, await self.person(who)
        draft = await self.draft(who, kind, msisdn, amount, method)
        quote = await checkout.quote(person, draft)
        rate = quote.step.exchange.id if quote.step.exchange else ""
        order = await checkout.order(person, draft, str(quote.total.minor), language, rate)
        return await self.portal.payments.start(order)

    async def link_of(self, reference: str, *, ended: bool = False) -> str:
        """The path of the link on the page of that payment."""
        if not ended:
            return urlsplit(self.portal.links.share(await self.payment(reference)).address).path
        link = link_until(reference, self.clock() - timedelta(minutes=1))
        return f"/p/{link_token(self.portal.tools.signing_keys, link)}"

    async def draft_by_link(self, link: str, cookie: str, msisdn: str) -> str:
        """Of somebody in a browser with that cookie, at the check page."""
        guest, checkout = await self._guest(link, cookie), self.portal.checkout
        draft = await checkout.begin(guest, [*guest.bills], None)
        await checkout.choose_method(guest, draft, PaymentMethod.MPESA)
        await checkout.choose_phone(guest, draft, msisdn, agreed=True)
        return draft

    async def pay_by_link(self, link: str, cookie: str, msisdn: str) -> str:
        """What pressing Pay does there; the draft."""
        guest, checkout = await self._guest(link, cookie), self.portal.checkout
        draft = await self.draft_by_link(link, cookie, msisdn)
        total = (await checkout.quote(guest, draft)).total
        await self.portal.payments.start(await checkout.order(guest, draft, str(total.minor), "sw"))
        return draft

    async def _guest(self, link: str, cookie: str) -> Guest:
        return await self.portal.links.open(link.removeprefix("/p/"), f"visitor:{cookie}", "127.0.0.1")

    async def newest(self, name: str) -> Payment:
        """Their newest payment."""
        listing = await self.portal.views.history(await self.person(name), None, None, None)
        return listing.rows[0].payment

    async def until_printed(self, reference: str) -> None:
        """Waits until the receipt's PDF stands."""
        async with asyncio.timeout(30):
            while (await self.payment(reference)).receipt_sha256 is None:  # noqa: ASYNC110  (another process prints)
                await asyncio.sleep(0.05)


async def prepare_people(folder: Path) -> Path:
    """A database with the demo's people, leases and bills; copied for every stage."""
    path = folder / "people.sqlite3"
    url = f"sqlite:///{path}"
    await migrate(url)
    environment = environment_at("http://127.0.0.1:1", url, "http://127.0.0.1:2", SandboxSettings())
    portal = build_portal(
        read_settings(environment),
        clock=FakeClock(),
        random=seeded("people"),
        providers=[],
        renderer=Renderer(),
    )
    await prepare(portal.tools)
    await portal.close()
    return path


@asynccontextmanager
async def stage(
    people: Path,
    folder: Path,
    renderer: Renderer,
    *,
    clock: FakeClock | None = None,
    held: float = NOTHING,
    patience: float = PATIENCE,
    others: Sequence[Provider] = (),
    every_wallet: bool = False,
    mpesa: str = DARAJA,
    **sandbox: Any,
) -> AsyncIterator[Stage]:
    """A stage with a database of its own. Time stands still at a given clock, and the worker runs only when told to;
    without one, time goes on and the worker runs. Waits of `held` seconds in the network last until `let_go`.
    `others` are providers beside Daraja's. With `every_wallet` all are there as they are, M-Pesa by the API `mpesa`.
    """
    copy = folder / "portal.sqlite3"
    shutil.copyfile(people, copy)
    time_of_day, gate = clock or TickingClock(), Gate(held)
    async with AsyncExitStack() as stack:
        network = await stack.enter_async_context(
            running_sandbox(clock=time_of_day, sleep=gate.sleep, **sandbox)
        )
        front = Front()
        line = Line(front)
        await line.up()
        stack.push_async_callback(line.down)
        settings = settings_at(line.base_url, f"sqlite:///{copy}", network, mpesa=mpesa)
        will_be_called(network, line)
        wallets = providers_of(settings, time_of_day, patience) if every_wallet else []
        portal = build_portal(
            settings,
            clock=time_of_day,
            random=seeded("stage"),
            providers=wallets or [daraja(settings, time_of_day, patience), *others],
            renderer=Lent(renderer),
        )
        stack.push_async_callback(portal.close)
        front.app = answering(portal)
        client = httpx.AsyncClient(base_url=line.base_url, trust_env=False, verify=TRUSTS_NOBODY)
        await stack.enter_async_context(client)
        if clock is None:
            await stack.enter_async_context(working(portal.worker.run()))
        yield Stage(network, time_of_day, settings, line, portal, client, gate)


@asynccontextmanager
async def working(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """While the stage stands."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def daraja(settings: Settings, clock: FakeClock, patience: float) -> Daraja:
    config = settings.providers["MPESA_DARAJA"]
    breaker = Breaker(lambda: clock().timestamp())
    return Daraja(config, Wire(config.base_url, breaker, patience), clock)
