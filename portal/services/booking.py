"""Lines of a statement become bank lines, each once; those that name a payment of ours are then matched one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.bank_line import Held, LineBooked, LineEvent, LineHeld
from portal.domain.bank_reference import references_in
from portal.domain.money import Money
from portal.domain.receipt_code import spellings
from portal.providers.provider import Account
from portal.providers.statement_line import Fault, StatementLine, bad_line
from portal.services.matching import Matching
from portal.services.tools import Tools
from portal.store import bank_lines, queries
from portal.store import payments as payment_rows
from portal.store.bank_lines import Key, NewLine, Written, key_of
from portal.store.statements import BadEntry, Statement
from portal.store.types import Tx

LARGEST = 10**15
"""In minor units: more than any bank holds, and less than a row can."""
LONGEST_REFERENCE = 140
_AS_SHOWN = re.compile(r"\b(?!255[0-9]{9}\b)(?:[0-9A-Z]{12}|[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\b", re.ASCII)
"""Twelve letters and digits, with our dashes or without; a phone number has as many."""


class Objection(StrEnum):
    """Why a line that can be read is not booked all the same."""

    OTHER_ACCOUNT = "other_account"
    """It is of an account that is not ours, or not of the one that the file was said to be of."""
    NAMED_ANOTHER = "named_another"
    """With the id and amount of a line that stands it names another payment: nobody can say whether it is new money."""
    BEYOND_BELIEF = "beyond_belief"
    """Its amount or its id is larger than any bank writes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of one of our accounts. `amount` below zero was taken back.

    `candidates` are all that its text could mean as references of ours; some pass for one by chance alone.
    """

    line: StatementLine
    account: str
    amount: Money
    candidates: tuple[str, ...]

    @property
    def key(self) -> Key:
        return key_of(self.account, self.line.bank_reference, self.amount)

    @property
    def reversal_key(self) -> Key:
        return key_of(self.account, self.line.bank_reference, -self.amount)


@dataclass(frozen=True, slots=True)
class Fresh:
    """An entry that stands nowhere yet, under the id that it gets. `payments` of ours are named by its text."""

    id: str
    entry: Entry
    payments: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What it names for certain: payments of ours, and whatever is written as our references are shown."""
        written = _written_references(self.entry.line.text)
        return tuple(one for one in self.entry.candidates if one in self.payments or one in written)


class Booking:
    """`book` is given the lines in the order of their file, a few hundred at a time."""

    def __init__(self, tools: Tools, matching: Matching) -> None:
        self._tools, self._matching = tools, matching

    def book(self, tx: Tx, statement: Statement, lines: Sequence[StatementLine]) -> Statement:
        """The statement with these lines dealt with. A debit is no business of ours, unless it takes money back."""
        bank_lines.alone(tx)
        moving = [line for line in lines if line.is_credit or line.is_reversal]
        entries, strange = self._ours(statement, moving)
        fresh, known, doubtful = self._sifted(tx, entries)
        self._write(tx, statement, fresh)
        return statement.with_entries(
            booked=len(fresh),
            known=known,
            debits=len(lines) - len(moving),
            bad=(*strange, *doubtful),
        )

    def _ours(
        self, statement: Statement, lines: Iterable[StatementLine]
    ) -> tuple[list[Entry], list[BadEntry]]:
        by_number = {_bare(account.number): account for account in self._matching.accounts}
        ours, strange = [], []
        for line in lines:
            account = by_number.get(_bare(line.account))
            if account is None or statement.account not in (None, account.id):
                strange.append(_bad(line, Objection.OTHER_ACCOUNT))
            elif not _believable(line):
                strange.append(_bad(line, Objection.BEYOND_BELIEF))
            else:
                ours.append(_entry(line, account))
        return ours, strange

    def _sifted(self, tx: Tx, entries: Sequence[Entry]) -> tuple[list[Fresh], int, list[BadEntry]]:
        """Those that are new, how many stand already, and those of which nobody can say which they are."""
        standing = bank_lines.known(tx, {entry.key for entry in entries})
        payments = payment_rows.several(tx, {one for entry in entries for one in entry.candidates})
        fresh, known, doubtful = [], 0, []
        for entry in entries:
            named = tuple(one for one in entry.candidates if one in payments)
            before = standing.get(entry.key)
            if before is None:
                standing[entry.key] = named
                fresh.append(Fresh(self._tools.reference(), entry, named))
            elif set(named) <= set(before):
                known += 1
            else:
                doubtful.append(_bad(entry.line, Objection.NAMED_ANOTHER))
        return fresh, known, doubtful

    def _write(self, tx: Tx, statement: Statement, fresh: Sequence[Fresh]) -> None:
        """What names nothing of ours waits at once, and is written in one go."""
        entries = [one.entry for one in fresh]
        reversals = bank_lines.known(tx, {entry.reversal_key for entry in entries})
        coded = self._coded(tx, fresh)
        meets = {
            one.id
            for one in fresh
            if one.payments
            or one.id in coded
            or one.entry.line.is_reversal
            or one.entry.reversal_key in reversals
        }
        new = [_new(statement, one, waits=one.id not in meets) for one in fresh]
        booked = bank_lines.book(tx, self._tools.vault, new, self._tools.clock())
        for line, one in zip(booked, fresh, strict=True):
            if one.id in meets:
                self._matching.place(tx, line, one.payments, coded.get(one.id))

    def _coded(self, tx: Tx, fresh: Sequence[Fresh]) -> dict[str, str]:
        """Payments that were settled under the bank's own id before the statement came, in whichever letters."""
        typed = {one.id: spellings(one.entry.line.bank_reference) for one in fresh}
        owners = queries.owners_of_codes(tx, self._matching.provider, set().union(*typed.values()))
        found = {id_: [owners[code] for code in codes if code in owners] for id_, codes in typed.items()}
        return {id_: payments[0] for id_, payments in found.items() if payments}


def _entry(line: StatementLine, account: Account) -> Entry:
    amount = line.amount if line.is_credit else -line.amount
    return Entry(line, account.id, amount, tuple(references_in(line.text)))


def _new(statement: Statement, one: Fresh, *, waits: bool) -> NewLine:
    line, names = one.entry.line, one.names
    booked = LineBooked(
        statement=statement.id,
        account=one.entry.account,
        bank_reference=line.bank_reference,
        booked_on=line.booked_on,
        amount=one.entry.amount,
        is_reversal=line.is_reversal,
        names=names,
    )
    reason = Held.UNKNOWN_REFERENCE if names else Held.NO_REFERENCE
    events: list[LineEvent] = [booked, LineHeld(reason=reason, payment=None)] if waits else [booked]
    return NewLine(one.id, events, Written(line.text, line.payer))


def _written_references(text: str) -> set[str]:
    return {found[0].replace("-", "") for found in _AS_SHOWN.finditer(text.upper())}


def _believable(line: StatementLine) -> bool:
    return (
        0 < line.amount.minor < LARGEST
        and len(line.bank_reference) <= LONGEST_REFERENCE
        and line.bank_reference.isprintable()
    )


def _bare(number: str) -> str:
    """A spreadsheet takes the zeros in front of an account number."""
    return number.lstrip("0")


def _bad(line: StatementLine, objection: Objection) -> BadEntry:
    """The words that the reader of the file would keep of such a line."""
    told = bad_line(
        line.line, Fault.LINE_UNREADABLE, f"{line.amount.major:,} {line.bank_reference} {line.text}"
    )
    return BadEntry(line.line, objection, told.excerpt)
