"""What people agree to when they save a way to pay, or have it asked each month.

A text that changes gets the next version, and the old one stays. Whatever is saved keeps the words that were read.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from portal.templating.language import Language
from portal.templating.translations import load_translations


def N_(text: str) -> str:  # noqa: N802  (the name by which the extraction knows it)
    """Mark a string for the catalogue; it is translated when it is read."""
    return text


class Matter(StrEnum):
    """What one agrees to."""

    PHONE = "PHONE"
    CARD = "CARD"
    ACCOUNT = "ACCOUNT"
    APPOINTMENT = "APPOINTMENT"


TEXTS: Mapping[Matter, Mapping[str, str]] = {
    Matter.PHONE: {
        "phone-1": N_(
            "You agree that we keep this number, encrypted, and offer it when you pay. "
            "You always approve each payment with your PIN. You can delete it at any time."
        )
    },
    Matter.CARD: {
        "card-1": N_(
            "You agree that Stripe keeps this card, and that we ask it for a payment each time you press Pay. "
            "We never see its number. You can delete it at any time."
        )
    },
    Matter.ACCOUNT: {
        "account-1": N_(
            "You agree that we keep this account, encrypted, to send you refunds and to know your bank when you pay. "
            "We cannot take money from it. You can delete it at any time."
        )
    },
    Matter.APPOINTMENT: {
        "appointment-1": N_(
            "You agree that each month on this day we tell you of rent that is not paid. If you choose the request, it "
            "comes to this phone at that hour, for the rent that is due with its fees; you approve it with your PIN, "
            "or refuse it. You can switch it off at any time."
        )
    },
}
"""By matter and version, the one of today last."""


def current_version(matter: Matter) -> str:
    return list(TEXTS[matter])[-1]


def consent_text(version: str, language: str) -> str:
    """The words of a version. Raises LookupError for one that never was."""
    text = next(texts[version] for texts in TEXTS.values() if version in texts)
    return str(load_translations(Language(language)).gettext(text))
