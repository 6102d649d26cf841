"""The fonts of a PDF: Debian's DejaVu and no other, so that a document looks the same wherever it is made."""

from __future__ import annotations

import os
from pathlib import Path

DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf")
CONFIGURATION = Path(__file__).with_name("fonts.conf")


class FontsMissing(RuntimeError):
    """Says the line that installs them."""

    def __init__(self) -> None:
        super().__init__("PDF receipts need the DejaVu fonts: apt-get install fonts-dejavu-core")


def require_fonts(folder: Path = DEJAVU) -> None:
    """Raise where a font is not installed."""
    if not all((folder / name).is_file() for name in FILES):
        raise FontsMissing


def choose_fonts() -> None:
    """Show this process our fonts alone; fontconfig reads its variable when WeasyPrint is imported."""
    os.putenv("FONTCONFIG_FILE", str(CONFIGURATION))
