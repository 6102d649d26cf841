"""What one row below the header is, and what it says."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from portal.domain.money import Currency
from portal.providers.statement_amount import read_amount
from portal.providers.statement_csv_columns import Column, Header, currency_in, plain_name
from portal.providers.statement_csv_records import Record
from portal.providers.statement_date import read_date
from portal.providers.statement_entry import Entry
from portal.providers.statement_line import Fault

_BALANCE = re.compile(
    r"(?:(?:opening|closing|ledger|book|previous) )?(?:balance|salio)\b|(?:brought|carried) forward\b|[bc] f\b"
)
_TOTAL = re.compile(
    r"(?:grand )?(?:totals?|jumla)(?: (?:debits?|credits?|amount|transactions?|and|kuu|[0-9]+))*"
)
_REVERSAL = re.compile(r"\b(?:REVERSAL|REVERSED|RVSL)\b", re.IGNORECASE)
_FIGURES = re.compile(
    r"[0-9][.,][0-9]{2}(?![0-9])|[0-9],[0-9]{3}|^\W*[0-9]{1,4}[/.-][0-9A-Za-z]{2,3}[/.-][0-9]"
)
_BOOKED = {"", "posted", "booked", "completed", "cleared", "settled", "success", "successful", "processed"}
_SIDES = {
    "c": True, "cr": True, "credit": True, "crdt": True,
    "d": False, "dr": False, "debit": False, "dbit": False,
}  # fmt: skip
_AMOUNTS = (Column.DEBIT, Column.CREDIT, Column.AMOUNT)
_HURT_BY_A_CUT = {Column.POSTED, Column.VALUED, Column.REFERENCE, Column.EITHER, *_AMOUNTS}


class Row:
    """An entry has a date or money. So have totals, but their label stands where no payer writes: in the place of the
    date; and the label of a balance stands beside no money.
    """

    def __init__(self, record: Record, header: Header) -> None:
        self._header, self._cells, self._is_ended = header, record.cells, record.is_ended
        self.line, self.said = record.line, record.said
        self.text = self._cell(Column.TEXT)
        self._posted, self._valued = self._cell(Column.POSTED), self._cell(Column.VALUED)
        self._label = plain_name(next(filter(str.strip, record.cells), ""))
        self._money, self._is_clear = self._read_money()
        self.balance = self._read_balance()
        self.is_header = header.is_repeated_by(record.cells)
        self.fault = record.fault or self._fault()

    @property
    def is_entry(self) -> bool:
        if self._has_money:
            return not self.is_totals and not self.is_header
        return not self.is_balance and bool(_day(self._posted) or _day(self._valued))

    @property
    def is_totals(self) -> bool:
        return bool(_TOTAL.fullmatch(self._label))

    @property
    def is_balance(self) -> bool:
        label = _BALANCE.match(self._label) or _BALANCE.match(plain_name(self.text))
        return not self._has_money and self.balance is not None and bool(label)

    @property
    def goes_on(self) -> bool:
        """Nothing but text: more of the row before."""
        filled = {at for at, cell in enumerate(self._cells) if cell.strip()}
        return bool(filled) and filled.issubset(self._header.places.get(Column.TEXT, ()))

    def is_total_of(self, *, credited: Decimal, debited: Decimal) -> bool:
        sums = {Column.CREDIT: credited, Column.DEBIT: debited, Column.AMOUNT: credited - debited}
        return self._is_clear and all(
            abs(total) == abs(sums[column]) for column, total in self._money.items()
        )

    def entry(self, account: str, currency: str) -> Entry:
        amount, is_credit = self._movement()
        return Entry(
            line=self.line,
            said=self.said,
            account=re.sub("[^0-9]", "", self._cell(Column.ACCOUNT)) or account,
            booked_on=self._booked_on(),
            valued_on=_day(self._valued),
            amount=amount,
            currency=self._currency(currency),
            is_credit=is_credit,
            is_reversal=bool(_REVERSAL.search(self.text)),
            is_booked=self._cell(Column.STATUS).casefold() in _BOOKED,
            bank_reference=self._cell(Column.REFERENCE),
            text="\n".join(filter(None, (self.text, self._cell(Column.EITHER)))),
            payer=self._cell(Column.PAYER),
            balance=self.balance,
        )

    @property
    def _has_money(self) -> bool:
        return bool(self._money) or not self._is_clear

    def _cell(self, column: Column) -> str:
        return self._header.cell(self._cells, column)

    def _read_money(self) -> tuple[dict[Column, Decimal], bool]:
        """What is not zero, and whether all could be read."""
        money = {}
        for column in _AMOUNTS:
            try:
                amount = read_amount(self._cell(column))
            except ValueError:
                return {}, False
            if amount:
                money[column] = amount
        return money, True

    def _read_balance(self) -> Decimal | None:
        try:
            return read_amount(self._cell(Column.BALANCE))
        except ValueError:
            return None

    def _fault(self) -> Fault | None:
        width = self._header.width
        if self.is_header:
            return None
        if any(map(str.strip, self._cells[width:])):
            return Fault.LINE_UNREADABLE
        if self.is_entry:
            last = {
                column for column, places in self._header.places.items() if len(self._cells) - 1 in places
            }
            is_hurt = len(self._cells) < width or bool(last & _HURT_BY_A_CUT)
            return Fault.FILE_CUT_OFF if is_hurt and not self._is_ended else None
        is_something = self.is_totals or self.is_balance or self.goes_on
        is_prose = self.balance is None and not _FIGURES.search(self.said)
        return None if is_something or is_prose else Fault.LINE_UNREADABLE

    def _booked_on(self) -> date | None:
        if self._valued and not _day(self._valued):
            return None
        return _day(self._posted or self._valued)

    def _movement(self) -> tuple[Decimal | None, bool | None]:
        """One column without a side is signed: nobody exports debits that nothing tells from credits."""
        if not self._is_clear:
            return None, None
        if self._header.places.keys() >= {Column.DEBIT, Column.CREDIT}:
            return self._movement_of_two_columns()
        amount = self._money.get(Column.AMOUNT, Decimal(0))
        is_credit: bool | None = amount > 0
        if Column.SIDE in self._header.places:
            is_credit = _SIDES.get(plain_name(self._cell(Column.SIDE)))
            if amount < 0 and is_credit:
                is_credit = None
        return abs(amount), is_credit

    def _movement_of_two_columns(self) -> tuple[Decimal, bool | None]:
        """Some banks put a minus before what stands in the debit column. Before a credit it may mean anything."""
        debit, credited = self._money.get(Column.DEBIT), self._money.get(Column.CREDIT)
        if credited and (debit or credited < 0):
            return abs(credited), None
        return (credited, True) if credited else (abs(debit or Decimal(0)), False)

    def _currency(self, of_the_file: str) -> str:
        """Empty where row and file contradict each other."""
        stated = self._cell(Column.CURRENCY)
        of_the_row = currency_in(stated) or stated.upper() or currency_in(" ".join(map(self._cell, _AMOUNTS)))
        if of_the_file and of_the_row and of_the_row != of_the_file:
            return ""
        return of_the_row or of_the_file or Currency.TZS


def _day(written: str) -> date | None:
    try:
        return read_date(written)
    except ValueError:
        return None
