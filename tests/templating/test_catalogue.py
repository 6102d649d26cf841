"""The catalogues are whole, and the check sees it when they are not."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from portal.templating.catalogue import catalogue_faults, main, read_catalogue, renewed, source_strings
from portal.templating.language import Language
from portal.templating.translations import load_translations

GREETING = "Pay %(total)s"


def catalogue(strings: Iterable[tuple[Any, Any]], *, fuzzy: bool = False) -> Catalog:
    made = Catalog(locale="sw", fuzzy=False)
    for english, swahili in strings:
        made.add(english, swahili, flags=["fuzzy"] if fuzzy else [])
    return made


def faults(swahili: Catalog) -> list[str]:
    sources = catalogue([(GREETING, "")])
    return list(catalogue_faults(sources, swahili, sources))


@pytest.mark.covers("M1", "P7")
def test_every_string_has_its_swahili() -> None:
    swahili, english = read_catalogue(Language.SW), read_catalogue(Language.EN)
    assert list(catalogue_faults(source_strings(), swahili, english)) == []


def test_a_whole_catalogue_has_no_fault() -> None:
    assert faults(catalogue([(GREETING, "Lipa %(total)s")])) == []


@pytest.mark.parametrize(
    "swahili, fault",
    [
        (catalogue([]), "not extracted"),
        (catalogue([(GREETING, "")]), "missing"),
        (catalogue([(GREETING, "Lipa %(total)s")], fuzzy=True), "unsure"),
        (catalogue([(GREETING, "Lipa %(jumla)s")]), "other placeholders"),
        (catalogue([(GREETING, "Lipa %(total)s"), ("Gone", "Imeondoka")]), "no longer used"),
    ],
)
def test_each_fault_of_a_catalogue_is_named(swahili: Catalog, fault: str) -> None:
    (found,) = faults(swahili)
    assert fault in found


def test_both_forms_of_a_plural_are_asked_for() -> None:
    days = ("%(count)s day", "%(count)s days")
    sources = catalogue([(days, ("", ""))])
    half = catalogue([(days, ("siku %(count)s", ""))])
    assert len(list(catalogue_faults(sources, half, sources))) == 1


def test_swahili_counts_one_and_many() -> None:
    count = load_translations(Language.SW).ungettext
    one, many = (count("%(count)s day late", "%(count)s days late", number) for number in (1, 3))
    assert (one, many) == ("siku %(count)s imepita", "siku %(count)s zimepita")


def test_an_unknown_command_prints_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["translate"]) == 2
    assert "extract|check" in capsys.readouterr().err


def test_renewing_keeps_what_is_translated_and_drops_what_is_gone() -> None:
    sources = catalogue([(GREETING, ""), ("Back", "")])
    content = renewed(catalogue([(GREETING, "Lipa %(total)s"), ("Gone", "Imeondoka")]), sources)
    fresh = read_po(BytesIO(content))
    assert {message.id: message.string for message in fresh if message.id} == {
        GREETING: "Lipa %(total)s",
        "Back": "",
    }


def test_renewing_twice_changes_nothing() -> None:
    once = renewed(catalogue([]), source_strings())
    assert renewed(read_po(BytesIO(once), locale="sw"), source_strings()) == once
