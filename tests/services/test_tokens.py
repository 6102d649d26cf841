"""The token in a callback address: made for one payment at one provider, and read with every key that still counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.services.tokens import callback_token, read_callback_token
from tests.makers import PAYMENT

OLD, NEW = b"the key of last year", b"the key of this year"


@pytest.mark.covers("D22")
def test_a_token_names_its_payment_and_is_long_enough_not_to_be_guessed() -> None:
    token = callback_token([NEW], "mpesa", PAYMENT)
    assert read_callback_token([NEW], "mpesa", token) == PAYMENT
    assert len(token) == 12 + 32


def test_a_token_of_an_older_key_is_still_read_and_new_ones_use_the_newest() -> None:
    assert read_callback_token([NEW, OLD], "mpesa", callback_token([OLD], "mpesa", PAYMENT)) == PAYMENT
    assert callback_token([NEW, OLD], "mpesa", PAYMENT) == callback_token([NEW], "mpesa", PAYMENT)


@pytest.mark.covers("D22")
def test_a_token_of_another_provider_or_a_key_that_is_gone_is_refused() -> None:
    token = callback_token([OLD], "mpesa", PAYMENT)
    assert read_callback_token([OLD], "airtel", token) is None
    assert read_callback_token([NEW], "mpesa", token) is None


@pytest.mark.covers("D22")
@given(st.text())
def test_no_text_is_a_token_by_chance(text: str) -> None:
    assert read_callback_token([NEW], "mpesa", text) is None


@given(st.text())
def test_no_text_after_a_true_reference_is_its_token(text: str) -> None:
    assert read_callback_token([NEW], "mpesa", PAYMENT + text) is None
