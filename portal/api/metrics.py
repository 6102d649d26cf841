"""What this process has counted, as Prometheus reads it; no number in it belongs to a person."""

from __future__ import annotations

from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


@get("/metrics", name="metrics")
async def show_counters() -> Response[bytes]:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


metrics = [show_counters]
