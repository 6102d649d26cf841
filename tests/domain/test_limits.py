"""How much one push may carry."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.limits import PUSH_LIMITS, push_limit
from portal.domain.method import CARDS, WALLETS, PaymentMethod
from portal.domain.money import Currency, shillings

MPESA = PUSH_LIMITS[0]
TODAY = date(2026, 3, 3)


@pytest.mark.covers("A28")
@pytest.mark.parametrize(
    "total,admitted", [(0, False), (999, False), (1_000, True), (3_000_000, True), (3_000_001, False)]
)
def test_a_push_carries_what_lies_between_the_limits(total: int, admitted: bool) -> None:  # noqa: FBT001
    assert MPESA.admits(shillings(total)) is admitted
    assert MPESA.range == (shillings(1_000), shillings(3_000_000))


@pytest.mark.covers("A28", "A5", "A6", "A7")
@given(st.sampled_from(list(WALLETS)), st.integers(0, 10_000_000))
def test_every_wallet_carries_exactly_what_its_range_says(wallet: PaymentMethod, total: int) -> None:
    limit = push_limit(wallet, Currency.TZS, TODAY)
    assert limit is not None
    smallest, largest = limit.range
    assert limit.admits(shillings(total)) is (smallest.minor <= total <= largest.minor)


def test_the_youngest_limit_in_force_is_taken() -> None:
    raised = replace(MPESA, valid_from=date(2026, 7, 1), largest=5_000_000)
    for on, largest in [(date(2026, 6, 30), 3_000_000), (date(2026, 7, 1), 5_000_000)]:
        limit = push_limit(PaymentMethod.MPESA, Currency.TZS, on, (raised, MPESA))
        assert limit is not None
        assert limit.largest == largest


def test_a_method_or_day_without_a_limit_has_none() -> None:
    assert push_limit(PaymentMethod.MPESA, Currency.TZS, date(2025, 12, 31)) is None
    assert push_limit(PaymentMethod.MPESA, Currency.USD, TODAY) is None
    assert push_limit(PaymentMethod.BANK_TRANSFER, Currency.TZS, TODAY) is None


@pytest.mark.covers("A8", "A28")
@pytest.mark.parametrize("card", sorted(CARDS))
def test_a_card_carries_eight_digits_of_hundredths_and_no_shilling_more(card: PaymentMethod) -> None:
    limit = push_limit(card, Currency.TZS, TODAY)
    assert limit is not None
    assert [limit.admits(shillings(total)) for total in (1_299, 1_300, 999_999, 1_000_000)] == [
        False,
        True,
        True,
        False,
    ]
