"""Somebody with a browser: what they open, read and press. A fault on the way fails the journey when they leave."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from babel.support import Translations
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    WebError,
    expect,
)

from portal.templating.language import Language
from portal.templating.translations import load_translations

LOCALE = {"en": "en-GB", "sw": "sw-TZ"}
HEIGHT = 780
PATIENCE = 20_000
"""Milliseconds that somebody waits for a page, on a machine that has other things to do."""
ANSWERED_SO = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")

expect.set_options(timeout=PATIENCE)


@dataclass
class Visitor:
    """`page` is the tab in front. `requests` are all that the browser made, in order."""

    context: BrowserContext
    page: Page
    base_url: str
    language: str
    requests: list[Request] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)
    forgives: str = "nothing"
    """A pattern of complaints that a journey brings about by itself."""

    def say(self, text: str, **facts: object) -> str:
        """A string of the catalogue in the visitor's language."""
        said = str(_translations(self.language).gettext(text))
        assert self.language == "en" or said != text, f"no Swahili for {text!r}"
        return said % facts if facts else said

    async def open(self, path: str, *, status: int = 200) -> None:
        """Go there; an address of the portal may be given without its host."""
        self.expected.add(status)
        answer = await self.page.goto(path if "://" in path else self.base_url + path)
        assert answer
        assert answer.status == status, f"{path} answered {answer.status}"

    async def tab(self, path: str) -> Page:
        """Another tab of the same browser, watched like the first."""
        page = await self.context.new_page()
        await page.goto(path if "://" in path else self.base_url + path)
        return page

    async def sign_in(self, name: str) -> None:
        """By one click, as the demo offers it."""
        await self.open("/sign-in")
        await self.page.get_by_role("button", name=re.compile(f"^{name}")).click()
        await self.page.wait_for_url(lambda url: urlsplit(url).path != "/sign-in")

    async def reads(self, text: str, **facts: object) -> None:
        """The page has that heading, or comes to have it by itself."""
        await expect(self.heading).to_have_text(self.say(text, **facts))

    @property
    def heading(self) -> Locator:
        return self.page.locator("h1")

    def button(self, text: str, **facts: object) -> Locator:
        return self.page.get_by_role("button", name=self.say(text, **facts), exact=True)

    def link(self, text: str, **facts: object) -> Locator:
        """The one in the page itself, not in its frame."""
        return self.page.locator("main").get_by_role("link", name=self.say(text, **facts), exact=True)

    async def press(self, text: str, **facts: object) -> None:
        await self.button(text, **facts).click()

    async def follow(self, text: str, **facts: object) -> None:
        await self.link(text, **facts).click()

    def paths(self, *, kind: str | None = None) -> list[str]:
        """The addresses asked for so far; `kind` as the browser calls it: document, script, xhr…"""
        return [
            urlsplit(request.url).path
            for request in self.requests
            if kind is None or request.resource_type == kind
        ]

    @contextmanager
    def watched(self) -> Iterator[Visitor]:
        """What any of the context's tabs does meanwhile is told to this visitor."""
        told: dict[Any, Any] = {
            "request": self._asked,
            "response": self._answered,
            "console": self._complained,
            "weberror": self._stumbled,
        }
        for what, hear in told.items():
            self.context.on(what, hear)
        try:
            yield self
        finally:
            for what, hear in told.items():
                self.context.remove_listener(what, hear)

    def _asked(self, request: Request) -> None:
        self.requests.append(request)
        address = urlsplit(request.url)
        if address.scheme != "data" and address.hostname != "127.0.0.1":
            self.faults.append(f"asked another machine: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.url} answered {response.status}")

    def _complained(self, message: ConsoleMessage) -> None:
        """What the browser says of a status is looked at where the answer comes in."""
        forgiven = ANSWERED_SO.match(message.text) or re.search(self.forgives, message.text)
        if message.type in ("error", "warning") and not forgiven:
            self.faults.append(f"console: {message.text}")

    def _stumbled(self, error: WebError) -> None:
        self.faults.append(f"script: {error.error}")


@asynccontextmanager
async def visiting(
    browser: Browser, base_url: str, *, language: str = "en", script: bool = True, width: int = 360
) -> AsyncIterator[Visitor]:
    """A browser with no past, of that language and width, with scripts or without."""
    async with (
        device(browser, language, script=script, width=width) as context,
        using(context, base_url, language) as visitor,
    ):
        yield visitor


@asynccontextmanager
async def device(
    browser: Browser, language: str, *, script: bool = True, width: int = 360
) -> AsyncIterator[BrowserContext]:
    """A phone, which one person may use after another."""
    context = await browser.new_context(
        locale=LOCALE[language],
        viewport={"width": width, "height": HEIGHT},
        java_script_enabled=script,
        service_workers="block",
    )
    context.set_default_timeout(PATIENCE)
    try:
        yield context
    finally:
        await context.close()


@asynccontextmanager
async def using(context: BrowserContext, base_url: str, language: str) -> AsyncIterator[Visitor]:
    """Somebody nobody knows, in a tab of their own. Raises AssertionError if anything went wrong on their way."""
    await context.clear_cookies()
    visitor = Visitor(context, await context.new_page(), base_url, language)
    with visitor.watched():
        try:
            yield visitor
        finally:
            for page in context.pages:
                await page.close()
    assert not visitor.faults, "\n".join(visitor.faults)


@cache
def _translations(language: str) -> Translations:
    return load_translations(Language(language))
