"""Debian's Chromium, driven by Playwright; it knows no other machine than this one."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
LINE = "apt-get update && apt-get install -y --no-install-recommends chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class ChromiumMissing(RuntimeError):
    """Says which line brings it."""


def find_chromium(path: str | None = None) -> str:
    """The first that is installed on the path, which is the process's own. Raises ChromiumMissing."""
    found = next((there for name in NAMES if (there := shutil.which(name, path=path))), None)
    if found is None:
        raise ChromiumMissing(
            f"These tests drive a real browser, and there is none. This line brings it: {LINE}"
        )
    return found


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser with nothing in it; each person opens a context of their own."""
    executable = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()
