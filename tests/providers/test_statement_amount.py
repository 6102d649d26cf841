"""Amounts as banks write them, and those that nobody may guess."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.providers.statement_amount import read_amount
from tests.corpus import BAD_AMOUNTS

WRITTEN = {
    "450000": 450_000, "450000.00": 450_000, "450000,00": 450_000, "450,000": 450_000, "450,000.00": 450_000,
    "450.000,00": 450_000, "450 000,00": 450_000, "450'000.00": 450_000, "450\u00a0000.00": 450_000,
    "450\u2019000.00": 450_000, "1,250,000.00": 1_250_000, "1.250.000": 1_250_000, "1.250.000,00": 1_250_000,
    "1 250 000": 1_250_000, "TZS 450,000.00": 450_000, "TSh450000": 450_000, "450,000/=": 450_000, "$450": 450,
    "450,000.00 CR": 450_000, "450,000.00C": 450_000, "+450000": 450_000, "450.5": Decimal("450.5"),
    "1,25": Decimal("1.25"), "0.00": 0,
    "-2,360.00": -2_360, "2,360.00-": -2_360, "(2,360.00)": -2_360, "2,360.00 DR": -2_360, "2,360.00 Dr.": -2_360,
    "\u22122,360.00": -2_360, "- 2360": -2_360, "999,999,999,999,999.99": Decimal("999999999999999.99"),
}  # fmt: skip
NOBODY_MAY_GUESS = [
    "450.000", "1.250", "45,00,000", "1,2500", "4.5E+05", "450000.000", "1,250.000,00", "1.250,000.00",
    "(5) DR", "-5 DR", "--5", "5 5", "1,250 000", "450,000.00.", "KES 450", "twelve", "5%", "5/=5",
    "\u0665", "1" * 16, "9" * 60,
]  # fmt: skip


@pytest.mark.parametrize("written,amount", WRITTEN.items())
def test_an_amount_is_read_as_it_is_meant(written: str, amount: Decimal | int) -> None:
    assert read_amount(written) == amount


@pytest.mark.parametrize("written", ["", " ", "-", "--", "TZS", "\u00a0"])
def test_an_empty_cell_is_no_amount(written: str) -> None:
    assert read_amount(written) is None


@pytest.mark.parametrize("written", NOBODY_MAY_GUESS)
def test_what_may_be_read_in_two_ways_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"^(no amount|too long|signed twice|thousands or decimals)$"):
        read_amount(written)


def test_only_these_of_the_usual_bad_amounts_are_amounts_of_a_bank() -> None:
    """A bank signs, and may write the comma before its decimals; a person who types an amount does neither."""
    read = set()
    for written in BAD_AMOUNTS:
        with suppress(ValueError):
            read |= {written} if read_amount(written) is not None else set()
    signed = {"-1", "-0", "- 5", "+5", "\u22125", "5-", "(5)", "-450000", "+450,000"}
    decimals = {
        "0.5",
        "1.5",
        "450000.50",
        "450000.01",
        "1,00",
        "1.000,00",
        "1.000.000",
        "1'000",
        "1\u202f000",
    }
    assert read == signed | decimals | {"TSh TSh 5", "USD 5", "$5", "5 USD", "tsh5"}


@given(st.decimals(-(10**14), 10**14, places=2))
def test_both_ways_to_group_are_read_back(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    assert read_amount(english) == read_amount(english.translate(str.maketrans(",.", ".,"))) == amount
