"""SWIFT MT940: entries in fields `:61:` and `:86:`, between the balances `:60:` and `:62:`.

The library `mt-940` knows the fields. It holds a whole file, so the file is cut here and each field handed to it alone;
and it is lenient where we may not be: what it lets pass (see `EntryField`) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from mt940 import Options
from mt940.models import Transactions
from mt940.processors import transaction_details_post_processor
from mt940.tags import Statement, TransactionDetails

from portal.providers.statement_balance import BalanceCheck
from portal.providers.statement_entry import Entry, Judge, stated_reference
from portal.providers.statement_line import BadLine, Fault, StatementLine, bad_line
from portal.providers.statement_text import Line

LONGEST_FIELD = 8_192
FIELD = re.compile(r":(13D?|20|21|25P?|28C?|34F|60[FM]|61|62[FM]|64|65|86|90[CD]|NS):(.*)", re.ASCII)
_BALANCE = re.compile(r"([DC])[0-9]{6}([A-Z]{3})([0-9]{1,15}),([0-9]{0,2})", re.ASCII)
_ORDERING_PARTY = re.compile(r"/ORDP/+([^/]+)")


class EntryField(Statement):
    """`:61:` by the standard, with references of any length: cut short, two entries would look like one.

    The library takes digits of any script, and what is too much of an amount for the reference; its error prints
    the field into the log. An E before the mark is an entry that is only expected.
    """

    RE_FLAGS: ClassVar[re.RegexFlag] = re.VERBOSE | re.ASCII
    pattern: ClassVar[str] = r"""
        (?P<year>\d{2})(?P<month>\d{2})(?P<day>\d{2})
        (?:(?P<entry_month>\d{2})(?P<entry_day>\d{2})|[ ]{4})?
        (?P<status>[RE]?[DC])
        (?P<funds_code>[A-Z])?
        (?P<amount>\d{1,12},\d{0,2})
        (?P<id>[A-Z][A-Z0-9 ]{3})
        (?P<customer_reference>(?:(?!//)[^\n])*)
        (?://(?P<bank_reference>[^\n]*))?
        (?:\n(?P<extra_details>(?s:.*)))?
    """

    def parse(self, transactions: Transactions, value: str) -> dict[str, str | None]:
        del transactions
        matched = self.re.fullmatch(value)
        if not matched:
            raise ValueError("not by the standard")
        return matched.groupdict()


_ENTRY, _DETAILS = EntryField(), TransactionDetails()
_READ_BY = Transactions(options=Options.all())


@dataclass(slots=True)
class _Field:
    line: int
    tag: str
    lines: list[str]
    fault: Fault | None = None
    size: int = 0

    @property
    def value(self) -> str:
        return "\n".join(self.lines)

    def add(self, line: Line) -> None:
        self.size += len(line.text)
        if line.fault or self.size > LONGEST_FIELD:
            self.fault = line.fault or Fault.LINE_TOO_LONG
        else:
            self.lines.append(line.text)


def read_mt940(lines: Iterable[Line], account: str, judge: Judge) -> Iterator[StatementLine | BadLine]:
    reading = _Reading(account, judge)
    for part in _fields(lines):
        yield from reading.read(part)
    yield from reading.end()


def _fields(lines: Iterable[Line]) -> Iterator[_Field]:
    current: _Field | None = None
    for line in lines:
        begins = FIELD.match(line.text)
        if begins or line.text.rstrip() == "-" or line.text.startswith(("-}", "{")):
            if current:
                yield current
            current = None
        if begins:
            current = _Field(line.number, begins[1], [])
            current.add(line._replace(text=begins[2]))
        elif current and line.text.strip():
            current.add(line)
    if current:
        yield current


@dataclass(slots=True)
class _Reading:
    """Where in the file we are. An entry waits for its `:86:`."""

    given_account: str
    judge: Judge
    balance: BalanceCheck = field(default_factory=BalanceCheck)
    account: str = ""
    currency: str = ""
    opening: Decimal | None = None
    waiting: Entry | None = None
    open_since: int = 0

    def read(self, part: _Field) -> Iterator[StatementLine | BadLine]:
        if part.tag == "86":
            yield from self._add_details(part)
            return
        yield from self._judge_waiting()
        match part.tag[:2]:
            case "20":
                yield from self.end()
                self.account, self.currency, self.opening = self.given_account, "", None
                self.open_since = part.line
                self.balance.begins()
            case "25":
                self.account = _account_number(part.value) or self.given_account
            case "60":
                yield from self._open(part)
            case "61":
                yield from self._enter(part)
            case "62":
                yield from self._close(part)

    def end(self) -> Iterator[BadLine]:
        """A statement without its closing balance was cut off, and perhaps within the entry that waits."""
        if self.open_since:
            line, said = (self.waiting.line, self.waiting.said) if self.waiting else (self.open_since, "")
            yield bad_line(line, Fault.FILE_CUT_OFF, said)
        self.waiting, self.open_since = None, 0

    def _judge_waiting(self) -> Iterator[StatementLine | BadLine]:
        if self.waiting:
            yield self.judge(self.waiting)
        self.waiting = None

    def _open(self, part: _Field) -> Iterator[BadLine]:
        self.currency, self.opening = _balance(part)
        if self.opening is None:
            yield bad_line(part.line, Fault.LINE_UNREADABLE, part.value)

    def _close(self, part: _Field) -> Iterator[BadLine]:
        self.open_since = 0
        _, closing = _balance(part)
        fault = self.balance.ends(self.account, self.opening, closing)
        if closing is None:
            fault = Fault.LINE_UNREADABLE
        if fault:
            yield bad_line(part.line, fault, part.value)

    def _enter(self, part: _Field) -> Iterator[BadLine]:
        try:
            entry = self._entry(part)
        except ValueError:
            self.balance.moves(None, is_credit=None)
            yield bad_line(part.line, part.fault or Fault.LINE_UNREADABLE, part.value)
        else:
            self.waiting = entry
            if entry.is_booked:
                self.balance.moves(entry.amount, is_credit=entry.is_credit)

    def _entry(self, part: _Field) -> Entry:
        """Raises ValueError."""
        if part.fault:
            raise ValueError(part.fault.value)
        said: dict[str, Any] = _ENTRY(_READ_BY, dict(_ENTRY.parse(_READ_BY, part.value)))
        mark = said["status"]
        return Entry(
            line=part.line,
            said=part.value,
            account=self.account,
            booked_on=_plain(said.get("entry_date") or said["date"]),
            valued_on=_plain(said["date"]),
            amount=abs(said["amount"].amount),
            currency=self.currency,
            is_credit=mark in {"C", "EC", "RD"},
            is_reversal=mark.startswith("R"),
            is_booked=not mark.startswith("E"),
            bank_reference=said["bank_reference"] or "",
            text=_lines(stated_reference(said["customer_reference"]), said["extra_details"]),
        )

    def _add_details(self, part: _Field) -> Iterator[BadLine]:
        """What is damaged or too long is left out and told; the entry is money all the same."""
        if self.waiting:
            text, payer = _details(part.value)
            self.waiting = replace(
                self.waiting,
                said=_lines(self.waiting.said, part.value),
                text=_lines(text, self.waiting.text),
                payer=self.waiting.payer or payer,
            )
        if part.fault:
            yield bad_line(part.line, part.fault, part.value)


def _details(value: str) -> tuple[str, str]:
    """Text and payer, from prose, from `/ORDP/…/REMI/…` or from `?20…?32…`."""
    told: dict[str, Any] = {"transaction_details": value}
    told = transaction_details_post_processor(_READ_BY, _DETAILS, told, dict(told))
    if "transaction_details" in told:
        ordering_party = _ORDERING_PARTY.search(value.replace("\n", ""))
        return value, ordering_party[1] if ordering_party else ""
    text = _lines(told.get("purpose"), told.get("additional_purpose"), told.get("end_to_end_reference"))
    return text, " ".join(filter(None, (told.get("applicant_name"), told.get("applicant_iban"))))


def _lines(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part)


def _plain(day: date) -> date:
    """The library's own kind of date compares, but does not print as one."""
    return date(day.year, day.month, day.day)


def _account_number(value: str) -> str:
    """`CORUTZTZ/0150123456700`, with a currency behind it or none."""
    return re.sub("[^0-9]", "", value.rsplit("/", 1)[-1])


def _balance(part: _Field) -> tuple[str, Decimal | None]:
    read = None if part.fault else _BALANCE.fullmatch(part.value.strip())
    if not read:
        return "", None
    amount = Decimal(f"{read[3]}.{read[4] or 0}")
    return read[2], amount if read[1] == "C" else -amount
