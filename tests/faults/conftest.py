"""A clock, and a database with Asha, her lease, deposit and rent, prepared once and copied for every test."""

from __future__ import annotations

import asyncio
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
from tests.faults.copies import Copies, Databases, Files
from tests.makers import FakeClock, a_bill, put_in_store
from tests.portal import DARAJA, RENT, RunningPortal, built, environment_at, playing
from tests.sandbox.running import FAST


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("faults") / "filled.sqlite3"
    asyncio.run(migrate(f"sqlite:///{path}"))
    asyncio.run(_fill(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def filled_postgres(postgres: Postgres) -> str:
    url = asyncio.run(postgres.migrated())
    asyncio.run(_fill(url))
    return str(make_url(url).database)


@pytest.fixture
def files(filled_file: Path, tmp_path: Path) -> Files:
    return Files(filled_file, tmp_path)


@pytest.fixture
def databases(postgres: Postgres, filled_postgres: str) -> Databases:
    return Databases(postgres, filled_postgres)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def copies(request: pytest.FixtureRequest) -> Copies:
    """On SQLite always, on PostgreSQL in the long run."""
    chosen: Copies = request.getfixturevalue("files" if request.param == "sqlite" else "databases")
    return chosen


@pytest.fixture
async def database_url(copies: Copies) -> AsyncIterator[str]:
    async with copies.one() as url:
        yield url


@pytest.fixture
def mpesa() -> str:
    """Whose M-Pesa it is; a play that fits several names them by `by_each_mpesa`."""
    return DARAJA


@pytest.fixture
async def portal(database_url: str, clock: FakeClock, mpesa: str) -> AsyncIterator[RunningPortal]:
    """At a provider whose prompts end at once when nobody answers them."""
    async with playing(database_url, clock, mpesa=mpesa) as running:
        yield running


@pytest.fixture
async def portal_with_people(database_url: str, clock: FakeClock, mpesa: str) -> AsyncIterator[RunningPortal]:
    """At a provider whose prompts wait for the test to press a button of the phone."""
    async with playing(database_url, clock, held=FAST.prompt_lifetime, mpesa=mpesa) as running:
        yield running


async def _fill(url: str) -> None:
    environment = environment_at("http://127.0.0.1:1", url, "http://127.0.0.1:2", SandboxSettings())
    portal = built(read_settings(environment), FakeClock(), patience=1)
    rent = a_bill(reference=RENT, type=PaymentType.RENT, period=date(2026, 3, 1))
    await put_in_store(portal.store, portal.tools.vault, bills=[a_bill(), rent])
    await portal.close()
