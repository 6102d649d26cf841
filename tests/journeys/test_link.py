"""A payment on another phone: its QR is scanned, somebody else pays there, and the first page turns Paid by itself."""

from __future__ import annotations

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import expect

from tests.journeys.conftest import Arriving
from tests.journeys.payer import TOTAL, act, approve, ask_for_prompt
from tests.journeys.stage import ASHA, PHONES, Stage
from tests.journeys.visitor import Visitor
from tests.journeys.ways import IN_EACH_LANGUAGE

THEIRS = "255713999888"


async def scanned(visitor: Visitor) -> str:
    """What another phone reads off the screen of this one."""
    await visitor.page.get_by_text(visitor.say("Open this page on another phone")).click()
    code = visitor.page.locator("#link .qr")
    await code.scroll_into_view_if_needed()
    picture = Image.open(BytesIO(await visitor.page.screenshot()))
    (found,) = zxingcpp.read_barcodes(picture)
    return found.text


async def not_answered(asha: Visitor, town: Stage) -> None:
    """Asha has no money on her own phone."""
    await asha.sign_in(ASHA)
    await ask_for_prompt(asha)
    await asha.reads("Check your phone")
    await act(asha, town, PHONES[ASHA], "Wrong PIN")
    await asha.reads("Not paid")


async def asks_for_prompt(guest: Visitor, link: str) -> None:
    await guest.open(link)
    await guest.reads("Pay for somebody else")
    await guest.page.locator("label").filter(has_text="M-Pesa").first.click()
    await guest.press("Continue")
    await guest.reads("Which phone do you pay from?")
    await guest.page.fill("[name=phone]", THEIRS)
    await guest.page.locator("label[for=field-agreed]").click()
    await guest.press("Continue")
    await guest.reads("Check before you pay")
    await guest.page.get_by_role("button", name=TOTAL).click()
    await guest.reads("Check your phone")


@pytest.mark.covers("A12", "A18", "B13", "page:20")
@IN_EACH_LANGUAGE
async def test_scanned_and_paid_on_another_phone_the_first_page_turns_paid_by_itself(
    town: Stage, arrive: Arriving, language: str
) -> None:
    asha, guest = await arrive(language=language), await arrive(language=language)
    await not_answered(asha, town)
    link = await scanned(asha)
    assert link == await asha.page.input_value("#field-link")
    await asks_for_prompt(guest, link)
    await asha.reads("Somebody is paying by your link")
    await expect(asha.page.locator("#status")).to_contain_text("0713•••888")
    await approve(guest, town, THEIRS)
    await guest.reads("Paid")
    await asha.reads("Paid")
    await asha.follow("See receipt")
    await expect(asha.page.locator("article")).to_contain_text(asha.say("Another payer, by link"))
    await guest.follow("Check the receipt")
    await expect(guest.page.locator("main")).to_contain_text(guest.say("Genuine and paid"))
    assert [movement["amount"] for movement in await town.sandbox.book()] == [453_500]


async def test_without_a_script_somebody_else_pays_all_the_same(town: Stage, arrive: Arriving) -> None:
    asha, guest = await arrive(), await arrive(script=False)
    await not_answered(asha, town)
    await asks_for_prompt(guest, await scanned(asha))
    await approve(guest, town, THEIRS)
    while await guest.heading.inner_text() != "Paid":
        await guest.press("Check now")
    await asha.reads("Paid")


@pytest.mark.covers("L1", "D35")
async def test_opened_while_the_first_phone_is_asked_the_link_waits_with_it(
    town: Stage, arrive: Arriving
) -> None:
    asha, guest = await arrive(), await arrive(language="sw")
    await asha.sign_in(ASHA)
    await ask_for_prompt(asha)
    await asha.reads("Check your phone")
    await guest.open(await scanned(asha))
    await guest.reads("A payment is under way")
    await approve(asha, town, PHONES[ASHA])
    await asha.reads("Paid")
    await guest.reads("Paid")
    assert len(await town.sandbox.book()) == 1
