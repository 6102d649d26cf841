"""Ways to pay, as the customer names them."""

from __future__ import annotations

from enum import StrEnum

from portal.domain.phone import Network


class PaymentMethod(StrEnum):
    """The customer's seven, and ours beside them."""

    MPESA = "MPESA"
    TIGO_PESA = "TIGO_PESA"
    AIRTEL_MONEY = "AIRTEL_MONEY"
    CREDIT_CARD = "CREDIT_CARD"
    DEBIT_CARD = "DEBIT_CARD"
    BANK_TRANSFER = "BANK_TRANSFER"
    DIGITAL_WALLET = "DIGITAL_WALLET"
    HALOPESA = "HALOPESA"
    AZAMPESA = "AZAMPESA"


HOME_NETWORK = {
    PaymentMethod.MPESA: Network.VODACOM,
    PaymentMethod.TIGO_PESA: Network.YAS,
    PaymentMethod.AIRTEL_MONEY: Network.AIRTEL,
    PaymentMethod.HALOPESA: Network.HALOTEL,
}
"""The network whose prefix preselects the method; the payer's choice decides. AzamPesa has numbers of every network."""
WALLETS = (*HOME_NETWORK, PaymentMethod.AZAMPESA)
"""Approved on a phone."""
BESIDE = frozenset({PaymentMethod.HALOPESA, PaymentMethod.AZAMPESA})
"""Ours beside the customer's: where nobody serves them, nothing is said of them."""
CHOICES = (
    *WALLETS,
    PaymentMethod.CREDIT_CARD,
    PaymentMethod.DIGITAL_WALLET,
    PaymentMethod.BANK_TRANSFER,
)
"""What a payer chooses among, in this order: a card is a card, whatever the bank calls the money behind it."""
CARDS = frozenset({PaymentMethod.CREDIT_CARD, PaymentMethod.DEBIT_CARD, PaymentMethod.DIGITAL_WALLET})
"""Paid on a page of Stripe's."""


class Details(StrEnum):
    """What the payer is asked for beside the method."""

    PHONE = "PHONE"
    ACCOUNT = "ACCOUNT"
    """Which of our bank accounts they send to."""
    NOTHING = "NOTHING"


def details_of(method: PaymentMethod) -> Details:
    """A wallet wants a phone, a transfer one of our accounts, and a card is asked for elsewhere."""
    if method in WALLETS:
        return Details.PHONE
    return Details.ACCOUNT if method is PaymentMethod.BANK_TRANSFER else Details.NOTHING


def first_guess(network: Network | None) -> PaymentMethod | None:
    """The wallet that belongs to a network, if one does."""
    return next((method for method, home in HOME_NETWORK.items() if home is network), None)
