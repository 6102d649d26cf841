"""A provider's settlement report: a CSV with the columns code, gross and fee, one row for each payment.

The code is the provider's own of the money, as it stands on the receipt. A row that cannot be read is named, and the
others count.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

COLUMNS = ("code", "gross", "fee")
MOST_ROWS = 20_000
_DELIMITERS = ",;\t"


class ReportUnreadable(ValueError):
    """`problem`: columns (a heading is missing), too_long, or encoding."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """As it stands in line `line` of the file; the amounts are not read yet, for the payment knows the currency."""

    line: int
    code: str
    gross: str
    fee: str


def read_report(data: bytes) -> list[ReportRow]:
    """Raises ReportUnreadable."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ReportUnreadable("encoding") from None
    heading = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        places = _places(next(reader, []))
        return list(_rows(reader, places))
    except csv.Error:
        raise ReportUnreadable("columns") from None


def _places(heading: list[str]) -> tuple[int, ...]:
    names = [name.strip().lower() for name in heading]
    if not set(COLUMNS) <= set(names):
        raise ReportUnreadable("columns")
    return tuple(names.index(column) for column in COLUMNS)


def _rows(reader: Iterator[list[str]], places: tuple[int, ...]) -> Iterator[ReportRow]:
    """Blank lines are left out."""
    for number, cells in enumerate(reader, start=2):
        if number > MOST_ROWS + 1:
            raise ReportUnreadable("too_long")
        if any(cell.strip() for cell in cells):
            code, gross, fee = (cells[place].strip() if place < len(cells) else "" for place in places)
            yield ReportRow(line=number, code=code, gross=gross, fee=fee)
