"""Tanzanian mobile numbers and the network a number started on.

Numbers are portable since 2017, so a network is a first guess and the payer's choice decides (providers.md §0.4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

_LONGEST_TYPED = 40
_TYPED = re.compile(r"\(?\+?[0-9 ().\u00a0\u2007\u2009\u202f\u2010-\u2013\u2212-]+")
"""With the spaces and dashes that word processors, calendars and chats put in place of plain ones."""
_UNSEEN = str.maketrans("", "", "\u200b\u2060\ufeff\u200e\u202a\u202b\u202c\u2066\u2067\u2068\u2069")
"""Address books and pages wrap a number in these, unseen. One that turns digits round is not among them."""


class Network(StrEnum):
    """Who runs the number, as the number plan had it at first."""

    VODACOM = "VODACOM"
    YAS = "YAS"
    AIRTEL = "AIRTEL"
    HALOTEL = "HALOTEL"
    TTCL = "TTCL"


_BY_PREFIX = {
    **dict.fromkeys(("72", "74", "75", "76", "79"), Network.VODACOM),
    **dict.fromkeys(("65", "67", "70", "71", "77"), Network.YAS),
    **dict.fromkeys(("60", "66", "68", "69", "78"), Network.AIRTEL),
    **dict.fromkeys(("61", "62", "63"), Network.HALOTEL),
    "73": Network.TTCL,
}


class PhoneUnreadable(ValueError):
    """`problem` is one of empty, format, foreign."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Phone:
    """A Tanzanian mobile number as its twelve digits, `255754123456`."""

    digits: str

    def __repr__(self) -> str:
        return f"Phone({self.masked})"

    @property
    def masked(self) -> str:
        """`0754•••456`: enough for its owner to know it, too little for anyone else."""
        return f"0{self.digits[3:6]}•••{self.digits[-3:]}"

    @property
    def national(self) -> str:
        """`0754 123 456`, as people write it."""
        return f"0{self.digits[3:6]} {self.digits[6:9]} {self.digits[9:]}"

    @property
    def first_network(self) -> Network | None:
        """The network whose prefix the number has; it may have moved since."""
        return _BY_PREFIX.get(self.digits[3:5])


def parse_phone(typed: str) -> Phone:
    """Read `0754 123 456`, `754123456`, `+255…`, `255…`, `00255…`, typed or pasted; refuse all else by its problem."""
    text = typed.translate(_UNSEEN).strip()
    if not text:
        raise PhoneUnreadable("empty")
    if len(text) > _LONGEST_TYPED or not _TYPED.fullmatch(text):
        raise PhoneUnreadable("format")
    number = _parsed(_international(text))
    if number.country_code != 255:  # noqa: PLR2004
        raise PhoneUnreadable("foreign" if phonenumbers.is_possible_number(number) else "format")
    if phonenumbers.number_type(number) is not phonenumbers.PhoneNumberType.MOBILE:
        raise PhoneUnreadable("format")
    return Phone(f"255{number.national_number}")


def _international(text: str) -> str:
    digits = "".join(c for c in text if c.isdigit())
    if "+" in text:
        return f"+{digits}"
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    return f"+{digits}" if digits.startswith("255") and len(digits) == 12 else digits  # noqa: PLR2004


def _parsed(text: str) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(text, "TZ")
    except phonenumbers.NumberParseException:
        raise PhoneUnreadable("format") from None
