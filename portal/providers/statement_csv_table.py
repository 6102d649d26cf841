"""The table of a CSV export: entries, balances, totals, the bank's closing words.

A row without a date and without figures is no entry and is left out. Any other row is a line, a bad line, or checked
against the rows before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from portal.providers.statement_csv_balance import RunningBalance
from portal.providers.statement_csv_columns import Header
from portal.providers.statement_csv_records import Record
from portal.providers.statement_csv_row import Row
from portal.providers.statement_entry import LONGEST_TEXT, Entry, Judge
from portal.providers.statement_line import BadLine, Fault, StatementLine, bad_line


class Table:
    def __init__(self, header: Header, account: str, currency: str, judge: Judge) -> None:
        self._header, self._account, self._currency, self._judge = header, account, currency, judge
        self._running, self._is_broken = RunningBalance(), False
        self._sums = {True: Decimal(0), False: Decimal(0)}
        self._is_whole = True
        self._waiting: Entry | None = None

    def read(self, record: Record) -> Iterator[StatementLine | BadLine]:
        """An entry waits for the row after it, which may go on with its text."""
        row = Row(record, self._header)
        if self._waiting and row.goes_on:
            self._waiting = replace(self._waiting, text=f"{self._waiting.text}\n{row.text}"[:LONGEST_TEXT])
            return
        yield from self.end()
        if row.fault:
            self._lose()
            yield bad_line(row.line, row.fault, row.said)
        elif row.is_entry:
            yield from self._enter(row)
        elif row.is_totals:
            yield from self._total(row)
        elif row.is_balance:
            yield from self._follow(row, Decimal(0))

    def end(self) -> Iterator[StatementLine | BadLine]:
        if self._waiting:
            yield self._judge(self._waiting)
        self._waiting = None

    def _enter(self, row: Row) -> Iterator[BadLine]:
        self._waiting = entry = row.entry(self._account, self._currency)
        if not entry.is_booked:
            return
        if entry.amount is None or entry.is_credit is None:
            self._lose()
        else:
            self._sums[entry.is_credit] += entry.amount
            yield from self._follow(row, entry.amount if entry.is_credit else -entry.amount)

    def _lose(self) -> None:
        """A row that nobody can read is reported; what it moved is not known."""
        self._running.breaks()
        self._is_whole = False

    def _follow(self, row: Row, moved: Decimal) -> Iterator[BadLine]:
        """The first break alone is told: an export that is sorted otherwise would break on every row."""
        if not self._running.leads_to(row.balance, moved) and not self._is_broken:
            self._is_broken = True
            yield bad_line(row.line, Fault.BALANCE_DIFFERS, row.said)

    def _total(self, row: Row) -> Iterator[BadLine]:
        if self._is_whole and not row.is_total_of(credited=self._sums[True], debited=self._sums[False]):
            yield bad_line(row.line, Fault.BALANCE_DIFFERS, row.said)
