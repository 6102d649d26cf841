"""Is the process alive, and can it work: for whoever starts, stops and routes to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from litestar import Response, get
from litestar.di import NamedDependency

from portal.api.machines import Machines
from portal.store import jobs, migrate
from portal.store.types import Tx
from portal.telemetry.log import get_log

log = get_log("health")


@dataclass(frozen=True, slots=True)
class Health:
    """`oldest_due_seconds`: how long the job that is due longest has waited; a figure that grows means no worker."""

    database: bool
    migrated: bool
    oldest_due_seconds: int


@get("/healthz", name="alive")
async def alive() -> dict[str, str]:
    return {"status": "alive"}


@get("/readyz", name="ready")
async def ready(machines: NamedDependency[Machines]) -> Response[dict[str, object]]:
    health = await _health(machines)
    return Response(asdict(health), status_code=200 if health.migrated else 503)


async def _health(machines: Machines) -> Health:
    now = machines.clock()
    try:
        return await machines.store.read(lambda tx: _look(tx, now))
    except Exception as error:  # noqa: BLE001  (whatever a database can do wrong, the answer is "not ready")
        log.error("database_unreachable", error=type(error).__name__)
        return Health(database=False, migrated=False, oldest_due_seconds=0)


def _look(tx: Tx, now: datetime) -> Health:
    if not migrate.is_current(tx):
        return Health(database=True, migrated=False, oldest_due_seconds=0)
    due = jobs.next_due(tx)
    waited = (now - due).total_seconds() if due else 0
    return Health(database=True, migrated=True, oldest_due_seconds=max(0, int(waited)))


health_checks = [alive, ready]
