"""Stripe's own test cards: what becomes of each, known by its number alone, which is kept nowhere."""

import re
from dataclasses import dataclass

PAID = ""
REFUSED_AT_THE_BANK = "payment_intent_authentication_failure"
ASKS_ITS_OWNER = "authentication_required"


@dataclass(frozen=True)
class KnownCard:
    """`declined` is the bank's word, or PAID. One that is `guarded` wants its owner's own yes at their bank, every time
    or only `once`; one that is `kept` can be saved, though it is declined when it is to pay.
    """

    brand: str
    says: str
    declined: str = PAID
    funding: str = "credit"
    guarded: bool = False
    once: bool = False
    kept: bool = False

    @property
    def can_be_saved(self) -> bool:
        return self.kept or not self.declined

    @property
    def says_when_charged(self) -> str:
        """The bank's word for a charge without its owner, or PAID."""
        return self.declined or (ASKS_ITS_OWNER if self.guarded and not self.once else PAID)


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
    "4000000000000341": KnownCard(
        "visa", "Can be saved, and is declined when it is to pay.", "generic_decline", kept=True
    ),
    "4000002500003155": KnownCard("visa", "The bank asks once, when it is saved.", guarded=True, once=True),
    "4000002760003184": KnownCard("visa", "The bank asks every time (3-D Secure).", guarded=True),
    "4000008260003178": KnownCard(
        "visa",
        "The bank asks first, and then there is too little money.",
        "insufficient_funds",
        guarded=True,
        kept=True,
    ),
}
ANY_OTHER = KnownCard("visa", "Any other number is declined: this is a test.", "testmode_decline")
WALLET_CARD = KnownCard("visa", "The card behind Apple Pay or Google Pay.")
CODES = {
    word: word
    for word in (
        "expired_card",
        "incorrect_cvc",
        "processing_error",
        ASKS_ITS_OWNER,
        REFUSED_AT_THE_BANK,
    )
}
"""Words that are the code of their error, too; of all others the code is `card_declined`."""


def digits_of(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed)


def find_card(digits: str) -> KnownCard | None:
    """None for what is no card number: a digit is wrong or missing."""
    if not re.fullmatch("[0-9]{13,19}", digits) or not _luhn(digits):
        return None
    return TEST_CARDS.get(digits, ANY_OTHER)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
