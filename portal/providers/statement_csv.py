"""A bank's CSV export: lines about the account, a row that names the columns, and the table below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from portal.providers.statement_csv_columns import Column, Header, currency_in, header_of
from portal.providers.statement_csv_records import records_of
from portal.providers.statement_csv_table import Table
from portal.providers.statement_entry import Judge
from portal.providers.statement_line import BadLine, StatementLine, StatementUnreadable, Unreadable
from portal.providers.statement_text import Line

MOST_LINES_BEFORE_HEADER = 100
_DELIMITERS = ",;\t|"
_BETWEEN = "\t"
_ACCOUNT = re.compile(
    r"\b(?:account|acct|a/c|akaunti)[\s.]*+(?:no|number|num|namba)?[\s.:;,|=#'\"]*+"
    r"([0-9][0-9-]{4,30}[0-9]|[0-9]{2,5}(?: [0-9]{2,5}){2,6})(?![0-9/])",
    re.IGNORECASE | re.ASCII,
)
_CURRENCY = re.compile(r"\b(?:currency|sarafu)[\s.:=]*([A-Z][A-Z .]*)", re.IGNORECASE | re.ASCII)


def read_csv(lines: Iterable[Line], account: str, judge: Judge) -> Iterator[StatementLine | BadLine]:
    """`account` counts where the file names none. A file that names no currency is in shillings."""
    reading = iter(lines)
    head = list(islice(reading, MOST_LINES_BEFORE_HEADER))
    delimiter, header, begins = _header(head)
    about = [_BETWEEN.join(record.cells) for record in records_of(head[:begins], delimiter)]
    account = _account(about) or account
    if not account and Column.ACCOUNT not in header.places:
        raise StatementUnreadable(Unreadable.NO_ACCOUNT)
    table = Table(header, account, header.currency or _currency(about), judge)
    for record in records_of(chain(head[begins:], reading), delimiter):
        yield from table.read(record)
    yield from table.end()


def _header(head: Sequence[Line]) -> tuple[str, Header, int]:
    """What parts the cells, the row that names them, and how many lines of the head end with it."""
    for delimiter in _DELIMITERS:
        for record in records_of(head, delimiter):
            if header := header_of(record.cells):
                return delimiter, header, record.line + record.said.count("\n")
    raise StatementUnreadable(Unreadable.NO_HEADER)


def _account(about: Sequence[str]) -> str:
    named = next(filter(None, map(_ACCOUNT.search, about)), None)
    return re.sub("[^0-9]", "", named[1]) if named else ""


def _currency(about: Sequence[str]) -> str:
    """Empty where none is named. One that we do not know stays as it is written, and no line of it is booked."""
    named = next(filter(None, map(_CURRENCY.search, about)), None)
    return (currency_in(named[1]) or named[1].strip().upper()) if named else ""
