"""What a payer does with their hands: the pay path, and the simulated phone in another tab."""

from __future__ import annotations

import re

from playwright.async_api import Page

from tests.journeys.stage import Stage
from tests.journeys.visitor import Visitor

TOTAL = re.compile("453,500")
DEPOSIT = re.compile("450,000")


async def ask_for_prompt(payer: Visitor, *, method: str = "M-Pesa", phone: str | None = None) -> None:
    """From home to the press of Pay, for the deposit, from the payer's own phone or from another."""
    await pay_path(payer, method=method, phone=phone)
    await payer.page.get_by_role("button", name=TOTAL).click()


async def pay_path(payer: Visitor, *, method: str = "M-Pesa", phone: str | None = None) -> None:
    """From home to the check page; with another phone, whose owner has agreed."""
    await payer.page.get_by_role("link", name=DEPOSIT).first.click()
    await payer.reads("What do you want to pay?")
    await payer.press("Continue")
    await payer.reads("How do you want to pay?")
    await payer.page.locator("label").filter(has_text=method).first.click()
    await payer.press("Continue")
    await payer.reads("Which phone do you pay from?")
    if phone:
        await name_phone(payer, phone)
    await payer.press("Continue")
    await payer.reads("Check before you pay")


async def name_phone(payer: Visitor, phone: str) -> None:
    """Somebody else's: the page asks whether they agreed."""
    payer.expected.add(422)
    await payer.page.fill("[name=phone]", phone)
    await payer.press("Continue")
    await payer.page.locator("label[for=field-agreed]").click()


async def phone_of(payer: Visitor, stage: Stage, msisdn: str) -> Page:
    """The phone's page in another tab of the same browser, once it shows the request."""
    await stage.sandbox.prompt_on(msisdn)
    return await payer.tab(f"{stage.sandbox.base_url}/phone/{msisdn}")


async def act(payer: Visitor, stage: Stage, msisdn: str, button: str) -> None:
    """Approve, Wrong PIN, Cancel or Ignore."""
    phone = await phone_of(payer, stage, msisdn)
    await phone.get_by_role("button", name=button, exact=True).click()
    await phone.locator(".ending").wait_for()
    await phone.close()


async def approve(payer: Visitor, stage: Stage, msisdn: str) -> None:
    await act(payer, stage, msisdn, "Approve")
