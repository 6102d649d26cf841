"""A bank's statement in whatever format it comes, read entry by entry in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import BinaryIO

from portal.providers.statement_line import (
    BadLine,
    Fault,
    StatementLine,
    StatementUnreadable,
    Unreadable,
)

__all__ = [
    "BadLine",
    "Fault",
    "Format",
    "StatementLine",
    "StatementUnreadable",
    "Unreadable",
    "read_statement",
]


class Format(StrEnum):
    CSV = "csv"
    MT940 = "mt940"
    CAMT = "camt"


def read_statement(
    file: BinaryIO,
    format_hint: str | None = None,
    *,
    account: str = "",
    today: date | None = None,
) -> Iterator[StatementLine | BadLine]:
    """Raises StatementUnreadable here and at once; the iteration itself never raises it.

    `account` is whose statement it is where a CSV does not say so itself. `today` (in East Africa) tells
    entries that are not final yet; without it an entry with a value date after its booking date is not.
    """
    head = file.read(4096)
    if not head:
        raise StatementUnreadable(Unreadable.EMPTY)
    raise StatementUnreadable(Unreadable.NO_HEADER)
