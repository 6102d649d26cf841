"""Is the process alive, and can it work: for whoever starts, stops and routes to it."""

from __future__ import annotations

from dataclasses import asdict

from litestar import Response, get
from litestar.di import NamedDependency

from portal.api.machines import Machines


@get("/healthz", name="alive")
async def alive() -> dict[str, str]:
    return {"status": "alive"}


@get("/readyz", name="ready")
async def ready(machines: NamedDependency[Machines]) -> Response[dict[str, object]]:
    health = await machines.health.look()
    return Response(asdict(health), status_code=200 if health.migrated else 503)


health_checks = [alive, ready]
