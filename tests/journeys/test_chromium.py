"""The browser that journeys are made in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.chromium import NAMES, ChromiumMissing, find_chromium


async def test_a_machine_without_a_browser_is_told_the_line_that_brings_one(tmp_path: Path) -> None:
    with pytest.raises(ChromiumMissing, match=r"apt-get install .* chromium"):
        find_chromium(str(tmp_path))


@pytest.mark.parametrize("name", NAMES)
async def test_a_browser_is_found_by_any_of_its_names(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch(mode=0o755)
    assert find_chromium(str(tmp_path)) == str(tmp_path / name)
