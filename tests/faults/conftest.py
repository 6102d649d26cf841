"""A clock, and a database with Asha, her lease, deposit and rent, prepared once and copied for every test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import make_url

from portal.domain.bill import PaymentType
from portal.sandbox.settings import SandboxSettings
from portal.settings import read_settings
from portal.store.migrate import migrate
from tests.databases import Postgres
from tests.makers import FakeClock, a_bill, put_in_store
from tests.portal import RENT, RunningPortal, built, environment_at, playing
from tests.sandbox.running import FAST


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("faults") / "prepared.sqlite3"
    asyncio.run(migrate(f"sqlite:///{path}"))
    asyncio.run(_fill(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def prepared_postgres(postgres: Postgres) -> str:
    """The name of a database that others are copied from."""
    url = asyncio.run(postgres.migrated())
    asyncio.run(_fill(url))
    return str(make_url(url).database)


@pytest.fixture
def copied_file(prepared: Path, tmp_path: Path) -> str:
    copy = tmp_path / "portal.sqlite3"
    shutil.copyfile(prepared, copy)
    return f"sqlite:///{copy}"


@pytest.fixture
async def copied_postgres(postgres: Postgres, prepared_postgres: str) -> AsyncIterator[str]:
    await postgres.run(f"CREATE DATABASE played TEMPLATE {prepared_postgres}")
    yield postgres.url("played")
    await postgres.drop(postgres.url("played"))


@pytest.fixture(params=["copied_file", pytest.param("copied_postgres", marks=pytest.mark.full)])
def database_url(request: pytest.FixtureRequest) -> str:
    """On SQLite always, on PostgreSQL in the long run."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
async def portal(database_url: str, clock: FakeClock) -> AsyncIterator[RunningPortal]:
    """At a provider whose prompts end at once when nobody answers them."""
    async with playing(database_url, clock) as running:
        yield running


@pytest.fixture
async def portal_with_people(database_url: str, clock: FakeClock) -> AsyncIterator[RunningPortal]:
    """At a provider whose prompts wait for the test to press a button of the phone."""
    async with playing(database_url, clock, held=FAST.prompt_lifetime) as running:
        yield running


async def _fill(url: str) -> None:
    environment = environment_at("http://127.0.0.1:1", url, "http://127.0.0.1:2", SandboxSettings())
    portal = built(read_settings(environment), FakeClock(), patience=1)
    rent = a_bill(reference=RENT, type=PaymentType.RENT, period=date(2026, 3, 1))
    await put_in_store(portal.store, portal.tools.vault, bills=[a_bill(), rent])
    await portal.close()
