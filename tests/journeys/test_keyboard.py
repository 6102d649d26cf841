"""The whole payment by Tab, Enter and the space bar; wherever the focus goes, it can be seen."""

from __future__ import annotations

from playwright.async_api import Page

from tests.journeys.conftest import Arriving
from tests.journeys.payer import phone_of
from tests.journeys.stage import ASHA, PHONES, Stage
from tests.journeys.visitor import Visitor

FOCUS = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const ring = getComputedStyle(at), named = [...(at.labels || [])];
  return {
    name: [at.textContent, at.id, at.name, at.value].join(' ').replace(/\\s+/g, ' ').trim(),
    ring: ring.outlineStyle !== 'none' && parseFloat(ring.outlineWidth) >= 2,
    seen: at === document.body || at.contains(top) || named.some((label) => label.contains(top)),
  };
}"""


async def tab_to(page: Page, name: str) -> None:
    """Tab until the focus is on something of that name; each stop on the way must be seen."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        focus = await page.evaluate(FOCUS)
        assert focus["ring"], f"no ring around {focus['name']}"
        assert focus["seen"], f"{focus['name']} lies under something else"
        if name in focus["name"]:
            return
    raise AssertionError(f"Tab never comes to {name}")


async def press_by_key(visitor: Visitor, name: str, key: str = "Enter") -> None:
    await tab_to(visitor.page, name)
    await visitor.page.keyboard.press(key)


async def test_a_deposit_is_paid_by_the_keyboard_alone(town: Stage, arrive: Arriving) -> None:
    asha = await arrive()
    await asha.open("/sign-in")
    await press_by_key(asha, ASHA)
    await asha.reads("Your rent")
    await press_by_key(asha, "Pay TSh 450,000")
    await asha.reads("What do you want to pay?")
    await press_by_key(asha, "Continue")
    await asha.reads("How do you want to pay?")
    await press_by_key(asha, "field-method", "Space")
    await press_by_key(asha, "Continue")
    await asha.reads("Which phone do you pay from?")
    await press_by_key(asha, "field-phone")
    await asha.reads("Check before you pay")
    await press_by_key(asha, "Pay TSh 453,500")
    await asha.reads("Check your phone")
    phone = await phone_of(asha, town, PHONES[ASHA])
    await tab_to(phone, "Approve")
    await phone.keyboard.press("Enter")
    await phone.locator(".ending").wait_for()
    await phone.close()
    await asha.reads("Paid")
    await press_by_key(asha, "See receipt")
    await asha.reads("Receipt")


async def test_the_first_tab_offers_the_way_past_the_header(arrive: Arriving) -> None:
    asha = await arrive()
    await asha.open("/sign-in")
    await press_by_key(asha, "Skip to the main part")
    await tab_to(asha.page, "field-address")
