"""The composition root: what runs beside the pages, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import pytest
from litestar.types import ASGIApp

from portal.app import build_portal
from portal.asgi import create_app
from portal.documents.renderer import RenderFailed
from portal.domain.day_close import GRACE, day_of, ends_at
from portal.settings import read_settings
from portal.sinks.sink import Letter, NotDelivered
from portal.store import jobs
from portal.store.writer import Store
from tests.fakes import FakeProvider, FakeRenderer, FakeSink
from tests.makers import BILL, NOW, FakeClock
from tests.services.desk import ENVIRONMENT
from tests.settings.test_production import PRODUCTION
from tests.sinks.servers import a_mail_server


@asynccontextmanager
async def running(app: ASGIApp) -> AsyncIterator[None]:
    """As a server starts an app and ends it."""
    heard: asyncio.Queue[Any] = asyncio.Queue()
    said: asyncio.Queue[Any] = asyncio.Queue()
    scope: Any = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}

    async def live() -> None:
        await app(scope, heard.get, said.put)

    life = asyncio.create_task(live())
    heard.put_nowait({"type": "lifespan.startup"})
    assert (await said.get())["type"] == "lifespan.startup.complete"
    yield
    heard.put_nowait({"type": "lifespan.shutdown"})
    assert (await said.get())["type"] == "lifespan.shutdown.complete"
    await life


@pytest.mark.parametrize("breaks", [None, RenderFailed("it hangs"), OSError("no process")])
async def test_beside_the_pages_work_is_done_and_the_printer_is_warm_before_the_first_receipt(
    sqlite_store: Store, clock: FakeClock, breaks: Exception | None
) -> None:
    renderer, sink, provider = FakeRenderer(), FakeSink(), FakeProvider()
    renderer.breaks = breaks
    settings = read_settings(ENVIRONMENT)
    portal = build_portal(
        settings, clock=clock, store=sqlite_store, providers=[provider], sink=sink, renderer=renderer
    )
    async with running(create_app(portal, with_worker=True)):
        await sqlite_store.write(lambda tx: jobs.enqueue(tx, "tell", "x", NOW, payment=BILL, state="FAILED"))
        async with asyncio.timeout(5):
            # All that is left then is the daily work, of which the close is the first. (It has no event.)
            while await sqlite_store.read(jobs.next_due) != ends_at(day_of(NOW)) + GRACE:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert renderer.warmed is (breaks is None)
    assert (sink.closed, provider.closed) == (True, True)


@pytest.mark.covers("N10")
@pytest.mark.parametrize("demo, letters", [("demo", 1), ("production", 0)])
async def test_only_a_demo_sends_letters_in_the_clear(sqlite_store: Store, demo: str, letters: int) -> None:
    async with a_mail_server() as server:
        told = {
            "PORTAL_ENV": demo,
            "PORTAL_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
            "PORTAL_SMS_URL": "",
        }
        portal = build_portal(
            read_settings({**PRODUCTION, **told}), store=sqlite_store, providers=[], renderer=FakeRenderer()
        )
        letter = Letter("code:1", None, "asha@example.com", "NEST: Your code is 123456.")
        with nullcontext() if letters else pytest.raises(NotDelivered):
            await portal.sink.deliver(letter)
        await portal.close()
    assert len(server.letters) == letters
