"""The fonts that a PDF needs, and what is said where they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.documents.fonts import CONFIGURATION, DEJAVU, FILES, FontsMissing, require_fonts


def test_missing_fonts_are_an_error_that_says_the_line_to_install_them(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing, match=r"apt-get install fonts-dejavu-core$"):
        require_fonts(tmp_path)


def test_one_missing_font_is_missed_too(tmp_path: Path) -> None:
    for name in FILES[:-1]:
        (tmp_path / name).touch()
    with pytest.raises(FontsMissing):
        require_fonts(tmp_path)
    (tmp_path / FILES[-1]).touch()
    require_fonts(tmp_path)


def test_fontconfig_is_shown_the_same_folder_and_files() -> None:
    shown = CONFIGURATION.read_text("utf-8")
    assert f"<dir>{DEJAVU}</dir>" in shown
    assert shown.count("<acceptfont>") == len(FILES)
    assert all(f"<acceptfont><glob>*/{name}</glob>" in shown for name in FILES)
