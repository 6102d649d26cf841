"""Where the strings come from: the compiled catalogue, or the source when that is newer or alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

from portal.templating.language import Language
from portal.templating.translations import catalogue_file, load_translations


def catalogue(swahili: str) -> Catalog:
    made = Catalog(locale="sw", fuzzy=False)
    made.add("Back", swahili)
    return made


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A written catalogue of a thousand seconds' age."""
    path = catalogue_file(Language.SW, tmp_path)
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalogue("Rudi"))
    os.utime(path, (1000, 1000))
    return path


def compiled(source: Path, *, at: int) -> None:
    with source.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue("Rudi nyuma"))
    os.utime(file.name, (at, at))


def back(folder: Path) -> str:
    return load_translations(Language.SW, folder).gettext("Back")


def test_a_written_catalogue_alone_is_read(source: Path, tmp_path: Path) -> None:
    assert back(tmp_path) == "Rudi"


def test_a_compiled_catalogue_is_read_unless_the_written_one_is_newer(source: Path, tmp_path: Path) -> None:
    compiled(source, at=2000)
    assert back(tmp_path) == "Rudi nyuma"
    compiled(source, at=500)
    assert back(tmp_path) == "Rudi"


def test_an_installed_wheel_has_only_the_compiled_catalogue(source: Path, tmp_path: Path) -> None:
    compiled(source, at=2000)
    source.unlink()
    assert back(tmp_path) == "Rudi nyuma"


def test_a_language_without_a_catalogue_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_translations(Language.SW, tmp_path)
