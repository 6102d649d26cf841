"""References that people read aloud: eleven random characters and one check character of Crockford's 32 letters.

Source: Luhn mod N (ISO/IEC 7812 generalised), base 32 after Crockford. One wrong character and one swap of
neighbours are caught, but for the swap of the alphabet's two ends (0 and Z).
"""

from __future__ import annotations

from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_VALUE = {letter: value for value, letter in enumerate(ALPHABET)}
_READ_AS = str.maketrans("OIL", "011")
# Phones turn a hyphen into a dash by themselves, and a page may hold its blocks together with hard spaces.
_SEPARATORS = dict.fromkeys(map(ord, " -\u00a0\u2010\u2011\u2012\u2013\u2014\u2212"))
_LONGEST_TYPED = 40


class ReferenceUnreadable(ValueError):
    """Not twelve of the 32 letters, or the check character does not fit."""


def new_reference(random: Callable[[int], bytes]) -> str:
    """A fresh reference; `random` gives that many random bytes (55 bits are used)."""
    body = "".join(ALPHABET[byte & 31] for byte in random(LENGTH - 1))
    return body + check_character(body)


def check_character(body: str) -> str:
    """The Luhn mod 32 check character of eleven letters."""
    total = sum(_doubled(_VALUE[letter], position) for position, letter in enumerate(reversed(body)))
    return ALPHABET[-total % 32]


def parse_reference(typed: str) -> str:
    """The stored form of what a person typed: any case, spaces or dashes; O, I and L read as 0, 1 and 1."""
    if len(typed) > _LONGEST_TYPED:
        raise ReferenceUnreadable("too long")
    bare = typed.strip().translate(_SEPARATORS)
    letters = bare.upper().translate(_READ_AS)
    if not bare.isascii() or len(letters) != LENGTH or any(letter not in _VALUE for letter in letters):
        raise ReferenceUnreadable("not twelve letters of the alphabet")
    if check_character(letters[:-1]) != letters[-1]:
        raise ReferenceUnreadable("check character")
    return letters


def shown(reference: str) -> str:
    """`7K29QXM4AB1C` as `7K29-QXM4-AB1C`."""
    return "-".join(reference[start : start + 4] for start in range(0, len(reference), 4))


def _doubled(value: int, position: int) -> int:
    if position % 2:
        return value
    doubled = value * 2
    return doubled // 32 + doubled % 32
