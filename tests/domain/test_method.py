"""What each way to pay asks for."""

import pytest

from portal.domain.method import CARDS, CHOICES, WALLETS, Details, PaymentMethod, details_of


@pytest.mark.covers("D24")
@pytest.mark.parametrize("method", PaymentMethod)
def test_a_wallet_asks_for_a_phone_a_transfer_for_a_bank_and_a_card_for_nothing_here(
    method: PaymentMethod,
) -> None:
    asked = {
        Details.PHONE: method in WALLETS,
        Details.ACCOUNT: method is PaymentMethod.BANK_TRANSFER,
        Details.NOTHING: method in CARDS,
    }
    assert [details for details, fits in asked.items() if fits] == [details_of(method)]


@pytest.mark.covers("D24", "S23")
def test_every_method_can_be_chosen_and_a_card_is_one_choice() -> None:
    assert {*CHOICES, PaymentMethod.DEBIT_CARD} == set(PaymentMethod)
    assert len(CHOICES) == len(set(CHOICES)) == len(PaymentMethod) - 1
