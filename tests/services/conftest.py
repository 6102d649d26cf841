"""A desk to work at: `desk` on SQLite, `each_desk` on both databases in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from portal.store.writer import Store
from tests.makers import FakeClock
from tests.services.desk import Desk, a_desk


@pytest.fixture
async def desk(sqlite_store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(sqlite_store, clock) as desk:
        yield desk


@pytest.fixture
async def each_desk(store: Store, clock: FakeClock) -> AsyncIterator[Desk]:
    async with a_desk(store, clock) as desk:
        yield desk
