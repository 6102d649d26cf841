"""Stripe's own test cards: what becomes of each, known by its number alone, which is kept nowhere."""

import re
from dataclasses import dataclass

PAID = ""


@dataclass(frozen=True)
class KnownCard:
    """`declined` is the bank's word, or PAID. One that is `guarded` wants the payer's own yes at their bank first."""

    brand: str
    says: str
    declined: str = PAID
    funding: str = "credit"
    guarded: bool = False


TEST_CARDS = {
    "4242424242424242": KnownCard("visa", "Is approved."),
    "4000056655665556": KnownCard("visa", "Is approved, a debit card.", funding="debit"),
    "5555555555554444": KnownCard("mastercard", "Is approved."),
    "378282246310005": KnownCard("amex", "Is approved."),
    "4000000000000002": KnownCard("visa", "Is declined, the bank does not say why.", "generic_decline"),
    "4000000000009995": KnownCard("visa", "Has too little money.", "insufficient_funds"),
    "4000000000000069": KnownCard("visa", "Has expired.", "expired_card"),
    "4000000000000127": KnownCard("visa", "Its code is wrong.", "incorrect_cvc"),
    "4000000000000119": KnownCard("visa", "The bank's computer does not answer.", "processing_error"),
    "4000000000009987": KnownCard("visa", "Was lost.", "lost_card"),
    "4000000000009979": KnownCard("visa", "Was stolen.", "stolen_card"),
    "4000000000006975": KnownCard("visa", "Has been used too often.", "card_velocity_exceeded"),
    "4000002760003184": KnownCard("visa", "The bank asks the payer first (3-D Secure).", guarded=True),
    "4000008260003178": KnownCard(
        "visa", "The bank asks first, and then there is too little money.", "insufficient_funds", guarded=True
    ),
}
ANY_OTHER = KnownCard("visa", "Any other number is declined: this is a test.", "testmode_decline")
WALLET_CARD = KnownCard("visa", "The card behind Apple Pay or Google Pay.")
CODES = {
    "expired_card": "expired_card",
    "incorrect_cvc": "incorrect_cvc",
    "processing_error": "processing_error",
}
"""Words that are the code of their error, too; of all others the code is `card_declined`."""


def find_card(typed: str) -> KnownCard | None:
    """None for what is no card number: a digit is wrong or missing."""
    digits = re.sub(r"[\s-]", "", typed)
    if not re.fullmatch("[0-9]{13,19}", digits) or not _luhn(digits):
        return None
    return TEST_CARDS.get(digits, ANY_OTHER)


def last4(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed)[-4:]


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
