"""The two languages, and which of them a reader gets."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """English and Swahili; Swahili comes first when nothing else is known."""

    EN = "en"
    SW = "sw"


def choose_language(cookie: str | None, accept_language: str | None) -> Language:
    """What the reader chose, else what the browser prefers, else Swahili."""
    return _known(cookie or "") or _preferred(accept_language or "") or Language.SW


_LONGEST_HEADER = 400


def _preferred(header: str) -> Language | None:
    wanted = [_weighed(part) for part in header[:_LONGEST_HEADER].split(",")]
    ranked = sorted((choice for choice in wanted if choice[0] > 0), key=lambda choice: -choice[0])
    return next((language for _, tag in ranked if (language := _known(tag))), None)


def _weighed(part: str) -> tuple[float, str]:
    tag, _, weight = part.partition(";")
    return _weight(weight), tag.strip().lower().partition("-")[0]


def _weight(text: str) -> float:
    """The q-value of RFC 9110 §12.4.2; one that cannot be read counts as unwanted."""
    name, _, value = text.replace(" ", "").partition("=")
    if not name:
        return 1.0
    digits = value.replace(".", "", 1)
    return float(value) if name.lower() == "q" and digits.isascii() and digits.isdigit() else 0.0


def _known(tag: str) -> Language | None:
    return next((language for language in Language if language == tag), None)
