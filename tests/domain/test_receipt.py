"""Receipt numbers: their year, how they are shown, and how they are read in an address."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.receipt import (
    ReceiptNumber,
    looks_like_number,
    parse_receipt_address,
    receipt_year,
)
from portal.domain.zone import EAST_AFRICA
from tests.makers import a_reference

numbers = st.builds(
    ReceiptNumber,
    landlord_code=st.from_regex(r"[A-Z]{2,6}", fullmatch=True),
    year=st.integers(2000, 2099),
    serial=st.integers(1, 999_999_999),
)


@pytest.mark.covers("C1")
def test_a_number_is_short_on_paper_and_whole_in_an_address() -> None:
    number = ReceiptNumber("MOL", 2026, 123)
    assert number.shown == "26-000123"
    assert number.address == "MOL-26-000123"


@given(numbers)
def test_every_number_is_read_back_from_its_address(number: ReceiptNumber) -> None:
    assert parse_receipt_address(number.address) == number
    assert parse_receipt_address(number.address.lower()) == number


@pytest.mark.parametrize(
    "text",
    [
        "", "26-000123", "MOL-26-123", "MOL-2026-000123", "M-26-000123", "MOLLELS-26-000123", "MOL-26-0000123",
        "MOL-26-000123 ", "MOL-26-000123\n", "MOL-٢٦-٠٠٠١٢٣", "MOL-26-\uff1123456",
        "MOL_26_000123", "../26-000123", "MOL-26-1234567890",
    ],
    ids=ascii,
)  # fmt: skip
def test_what_is_no_address_of_a_receipt_leads_nowhere(text: str) -> None:
    assert parse_receipt_address(text) is None


@given(st.text(max_size=24))
def test_any_text_is_the_address_of_one_receipt_or_of_none(text: str) -> None:
    number = parse_receipt_address(text)
    assert number is None or number.address == text.upper()


@given(numbers)
def test_a_number_typed_where_the_code_is_wanted_is_recognised(number: ReceiptNumber) -> None:
    assert looks_like_number(number.shown)
    assert looks_like_number(f" {number.address.lower()} ")
    assert not looks_like_number(a_reference(number.serial))


@pytest.mark.covers("C11")
@pytest.mark.parametrize(
    "at,year",
    [
        (datetime(2026, 12, 31, 20, 59, 59, tzinfo=UTC), 2026),
        (datetime(2026, 12, 31, 21, 0, tzinfo=UTC), 2027),
        (datetime(2027, 1, 1, tzinfo=EAST_AFRICA), 2027),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=EAST_AFRICA), 2026),
        (datetime(2026, 12, 31, 16, 0, tzinfo=timezone(timedelta(hours=-5))), 2027),
    ],
)
def test_the_year_of_a_receipt_turns_at_midnight_in_dar_es_salaam(at: datetime, year: int) -> None:
    assert receipt_year(at) == year
