"""What a Checkout Session of Stripe's says of a payment, and how much money its numbers mean (providers.md §5.2, §5.3).

Amounts are hundredths there, of shillings too, though no shilling has any.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from portal.domain.money import EXPONENT, Currency, Money
from portal.domain.outcome import NotPaid, Outcome, Paid, Pending, Reason, Unknown
from portal.providers.stripe_codes import OUTCOMES, Standing, Told, reason_of, word_of

DECIMALS = 2
"""TZS is not among the currencies that Stripe counts without decimals, though UGX and RWF are."""
REFERENCE = "reference"
"""The key of our reference in the metadata of all that we make there."""
LANGUAGES = {"en": "en"}
"""Those of ours that its pages speak; any other is left to the payer's browser."""
OPEN, COMPLETE, EXPIRED = "open", "complete", "expired"
_ID = re.compile(r"[a-z]{2,10}_[0-9A-Za-z_]{1,110}")
LONGEST_RECEIPT_CODE = 40


def in_hundredths(amount: Money) -> int:
    """The number that travels."""
    return amount.minor * _hundredths(amount.currency)


def money_of(hundredths: object, currency: object) -> Money | None:
    """The money that a number and a currency of Stripe's stand for; None for what cannot be counted here."""
    try:
        known = Currency(str(currency).upper())
    except ValueError:
        return None
    if type(hundredths) is not int:
        return None
    whole, rest = divmod(hundredths, _hundredths(known))
    return None if rest else Money(whole, known)


def paid_or_unreadable(
    hundredths: object, currency: object, intent: str | None, paid_at: datetime | None
) -> Paid | Unknown:
    """Money moved. Where the amount is none that we can count, a person has to look at it."""
    amount = money_of(hundredths, currency)
    if amount is None:
        return Unknown(Reason.WRONG_AMOUNT, word_of(f"{hundredths} {currency}") or "amount unreadable")
    fits = intent is not None and len(intent) <= LONGEST_RECEIPT_CODE
    return Paid(amount=amount, receipt_code=intent if fits else None, paid_at=paid_at)


def outcome_of(session: Told) -> Outcome:
    """How a session stands, by its PaymentIntent, which came with it and with its charge."""
    status, intent = session.get("status"), object_in(session, "payment_intent")
    if status not in (OPEN, COMPLETE, EXPIRED):
        return Unknown(Reason.UNKNOWN_ERROR, word_of(status) or "no status", mapped=False)
    if not intent:
        return _without_intent(status)
    word = word_of(intent.get("status")) or "no status"
    match OUTCOMES.get(word):
        case Standing.PAID:
            charge = object_in(intent, "latest_charge")
            received, currency = intent.get("amount_received"), intent.get("currency")
            return paid_or_unreadable(received, currency, id_of(intent), instant_of(charge.get("created")))
        case Standing.PROCESSING:
            return Pending(word)
        case Standing.OPEN | Standing.OVER if status == OPEN:
            return attempted(intent) or Pending(word)
        case Standing.OPEN | Standing.OVER:
            return _ended(status, intent, word)
        case None:
            return Unknown(Reason.UNKNOWN_ERROR, word, mapped=False)


def attempted(intent: Told) -> Pending | None:
    """Why the last card did not do, while another may; None where none was tried."""
    error = object_in(intent, "last_payment_error")
    word = word_of(error.get("decline_code")) or word_of(error.get("code"))
    return Pending(word, reason_of(word)) if word else None


def _without_intent(status: str) -> Outcome:
    """Stripe makes the PaymentIntent when the payer presses Pay."""
    match status:
        case "open":
            return Pending(status)
        case "expired":
            return NotPaid(Reason.NO_RESPONSE, status)
        case _:
            return Unknown(Reason.AMBIGUOUS, "complete without a payment")


def _ended(status: str, intent: Told, word: str) -> NotPaid | Unknown:
    """Nobody can pay any more; where a card was tried, it is told why it did not do."""
    tried = attempted(intent)
    if tried and tried.reason:
        return NotPaid(tried.reason, tried.code)
    # What is complete and neither paid nor refused is on its way to one of both.
    return NotPaid(Reason.NO_RESPONSE, status) if status == EXPIRED else Unknown(Reason.AMBIGUOUS, word)


def reference_in(told: Told) -> str | None:
    """Ours, as it travelled with the request."""
    return word_of(object_in(told, "metadata").get(REFERENCE) or told.get("client_reference_id"))


def is_about(told: Told, reference: str) -> bool:
    """It names our reference, and no other."""
    named = (object_in(told, "metadata").get(REFERENCE), told.get("client_reference_id"))
    return {name for name in named if name is not None} == {reference}


def object_in(told: Told, name: str) -> Told:
    """An object that came with the other; empty where only its id did."""
    value = told.get(name)
    return value if isinstance(value, dict) else {}


def id_of(told: object) -> str | None:
    """An id, or that of an object that came in its place."""
    value = told.get("id") if isinstance(told, dict) else told
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def instant_of(seconds: object) -> datetime | None:
    """A moment; None for a number that is none."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if type(seconds) is int else None
    except (OverflowError, ValueError, OSError):
        return None


def _hundredths(currency: Currency) -> int:
    """How many hundredths one of our minor units is."""
    return int(10 ** (DECIMALS - EXPONENT[currency]))
