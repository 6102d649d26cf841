"""A portal to visit, and a browser without JavaScript that proves every page it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
from lxml import html

from portal import app
from portal.store import sign_in
from portal.store.vault import Vault
from portal.store.writer import Store
from portal.web.front import Front
from portal.web.site import Site
from tests.fakes import FakeProvider, FakeRenderer, FakeSink
from tests.makers import FakeClock
from tests.web.proof import prove

OTHER = {"en": "sw", "sw": "en"}


@dataclass(frozen=True, slots=True)
class Page:
    """An HTML answer, proved."""

    answer: httpx.Response
    document: html.HtmlElement

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def path(self) -> str:
        """Where the browser stands after all redirects, with the query."""
        return self.answer.url.raw_path.decode()

    @property
    def language(self) -> str:
        return str(self.document.get("lang"))

    @property
    def h1(self) -> str:
        return " ".join(self.document.xpath("//h1")[0].text_content().split())

    @property
    def title(self) -> str:
        return str(self.document.findtext("head/title"))

    @property
    def words(self) -> str:
        """All that is read on the page, with plain single spaces."""
        return " ".join(self.document.text_content().split())

    def form(self, name: str) -> html.FormElement:
        (form,) = self.document.xpath("//form[@id=$name]", name=name)
        return form

    def error(self, name: str) -> str:
        """What stands at a field; empty where it has no error."""
        found = self.document.xpath("//*[@id=$name]", name=f"error-{name}")
        return " ".join(found[0].text_content().split()) if found else ""


class Browser:
    """Keeps cookies, sends forms as browsers do, and looks at each page in both languages."""

    def __init__(self, portal: Portal, client: httpx.AsyncClient, language: str) -> None:
        self._portal, self.client, self.language = portal, client, language
        self.csrf: str | None = None
        self._csrf_is_of: set[str] | None = None
        self.say_language(language)

    def say_language(self, language: str) -> None:
        self.language = language
        self.client.headers["accept-language"] = language

    @property
    def cookies(self) -> dict[str, str]:
        return dict(self.client.cookies)

    async def open(self, path: str, **headers: str) -> Page:
        """Go there, follow redirects, and prove what is shown; in the other language too, unless one was chosen."""
        page = await self._follow(await self.client.get(path, headers=headers))
        await self._prove_in_the_other_language(path, headers, page)
        return page

    async def submit(self, page: Page, form: str = "main-form", *, button: Any = None, **typed: Any) -> Page:
        """Fill a form of the page and send it, with all that it held already."""
        element = page.form(form)
        fields = [(name, value) for name, value in element.form_values() if name not in typed]
        for name, value in typed.items():
            fields += [(name, one) for one in (value if isinstance(value, list) else [value])]
        fields += [button] if button else []
        path = element.get("action") or page.path
        if element.method == "GET":
            return await self._follow(await self.client.get(path, params=fields))
        return await self._follow(await self._send(path, fields))

    async def upload(
        self, page: Page, name: str, content: bytes, form: str = "main-form", **typed: str
    ) -> Page:
        """Fill the form of the page that takes a file, and send it as browsers send files."""
        element = page.form(form)
        assert element.get("enctype") == "multipart/form-data"
        fields = {key: value for key, value in element.form_values() if key not in typed} | typed
        sent = {"origin": str(self.client.base_url).rstrip("/")}
        files = {"file": (name, content)}
        answer = await self.client.post(element.get("action"), data=fields, files=files, headers=sent)
        return await self._follow(answer)

    async def press(self, page: Page, text: str) -> Page:
        """Press the button with that text, wherever on the page it stands."""
        (found,) = [b for b in page.document.iter("button") if " ".join(b.text_content().split()) == text]
        form = page.form(found.get("form")) if found.get("form") else next(found.iterancestors("form"))
        fields = list(form.form_values())
        if found.get("name"):
            fields.append((found.get("name"), found.get("value")))
        return await self._follow(await self._send(found.get("formaction") or form.get("action"), fields))

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """One answer as it comes."""
        return self._seen(await self.client.get(path, headers=headers))

    async def post(
        self, path: str, form: Any = None, *, csrf: str | None = "ours", **headers: str
    ) -> httpx.Response:
        """One answer as it comes; the token is the browser's own unless another, or None, is given."""
        if csrf == "ours" and self._csrf_is_of != self._who():
            await self.get("/sign-in")
        token = self.csrf if csrf == "ours" else csrf
        fields = [*(form or {}).items(), *([("csrf", token)] if token is not None else [])]
        return await self._send(path, fields, **headers)

    async def _send(self, path: str, fields: list[tuple[str, str]], **headers: str) -> httpx.Response:
        sent = {"origin": str(self.client.base_url).rstrip("/"), **headers}
        data: dict[str, list[str]] = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        return self._seen(await self.client.post(path, data=data, headers=sent))

    async def _follow(self, answer: httpx.Response) -> Page:
        hops = 0
        while answer.next_request is not None:
            hops += 1
            assert hops < 6, f"redirects for ever: {answer.headers['location']}"
            answer = await self.client.send(answer.next_request)
        self._seen(answer)
        return Page(answer, prove(answer))

    async def _prove_in_the_other_language(self, path: str, headers: dict[str, str], page: Page) -> None:
        if "language" in self.client.cookies or "__Host-language" in self.client.cookies:
            return
        other = OTHER[page.language]
        answer = await self.client.get(
            path, headers={**headers, "accept-language": other}, follow_redirects=True
        )
        assert prove(answer).get("lang") == other
        assert answer.status_code == page.status

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        if answer.headers.get("content-type", "").startswith("text/html") and answer.text:
            tokens = prove(answer).xpath("//input[@name='csrf']/@value")
            if tokens:
                self.csrf, self._csrf_is_of = tokens[0], self._who()
        return answer

    def _who(self) -> set[str]:
        """What the tokens of forms are bound to."""
        cookies = self.client.cookies.items()
        return {value for name, value in cookies if name.removeprefix("__Host-") in ("session", "visitor")}


@dataclass(kw_only=True)
class Portal:
    """The whole portal on a fresh SQLite file, with fakes where it meets the world and a clock that stands still."""

    parts: app.Portal
    app: Front
    clock: FakeClock
    provider: FakeProvider
    sink: FakeSink
    renderer: FakeRenderer
    opened: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def site(self) -> Site:
        return self.app.site

    @property
    def store(self) -> Store:
        return self.parts.store

    @property
    def vault(self) -> Vault:
        return self.parts.tools.vault

    def browser(self, language: str = "en", address: str = "127.0.0.1") -> Browser:
        """A stranger's, coming from that address."""
        transport = httpx.ASGITransport(cast("Any", self.app), client=(address, 50_000))
        client = httpx.AsyncClient(transport=transport, base_url=self.site.public_url)
        self.opened.append(client)
        return Browser(self, client, language)

    async def signed_in(self, person: str, language: str = "en") -> Browser:
        """The browser of somebody whose session stands."""
        browser, token, now = self.browser(language), self.site.random(32).hex(), self.clock()
        ends = now.replace(year=now.year + 1)
        await self.store.write(lambda tx: sign_in.open_session(tx, token, person, now, ends))
        name = "__Host-session" if self.site.secure else "session"
        browser.client.cookies.set(name, token, domain=_cookie_domain(self.site.public_url), path="/")
        return browser

    async def close(self) -> None:
        for client in self.opened:
            await client.aclose()
        await self.parts.close()


def _cookie_domain(url: str) -> str:
    """As the cookie jar writes it, which calls a host without a dot local."""
    host = urlsplit(url).hostname or ""
    return host if "." in host else f"{host}.local"
