"""A deposit is paid by transfer: where to send it, the statement that the office brings, and money without a name."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, FilePayload, expect

from portal.providers.bank_transfer import BankTransfer
from tests.journeys.conftest import Staging
from tests.journeys.payer import DEPOSIT
from tests.journeys.stage import APPROVER, ASHA, OFFICE, Stage
from tests.journeys.visitor import Visitor, visiting
from tests.journeys.ways import IN_EACH_LANGUAGE
from tests.services.bank import CRDB, MONDAY, NMB, TOTAL
from tests.statements import Booked, csv_of

PAY = re.compile("452,500")
WHY = "Asha showed the slip of her bank: this amount on this day"


@asynccontextmanager
async def bank_town(staging: Staging) -> AsyncIterator[Stage]:
    async with staging(others=[BankTransfer((CRDB, NMB))]) as town:
        yield town


def statement(text: str) -> FilePayload:
    """One credit of the deposit with its fees."""
    line = Booked(booked_on=MONDAY, amount=TOTAL, bank_reference="FT26061ABCDE", text=text)
    return {"name": "machi.csv", "mimeType": "text/csv", "buffer": "".join(csv_of([line])).encode()}


async def choose_transfer(payer: Visitor) -> None:
    """From home to the page that says where to send the deposit."""
    await payer.sign_in(ASHA)
    await payer.page.get_by_role("link", name=DEPOSIT).first.click()
    await payer.press("Continue")
    await payer.page.locator("label").filter(has_text=payer.say("Bank transfer")).click()
    await payer.press("Continue")
    await payer.reads("Which bank do you send to?")
    await payer.page.locator("label").filter(has_text=CRDB.bank).click()
    await payer.press("Continue")
    await payer.reads("Check before you pay")
    await payer.page.get_by_role("button", name=PAY).click()
    await payer.page.wait_for_url("**/bank")


async def bring(office: Visitor, file: FilePayload) -> None:
    """And wait until it is read."""
    await office.open("/ops/statements")
    await office.page.set_input_files("#field-file", file)
    await office.press("Bring the statement")
    await expect(office.heading).to_have_text(file["name"])
    waiting = office.link("Look again")
    while await waiting.count():
        await waiting.click()


@pytest.mark.covers("A10", "page:8", "S12")
@IN_EACH_LANGUAGE
async def test_a_deposit_is_paid_by_transfer_when_the_office_brings_the_statement(
    staging: Staging, browser: Browser, language: str
) -> None:
    async with (
        bank_town(staging) as town,
        visiting(browser, town.base_url, language=language) as asha,
        visiting(browser, town.base_url, language=language, width=1280) as salma,
    ):
        await choose_transfer(asha)
        reference = (await town.newest(ASHA)).reference
        await copies(asha, reference)
        await asha.page.locator("main").get_by_role("link", name=asha.say("How it stands")).first.click()
        await expect(asha.page.locator("main")).to_contain_text(asha.say("Not yet."))
        await salma.sign_in(OFFICE)
        await bring(salma, statement(f"KODI {reference.lower()}"))
        await expect(salma.page.locator("main")).to_contain_text("452,500")
        await asha.follow("Look again")
        await asha.reads("Paid")
        await asha.follow("See receipt")
        slip = asha.page.locator("article")
        await expect(slip).to_contain_text(asha.say("Bank transfer"))
        await expect(slip).to_contain_text("FT26061ABCDE")


async def copies(payer: Visitor, reference: str) -> None:
    """What is copied is the reference as banks take it, without dashes."""
    await payer.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = payer.page.locator(f"button[data-copy='{reference}']")
    await button.click()
    await expect(button).to_contain_text(payer.say("Copied"))
    assert await payer.page.evaluate("navigator.clipboard.readText()") == reference


@pytest.mark.covers("I3", "I5", "page:25")
@IN_EACH_LANGUAGE
async def test_money_without_a_reference_pays_when_two_of_the_office_agree_whose_it_is(
    staging: Staging, browser: Browser, language: str
) -> None:
    async with (
        bank_town(staging) as town,
        visiting(browser, town.base_url, language=language, script=False) as asha,
        visiting(browser, town.base_url, language=language) as salma,
        visiting(browser, town.base_url, language=language) as peter,
    ):
        await choose_transfer(asha)
        await expect(asha.page.locator("button[data-copy]").first).to_be_hidden()
        await salma.sign_in(OFFICE)
        await bring(salma, statement("KODI YA MACHI, ASHA MUSHI"))
        await salma.page.get_by_role("link", name=salma.say("Money in suspense")).last.click()
        await salma.page.get_by_role("row").get_by_role("link", name=PAY).click()
        await salma.page.fill("[name=why]", WHY)
        await salma.press("Propose: for this payment")
        await expect(salma.page.locator("main")).to_contain_text(WHY)
        await peter.sign_in(APPROVER)
        await peter.open("/ops/queue/suspense")
        await peter.page.get_by_role("row").get_by_role("link", name=PAY).click()
        await peter.press("Confirm")
        await expect(peter.page.locator("main")).to_contain_text(peter.say("Nothing is left to decide."))
        await asha.open(f"/pay/{(await town.newest(ASHA)).reference}")
        await asha.reads("Paid")
