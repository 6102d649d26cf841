"""A provider's settlement report is read row by row, whatever spreadsheet wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.cost_report import MOST_ROWS, ReportUnreadable, read_report


@pytest.mark.covers("I9")
@pytest.mark.parametrize(
    "data",
    [
        b"code,gross,fee\r\nUC1,453500,4535\r\n",
        b"\xef\xbb\xbfDate;Fee;CODE;Gross\n3 Mar;4535; UC1 ;453500\n\n;;;\n",
        b'fee\tgross\tcode\n"4535"\t"453500"\tUC1',
    ],
)
def test_the_columns_are_found_by_their_names_in_any_order_and_form(data: bytes) -> None:
    (row,) = read_report(data)
    assert (row.line, row.code, row.gross, row.fee) == (2, "UC1", "453500", "4535")


@pytest.mark.parametrize(
    "data,problem",
    [
        (b"", "columns"),
        (b"code,gross\nUC1,5\n", "columns"),
        (b"code,gross,fee\nUC\xff,5,1\n", "encoding"),
        (b"code,gross,fee\n" + b"UC1,5,1\n" * (MOST_ROWS + 1), "too_long"),
        (b"code,gross,fee\n" + b"x" * 200_000 + b",5,1\n", "columns"),
    ],
    ids=["empty", "a column less", "another encoding", "too many rows", "an endless cell"],
)
def test_a_file_that_is_no_report_says_what_is_wrong(data: bytes, problem: str) -> None:
    with pytest.raises(ReportUnreadable) as unreadable:
        read_report(data)
    assert unreadable.value.problem == problem


def test_a_row_that_is_too_short_is_read_as_far_as_it_goes() -> None:
    assert [(row.code, row.fee) for row in read_report(b"code,gross,fee\nUC1\n")] == [("UC1", "")]


@given(data=st.binary(max_size=200))
def test_whatever_is_brought_it_is_read_or_refused(data: bytes) -> None:
    try:
        read_report(b"code,gross,fee\n" + data)
    except ReportUnreadable as error:
        assert error.problem in ("columns", "encoding", "too_long")  # noqa: PT017
