"""What a terminal shows of a statement: each fact in a line, and how the command ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest

from portal.domain.errors import Refused
from portal.domain.money import Currency, shillings
from portal.services import statement_report
from portal.services.statements import Report
from portal.store.statements import BadEntry, Brought, Progress, Statement

READ = Statement(
    id="01",
    name="march.csv",
    begun_at=datetime(2026, 3, 3, tzinfo=UTC),
    progress=Progress.DONE,
    booked=1_200,
    known=3,
    debits=40,
)
BAD = BadEntry(7, "amount_unreadable", "12.5.0 RENT")


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_every_line_is_counted_and_money_is_summed_by_currency() -> None:
    brought = Brought(Currency.TZS, 1_000, shillings(450_000_000), 200, shillings(90_000_000))
    assert list(statement_report.summary(Report(READ, [brought], None))) == [
        "1,243 lines read: 1,200 new, 3 known already, 40 of money that went out, 0 not booked",
        "1,000 of the new have found their payment: TZS 450,000,000",
        "200 of the new wait in suspense: TZS 90,000,000",
    ]


def test_bad_lines_stand_with_number_and_reason_and_the_rest_as_a_count() -> None:
    some = replace(READ, bad=3, bad_entries=(BAD,))
    *_, told, rest = statement_report.summary(Report(some, [], None))
    assert told == "line 7: amount unreadable: 12.5.0 RENT"
    assert rest == "… and 2 more that were not booked"
    *_, last = statement_report.summary(Report(replace(some, bad=1), [], None))
    assert last == told


def test_what_is_no_statement_is_said_in_one_line() -> None:
    unreadable = replace(READ, progress=Progress.UNREADABLE, problem="unknown_format")
    told = list(statement_report.summary(Report(unreadable, [], None)))
    assert told == ["march.csv cannot be read: unknown format"]


@pytest.mark.parametrize(
    "changes, code",
    [
        ({}, 0),
        ({"bad": 1, "bad_entries": (BAD,)}, 1),
        ({"progress": Progress.UNREADABLE, "problem": "empty"}, 2),
    ],
)
def test_the_command_ends_as_the_reading_did(changes: dict[str, object], code: int) -> None:
    assert statement_report.exit_code(Report(replace(READ, **changes), [], None)) == code  # type: ignore[arg-type]


@pytest.mark.parametrize("problem, named", [("off", "BANK_TRANSFER_ACCOUNTS"), ("unknown", "--account")])
def test_a_refusal_names_what_to_change(problem: str, named: str) -> None:
    assert statement_report.refused(Refused("account", problem)).startswith(named)


def test_progress_is_shown_to_somebody_who_watches_and_to_nobody_else() -> None:
    terminal, file = Terminal(), StringIO()
    for stream in (terminal, file):
        show = statement_report.progress(stream)
        show(200)
        show(1_200)
    assert terminal.getvalue() == "\r200 lines read\r1,200 lines read"
    assert file.getvalue() == ""
