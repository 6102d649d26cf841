"""Our references in what banks make of the payer's text: cut, glued to words, spaced, in any case, without its zeros.

A candidate must pass the check character, which one in 32 texts of twelve letters does by chance. So this finds
and never decides: whoever asks looks each up, and 55 random bits make it as good as certain that a text which is
no reference of ours is nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from portal.domain.ids import ALPHABET, LENGTH, check_character

MOST_FOUND = 10
"""A remittance text of 140 characters holds no more than ten."""
LONGEST_TEXT = 4_000
_LETTERS = frozenset(ALPHABET)
_READ_AS = str.maketrans("OIL", "011")
_WORD = re.compile(r"[0-9A-Z]+")
_FOURS = re.compile(r"(?=([0-9A-Z]{4})[^0-9A-Z]{1,3}([0-9A-Z]{4})[^0-9A-Z]{1,3}([0-9A-Z]{4}))")
_WIDEST_GAP = 3
_MOST_LOST_ZEROS = 3
_LINE_BREAK = re.compile(r"[\r\n]+")


def references_in(text: str) -> list[str]:
    """Every reference that may be meant, as it is stored, the likeliest first."""
    letters = text[:LONGEST_TEXT].upper().translate(_READ_AS)
    words = list(_WORD.finditer(letters))
    candidates = chain(
        _apart(words),
        _in_fours(letters),
        _glued(word[0] for word in words),
        _glued(_joined_over_line_breaks(letters)),
        _without_zeros(words),
    )
    return list(dict.fromkeys(filter(_is_reference, candidates)))[:MOST_FOUND]


def _is_reference(candidate: str) -> bool:
    return _LETTERS.issuperset(candidate) and check_character(candidate[:-1]) == candidate[-1]


def _apart(words: list[re.Match[str]]) -> Iterator[str]:
    """Twelve letters that begin and end with a word: `7K29QXM4AB1C`, `7K29-QXM4-AB1C`, `7K29QXM 4AB1C`."""
    for first in range(len(words)):
        run = words[first][0]
        for before, after in zip(words[first:], words[first + 1 :], strict=False):
            if len(run) >= LENGTH or after.start() - before.end() > _WIDEST_GAP:
                break
            run += after[0]
        if len(run) == LENGTH:
            yield run


def _in_fours(letters: str) -> Iterator[str]:
    """As a page shows it, with words glued to either end: `RENT7K29-QXM4-AB1CJULY`."""
    return ("".join(fours.groups()) for fours in _FOURS.finditer(letters))


def _glued(words: Iterator[str]) -> Iterator[str]:
    """`RENT7K29QXM4AB1C`, `7K29QXM4AB1CTIPS`: at the ends of a long word first, then anywhere in it."""
    for word in words:
        last = len(word) - LENGTH
        if last > 0:
            for start in (last, *range(last)):
                yield word[start : start + LENGTH]


def _joined_over_line_breaks(letters: str) -> Iterator[str]:
    """A bank's line ends where its width does, within a word too."""
    if _LINE_BREAK.search(letters):
        for word in _WORD.finditer(_LINE_BREAK.sub("", letters)):
            yield word[0]


def _without_zeros(words: list[re.Match[str]]) -> Iterator[str]:
    """A spreadsheet takes the leading zeros of what it reads as a number; words without a digit are words."""
    for word in words:
        if LENGTH - _MOST_LOST_ZEROS <= len(word[0]) < LENGTH and re.search("[0-9]", word[0]):
            yield word[0].zfill(LENGTH)
