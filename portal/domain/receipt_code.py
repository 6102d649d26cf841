"""The code of the receipt that an operator sends its payers by SMS, as somebody types it off their phone."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from portal.domain.phone import PhoneUnreadable, parse_phone

LONGEST_TYPED = 100
_CODE = re.compile(r"[0-9A-Za-z.]{4,40}")
_PIN = re.compile(r"[0-9]{4}")


class CodeFound(StrEnum):
    """What came of looking for a code that a payer typed."""

    KNOWN = "KNOWN"
    """It is a payment to us, and nothing says whose: a person looks at it."""
    OF_ANOTHER = "OF_ANOTHER"
    NOTHING = "NOTHING"
    """Two people of the office found no money under it."""
    AS_BOOKED = "AS_BOOKED"
    """Two people of the office found that what is booked of the payment is right, whatever was told beside it."""


class CodeUnreadable(ValueError):
    """`problem` says how: empty, format, pin or phone."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def read_code(typed: str) -> str:
    """In capitals, as operators write it; spaces and the full stop that ended a sentence of the SMS are let go.

    What looks like a PIN or a phone number is refused: neither may be kept, and people do mistake the field.
    """
    plain = "".join(typed.split())
    code = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf").strip(".")
    if not code:
        raise CodeUnreadable("empty")
    if len(typed) > LONGEST_TYPED or not _CODE.fullmatch(code):
        raise CodeUnreadable("format")
    if _PIN.fullmatch(code):
        raise CodeUnreadable("pin")
    if _is_phone(code):
        raise CodeUnreadable("phone")
    return code.upper()


def spellings(code: str) -> set[str]:
    """A code as it may have been stored: as it stands, in capitals, in small letters."""
    return {code, code.upper(), code.lower()}


def _is_phone(code: str) -> bool:
    try:
        parse_phone(code)
    except PhoneUnreadable:
        return False
    return True
