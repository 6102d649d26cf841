"""Rows as a CSV file that a spreadsheet opens: no cell of it can become a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
BOM = "\ufeff"
"""By it Excel knows that the file is UTF-8."""


def csv_of(rows: Iterable[Sequence[object]]) -> bytes:
    """Comma, quotes where they are needed, CRLF (RFC 4180), UTF-8 with its mark. Numbers stay numbers."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return (BOM + text.getvalue()).encode()


def _cell(value: object) -> object:
    """Text that a spreadsheet would calculate gets an apostrophe before it (OWASP, CSV injection)."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULAS):
        return f"'{value}"
    return value
