"""Fixtures for every folder: a clock, chance without surprise, a vault, and a store on each of the two databases.

A test that takes `store` runs twice, on SQLite and on PostgreSQL; one that takes `sqlite_store` runs once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from portal.store.vault import Vault
from portal.store.writer import Store, open_store
from tests.databases import Postgres, running_postgres, sqlite_copy, sqlite_template
from tests.makers import FakeClock, seeded

VAULT_KEYS = {"k1": bytes(range(32))}
INDEX_KEY = bytes(reversed(range(32)))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def random_bytes() -> Callable[[int], bytes]:
    return seeded()


@pytest.fixture
def vault(random_bytes: Callable[[int], bytes]) -> Vault:
    return Vault(VAULT_KEYS, INDEX_KEY, random_bytes)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sqlite_template(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A fresh SQLite file with all tables."""
    return sqlite_copy(migrated_sqlite, tmp_path)


@pytest.fixture
async def postgres_url(postgres: Postgres) -> AsyncIterator[str]:
    """A fresh PostgreSQL database with all tables."""
    url = await postgres.migrated()
    yield url
    await postgres.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with all tables: SQLite always, PostgreSQL in the long run (the store is tried on both)."""
    return fresh_database(request)


def fresh_database(request: pytest.FixtureRequest) -> str:
    """Of the kind that the fixture's parameter names."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An opened store on each kind of database in turn."""
    opened = open_store(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(sqlite_url: str) -> AsyncIterator[Store]:
    opened = open_store(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
async def postgres_store(postgres_url: str) -> AsyncIterator[Store]:
    opened = open_store(postgres_url)
    yield opened
    await opened.close()
