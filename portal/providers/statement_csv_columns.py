"""How the columns of each bank's export are called, and which row of a file names them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Column(StrEnum):
    POSTED = "posted"
    VALUED = "valued"
    TEXT = "text"
    REFERENCE = "reference"
    """The bank's id of the entry."""
    EITHER = "either"
    """A reference of which the name does not tell whose it is. If it is the payer's ("HOUSE 12"), next month's rent has
    the same: so it is text, and identifies nothing."""
    DEBIT = "debit"
    CREDIT = "credit"
    AMOUNT = "amount"
    SIDE = "side"
    BALANCE = "balance"
    PAYER = "payer"
    ACCOUNT = "account"
    CURRENCY = "currency"
    STATUS = "status"


BANKS: dict[str, dict[Column, str]] = {
    # Not documented. Read off programs that import its Excel export: "Posting Date, Details, Value Date, Debit, Credit,
    # Book Balance" from row 15 on, dates 01.04.2026 20:30:00, amounts 28,874.40, no reference of the entry.
    "CRDB": {
        Column.POSTED: "posting date, transaction date",
        Column.TEXT: "details, narration, description",
        Column.VALUED: "value date",
        Column.DEBIT: "debit, withdrawal",
        Column.CREDIT: "credit, deposit",
        Column.BALANCE: "book balance, balance",
        Column.REFERENCE: "transaction id, txn id",
        Column.EITHER: "transaction reference, reference, reference number",
    },
    # Not documented either. Its CSV: "Value Date, Description, Reference No, Debit, Credit, Balance" on row 4, dates
    # 06 Jun 2026, newest first. Its Excel: "Date, Value Date, Cheque Number/Control Number, Description, Reference
    # Number, Credit, Debit, Balance" on row 24.
    "NMB": {
        Column.POSTED: "date, transaction date",
        Column.VALUED: "value date",
        Column.TEXT: "description, narration, cheque number control number, cheque number, control number",
        Column.REFERENCE: "reference number, reference no",
        Column.CREDIT: "credit",
        Column.DEBIT: "debit",
        Column.BALANCE: "balance",
    },
    # What the exports of other banks use.
    "any": {
        Column.POSTED: "date, posting date, posted date, post date, transaction date, txn date, trans date, "
        "booking date, entry date, tarehe",
        Column.VALUED: "value date, val date, value dt",
        Column.TEXT: "description, details, narration, narrative, particulars, remarks, transaction details, "
        "transaction description, payment details, memo, customer reference, customer ref, end to end id, maelezo",
        Column.REFERENCE: "bank reference, bank ref, transaction id, txn id, trans id, entry reference",
        Column.EITHER: "transaction reference, reference, reference number, reference no, ref, ref no, ref number, "
        "receipt number, kumbukumbu",
        Column.DEBIT: "debit, debits, debit amount, dr, dr amount, withdrawal, withdrawals, money out, paid out",
        Column.CREDIT: "credit, credits, credit amount, cr, cr amount, deposit, deposits, money in, paid in",
        Column.AMOUNT: "amount, transaction amount, txn amount, kiasi",
        Column.SIDE: "dr cr, cr dr, debit credit, credit debit, d c, c d, type, transaction type, indicator",
        Column.BALANCE: "balance, running balance, book balance, closing balance, ledger balance, salio",
        Column.PAYER: "payer, payer name, sender, sender name, remitter, ordering customer, counterparty, from account",
        Column.ACCOUNT: "account, account number, account no",
        Column.CURRENCY: "currency, ccy",
        Column.STATUS: "status, transaction status",
    },
}
"""Names without case, punctuation, and currency in brackets; the first of a list wins where a file has two."""

_CURRENCY = re.compile(
    r"(?<![A-Z])(TZS|TSHS?|USD|TANZANIAN? SHILLINGS?|US DOLLARS?)(?![A-Z])|\$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Header:
    width: int
    """Up to the last column that has a name."""
    places: dict[Column, tuple[int, ...]]
    """Where each column stands. Text may stand in several, in the order of the file."""
    currency: str
    row: tuple[str, ...]

    def cell(self, row: Sequence[str], column: Column) -> str:
        """Empty where there is none."""
        return " ".join(
            filter(None, (row[at].strip() for at in self.places.get(column, ()) if at < len(row)))
        )

    def is_repeated_by(self, row: Sequence[str]) -> bool:
        """An export in pages names its columns on each."""
        return tuple(row) == self.row


def header_of(row: Sequence[str]) -> Header | None:
    """The reading that knows most of its columns, or None if the row names no columns of a statement."""
    names = tuple(map(plain_name, row))
    readings = [_places(names, bank) for bank in BANKS.values()]
    places = max(filter(_is_enough, readings), key=lambda known: sum(map(len, known.values())), default=None)
    width = max((at + 1 for at, name in enumerate(names) if name), default=0)
    return Header(width, places, currency_in(" ".join(row)), tuple(row)) if places else None


def plain_name(cell: str) -> str:
    """`Amount (TZS)` → `amount`; `DR/CR` → `dr cr`."""
    words = re.sub("[^a-z0-9]+", " ", _CURRENCY.sub("", cell).casefold().replace(".", ""))
    return " ".join(words.split())


def currency_in(text: str) -> str:
    """Empty where none is named, or both."""
    named = {"TZS" if name.upper().startswith("T") else "USD" for name in _CURRENCY.findall(text)}
    return named.pop() if len(named) == 1 else ""


def _places(names: tuple[str, ...], bank: dict[Column, str]) -> dict[Column, tuple[int, ...]]:
    places = {}
    for column, known in bank.items():
        order = known.split(", ")
        found = [at for at, name in enumerate(names) if name in order]
        if found:
            best = min(found, key=lambda at: order.index(names[at]))
            places[column] = tuple(found) if column is Column.TEXT else (best,)
    return places


def _is_enough(places: dict[Column, tuple[int, ...]]) -> bool:
    has_date = Column.POSTED in places or Column.VALUED in places
    has_amount = Column.AMOUNT in places or {Column.DEBIT, Column.CREDIT} <= places.keys()
    return has_date and has_amount and bool(places.keys() & {Column.TEXT, Column.REFERENCE, Column.EITHER})
