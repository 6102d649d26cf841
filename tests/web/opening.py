"""Opens the portal that tests visit: a demo by http, or as in production by https."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from portal.app import build_portal
from portal.providers.provider import Provider
from portal.settings import Settings
from portal.store.writer import Store
from tests.answering import answering
from tests.fakes import FakeProvider, FakeRenderer, FakeSink
from tests.makers import FakeClock, put_in_store, seeded
from tests.web.client import Portal
from tests.web.people import put_more_people

PUBLIC_URL = {True: "https://pay.example", False: "http://127.0.0.1:8000"}
"""By whether browsers come by https."""


async def open_portal(
    store: Store,
    clock: FakeClock,
    *,
    demo: bool = True,
    providers: Sequence[FakeProvider] = (),
    others: Sequence[Provider] = (),
    **settings: Any,
) -> Portal:
    """With M-Pesa alone, unless other fakes are given; the first of them is the portal's `provider`."""
    sink, renderer, random = FakeSink(), FakeRenderer(), seeded("portal")
    provider, *fakes = providers or [FakeProvider()]
    parts = build_portal(
        replace(_settings(demo=demo), **settings),
        clock=clock,
        random=random,
        store=store,
        providers=[provider, *fakes, *others],
        sink=sink,
        renderer=renderer,
    )
    app = answering(parts)
    await put_in_store(store, parts.tools.vault)
    await store.write(lambda tx: put_more_people(tx, parts.tools.vault))
    return Portal(
        parts=parts,
        app=app,
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
        providers={},
    )
