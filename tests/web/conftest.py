"""A portal with four people beside Asha and Juma; only the provider, the sink and the printer are fakes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar

from portal.api.part import Machines, api_part
from portal.app import build_portal
from portal.places import ASSETS
from portal.settings import Settings
from portal.store.writer import Store
from portal.web.part import web_part
from portal.web.site import Site
from tests.fakes import FakeProvider, FakeRenderer, FakeSink
from tests.makers import FakeClock, put_in_store, seeded
from tests.web.client import Portal
from tests.web.people import put_more_people

PUBLIC_URL = {True: "https://pay.example", False: "http://127.0.0.1:8000"}
"""By whether browsers come by https."""


@pytest.fixture
async def portal(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    """In demo mode."""
    opened = await open_portal(sqlite_store, clock)
    yield opened
    await opened.close()


@pytest.fixture
async def secure_portal(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Portal]:
    """As in production: by https, with no demonstration in it."""
    opened = await open_portal(sqlite_store, clock, demo=False)
    yield opened
    await opened.close()


async def open_portal(store: Store, clock: FakeClock, *, demo: bool = True) -> Portal:
    provider, sink, renderer, random = FakeProvider(), FakeSink(), FakeRenderer(), seeded("portal")
    parts = build_portal(
        _settings(demo=demo),
        clock=clock,
        random=random,
        store=store,
        providers=[provider],
        sink=sink,
        renderer=renderer,
    )
    site = Site(
        sign_in=parts.sign_in,
        checkout=parts.checkout,
        payments=parts.payments,
        receipts=parts.receipts,
        views=parts.views,
        environment=parts.environment,
        clock=clock,
        random=random,
        secret_key=parts.settings.secret_key,
        public_url=parts.settings.public_url,
        demo=demo,
        secure=parts.settings.secure,
    )
    web = web_part(site, ASSETS)
    machines = Machines(callbacks=parts.callbacks, store=store, clock=clock)
    app = Litestar(
        [web.router, *api_part(machines)],
        exception_handlers=web.errors,
        logging_config=None,
        openapi_config=None,
    )
    await put_in_store(store, parts.tools.vault)
    await store.write(lambda tx: put_more_people(tx, parts.tools.vault))
    return Portal(
        parts=parts,
        web=web,
        app=web.front(app),
        clock=clock,
        provider=provider,
        sink=sink,
        renderer=renderer,
    )


def _settings(*, demo: bool) -> Settings:
    return Settings(
        demo=demo,
        host="127.0.0.1",
        port=8000,
        database_url="sqlite:///given",
        public_url=PUBLIC_URL[not demo],
        secret_key=b"a secret of the tests, long enough",
        encryption_keys={"k1": bytes(range(32))},
        signing_keys=(b"a signing key of the tests, long enough",),
        smtp_url=None,
        sms_url=None if demo else "http://127.0.0.1:9/sms",
        trusted_proxies=(),
        daraja=None,
    )
