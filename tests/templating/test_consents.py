"""What people agree to: a version says the same for ever, in both languages."""

from __future__ import annotations

from hashlib import sha256

import pytest

from portal.templating.consents import TEXTS, Matter, consent_text, current_version
from portal.templating.language import Language

SAID = {
    ("phone-1", "en"): "2c5d0c0aad02",
    ("phone-1", "sw"): "ed15eb7b2131",
    ("card-1", "en"): "ba85123d2a2e",
    ("card-1", "sw"): "4dcebe048726",
    ("account-1", "en"): "981bc6f2b9ea",
    ("account-1", "sw"): "4dec6d7d26ed",
    ("appointment-1", "en"): "df1a6df54bcc",
    ("appointment-1", "sw"): "0c62dbadf48c",
}
"""The beginning of each text's SHA-256. A text that is written anew gets the next version; this line stays."""


@pytest.mark.covers("E11")
def test_no_text_that_somebody_agreed_to_was_changed_afterwards() -> None:
    now = {
        (version, str(language)): sha256(consent_text(version, language).encode()).hexdigest()[:12]
        for texts in TEXTS.values()
        for version in texts
        for language in Language
    }
    assert now == SAID, "give the new text a new version, and leave the old one where it is"


@pytest.mark.parametrize("matter", list(Matter))
def test_every_matter_has_a_text_of_today_that_reads_differently_in_swahili(matter: Matter) -> None:
    version = current_version(matter)
    assert consent_text(version, Language.EN) == TEXTS[matter][version]
    assert consent_text(version, Language.SW) != TEXTS[matter][version]


def test_a_version_belongs_to_one_matter() -> None:
    versions = [version for texts in TEXTS.values() for version in texts]
    assert len(versions) == len(set(versions))
