"""What a payer does with their hands: the pay path, and the simulated phone in another tab."""

from __future__ import annotations

import re

from playwright.async_api import Page

from tests.journeys.stage import Stage
from tests.journeys.visitor import Visitor

TOTAL = re.compile(r"453,500")


async def ask_for_prompt(payer: Visitor) -> None:
    """From home to the press of Pay, for the deposit, by M-Pesa, from the payer's own phone."""
    await pay_path(payer)
    await payer.page.get_by_role("button", name=TOTAL).click()


async def pay_path(payer: Visitor) -> None:
    """From home to the check page."""
    await payer.page.get_by_role("link", name=re.compile("450,000")).first.click()
    await payer.reads("What do you want to pay?")
    await payer.press("Continue")
    await payer.reads("How do you want to pay?")
    await payer.page.get_by_label("M-Pesa").check()
    await payer.press("Continue")
    await payer.reads("Which phone do you pay from?")
    await payer.press("Continue")
    await payer.reads("Check before you pay")


async def phone_of(payer: Visitor, stage: Stage, msisdn: str) -> Page:
    """The phone's page in another tab of the same browser."""
    await stage.sandbox.prompt_on(msisdn)
    return await payer.tab(f"{stage.sandbox.base_url}/phone/{msisdn}")


async def approve(payer: Visitor, stage: Stage, msisdn: str) -> None:
    phone = await phone_of(payer, stage, msisdn)
    await phone.get_by_role("button", name="Approve").click()
    await phone.get_by_text("You approved.").wait_for()
    await phone.close()
