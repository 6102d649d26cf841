"""All exhibits, each prepared when somebody asks for it first; and the phones they are looked at with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext

from portal.documents.receipt import ReceiptFacts
from portal.documents.renderer import Renderer, RenderFailed
from portal.domain.bill import PaymentType
from portal.sandbox.fates import NUMBER_OF
from portal.store import sign_in
from portal.templating.language import Language
from tests.journeys.exhibits import CARDS, FOR_LONG, FRESH, SETS, WAITING, Exhibit
from tests.journeys.scenes import Scene
from tests.journeys.stage import BARAKA, Stage, stage
from tests.journeys.visitor import Visitor, device, using
from tests.makers import FakeClock
from tests.sandbox.running import until


class Exhibition:
    """Stands until its `stack` is closed."""

    def __init__(
        self, stack: AsyncExitStack, people: Path, folder: Path, renderer: Renderer, browser: Browser
    ) -> None:
        self._stack, self._people, self._folder = stack, people, folder
        self._renderer, self._browser = renderer, browser
        self._opened: dict[str, Exhibit] = {}
        self._devices: dict[tuple[str, int], BrowserContext] = {}

    async def at(self, place: str) -> Exhibit:
        """The one by that name; time stands still there."""
        if place not in self._opened:
            self._opened[place] = await self._open(place)
        return self._opened[place]

    @asynccontextmanager
    async def showing(self, scene: Scene, *, language: str, width: int) -> AsyncIterator[Visitor]:
        """Somebody who looks at that page, on a phone of that width in CSS pixels."""
        exhibit, phone = await self.at(scene.place), await self._device(language, width)
        async with using(phone, exhibit.stage.base_url, language) as visitor:
            if scene.who:
                await come_in(visitor, exhibit.stage, scene.who)
            await scene.show(visitor, exhibit)
            network = "Stripe" if scene.place == CARDS else "M-Pesa"
            if scene.heading:
                await visitor.reads(scene.heading, **({"network": network} if "%(" in scene.heading else {}))
            yield visitor

    async def _open(self, place: str) -> Exhibit:
        prepare, timings = SETS[place]
        folder = self._folder / place
        folder.mkdir()
        printer = OutOfPaper() if place == WAITING else self._renderer
        options: dict[str, Any] = {"prompt_lifetime": FOR_LONG, "clock": FakeClock()} | timings
        staged = await self._stack.enter_async_context(stage(self._people, folder, printer, **options))
        exhibit = Exhibit(staged)
        await prepare(exhibit)
        if place == FRESH:
            await self._begin_to_send(exhibit)
        return exhibit

    async def _begin_to_send(self, exhibit: Exhibit) -> None:
        stage = exhibit.stage
        sending = asyncio.create_task(
            stage.ask(BARAKA, PaymentType.SECURITY_DEPOSIT, NUMBER_OF["answer-late"])
        )

        async def end() -> None:
            stage.let_go()
            await sending

        self._stack.push_async_callback(end)
        await until(lambda: bool(stage.sandbox.world.network.prompts))
        exhibit.known["sending"] = (await stage.newest(BARAKA)).reference

    async def _device(self, language: str, width: int) -> BrowserContext:
        """One for all scenes: a new one for each costs more than the page it shows."""
        kind = (language, width)
        if kind not in self._devices:
            opened = device(self._browser, language, width=width)
            self._devices[kind] = await self._stack.enter_async_context(opened)
        return self._devices[kind]


class OutOfPaper(Renderer):
    """Prints nothing."""

    async def render(self, facts: ReceiptFacts, language: Language) -> bytes:
        raise RenderFailed("out of paper")


async def come_in(visitor: Visitor, stage: Stage, who: str) -> None:
    """A session that stands already."""
    person, now = await stage.person(who), stage.clock()
    token = stage.portal.tools.random(32).hex()
    ends = now.replace(year=now.year + 1)
    await stage.portal.store.write(lambda tx: sign_in.open_session(tx, token, person.id, now, ends))
    await visitor.context.add_cookies([{"name": "session", "value": token, "url": stage.base_url}])
