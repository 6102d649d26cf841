"""What is counted, for those who watch the portal from within, and nothing of any person."""

from __future__ import annotations

import re
from typing import Any, cast

import httpx
import pytest
from litestar.types import ASGIApp, Receive, Scope, Send
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from portal.telemetry.counters import callbacks_handled, jobs_broken, outcomes_unmapped
from tests.web.client import Portal
from tests.web.paying import paying, reference_of


@pytest.mark.covers("M13")
async def test_every_counter_stands_there_as_prometheus_reads_it(portal: Portal) -> None:
    callbacks_handled.labels("mpesa", "settled").inc()
    before = REGISTRY.get_sample_value("portal_jobs_broken_total", {"kind": "tell"}) or 0
    jobs_broken.labels("tell").inc()
    outcomes_unmapped.labels("mpesa").inc()
    answer = await portal.browser().client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert samples["portal_jobs_broken_total", "tell"] == before + 1
    assert ("portal_callbacks_handled_total", "mpesa", "settled") in samples
    assert ("portal_outcomes_unmapped_total", "mpesa") in samples


async def test_no_number_belongs_to_a_person(portal: Portal) -> None:
    _, page = await paying(portal)
    text = (await portal.browser().client.get("/metrics")).text
    for secret in (reference_of(page), "754", "Asha", "Juma", "example.com"):
        assert not re.search(rf"(?<![\d.]){secret}(?![\d.])", text)


@pytest.mark.parametrize(
    "address", ["203.0.113.7", "10.0.0.5", "192.168.1.9", "2001:db8::7", "127.0.0.1.evil", ""]
)
async def test_from_another_machine_they_are_not_there(portal: Portal, address: str) -> None:
    answer = await portal.browser(address=address).client.get("/metrics")
    assert (answer.status_code, answer.json()) == (404, {"error": "not found"})


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"])
async def test_from_this_machine_they_are(portal: Portal, address: str) -> None:
    assert (await portal.browser(address=address).client.get("/metrics")).status_code == 200


async def test_from_a_caller_without_an_address_they_are_not_there(portal: Portal) -> None:
    """As behind a socket file, where only a proxy can be."""
    transport = httpx.ASGITransport(cast("Any", _without_client(portal)))
    async with httpx.AsyncClient(transport=transport, base_url=portal.site.public_url) as client:
        assert (await client.get("/metrics")).status_code == 404


def _without_client(portal: Portal) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await portal.app(cast("Scope", {**scope, "client": None}), receive, send)

    return app


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Proto", "Via"]
)
async def test_by_the_public_address_they_are_not_there(portal: Portal, header: str) -> None:
    answer = await portal.browser().client.get("/metrics", headers={header: "203.0.113.7"})
    assert (answer.status_code, answer.json()) == (404, {"error": "not found"})
