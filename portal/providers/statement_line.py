"""What a bank statement says, entry by entry: lines that can be booked, and lines that somebody must look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One booked, final entry of one of our accounts. The amount is positive; `is_credit` tells where it went."""

    line: int
    """The line of a text file, the number of the entry in an XML file, from 1; no two StatementLines share it."""
    account: str
    """Our account number as this file writes it, digits only; a spreadsheet may have eaten its leading zeros."""
    booked_on: date
    amount: Money
    is_credit: bool
    is_reversal: bool
    """The bank takes back an earlier entry: a reversed credit is a debit, a reversed debit a credit."""
    bank_reference: str
    """The bank's own id of the entry; where it gives none, `~` and a digest of all that the entry says."""
    text: str
    """All that may hold our reference, in reading order: remittance text, customer reference, end-to-end id."""
    payer: str | None
    """Name, account or both of who sent it, where the file sets them apart from the text."""

    @property
    def key(self) -> tuple[str, str, int, bool]:
        """The same for the same entry in whatever file it comes: a spreadsheet takes zeros from both numbers."""
        return self.account.lstrip("0"), self.bank_reference.lstrip("0"), self.amount.minor, self.is_credit


class Fault(StrEnum):
    """Why a line is not booked."""

    NOT_BOOKED = "not_booked"
    """The bank still calls it pending, or only informs of it."""
    NOT_YET_VALUED = "not_yet_valued"
    """Its value date is still to come (a cheque, say). The same file, read on that day, gives it as a line."""
    DATE_UNREADABLE = "date_unreadable"
    DATE_AHEAD = "date_ahead"
    """Booked after today: day and month have changed places, or it is another system's test."""
    AMOUNT_UNREADABLE = "amount_unreadable"
    AMOUNT_ZERO = "amount_zero"
    CENTS_OF_A_SHILLING = "cents_of_a_shilling"
    CURRENCY_UNKNOWN = "currency_unknown"
    DIRECTION_UNKNOWN = "direction_unknown"
    """Neither credit nor debit, or both."""
    ACCOUNT_UNKNOWN = "account_unknown"
    """Nothing says which of our accounts it belongs to."""
    REFERENCE_ROUNDED = "reference_rounded"
    """A spreadsheet has turned the bank's id into `2.63E+11`: two entries would look like one."""
    TWIN_WITHOUT_REFERENCE = "twin_without_reference"
    """The same as an earlier line in all it says, and the bank gave no id: one entry or two, a person must see."""
    BATCH_WITHOUT_DETAILS = "batch_without_details"
    """Several transfers booked as one sum; the details come in another file (camt.054)."""
    BATCH_DOES_NOT_ADD_UP = "batch_does_not_add_up"
    BALANCE_DIFFERS = "balance_differs"
    """Opening balance and entries do not come to the closing balance: lines are missing, doubled or altered."""
    PAGE_MISSING = "page_missing"
    """A statement opens with another balance than the one before it closed with."""
    LINE_UNREADABLE = "line_unreadable"
    """Columns, quotes or fields are not where this format has them."""
    LINE_TOO_LONG = "line_too_long"
    FILE_CUT_OFF = "file_cut_off"
    """The file ends or breaks here. What stands before is given; the rest is missing."""


OF_THE_WHOLE_FILE = frozenset({Fault.BALANCE_DIFFERS, Fault.PAGE_MISSING, Fault.FILE_CUT_OFF})
"""These say that lines are missing, doubled or forged somewhere: no line of the file should be booked unseen."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is said, not booked."""

    line: int
    reason: Fault
    excerpt: str
    """A few words of the line, for the office's eyes only: it may hold a name or a number."""


LONGEST_EXCERPT = 120


def bad_line(line: int, reason: Fault, said: str) -> BadLine:
    """`said` is shortened to one line of printable characters."""
    seen = "".join(char if char.isprintable() else " " for char in said[: 4 * LONGEST_EXCERPT])
    return BadLine(line, reason, " ".join(seen.split())[:LONGEST_EXCERPT])


class Unreadable(StrEnum):
    """Why a whole file is no statement for us."""

    EMPTY = "empty"
    SPREADSHEET = "spreadsheet"
    """Excel, also one renamed `.csv`: it must be saved as CSV."""
    COMPRESSED = "compressed"
    PDF = "pdf"
    WEB_PAGE = "web_page"
    """HTML: the bank's page of an error or a sign-in, saved instead of the statement."""
    NOT_TEXT = "not_text"
    NO_HEADER = "no_header"
    """Text, but with no line that names the columns of a bank we know."""
    NO_ACCOUNT = "no_account"
    """Neither the file nor whoever gave it to us says whose statement it is."""
    OTHER_XML = "other_xml"
    OTHER_MESSAGE = "other_message"
    """ISO 20022, but neither camt.053 nor camt.054 of a version we read."""
    XML_DEFINES = "xml_defines"
    """It brings a document type of its own; no bank's statement does, and bombs do."""
    TOO_LARGE = "too_large"
    """One field or entry is larger than any bank would write."""
    CUT_OFF = "cut_off"
    """It ends or breaks before the first entry."""


class StatementUnreadable(ValueError):
    """The file as a whole is none of what we read."""

    def __init__(self, reason: Unreadable) -> None:
        super().__init__(reason.value)
        self.reason = reason
