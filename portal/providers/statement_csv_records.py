"""The records of a CSV file: cells that may hold line ends, and a stray quote that may not swallow what follows."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from portal.providers.statement_line import Fault
from portal.providers.statement_text import Line

MOST_LINES = 20
"""Of one record. A quote that is not closed within them was never meant to open one."""
LONGEST_RECORD = 32_768


class Record(NamedTuple):
    line: int
    cells: list[str]
    said: str
    fault: Fault | None = None
    is_ended: bool = True


def records_of(lines: Iterable[Line], delimiter: str) -> Iterator[Record]:
    """Blank lines are left out."""
    reading, back = iter(lines), deque[Line]()
    while first := (back.popleft() if back else next(reading, None)):
        if first.fault:
            yield Record(first.number, [], first.text, first.fault)
        elif first.text.strip():
            yield _record(first, back, reading, delimiter)


def _record(first: Line, back: deque[Line], reading: Iterator[Line], delimiter: str) -> Record:
    text, taken = first.text, [first]
    while (cells := _cells(text, delimiter)) is None:
        following = back.popleft() if back else next(reading, None)
        if following:
            taken.append(following)
            text += "\n" + following.text
        if not following or following.fault or len(taken) > MOST_LINES or len(text) > LONGEST_RECORD:
            # This line alone is bad: the others are read again, each for itself.
            back.extendleft(reversed(taken[1:]))
            is_cut = len(taken) == 1 and not first.is_ended
            fault = Fault.FILE_CUT_OFF if is_cut else Fault.LINE_UNREADABLE
            return Record(first.number, [], first.text, fault)
    return Record(first.number, cells, text, is_ended=taken[-1].is_ended)


def _cells(text: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error:
        return None
