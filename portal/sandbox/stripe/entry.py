"""What is typed on a page as a card: looked up, shown by its last four digits, and forgotten."""

import re
from datetime import datetime

from portal.sandbox.stripe.attempt import Shown
from portal.sandbox.stripe.cards import WALLET_CARD, KnownCard, digits_of, find_card
from portal.sandbox.stripe.vault import Vault

WALLETS = {"apple_pay": "Apple Pay", "google_pay": "Google Pay"}
Typed = dict[str, str]


def behind_button(vault: Vault, wallet: str) -> tuple[KnownCard, Shown]:
    return WALLET_CARD, Shown(WALLET_CARD.brand, "4242", wallet=wallet, mark=vault.mark(wallet))


def read_card(vault: Vault, data: Typed, now: datetime) -> tuple[KnownCard, Shown] | Typed:
    """The card, or by field what is wrong."""
    digits = digits_of(data.get("number", ""))
    card, end = find_card(digits), _end(data.get("expiry", ""))
    errors = {} if card else {"number": "Your card number is invalid."}
    if end is None or (end[1], end[0]) < (now.year, now.month):
        errors["expiry"] = "Your card's expiration date is incomplete or in the past."
    if not re.fullmatch("[0-9]{3,4}", data.get("cvc", "")):
        errors["cvc"] = "Your card's security code is incomplete."
    if card is None or end is None or errors:
        return errors
    month, year = end
    return card, Shown(card.brand, digits[-4:], card.funding, month=month, year=year, mark=vault.mark(digits))


def _end(expiry: str) -> tuple[int, int] | None:
    """Month and year of what is typed as 12 / 34."""
    parts = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/?\s*([0-9]{2})\s*", expiry)
    return (int(parts[1]), 2000 + int(parts[2])) if parts else None
