"""A bank's statement in whatever format it comes, read entry by entry in constant memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from itertools import chain, islice
from typing import BinaryIO

from portal.providers.statement_camt import read_camt
from portal.providers.statement_csv import read_csv
from portal.providers.statement_entry import Judge
from portal.providers.statement_line import (
    OF_THE_WHOLE_FILE,
    BadLine,
    Fault,
    StatementLine,
    StatementUnreadable,
    Unreadable,
)
from portal.providers.statement_mt940 import read_mt940
from portal.providers.statement_text import Rewound, encoding_of, lines_of

__all__ = [
    "OF_THE_WHOLE_FILE",
    "BadLine",
    "Fault",
    "Format",
    "StatementLine",
    "StatementUnreadable",
    "Unreadable",
    "read_statement",
]

HEAD = 65_536
_NOT_OURS = (
    (b"PK\x03\x04", Unreadable.SPREADSHEET),
    (b"\xd0\xcf\x11\xe0", Unreadable.SPREADSHEET),
    (b"\x1f\x8b", Unreadable.COMPRESSED),
    (b"BZh", Unreadable.COMPRESSED),
    (b"7z\xbc\xaf", Unreadable.COMPRESSED),
    (b"Rar!", Unreadable.COMPRESSED),
    (b"\xfd7zXZ", Unreadable.COMPRESSED),
    (b"%PDF", Unreadable.PDF),
    (b"{\\rtf", Unreadable.NOT_TEXT),
)
_SPREADSHEET = re.compile("<\\?mso-application|urn:schemas-microsoft-com:office:(?:spreadsheet|excel)")
_WEB_PAGE = re.compile("<(?:!doctype\\s+html|html|head|body|table|script)\\b", re.IGNORECASE)
_MT940 = re.compile(r":20:|\{1:")
_LINES_BEFORE_MT940 = 5
"""Some banks write lines of their own first. Not more: a payer's text may begin a line with `:20:` too."""


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

    `account` is whose statement it is where the file itself does not say so. `today`, in East Africa, tells entries
    that are not final yet; without it an entry whose value date is after its booking date is not.
    """
    head = _head(file)
    encoding = _encoding(head)
    whole, judge, text = Rewound(head, file), Judge(today), head.decode(encoding, "replace")
    match Format(format_hint) if format_hint else _format(text):
        case Format.CAMT:
            read = read_camt(whole, account, judge, text)
        case Format.MT940:
            read = read_mt940(lines_of(whole, encoding), account, judge)
        case Format.CSV:
            read = read_csv(lines_of(whole, encoding), account, judge)
    # What makes a whole file unreadable stands before its first entry.
    return chain(list(islice(read, 1)), read)


def _head(file: BinaryIO) -> bytes:
    head = b""
    while len(head) < HEAD and (more := file.read(HEAD - len(head))):
        head += more
    return head


def _encoding(head: bytes) -> str:
    if not head.strip():
        raise StatementUnreadable(Unreadable.EMPTY)
    for magic, reason in _NOT_OURS:
        if head.startswith(magic):
            raise StatementUnreadable(reason)
    encoding = encoding_of(head)
    if not encoding:
        raise StatementUnreadable(Unreadable.NOT_TEXT)
    return encoding


def _format(text: str) -> Format:
    begins = text.lstrip("\ufeff \t\r\n")
    if not begins:
        raise StatementUnreadable(Unreadable.EMPTY)
    if begins.startswith("<"):
        if _SPREADSHEET.search(text):
            raise StatementUnreadable(Unreadable.SPREADSHEET)
        if _WEB_PAGE.search(text):
            raise StatementUnreadable(Unreadable.WEB_PAGE)
        return Format.CAMT
    first_lines = begins.splitlines()[:_LINES_BEFORE_MT940]
    return Format.MT940 if any(map(_MT940.match, first_lines)) else Format.CSV
