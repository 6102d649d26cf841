"""What people agree to when they save a way to pay. A text that changes gets the next version, and the old one stays.

The text is kept with what was saved, in the words and the language in which it was read.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.saved_method import Kind
from portal.templating.language import Language
from portal.templating.translations import load_translations


def N_(text: str) -> str:  # noqa: N802  (the name by which the extraction knows it)
    """Mark a string for the catalogue; it is translated when it is read."""
    return text


TEXTS: Mapping[Kind, Mapping[str, str]] = {
    Kind.PHONE: {
        "phone-1": N_(
            "You agree that we keep this number, encrypted, and offer it when you pay. "
            "You always approve each payment with your PIN. You can delete it at any time."
        )
    },
    Kind.CARD: {
        "card-1": N_(
            "You agree that Stripe keeps this card, and that we ask it for a payment each time you press Pay. "
            "We never see its number. You can delete it at any time."
        )
    },
    Kind.BANK_ACCOUNT: {
        "account-1": N_(
            "You agree that we keep this account, encrypted, to send you refunds and to know your bank when you pay. "
            "We cannot take money from it. You can delete it at any time."
        )
    },
}
"""By kind and version, the one of today last."""


def current_version(kind: Kind) -> str:
    return list(TEXTS[kind])[-1]


def consent_text(version: str, language: str) -> str:
    """The words of a version. Raises LookupError for one that never was."""
    text = next(texts[version] for texts in TEXTS.values() if version in texts)
    return str(load_translations(Language(language)).gettext(text))
