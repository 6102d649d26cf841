"""The catalogue of one language, loaded: the compiled one, or in development the newer source."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from portal.templating.language import Language

LOCALE = Path(__file__).parent / "locale"


def load_translations(language: Language, locale: Path = LOCALE) -> Translations:
    """The strings of a language; a string that is not there reads as its English msgid."""
    source = catalogue_file(language, locale)
    compiled = source.with_suffix(".mo")
    if not source.exists() or _is_newer(compiled, source):
        return Translations(BytesIO(compiled.read_bytes()), domain="portal")
    return _from_source(source)


def catalogue_file(language: Language, locale: Path = LOCALE) -> Path:
    """Where the catalogue of a language is written; an installed wheel has only the compiled one beside it."""
    return locale / language / "LC_MESSAGES" / "portal.po"


def _is_newer(compiled: Path, source: Path) -> bool:
    return compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime


def _from_source(source: Path) -> Translations:
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), domain="portal"))
    compiled.seek(0)
    return Translations(compiled, domain="portal")
