"""From what a file says of an entry to a line that can be booked, or to the reason why it cannot: the same for
every format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b

from portal.domain.money import EXPONENT, Currency, Money
from portal.providers.statement_line import BadLine, Fault, StatementLine, bad_line

LONGEST_TEXT = 4_000
LONGEST_REFERENCE = 100
_LARGEST = Decimal(10**15)
_MOST_REMEMBERED = 20_000
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE | re.ASCII)
_NO_REFERENCE = {"", "0", "-", "--", "NA", "N/A", "NIL", "NONE", "NONREF", "NOREF", "NOTPROVIDED", "NULL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What stands in the file. None: it does not say, or says what nobody can read."""

    line: int
    said: str
    """The whole of it, for the excerpt of a bad line."""
    account: str
    booked_on: date | None
    valued_on: date | None
    amount: Decimal | None
    currency: str
    is_credit: bool | None
    is_reversal: bool = False
    is_booked: bool = True
    bank_reference: str = ""
    text: str = ""
    payer: str = ""
    balance: Decimal | None = None
    """Of the account after this entry."""


class Judge:
    """One for each file. It remembers the digests of the last twenty thousand entries that have no reference."""

    def __init__(self, today: date | None) -> None:
        self._today = today
        self._digests: dict[str, None] = {}

    def __call__(self, entry: Entry) -> StatementLine | BadLine:
        try:
            return self._line(entry)
        except _NotALine as refused:
            return bad_line(entry.line, refused.fault, entry.said)

    def _line(self, entry: Entry) -> StatementLine:
        _refuse(not entry.account, Fault.ACCOUNT_UNKNOWN)
        _refuse(not entry.is_booked, Fault.NOT_BOOKED)
        amount, is_credit, booked_on = _amount(entry), _direction(entry), self._booked_on(entry)
        reference = _reference(entry) or self._digest(entry, amount, booked_on)
        return StatementLine(
            line=entry.line,
            account=entry.account,
            booked_on=booked_on,
            amount=amount,
            is_credit=is_credit,
            is_reversal=entry.is_reversal,
            bank_reference=reference,
            text=readable(entry.text),
            payer=readable(entry.payer).replace("\n", " ") or None,
        )

    def _booked_on(self, entry: Entry) -> date:
        booked_on = entry.booked_on
        if booked_on is None:
            raise _NotALine(Fault.DATE_UNREADABLE)
        _refuse(self._today is not None and booked_on > self._today, Fault.DATE_AHEAD)
        is_final = entry.valued_on is None or entry.valued_on <= (self._today or booked_on)
        _refuse(not is_final, Fault.NOT_YET_VALUED)
        return booked_on

    def _digest(self, entry: Entry, amount: Money, booked_on: date) -> str:
        """The same for the same entry in another export; where two of a file share it, the second is for a person."""
        words = re.sub("[^0-9A-Z]+", " ", entry.text.upper()).strip()
        told = [entry.account.lstrip("0"), booked_on, amount.minor, entry.is_credit, entry.balance, words]
        digest = "~" + blake2b("|".join(map(str, told)).encode(), digest_size=10).hexdigest()
        _refuse(digest in self._digests, Fault.TWIN_WITHOUT_REFERENCE)
        if len(self._digests) >= _MOST_REMEMBERED:
            del self._digests[next(iter(self._digests))]
        self._digests[digest] = None
        return digest


def readable(text: str) -> str:
    """Printable characters and line ends; no database takes a zero byte, no page a control character."""
    if len(text) <= LONGEST_TEXT and text.isprintable():
        return " ".join(text.split())
    lines = text[:LONGEST_TEXT].splitlines()
    shown = ("".join(char if char.isprintable() else " " for char in line).split() for line in lines)
    return "\n".join(" ".join(words) for words in shown if words)


def stated_reference(written: str) -> str:
    """Without the apostrophe or the `="…"` by which a spreadsheet keeps zeros; empty for `NONREF` and its kind."""
    bare = "".join(readable(written).split()).removeprefix("=").strip("'\"")
    return "" if bare.upper() in _NO_REFERENCE else bare


class _NotALine(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def _refuse(is_wrong: bool, fault: Fault) -> None:  # noqa: FBT001  (reads as: refuse what is so)
    if is_wrong:
        raise _NotALine(fault)


def _amount(entry: Entry) -> Money:
    exact = entry.amount
    if exact is None or not exact.is_finite() or not 0 <= exact < _LARGEST:
        raise _NotALine(Fault.AMOUNT_UNREADABLE)
    _refuse(exact == 0, Fault.AMOUNT_ZERO)
    _refuse(entry.currency not in EXPONENT, Fault.CURRENCY_UNKNOWN)
    currency = Currency(entry.currency)
    minor = exact.scaleb(EXPONENT[currency])
    if minor != int(minor):
        raise _NotALine(Fault.CENTS_OF_A_SHILLING if currency is Currency.TZS else Fault.AMOUNT_UNREADABLE)
    return Money(int(minor), currency)


def _direction(entry: Entry) -> bool:
    if entry.is_credit is None:
        raise _NotALine(Fault.DIRECTION_UNKNOWN)
    return entry.is_credit


def _reference(entry: Entry) -> str:
    reference = stated_reference(entry.bank_reference)
    _refuse(bool(_ROUNDED.fullmatch(reference)), Fault.REFERENCE_ROUNDED)
    _refuse(len(reference) > LONGEST_REFERENCE, Fault.LINE_UNREADABLE)
    return reference
