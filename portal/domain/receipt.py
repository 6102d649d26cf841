"""A receipt's number and code, both given in the transaction that completes the payment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from portal.domain.zone import EAST_AFRICA

_ADDRESS = re.compile(r"([A-Z]{2,6})-(\d{2})-(\d{6,9})")


@dataclass(frozen=True, slots=True)
class ReceiptNumber:
    """Gap-free per landlord and year: `26-000123` on paper, `MOL-26-000123` in an address."""

    landlord_code: str
    year: int
    serial: int

    @property
    def shown(self) -> str:
        return f"{self.year % 100:02d}-{self.serial:06d}"

    @property
    def address(self) -> str:
        return f"{self.landlord_code}-{self.shown}"


def parse_receipt_address(text: str) -> ReceiptNumber | None:
    """The number in `/r/{number}`, or None where it is none of ours; each receipt has this one address."""
    found = _ADDRESS.fullmatch(text.upper())
    if found is None:
        return None
    number = ReceiptNumber(found[1], 2000 + int(found[2]), int(found[3]))
    return number if number.address == text.upper() else None


def looks_like_number(text: str) -> bool:
    """Somebody typed the receipt's number where its code is wanted."""
    return re.fullmatch(r"([A-Z]{2,6}-)?\d{2}-\d{6,9}", text.strip().upper()) is not None


def receipt_year(completed_at: datetime) -> int:
    """The year of the receipt is the year in East Africa, not in UTC."""
    return completed_at.astimezone(EAST_AFRICA).year
