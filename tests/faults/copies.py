"""Databases for plays: copies of one that was filled once, gone after use."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from tests.databases import Postgres


class Copies(Protocol):
    def one(self) -> AbstractAsyncContextManager[str]:
        """The address of another copy."""
        ...


@dataclass
class Files:
    """Of an SQLite file that nobody has open."""

    filled: Path
    folder: Path
    _numbers: Any = field(default_factory=count)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[str]:
        path = self.folder / f"portal-{next(self._numbers)}.sqlite3"
        shutil.copyfile(self.filled, path)
        yield f"sqlite:///{path}"


@dataclass
class Databases:
    """Of a PostgreSQL database that nobody is connected to."""

    server: Postgres
    filled: str

    @asynccontextmanager
    async def one(self) -> AsyncIterator[str]:
        await self.server.run(f"CREATE DATABASE played TEMPLATE {self.filled}")
        yield self.server.url("played")
        await self.server.drop(self.server.url("played"))
