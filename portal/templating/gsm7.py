"""Text messages: 160 letters of the GSM 7-bit alphabet cost one, and a single other letter makes the message dearer.

Source: 3GPP TS 23.038 §6.2.1, the default alphabet and its extension table.
"""

from __future__ import annotations

import unicodedata

LONGEST = 160
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_SIGNS = "@£$¥_!\"#¤%&'()*+,-./:;<=>?¡§¿ \n\rÄÖÑÜäöñüàèéùìòÇØøÅåÆæßÉΔΦΓΛΩΠΨΣΘΞ"
_SINGLE = frozenset(_LETTERS + _SIGNS)
_DOUBLE = frozenset("^{}\\[~]|€")
# What phones and word processors write by themselves, by its code point: quotes, dashes, bullet, minus and times.
_READ_AS = {
    **dict.fromkeys((0x2018, 0x2019), "'"),
    **dict.fromkeys((0x201C, 0x201D), '"'),
    **dict.fromkeys((0x2013, 0x2014, 0x2212), "-"),
    0x2022: "*",
    0x00D7: "x",
}


def in_alphabet(text: str) -> str:
    """The text in the letters there are: an accent that is not among them falls off, any other stranger is `?`."""
    return "".join(map(_letter, text.translate(_READ_AS)))


def septets(text: str) -> int:
    """How long a text in the alphabet is; the letters of the extension table count twice."""
    return sum(2 if letter in _DOUBLE else 1 for letter in text)


def _letter(letter: str) -> str:
    if letter in _SINGLE or letter in _DOUBLE:
        return letter
    if unicodedata.combining(letter):
        return ""
    return "".join(c for c in unicodedata.normalize("NFKD", letter) if c in _SINGLE) or "?"
