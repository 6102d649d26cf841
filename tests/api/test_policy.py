"""Every address of the machines' side is decided about, as every page is."""

from __future__ import annotations

import pytest

from portal.api.part import ROUTES, Machines, api_part
from portal.api.policy import POLICY
from portal.services.health import HealthCheck
from portal.web.routes import PAGES
from tests.web.client import Portal


def machines(portal: Portal) -> Machines:
    parts = portal.parts
    health = HealthCheck(parts.tools)
    return Machines(callbacks=parts.callbacks, menu_payments=parts.menu_payments, health=health)


@pytest.mark.covers("N1")
def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert {route.name for route in ROUTES} == set(POLICY)


@pytest.mark.parametrize("forgotten", sorted(POLICY))
async def test_the_portal_does_not_start_with_a_route_that_nobody_decided_about(
    portal: Portal, forgotten: str
) -> None:
    with pytest.raises(LookupError, match=forgotten):
        api_part(machines(portal), routes=[route for route in ROUTES if route.name != forgotten])


async def test_asking_which_verbs_an_address_takes_breaks_nothing(portal: Portal) -> None:
    client = portal.browser().client
    for path in ("/healthz", "/readyz", "/metrics", "/webhooks/mpesa/x"):
        assert (await client.options(path)).status_code == 204
        assert (await client.options(path, headers={"X-Forwarded-For": "203.0.113.7"})).status_code == 404


def test_no_name_and_no_address_stands_twice() -> None:
    names = [route.name for route in (*PAGES, *ROUTES)]
    cells = [
        (verb, path) for route in (*PAGES, *ROUTES) for path in route.paths for verb in route.http_methods
    ]
    assert (len(names), len(cells)) == (len(set(names)), len(set(cells)))
