"""Addresses of built files."""

from pathlib import Path

import pytest

from portal.templating.assets import Assets, read_assets


def test_a_file_is_found_under_the_address_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"css/portal.css": "css/portal.3f2a9c.css"}', "utf-8")
    assert read_assets(tmp_path).address("css/portal.css") == "/static/css/portal.3f2a9c.css"


def test_a_file_that_was_never_built_is_an_error() -> None:
    with pytest.raises(KeyError):
        Assets({}).address("css/portal.css")
