"""A bank's CSV in whatever order, case and dress; and what its running balance tells."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.providers.statement import BadLine, Fault, StatementLine, read_statement
from portal.providers.statement_csv_columns import BANKS, Column, header_of
from portal.providers.statement_csv_records import MOST_LINES, records_of
from portal.providers.statement_text import Line
from tests.statements import COLUMNS, Booked, csv_of, entries, in_file


def read(parts: Sequence[str], **how: Any) -> list[StatementLine | BadLine]:
    return list(read_statement(in_file(parts), **how))


def dressed(written: Sequence[str], random: Random, delimiter: str) -> str:
    """The table in another order of columns, with columns of no concern and names in another case."""
    rows = [[cell.strip('"') for cell in row.rstrip("\n").split(f'"{delimiter}"')] for row in written[1:]]
    order = list(range(len(COLUMNS)))
    random.shuffle(order)
    change = random.choice([str.upper, str.lower, str.title])
    rows[0] = [change(name) for name in rows[0]]
    about = "STATEMENT OF ACCOUNT\n\nAccount No.: 0150123456700\nAll amounts in TZS\n"
    table = [["Branch", *(row[at] for at in order), "Teller"] for row in rows]
    return about + "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in table) + "\n"


@given(st.randoms(use_true_random=False), st.sampled_from(",;\t|"), st.sampled_from(".,"), st.integers(0, 6))
def test_order_case_and_dress_of_the_columns_change_nothing(
    random: Random, delimiter: str, decimals: str, count: int
) -> None:
    written = list(csv_of(entries(count), delimiter, decimals=decimals))[:-1]
    plain = [line.key for line in read(written) if isinstance(line, StatementLine)]
    other = read([dressed(written, random, delimiter)])
    assert [line.key for line in other if isinstance(line, StatementLine)] == plain
    assert len(other) == len(plain) == count


@pytest.mark.parametrize("column", COLUMNS)
def test_a_file_without_one_of_its_columns_is_read_as_far_as_it_can_be(column: str) -> None:
    """Without an amount it is none; without the rest each line is still given, or refused with its reason."""
    whole = "".join(csv_of([Booked(), Booked(bank_reference="FT2")])).replace(f'"{column}"', '"Something"')
    if column in {"Debit", "Credit"}:
        with pytest.raises(ValueError, match="no_header"):
            read([whole])
        return
    found = [
        line
        for line in read([whole])
        if not isinstance(line, BadLine) or line.reason is not Fault.BALANCE_DIFFERS
    ]
    assert len(found) == 2


@pytest.mark.parametrize("bank", BANKS)
def test_each_bank_s_own_names_are_a_header(bank: str) -> None:
    row = [names.split(", ")[0] for column, names in BANKS[bank].items() if column is not Column.AMOUNT]
    header = header_of([name.title() for name in row])
    assert header is not None
    assert len({at for places in header.places.values() for at in places}) == len(row)


@pytest.mark.parametrize(
    "row",
    [
        ["Date", "Amount"],
        ["Date", "Description", "Debit"],
        ["Description", "Debit", "Credit"],
        ["01/07/2026", "RENT", "450000"],
        [],
    ],
)
def test_a_row_that_does_not_name_enough_is_no_header(row: list[str]) -> None:
    assert header_of(row) is None


def table(count: int, first: str) -> list[str]:
    head, names, *rows, _ = csv_of(entries(count))
    return [head, names, *(reversed(rows) if first == "newest" else rows)]


@pytest.mark.parametrize("first", ["oldest", "newest"])
def test_a_running_balance_is_followed_up_and_down_the_file(first: str) -> None:
    assert not any(isinstance(line, BadLine) for line in read(table(30, first)))


@pytest.mark.parametrize("first", ["oldest", "newest"])
@given(data=st.data())
def test_a_line_taken_out_doubled_or_altered_breaks_the_running_balance(
    first: str, data: st.DataObject
) -> None:
    written = table(12, first)
    at = data.draw(st.integers(4, len(written) - 2))
    damage = data.draw(st.sampled_from(["out", "twice", "altered"]))
    if damage == "out":
        del written[at]
    elif damage == "twice":
        written.insert(at, written[at])
    else:
        written[at] = written[at].replace('"2,360.00"', '"2,370.00"').replace('"300,', '"900,')
    faults = [line.reason for line in read(written) if isinstance(line, BadLine)]
    assert faults == [Fault.BALANCE_DIFFERS]


def test_totals_that_differ_from_the_lines_are_told() -> None:
    *table_, totals = csv_of(entries(12))
    assert not any(isinstance(line, BadLine) for line in read([*table_, totals]))
    faults = [line for line in read([*table_, totals.replace("2,360", "2,370")]) if isinstance(line, BadLine)]
    assert [fault.reason for fault in faults] == [Fault.BALANCE_DIFFERS]


def test_the_account_of_the_file_counts_before_the_one_that_is_given() -> None:
    bare = "Date,Details,Transaction ID,Debit,Credit\n01/07/2026,RENT,T1,,450000\n"
    for about, account in {"": "999888", "Account Number,0150123456700\n": "0150123456700"}.items():
        (line,) = read([about + bare], account="999888")
        assert isinstance(line, StatementLine)
        assert line.account == account


@pytest.mark.parametrize(
    "about,account",
    {
        "Account Number: 0150-1234-56700": "0150123456700",
        'ACCOUNT NO,="0150123456700"': "0150123456700",
        "A/C No. 0150123456700 (TZS)": "0150123456700",
        "Akaunti Namba;20110012345": "20110012345",
        "Account Name,JOHN 0754123456": "",
        "Account Statement,01/07/2026": "",
        "Account Number,0150XXXXXX700": "",
        "Account" + " " * 15_000 + "x": "",
    }.items(),
)
def test_the_account_is_read_off_the_lines_before_the_table(about: str, account: str) -> None:
    file = f"{about}\nDate,Details,Transaction ID,Debit,Credit\n01/07/2026,RENT,T1,,450000\n"
    (line,) = read([file], account="999888")
    assert isinstance(line, StatementLine)
    assert line.account == (account or "999888")


def records(text: str) -> list[tuple[int, list[str], str | None]]:
    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), start=1)]
    return [(record.line, record.cells, record.fault) for record in records_of(lines, ",")]


def test_a_quote_that_is_never_closed_spoils_its_own_line_alone() -> None:
    following = "\n".join(f"{number},b" for number in range(2 * MOST_LINES))
    first, *others = records(f'a,"b\n{following}')
    assert first == (1, [], Fault.LINE_UNREADABLE)
    assert [cells[0] for _, cells, _ in others] == [str(number) for number in range(2 * MOST_LINES)]


def test_a_cell_may_hold_line_ends_and_quotes() -> None:
    assert records('a,"b ""c""\n\nd",e\nf, "g, h",5" pipe') == [
        (1, ["a", 'b "c"\n\nd', "e"], None),
        (4, ["f", "g, h", '5" pipe'], None),
    ]


@given(
    st.lists(st.lists(st.text(st.sampled_from('ab,"\n ;'), max_size=6), min_size=2, max_size=4), max_size=6)
)
def test_every_record_that_a_writer_quotes_is_read_back(rows: list[list[str]]) -> None:
    text = "\n".join(",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows)
    assert [cells for _, cells, _ in records(text)] == rows


@given(st.text(st.sampled_from('ab,"\n'), max_size=120))
def test_no_line_is_lost_between_quotes(text: str) -> None:
    """Each line that is not blank is in one record and no more, whole or as a fault."""
    said = [
        record.said
        for record in records_of([Line(at, line) for at, line in enumerate(text.split("\n"))], ",")
    ]
    assert sorted("\n".join(said).replace("\n", "")) == sorted(text.replace("\n", ""))
