"""The phone networks: their wallets, the numbers they give out, what they write on a phone, and their receipt codes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from portal.sandbox import receipts

MSISDN = "255[67][0-9]{8}|254[17][0-9]{8}"
"""A number that some network has."""


@dataclass(frozen=True)
class Operator:
    """`fated` begins the numbers with a fixed fate. `asks` and `confirms` are what the phone shows before and after.
    `receipt` makes a code out of a time and hexadecimal digits of chance.
    """

    name: str
    wallet: str
    prefixes: tuple[str, ...]
    fated: str
    asks: str
    confirms: str
    receipt: Callable[[datetime, str], str]

    def text(self, amount: int, merchant: str, reference: str) -> str:
        return self.asks.format(amount=amount, merchant=merchant, reference=reference)


MPESA = Operator(
    name="Vodacom",
    wallet="M-PESA",
    prefixes=("72", "74", "75", "76", "79"),
    fated="255754000",
    asks="Do you want to pay TZS {amount:,} to {merchant} for account {reference}?",
    confirms="{receipt} Confirmed. TZS {amount:,} sent to {merchant} for account {reference} on {day} at {time}.",
    receipt=receipts.mpesa,
)
MIXX = Operator(
    name="Yas",
    wallet="Mixx by Yas",
    prefixes=("65", "67", "70", "71", "77"),
    fated="255713000",
    asks="Pay bill: TZS {amount:,} to {merchant}, reference {reference}. Enter your PIN to confirm.",
    confirms="You have paid TZS {amount:,} to {merchant}, reference {reference}, on {day} at {time}. TxnID {receipt}.",
    receipt=receipts.mixx,
)
AIRTEL = Operator(
    name="Airtel",
    wallet="Airtel Money",
    prefixes=("60", "66", "68", "69", "78"),
    fated="255784000",
    asks="{merchant} asks for TZS {amount:,}. Reference: {reference}. Enter your PIN to pay.",
    confirms="Trans ID {receipt}. You have paid TZS {amount:,} to {merchant}, {reference}, on {day} at {time}.",
    receipt=receipts.airtel,
)
HALOPESA = Operator(
    name="Halotel",
    wallet="HaloPesa",
    prefixes=("61", "62", "63"),
    fated="255621000",
    asks="{merchant} asks you to pay TZS {amount:,} for {reference}. Enter your PIN to confirm.",
    confirms="{receipt}: you have paid TZS {amount:,} to {merchant} for {reference} on {day} at {time}.",
    receipt=receipts.halopesa,
)
AZAMPESA = Operator(
    name="Azam",
    wallet="AzamPesa",
    # An account is a number of whichever network; those with a fate are of one that has no wallet here.
    prefixes=(),
    fated="255731000",
    asks="Pay TZS {amount:,} to {merchant}, reference {reference}? Enter your AzamPesa PIN.",
    confirms="AzamPesa {receipt}. TZS {amount:,} paid to {merchant}, {reference}, on {day} at {time}.",
    receipt=receipts.azampesa,
)
OPERATORS = (MPESA, MIXX, AIRTEL, HALOPESA, AZAMPESA)


def is_msisdn(text: str) -> bool:
    return re.fullmatch(MSISDN, text) is not None


def operator_of(msisdn: str) -> Operator:
    """Whose number this was when it was given out; numbers move. Vodacom shows those of nobody here."""
    return next((one for one in OPERATORS if msisdn[3:5] in one.prefixes), MPESA)
