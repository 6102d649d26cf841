"""From an entry of any format to a line or a fault: amounts, dates, and what tells two entries apart."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import Currency, Money, shillings
from portal.providers.statement import BadLine, Fault, StatementLine
from portal.providers.statement_entry import (
    LONGEST_REFERENCE,
    LONGEST_TEXT,
    Entry,
    Judge,
    readable,
    stated_reference,
)

AN_ENTRY = Entry(
    line=7,
    said="RENT",
    account="0150123456700",
    booked_on=date(2026, 7, 1),
    valued_on=date(2026, 7, 1),
    amount=Decimal(450_000),
    currency="TZS",
    is_credit=True,
    bank_reference="FT1",
    text="RENT",
)


def judged(entry: Entry, today: date | None = None) -> StatementLine | BadLine:
    return Judge(today)(entry)


def line(entry: Entry, judge: Judge) -> StatementLine:
    found = judge(entry)
    assert isinstance(found, StatementLine)
    return found


def fault(**differs: object) -> Fault:
    found = judged(replace(AN_ENTRY, **differs))  # type: ignore[arg-type]
    assert isinstance(found, BadLine)
    assert (found.line, found.excerpt) == (7, "RENT")
    return found.reason


def test_a_sound_entry_is_a_line() -> None:
    assert judged(AN_ENTRY) == StatementLine(
        line=7,
        account="0150123456700",
        booked_on=date(2026, 7, 1),
        amount=shillings(450_000),
        is_credit=True,
        is_reversal=False,
        bank_reference="FT1",
        text="RENT",
        payer=None,
    )


@pytest.mark.parametrize(
    "differs,reason",
    [
        ({"account": ""}, Fault.ACCOUNT_UNKNOWN),
        ({"is_booked": False}, Fault.NOT_BOOKED),
        ({"amount": None}, Fault.AMOUNT_UNREADABLE),
        ({"amount": Decimal(-5)}, Fault.AMOUNT_UNREADABLE),
        ({"amount": Decimal(10**15)}, Fault.AMOUNT_UNREADABLE),
        ({"amount": Decimal("NaN")}, Fault.AMOUNT_UNREADABLE),
        ({"amount": Decimal("Infinity")}, Fault.AMOUNT_UNREADABLE),
        ({"amount": Decimal("450.255"), "currency": "USD"}, Fault.AMOUNT_UNREADABLE),
        ({"amount": Decimal(0)}, Fault.AMOUNT_ZERO),
        ({"amount": Decimal("450000.50")}, Fault.CENTS_OF_A_SHILLING),
        ({"currency": "KES"}, Fault.CURRENCY_UNKNOWN),
        ({"currency": ""}, Fault.CURRENCY_UNKNOWN),
        ({"is_credit": None}, Fault.DIRECTION_UNKNOWN),
        ({"booked_on": None}, Fault.DATE_UNREADABLE),
        ({"valued_on": date(2026, 7, 2)}, Fault.NOT_YET_VALUED),
        ({"bank_reference": "2.63E+11"}, Fault.REFERENCE_ROUNDED),
        ({"bank_reference": "2,63e11"}, Fault.REFERENCE_ROUNDED),
        ({"bank_reference": "X" * (LONGEST_REFERENCE + 1)}, Fault.LINE_UNREADABLE),
    ],
)
def test_each_fault_has_its_reason(differs: dict[str, object], reason: Fault) -> None:
    assert fault(**differs) is reason


@given(st.integers(1, 10**14), st.sampled_from(Currency))
def test_whole_amounts_are_kept_to_the_last_digit(minor: int, currency: Currency) -> None:
    found = judged(replace(AN_ENTRY, amount=Money(minor, currency).major, currency=currency.value))
    assert isinstance(found, StatementLine)
    assert found.amount == Money(minor, currency)


def test_zero_cents_of_a_shilling_are_none() -> None:
    assert line(replace(AN_ENTRY, amount=Decimal("450000.00")), Judge(None)).amount == shillings(450_000)


def test_a_lost_zero_makes_no_other_entry() -> None:
    plain = line(replace(AN_ENTRY, bank_reference="00123"), Judge(None))
    spreadsheet = line(replace(AN_ENTRY, account="150123456700", bank_reference="'123"), Judge(None))
    assert plain.key == spreadsheet.key
    assert plain.account != spreadsheet.account


@pytest.mark.parametrize("written", ["", " ", "-", "NONREF", "notprovided", "N/A", "0", "'", '=""'])
def test_no_reference_is_written_in_many_ways(written: str) -> None:
    assert stated_reference(written) == ""
    assert line(replace(AN_ENTRY, bank_reference=written), Judge(None)).bank_reference.startswith("~")


def test_without_a_reference_the_same_entry_has_the_same_digest_in_every_file() -> None:
    bare = replace(AN_ENTRY, bank_reference="", balance=Decimal(1_700_000))
    digest = line(bare, Judge(None)).bank_reference
    assert (
        line(replace(bare, text=" rent.", account="150123456700", line=99), Judge(None)).bank_reference
        == digest
    )


@pytest.mark.parametrize(
    "differs",
    [
        {"account": "20110012345"},
        {"booked_on": date(2026, 7, 2)},
        {"amount": Decimal(450_001)},
        {"is_credit": False},
        {"text": "RENT 2"},
        {"balance": Decimal(1)},
    ],
)
def test_whatever_differs_makes_another_digest(differs: dict[str, object]) -> None:
    judge, bare = Judge(None), replace(AN_ENTRY, bank_reference="")
    assert line(bare, judge).key != line(replace(bare, **differs), judge).key  # type: ignore[arg-type]


def test_a_twin_without_reference_is_for_a_person_however_far_it_stands() -> None:
    judge, bare = Judge(None), replace(AN_ENTRY, bank_reference="")
    line(bare, judge)
    line(replace(bare, booked_on=date(2026, 7, 2)), judge)
    twin = judge(bare)
    assert isinstance(twin, BadLine)
    assert twin.reason is Fault.TWIN_WITHOUT_REFERENCE


def test_what_is_remembered_of_entries_without_reference_is_bounded() -> None:
    judge = Judge(None)
    for number in range(1, 20_002):
        line(replace(AN_ENTRY, bank_reference="", amount=Decimal(number)), judge)
    assert isinstance(judge(replace(AN_ENTRY, bank_reference="", amount=Decimal(2))), BadLine)
    assert isinstance(judge(replace(AN_ENTRY, bank_reference="", amount=Decimal(1))), StatementLine)


@given(st.text())
def test_what_is_readable_can_be_shown_and_stored(text: str) -> None:
    shown = readable(text)
    assert len(shown) <= LONGEST_TEXT
    assert shown.replace("\n", "").isprintable()
    assert readable(shown) == shown


def test_a_text_of_any_length_is_cut_to_the_longest() -> None:
    assert len(readable("RENT " * 10_000)) <= LONGEST_TEXT
    assert readable("RENT\0\x07 \u202eJULY\r\n  HOUSE\t12 ") == "RENT JULY\nHOUSE 12"
