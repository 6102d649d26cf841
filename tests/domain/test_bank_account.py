"""A bank account as people type it: three fields, each with its bad forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.bank_account import AccountUnfit, BankAccount, parse_bank_account

NMB = BankAccount(bank="NMB", holder="Asha Mushi", number="22510012345")


@pytest.mark.covers("E1")
@pytest.mark.parametrize("number", ["22510012345", " 2251 0012 345 ", "225-100-12345", "225.100.12345"])
def test_a_number_may_have_blanks_and_dashes(number: str) -> None:
    assert parse_bank_account(" NMB ", "Asha  Mushi", number) == NMB


@pytest.mark.covers("E7", "D58")
def test_only_the_last_four_digits_are_shown_even_to_a_programmer() -> None:
    assert NMB.masked == "NMB ••••\u00a02345"
    assert repr(NMB) == "BankAccount(NMB ••••\u00a02345)"


@pytest.mark.parametrize(
    "changed, problem",
    [
        ({"bank": " "}, "empty"),
        ({"bank": "N"}, "length"),
        ({"bank": "N" * 31}, "length"),
        ({"bank": "4242 4242 4242 4242"}, "card"),
        ({"holder": ""}, "empty"),
        ({"holder": "A B" * 21}, "length"),
        ({"holder": "4242424242424242"}, "card"),
        ({"number": " - "}, "empty"),
        ({"number": "1234567"}, "format"),
        ({"number": "1" * 21}, "format"),
        ({"number": "2251OO12345"}, "format"),
        ({"number": "٢٢٥١٠٠١٢٣٤٥"}, "format"),
        ({"number": "4242 4242 4242 4242"}, "card"),
    ],
    ids=str,
)
def test_what_is_no_account_names_its_field_and_problem(changed: dict[str, str], problem: str) -> None:
    with pytest.raises(AccountUnfit) as caught:
        parse_bank_account(**{"bank": "NMB", "holder": "Asha Mushi", "number": "22510012345"} | changed)
    assert (caught.value.field, caught.value.problem) == (*changed, problem)


@given(st.text(), st.text(), st.text())
def test_whatever_is_typed_is_an_account_or_has_a_reason(bank: str, holder: str, number: str) -> None:
    try:
        account = parse_bank_account(bank, holder, number)
    except AccountUnfit:
        return
    assert account.number.isdigit()
    assert [c for c in account.masked.removeprefix(account.bank) if c.isdigit()] == [*account.number[-4:]]


def test_digits_that_repeat_are_masked_like_any_other() -> None:
    account = parse_bank_account("NMB 0000", "Asha Mushi", "00000000")
    assert account.masked == "NMB 0000 ••••\u00a00000"
