"""A receipt in the hand: downloaded as a person does, and its QR read by another library than the one that drew it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import zxingcpp
from PIL import Image

from tests.journeys.visitor import Visitor


async def download(reader: Visitor, folder: Path) -> Path:
    """By the button of the receipt's page, which comes once the PDF is printed."""
    button = reader.page.locator("main a[href$='.pdf']")
    while not await button.count():
        await reader.follow("Look again")
    async with reader.page.expect_download() as started:
        await button.click()
    file = await started.value
    path = folder / file.suggested_filename
    await file.save_as(path)
    return path


def pages_of(pdf: Path, resolution: int = 110) -> list[Path]:
    """Pictures of a PDF's pages, beside it."""
    command = ["pdftoppm", "-r", str(resolution), "-png", str(pdf), str(pdf.with_suffix(""))]
    subprocess.run(command, check=True)
    return sorted(pdf.parent.glob(f"{pdf.stem}-*.png"))


def code_on(pdf: Path) -> str:
    """Where the QR on the paper leads."""
    (page,) = pages_of(pdf, 150)
    (code,) = zxingcpp.read_barcodes(Image.open(page))
    return code.text
