"""The store is tried on both databases, in the short run too."""

from __future__ import annotations

import pytest

from tests.fixtures import fresh_database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with all tables, of each kind in turn."""
    return fresh_database(request)
