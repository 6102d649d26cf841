"""What is proved of every page as a browser lays it out: width, clipped words, emptiness, spaces, one language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from babel.messages.pofile import read_po
from playwright.async_api import Page

from portal.templating.language import Language
from portal.templating.translations import catalogue_file

LAID_OUT = """() => {
  const shown = (e) => e.checkVisibility() && !e.closest('.vh, .skip, thead');
  const named = (e) => `${e.localName} ${e.getAttribute('class') || ''}: ${e.textContent.trim().slice(0, 60)}`;
  const hides = (e) => /hidden|clip/.test(getComputedStyle(e).overflow) && e.localName !== 'input';
  const cuts = (e) => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1;
  const leaf = (e) => !e.children.length && !e.closest('[lang]:not(html), .timeline');
  const pressed = 'button:not(.lang), .button, select, textarea, summary, input:not([type=hidden], .vh, .choice input)';
  const all = [...document.body.querySelectorAll('*')].filter(shown);
  return {
    window: innerWidth,
    page: document.documentElement.scrollWidth,
    sticking_out: all.filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map(named),
    clipped: all.filter((e) => hides(e) && cuts(e)).map(named),
    small: all.filter((e) => e.matches(pressed) && e.getBoundingClientRect().height < 43.5).map(named),
    words: document.querySelector('main').innerText,
    own_words: all.filter(leaf).map((e) => e.textContent.trim()),
  };
}"""
"""Words in another language, and messages, which speak the one they were sent in, are not the page's own."""
RUN_TOGETHER = re.compile(r"[a-z0-9)][.?!][A-Z][a-z]|[a-z)][.?!][1-9]")
LOOSE = re.compile(r"\w ?\s[.,;:?!](?:\s|$)|\(\s|\s\)")


@dataclass(frozen=True)
class Layout:
    """One page in one window, in the browser's own measures."""

    window: int
    page: int
    sticking_out: list[str]
    clipped: list[str]
    small: list[str]
    words: str
    own_words: list[str]

    def faults(self) -> list[str]:
        found = [f"sticks out of {self.window} px: {name}" for name in self.sticking_out]
        found += [f"clipped: {name}" for name in self.clipped]
        found += [f"too small for a thumb: {name}" for name in self.small]
        if self.page > self.window:
            found.append(f"the page is {self.page} px wide in a window of {self.window}")
        if len(self.words.split()) < 5:
            found.append("the page is empty")
        found += [f"run together: {line}" for line in self.words.splitlines() if RUN_TOGETHER.search(line)]
        found += [f"loose: {line}" for line in self.words.splitlines() if LOOSE.search(line)]
        return found

    def untranslated(self) -> list[str]:
        """English of the catalogue on a page that should speak Swahili."""
        return [text for text in self.own_words if text in english()]


async def layout(page: Page, width: int) -> Layout:
    await page.set_viewport_size({"width": width, "height": 780})
    return Layout(**await page.evaluate(LAID_OUT))


async def enlarge(page: Page, times: float) -> None:
    """The reader's own letters, as the browser's settings make them larger."""
    devtools = await page.context.new_cdp_session(page)
    sizes = {"standard": round(16 * times), "fixed": round(13 * times)}
    await devtools.send("Page.setFontSizes", {"fontSizes": sizes})


@cache
def english() -> frozenset[str]:
    """Every string that reads differently in Swahili."""
    with catalogue_file(Language.SW).open("rb") as file:
        messages = [message for message in read_po(file) if message.id and isinstance(message.id, str)]
    return frozenset(str(message.id) for message in messages if message.string != message.id)
