"""Cards: what may be shown of one, when it ends, and the numbers that may stand nowhere."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.card import CardFace, holds_card_number, luhn

VISA, MASTERCARD, AMEX = "4242424242424242", "5555555555554444", "378282246310005"
NEW_MASTERCARD, UNIONPAY = "2223003122003222", "6200000000000005"
TEST_CARDS = (VISA, MASTERCARD, AMEX, NEW_MASTERCARD, UNIONPAY)


def a_card(month: int = 4, year: int = 2028) -> CardFace:
    return CardFace(brand="Visa", last4="4242", month=month, year=year)


@pytest.mark.covers("E7")
def test_of_a_card_its_brand_and_last_four_digits_are_shown() -> None:
    assert a_card().masked == "Visa ••••\u00a04242"


@pytest.mark.covers("E9")
@pytest.mark.parametrize(
    "month, year, last", [(2, 2028, date(2028, 2, 29)), (12, 2027, date(2027, 12, 31))], ids=str
)
def test_a_card_can_be_paid_with_until_the_last_day_of_its_month(month: int, year: int, last: date) -> None:
    card = a_card(month, year)
    assert card.last_day == last
    assert not card.ends_before(last)
    assert card.ends_before(date.fromordinal(last.toordinal() + 1))


@pytest.mark.covers("E6")
@pytest.mark.parametrize("number", TEST_CARDS)
def test_the_number_of_a_card_is_known_for_one_however_it_is_typed(number: str) -> None:
    groups = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    for typed in (number, groups, groups.replace(" ", "-"), f"my card {groups}, ends 04/28"):
        assert holds_card_number(typed)


@pytest.mark.covers("E6")
@pytest.mark.parametrize("number", TEST_CARDS)
def test_a_number_with_one_wrong_digit_is_no_card(number: str) -> None:
    assert not holds_card_number(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize("text", ["", "0754 123 456", "+255 754 123 456", "0150123456789", "22510012345"])
def test_phones_and_account_numbers_are_no_cards(text: str) -> None:
    assert not holds_card_number(text)


@given(st.text("0123456789", min_size=12, max_size=18))
def test_every_digit_string_has_one_check_digit(body: str) -> None:
    assert [luhn(body + digit) for digit in "0123456789"].count(True) == 1


@given(st.text("0123456789", min_size=2, max_size=18), st.data())
def test_a_single_wrong_digit_is_caught(body: str, data: st.DataObject) -> None:
    right = next(body + digit for digit in "0123456789" if luhn(body + digit))
    place = data.draw(st.integers(0, len(right) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != right[place]]))
    assert not luhn(right[:place] + other + right[place + 1 :])
