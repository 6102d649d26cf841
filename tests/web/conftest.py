"""A portal with four people beside Asha and Juma; only the provider, the sink and the printer are fakes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.store.writer import Store
from tests.makers import FakeClock
from tests.web.client import Portal
from tests.web.opening import open_portal


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
