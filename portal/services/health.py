"""Can the portal work: does the database stand with its newest tables, and is what is due being done?"""

from __future__ import annotations

from dataclasses import dataclass

from portal.services.tools import Tools
from portal.store import jobs, migrate
from portal.store.types import Tx
from portal.telemetry.log import get_log

log = get_log("health")


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`oldest_due_seconds`: how long the job that is due longest has waited; a figure that grows means no worker.

    `dead_jobs` broke too often and wait for a person.
    """

    database: bool
    migrated: bool
    oldest_due_seconds: int = 0
    dead_jobs: int = 0


class HealthCheck:
    """Asked by whoever starts, stops and routes to the process."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def look(self) -> Health:
        """Never raises: whatever a database can do wrong, the answer is "not ready"."""
        try:
            return await self._tools.store.read(self._look)
        except Exception as error:  # noqa: BLE001
            log.error("database_unreachable", error=type(error).__name__)
            return Health(database=False, migrated=False)

    def _look(self, tx: Tx) -> Health:
        if not migrate.is_current(tx):
            return Health(database=True, migrated=False)
        now, due = self._tools.clock(), jobs.next_due(tx)
        waited = int((now - due).total_seconds()) if due else 0
        return Health(
            database=True, migrated=True, oldest_due_seconds=max(0, waited), dead_jobs=jobs.dead_count(tx)
        )
