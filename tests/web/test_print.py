"""The receipt's page on paper: the slip alone, on one sheet, black on white even for a reader of the dark page."""

from __future__ import annotations

import subprocess
from io import BytesIO

import pikepdf
import pytest
from PIL import Image
from playwright.async_api import Page, Route, async_playwright

from portal.places import ASSETS
from tests.journeys.chromium import ARGUMENTS, find_chromium
from tests.makers import TENANT
from tests.web.client import Portal
from tests.web.records import put, put_file

ADDRESS = "http://127.0.0.1/r/MOL-26-000001"
SHEET = {"format": "A4", "margin": {"top": "15mm", "bottom": "15mm", "left": "15mm", "right": "15mm"}}


async def printed(html: str, language: str) -> bytes:
    """What a browser prints of a page, by the portal's own style sheet."""

    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix("http://127.0.0.1")
        if path.startswith("/static/"):
            await route.fulfill(path=ASSETS / path.removeprefix("/static/"))
        else:
            await route.fulfill(body=html, content_type="text/html; charset=utf-8")

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        page: Page = await browser.new_page(color_scheme="dark", locale=language)
        await page.route("**/*", answer)
        await page.goto(ADDRESS)
        pdf = await page.pdf(**SHEET)  # type: ignore[arg-type]
        await browser.close()
    return pdf


def words(pdf: bytes) -> str:
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(told.stdout.decode().split())


def picture(pdf: bytes) -> Image.Image:
    drawn = subprocess.run(
        ["pdftoppm", "-r", "50", "-png", "-singlefile", "-"], input=pdf, capture_output=True, check=True
    )
    return Image.open(BytesIO(drawn.stdout)).convert("L")


@pytest.mark.journey
@pytest.mark.covers("C3")
@pytest.mark.parametrize(
    "language, title, menu", [("en", "Receipt 26-000001", "Help"), ("sw", "Risiti 26-000001", "Msaada")]
)
async def test_only_the_slip_is_printed_and_it_fits_one_sheet(
    portal: Portal, language: str, title: str, menu: str
) -> None:
    await put_file(portal, await put(portal))
    asha = await portal.signed_in(TENANT, language)
    pdf = await printed((await asha.get("/r/MOL-26-000001")).text, language)
    with pikepdf.open(BytesIO(pdf)) as document:
        assert len(document.pages) == 1
    told = words(pdf)
    assert told.startswith(title)
    for word in ("453,500", "Juma Mollel", "0754•••456", "/v/0000000YGJ1D"):
        assert word in told
    for word in (menu, "PDF", "nest pay", "kB"):
        assert word not in told
    sheet = picture(pdf)
    assert sheet.getpixel((2, 2)) == sheet.getpixel((sheet.width // 2, 15)) == 255
    assert sheet.getextrema()[0] == 0
