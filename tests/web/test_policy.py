"""Every route for everybody: what one may not see looks as if it were not there."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler
from sqlalchemy import select

from portal.domain.payment_state import State
from portal.domain.person import Role
from portal.store import contacts
from portal.store.contacts import Contact
from portal.store.tables import metadata
from portal.web.part import web_part
from portal.web.policy import POLICY
from portal.web.routes import PAGES
from tests.makers import PAYMENT, TENANT, a_phone, a_reference, put_payment
from tests.web.client import Browser, Portal
from tests.web.people import ROLES

NOT_HERS = a_reference(999)
"""Nobody has anything of that name."""


def address(route: HTTPRouteHandler) -> str:
    (path,) = route.paths
    return re.sub(r"\{\w+:\w+\}", NOT_HERS, path)


async def asked(browser: Browser, route: HTTPRouteHandler) -> httpx.Response:
    if "POST" in route.http_methods:
        return await browser.post(address(route), {"person": NOT_HERS})
    return await browser.get(address(route))


def turned_away(answer: httpx.Response, route: HTTPRouteHandler) -> bool:
    """As somebody who has not signed in. (Whoever enters a code that nobody sent is led to the same page.)"""
    expected = "/sign-in" if "POST" in route.http_methods else f"/sign-in?next={address(route)}"
    return answer.headers.get("location") == expected and route.name != "use_code"


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert {route.name for route in PAGES} == set(POLICY)


def test_the_portal_does_not_start_with_a_route_that_nobody_decided_about() -> None:
    forgotten = [route for route in PAGES if route.name != "home"]
    with pytest.raises(LookupError, match="home"):
        web_part(forgotten)


def test_no_address_has_two_handlers_of_one_verb() -> None:
    cells = [(verb, path) for route in PAGES for path in route.paths for verb in route.http_methods]
    assert len(cells) == len(set(cells))


@pytest.mark.covers("N1")
async def test_a_stranger_sees_what_is_for_anyone_and_is_asked_to_sign_in_everywhere_else(
    portal: Portal,
) -> None:
    wrong = []
    for route in PAGES:
        answer = await asked(portal.browser(), route)
        if turned_away(answer, route) is (None in POLICY[str(route.name)]):
            wrong.append((route.name, answer.status_code, answer.headers.get("location")))
    assert not wrong


@pytest.mark.covers("N1")
@pytest.mark.parametrize("person, role", ROLES.items(), ids=list(ROLES.values()))
async def test_a_role_gets_404_for_every_route_that_is_not_its_own(
    portal: Portal, person: str, role: Role
) -> None:
    wrong = []
    for route in PAGES:
        answer = await asked(await portal.signed_in(person), route)
        if not fits(answer, route, allowed=role in POLICY[str(route.name)]):
            wrong.append((route.name, answer.status_code))
    assert not wrong


def fits(answer: httpx.Response, route: HTTPRouteHandler, *, allowed: bool) -> bool:
    """A thing that does not exist is not found by those who may look for it either."""
    if not allowed:
        return answer.status_code == 404
    asks_for_a_thing = NOT_HERS in address(route) or "POST" in route.http_methods
    fine = answer.status_code < 500 and answer.status_code != 403
    sent_back = turned_away(answer, route) and route.name != "sign_out"
    return fine and not sent_back and (asks_for_a_thing or answer.status_code != 404)


async def test_no_get_changes_anything(portal: Portal) -> None:
    """But for the counters of limits, and the look at a payment that coming back to it leaves to the worker."""
    await put_payment(portal.store, State.AWAITING_PAYER)
    phone = Contact(a_phone(), own=True, language="sw")
    await portal.store.write(lambda tx: contacts.keep(tx, portal.vault, PAYMENT, phone))
    before = await everything(portal)
    for person in ROLES:
        browser = await portal.signed_in(person)
        for route in PAGES:
            if "GET" in route.http_methods:
                answer = await browser.get(address(route).replace(NOT_HERS, PAYMENT))
                assert answer.status_code < 500
    after = await everything(portal)
    looks = [job for job in after.pop("jobs") if job not in before["jobs"]]
    assert [job.key for job in looks] == [f"ask:{PAYMENT}"]
    assert after == {name: rows for name, rows in before.items() if name != "jobs"}


async def everything(portal: Portal) -> dict[str, list[Any]]:
    kept = [table for table in metadata.sorted_tables if table.name not in ("limit_hits", "sessions")]
    return await portal.store.read(lambda tx: {table.name: list(tx.execute(select(table))) for table in kept})


async def test_what_is_not_theirs_looks_exactly_like_what_is_not_there(portal: Portal) -> None:
    asha = await portal.signed_in(TENANT)
    hidden, absent = await asha.open("/ops"), await asha.open("/nowhere")
    assert (hidden.status, hidden.h1) == (absent.status, absent.h1) == (404, "Page not found")
