"""Control characters: no page has them in its address, no form in its fields, and PostgreSQL refuses a NUL."""

from __future__ import annotations

import re

import pytest
from litestar.handlers import HTTPRouteHandler

from portal.web.form import has_controls, read_form
from portal.web.routes import PAGES
from tests.web.client import Browser, Portal
from tests.web.people import ROLES

CONTROLS = ["%00", "%01", "%08", "%1b", "%7f"]
TAKEN_FROM_ADDRESSES = (
    "bill",
    "draft",
    "status",
    "month",
    "after",
    "code",
    "next",
    "v",
    "rest",
    "since",
    "until",
    "auto",
)
TAKEN_FROM_FORMS = (
    "bill",
    "amount",
    "method",
    "phone",
    "draft",
    "total",
    "address",
    "code",
    "person",
    "next",
)


async def everybody(portal: Portal) -> list[Browser]:
    return [portal.browser(), *[await portal.signed_in(person) for person in ROLES]]


def filled(route: HTTPRouteHandler, text: str) -> str:
    (path,) = route.paths
    return re.sub(r"\{\w+:\w+\}", text, path)


@pytest.mark.parametrize("control", CONTROLS)
async def test_an_address_with_a_control_character_is_not_there(portal: Portal, control: str) -> None:
    addresses = {filled(route, f"A{control}B") for route in PAGES}
    for browser in await everybody(portal):
        for address in addresses:
            if control in address:
                assert (await browser.get(address)).status_code in (404, 405), address


@pytest.mark.parametrize("control", CONTROLS)
async def test_a_question_with_a_control_character_cannot_be_read(portal: Portal, control: str) -> None:
    query = "&".join(f"{name}=A{control}B" for name in TAKEN_FROM_ADDRESSES)
    for browser in await everybody(portal):
        for route in PAGES:
            if "GET" in route.http_methods:
                answer = await browser.get(f"{filled(route, 'X')}?{query}")
                assert answer.status_code == 422, (route.name, answer.status_code)


@pytest.mark.parametrize("control", ["\0", "\x1b"])
async def test_a_form_with_a_control_character_cannot_be_read(portal: Portal, control: str) -> None:
    typed = dict.fromkeys(TAKEN_FROM_FORMS, f"A{control}B")
    for browser in await everybody(portal):
        for route in PAGES:
            if "POST" in route.http_methods:
                answer = await browser.post(filled(route, "X"), typed)
                assert answer.status_code in (303, 404, 422), (route.name, answer.status_code)
                assert answer.headers.get("location", "/sign-in") == "/sign-in"


async def test_what_cannot_be_read_is_a_page_that_leads_on(portal: Portal) -> None:
    page = await portal.browser().open("/sign-in?next=%00")
    assert (page.status, page.h1) == (422, "There is a problem")


def test_lines_and_tabs_may_be_typed() -> None:
    form = read_form("application/x-www-form-urlencoded", b"notes=one%0D%0A%09two%C3%A9")
    assert form.get("notes") == "one\r\n\ttwo\u00e9"
    assert not form.has_controls


@pytest.mark.parametrize("text", ["\0", "a\x07b", "\x7f", "\x0b"])
def test_what_nobody_can_type_is_found(text: str) -> None:
    assert has_controls(text)
