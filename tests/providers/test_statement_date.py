"""Dates as banks write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.providers.statement_date import read_date

FIRST_OF_JULY = [
    "01/07/2026", "1/7/2026", "01-07-2026", "01.07.2026", "01.07.2026 20:30:00", "01/07/2026 8:30 AM", "01-Jul-2026",
    "01-JUL-26", "01 Jul 2026", "1 July 2026", "01Jul2026", "01-Julai-2026", "2026-07-01", "2026/07/01", "20260701",
    "2026-07-01T10:00:00", "2026-07-01T10:00:00+03:00", "2026-07-01 23:59:59.123", " 01/07/2026 ",
]  # fmt: skip
NO_DATE = [
    "", "01/07", "01/07/26", "26/07/01", "07/13/2026", "31/06/2026", "29/02/2026", "00/07/2026",
    "01/07/1970", "01/07/2999",
    "2026-7-1", "2026-13-01", "01-Xyz-2026", "01/07-2026", "46204", "4.6E+04", "########", "\u0660\u0661/07/2026",
    "01/07/2026 450000.00", "1" * 500, "01 07 2026",
]  # fmt: skip


@pytest.mark.parametrize("written", FIRST_OF_JULY)
def test_the_first_of_july_is_read_however_it_is_written(written: str) -> None:
    assert read_date(written) == date(2026, 7, 1)


@pytest.mark.parametrize(
    "written,month",
    [("05-Mei-2026", 5), ("05-Ago-2026", 8), ("05-Okt-2026", 10), ("05-Des-2026", 12), ("05-Mac-2026", 3)],
)
def test_swahili_months_are_months(written: str, month: int) -> None:
    assert read_date(written).month == month


@pytest.mark.parametrize("written", NO_DATE)
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"date|year|day|month"):
        read_date(written)


@given(
    st.dates(date(2010, 1, 1), date(2099, 12, 31)),
    st.sampled_from(
        ["%d/%m/%Y", "%d-%b-%Y", "%Y-%m-%d", "%d.%m.%Y %H:%M:%S", "%d %b %Y", "%d-%b-%y", "%Y%m%d"]
    ),
)
def test_a_date_is_read_back_in_every_way(day: date, written: str) -> None:
    assert read_date(day.strftime(written)) == day
