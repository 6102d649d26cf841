"""Signing in by a code that was sent, as everybody does outside of a demo."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import Arriving


@pytest.mark.covers("page:2")
@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.full)])
async def test_a_tenant_signs_in_by_the_code_that_was_sent(arrive: Arriving, *, script: bool) -> None:
    asha = await arrive(language="sw", script=script)
    await asha.open("/payments")
    await asha.reads("Sign in")
    await asha.page.fill("[name=address]", "0754 123 456")
    await asha.page.keyboard.press("Enter")
    await asha.reads("Enter the code")
    code = await asha.page.locator(".notice .code").inner_text()
    await asha.page.fill("[name=code]", f" {code[:3]} {code[3:]}")
    await asha.press("Sign in")
    await asha.reads("Your payments")


async def test_a_wrong_code_is_named_beside_its_field_and_the_right_one_still_enters(
    arrive: Arriving,
) -> None:
    asha = await arrive()
    await asha.open("/sign-in")
    await asha.page.fill("[name=address]", "asha@example.com")
    await asha.press("Send me a code")
    code = await asha.page.locator(".notice .code").inner_text()
    asha.expected.add(422)
    await asha.page.fill("[name=code]", "000000" if code != "000000" else "111111")
    await asha.press("Sign in")
    # It asks for the focus itself, and gets it a moment after the page is there.
    await asha.page.wait_for_function("document.activeElement.id === 'errors'")
    await asha.page.locator("#errors a").click()
    assert await asha.page.evaluate("document.activeElement.name") == "code"
    await asha.page.keyboard.type(code)
    await asha.page.keyboard.press("Enter")
    await asha.reads("Your rent")
