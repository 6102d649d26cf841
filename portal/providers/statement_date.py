"""Dates as Tanzanian banks write them: the day before the month, unless the year comes first."""

from __future__ import annotations

import re
from datetime import date

_TIME = r"(?:[T ,]+[0-9]{1,2}:[0-9]{2}.{0,20})?"
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}})([/.-])([0-9]{{1,2}})\2([0-9]{{4}}){_TIME}", re.ASCII)
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([/.-]?)([0-9]{{2}})\2([0-9]{{2}}){_TIME}", re.ASCII)
_MONTH_NAMED = re.compile(
    rf"([0-9]{{1,2}})[ ./-]*([A-Za-z]{{3,9}})[ .,/-]*([0-9]{{4}}|[0-9]{{2}}){_TIME}", re.ASCII
)
# English, and what differs from it in Swahili.
_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan feb mar/mac apr may/mei jun jul aug/ago sep oct/okt nov dec/des".split(), start=1
    )
    for name in names.split("/")
}
_YEARS = range(2010, 2100)
_CENTURY = 2000


def read_date(written: str) -> date:
    """Any time of the day after it is left out. Raises ValueError."""
    text = written.strip()
    if named := _MONTH_NAMED.fullmatch(text):
        year = int(named[3])
        return _day(
            year if year >= _CENTURY else _CENTURY + year, _MONTHS.get(named[2][:3].lower(), 0), int(named[1])
        )
    if day_first := _DAY_FIRST.fullmatch(text):
        return _day(int(day_first[4]), int(day_first[3]), int(day_first[1]))
    if year_first := _YEAR_FIRST.fullmatch(text):
        return _day(int(year_first[1]), int(year_first[3]), int(year_first[4]))
    raise ValueError("no date")


def _day(year: int, month: int, day: int) -> date:
    if year not in _YEARS:
        raise ValueError("no year of ours")
    return date(year, month, day)
