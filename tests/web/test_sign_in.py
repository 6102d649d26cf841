"""Signing in and out: sessions, codes, limits, and where one lands."""

from __future__ import annotations

import re

from tests.web.client import Browser, Page, Portal

ASHA = "0754 123 456"


async def asked(browser: Browser, address: str = ASHA) -> Page:
    """The page that asks for the code."""
    return await browser.submit(await browser.open("/sign-in"), address=address)


def code_on(page: Page) -> str:
    """In a demo the page prints it."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", page.words)
    assert found, page.words
    return found[0]


async def test_a_tenant_signs_in_by_a_code_and_lands_at_home(portal: Portal) -> None:
    browser = portal.browser()
    page = await asked(browser)
    assert page.path == "/sign-in/code"
    home = await browser.submit(page, code=code_on(page))
    assert (home.path, home.h1) == ("/", "Your rent")
