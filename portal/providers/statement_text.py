"""The lines of a text file as banks and spreadsheets write them, in whatever encoding, none of them held longer
than it is read.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from portal.providers.statement_line import Fault

BLOCK = 65_536
LONGEST_LINE = 16_384
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NEITHER = "utf-8"
"""UTF-8, and line by line Windows-1252 where it is not."""


class Line(NamedTuple):
    number: int
    text: str
    fault: Fault | None = None
    is_ended: bool = True
    """False for a last line without a line end: a file that was cut off has one."""


class Rewound(io.RawIOBase):
    """The whole file again after its head has been read, seekable or not."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._head:
            size = len(self._head) if size < 0 else size
            read, self._head = self._head[:size], self._head[size:]
            return read
        return self._rest.read(size)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        read = self.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)


def encoding_of(head: bytes) -> str | None:
    """By its mark, or by where its zero bytes stand; None for what is no text."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if b"\0" not in head:
        return _NEITHER
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even + odd < len(head) // 4:
        # A stray zero byte in text spoils its own line and no other.
        return _NEITHER if even + odd < len(head) // 100 else None
    return "utf-16-le" if odd > 9 * even else "utf-16-be" if even > 9 * odd else None


def lines_of(file: Rewound, encoding: str) -> Iterator[Line]:
    """Every line, blank ones too, without its end."""
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    text = io.TextIOWrapper(io.BufferedReader(file, BLOCK), encoding, errors)
    number = 0
    while said := text.readline(LONGEST_LINE + 1):
        number += 1
        fault = None
        if len(said) > LONGEST_LINE and not said.endswith("\n"):
            fault = Fault.LINE_TOO_LONG
            is_ended = _skip_line(text)
        else:
            is_ended = said.endswith("\n")
            if "\0" in said:
                fault = Fault.LINE_UNREADABLE
        yield Line(number, _decoded(said.removesuffix("\n")), fault, is_ended)


def _skip_line(text: io.TextIOWrapper) -> bool:
    while more := text.readline(LONGEST_LINE):
        if more.endswith("\n"):
            return True
    return False


def _decoded(said: str) -> str:
    try:
        said.encode("utf-8")
    except UnicodeEncodeError:
        return said.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return said
