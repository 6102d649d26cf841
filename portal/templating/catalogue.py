"""The catalogues at work: `python -m portal.templating.catalogue extract` brings the strings of templates and
code into them, `check` says what a reader of Swahili would not get. Strings of the gallery count too.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import portal
from portal.places import TEMPLATES
from portal.templating.language import Language
from portal.templating.translations import catalogue_file

JINJA = "jinja2.ext:babel_extract"
SOURCES = (
    (TEMPLATES, "templates", [("**.html", JINJA), ("**.txt", JINJA)]),
    (Path(portal.__file__).parent, "portal", [("**.py", "python")]),
)
AS_THE_PAGES = {
    "trimmed": "true",
    "newstyle_gettext": "true",
    "silent": "false",
    "encoding": "utf-8",
    "extensions": "jinja2.ext.do",
}
OPTIONS = {"**.html": AS_THE_PAGES, "**.txt": AS_THE_PAGES}


def extract() -> int:
    """Rewrite both catalogues: new strings come in empty, strings that are gone go out."""
    sources = source_strings()
    for language in Language:
        target = catalogue_file(language)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(renewed(read_catalogue(language), sources))
    return 0


def check() -> int:
    """Print each fault of the catalogues; 1 if there is one."""
    swahili, english = read_catalogue(Language.SW), read_catalogue(Language.EN)
    faults = list(catalogue_faults(source_strings(), swahili, english))
    print(*faults or ["the catalogues are complete"], sep="\n")  # noqa: T201
    return 1 if faults else 0


def source_strings() -> Catalog:
    """Every string that the templates and the code mark for translation, with the files that use it."""
    found = Catalog(domain="portal", charset="utf-8")
    for folder, shown_as, methods in SOURCES:
        for name, _, message, comments, context in extract_from_dir(
            folder, methods, OPTIONS, comment_tags=("Translators:",)
        ):
            found.add(message, locations=[(f"{shown_as}/{name}", 0)], auto_comments=comments, context=context)
    return found


def read_catalogue(language: Language) -> Catalog:
    """The written catalogue of one language; an empty one if there is none yet."""
    source = catalogue_file(language)
    if not source.exists():
        return _empty_catalogue(language)
    return read_po(BytesIO(source.read_bytes()), locale=str(language), domain="portal")


def renewed(catalogue: Catalog, sources: Catalog) -> bytes:
    """The file of a catalogue that has the strings of the sources and no other; what is translated stays."""
    catalogue.update(sources, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    content = BytesIO()
    write_po(content, catalogue, width=110, sort_output=True, include_lineno=False)
    return content.getvalue()


def _empty_catalogue(language: Language) -> Catalog:
    return Catalog(
        locale=str(language),
        domain="portal",
        header_comment=f"# The words of Nest Pay, {language}.",
        project="Nest Pay",
        version="1",
        last_translator="Nest Pay",
        language_team="Nest Pay",
        msgid_bugs_address="none",
        charset="utf-8",
        fuzzy=False,
    )


def catalogue_faults(sources: Catalog, swahili: Catalog, english: Catalog) -> Iterator[str]:
    """What is missing, unsure, left over, or fills other gaps than its English."""
    for name, catalogue in (("sw", swahili), ("en", english)):
        for message in _written(sources):
            if catalogue.get(message.id, message.context) is None:
                yield f"{name}: not extracted: {message.id!r}"
    for message in _written(swahili):
        if sources.get(message.id, message.context) is None:
            yield f"sw: no longer used: {message.id!r}"
        elif fault := _fault(message):
            yield f"sw: {fault}: {message.id!r}"


def _written(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _fault(message: Message) -> str | None:
    translated = _forms(message.string)
    if not all(translated):
        return "missing"
    if message.fuzzy:
        return "unsure"
    gaps = _gaps(_forms(message.id)[-1])
    return None if all(_gaps(form) == gaps for form in translated) else "other placeholders"


def _forms(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)  # type: ignore[arg-type]


def _gaps(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|%%", text))


COMMANDS: dict[str, Callable[[], int]] = {"extract": extract, "check": check}


def main(arguments: list[str]) -> int:
    """Run the named command."""
    command = COMMANDS.get(arguments[0]) if len(arguments) == 1 else None
    if command is None:
        print("usage: python -m portal.templating.catalogue extract|check", file=sys.stderr)  # noqa: T201
        return 2
    return command()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
