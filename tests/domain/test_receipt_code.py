"""What people type, paste and mistake for the code of an operator's receipt."""
# ruff: noqa: RUF001  (letters that only look like others are part of it)

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.phone import PhoneUnreadable, parse_phone
from portal.domain.receipt_code import CodeUnreadable, read_code, spellings

READ = [
    ("NLJ7RT61SV", "NLJ7RT61SV"),
    ("nlj7rt61sv", "NLJ7RT61SV"),
    ("  NLJ7 RT61 SV\n", "NLJ7RT61SV"),
    ("NLJ7RT61SV.", "NLJ7RT61SV"),
    ("CO140924.1414.A00113", "CO140924.1414.A00113"),
    ("mp210603.1234.l06941.", "MP210603.1234.L06941"),
    ("\u200bNLJ7RT61SV\ufeff", "NLJ7RT61SV"),
    ("A" * 40, "A" * 40),
    ("12345", "12345"),
]
REFUSED = [
    ("", "empty"),
    (" \t\n", "empty"),
    (" . ", "empty"),
    ("NLJ", "format"),
    ("A" * 41, "format"),
    ("ABCD" + " " * 200, "format"),
    ("NLJ7-RT61", "format"),
    ("NLJ7RT61SV Confirmed. TSh450,000 paid to Nest Pay", "format"),
    ("'; DROP TABLE payments; --", "format"),
    ("ＮＬＪ７ＲＴ６１", "format"),
    # In capitals these would be plain letters.
    ("straße", "format"),
    ("ıııı", "format"),
    ("1234", "pin"),
    (" 1 2 3 4 ", "pin"),
    ("0754123456", "phone"),
    ("255754123456", "phone"),
    ("754 123 456", "phone"),
]
CODES = st.from_regex(r"[0-9A-Z][0-9A-Z.]{2,38}[0-9A-Z]", fullmatch=True)


def is_phone(text: str) -> bool:
    try:
        parse_phone(text)
    except PhoneUnreadable:
        return False
    return True


OPERATORS_CODES = CODES.filter(lambda code: not re.fullmatch("[0-9]{4}", code) and not is_phone(code))


def code_or_problem(typed: str) -> str:
    try:
        return read_code(typed)
    except CodeUnreadable as refusal:
        return refusal.problem


@pytest.mark.covers("B9")
@pytest.mark.parametrize("typed, code", READ)
def test_a_code_is_read_however_it_is_written(typed: str, code: str) -> None:
    assert read_code(typed) == code


@pytest.mark.covers("B9")
@pytest.mark.parametrize("typed, problem", REFUSED)
def test_what_no_operator_sends_is_refused_by_its_problem(typed: str, problem: str) -> None:
    with pytest.raises(CodeUnreadable) as refusal:
        read_code(typed)
    assert refusal.value.problem == problem


@given(OPERATORS_CODES, st.data())
def test_spaces_small_letters_and_a_full_stop_change_no_code(code: str, data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.sampled_from(["", " ", "\t", "\u00a0", "\u200e"]), min_size=len(code)))
    small = data.draw(st.lists(st.booleans(), min_size=len(code)))
    signs = [
        gap + (sign.lower() if lower else sign) for sign, gap, lower in zip(code, gaps, small, strict=False)
    ]
    typed = "".join(signs) + data.draw(st.sampled_from(["", ".", " ."]))
    assert read_code(typed) == code


@given(st.text(max_size=60))
def test_whatever_is_typed_it_is_a_plain_code_or_one_of_the_problems(typed: str) -> None:
    read = code_or_problem(typed)
    is_code = re.fullmatch(r"[0-9A-Z.]{4,40}", read)
    assert is_code or read in ("empty", "format", "pin", "phone")
    assert not is_code or code_or_problem(read) == read


def test_a_code_is_looked_up_however_it_was_stored() -> None:
    assert spellings("Ab1c") == {"Ab1c", "AB1C", "ab1c"}
