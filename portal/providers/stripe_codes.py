"""Stripe's words: how a card payment stands, why a card did not do, and what its errors say (providers.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from portal.domain.outcome import NotSent, Reason, Rejected, Unknown
from portal.domain.trouble import Trouble

Told = Mapping[str, Any]


class Standing(Enum):
    """What a status of a PaymentIntent means for us."""

    PAID = "paid"
    OPEN = "open"
    """The payer can still pay, or try another card."""
    PROCESSING = "processing"
    OVER = "over"
    """It ended, and no money moves any more."""


OUTCOMES = {
    # There is no `failed` (D43): after a decline it waits for another card, and `last_payment_error` says why.
    "requires_payment_method": Standing.OPEN,
    "requires_confirmation": Standing.OPEN,
    "requires_action": Standing.OPEN,
    "processing": Standing.PROCESSING,
    # Held on the card and not taken. We never ask for that, so a person did: asked again until it is decided.
    "requires_capture": Standing.PROCESSING,
    "canceled": Standing.OVER,
    "succeeded": Standing.PAID,
}
"""The seven of the API; any other is pending, unmapped."""

REASONS = {
    "insufficient_funds": Reason.INSUFFICIENT_FUNDS,
    "expired_card": Reason.CARD_EXPIRED,
    **dict.fromkeys(
        (
            "incorrect_number",
            "invalid_number",
            "incorrect_cvc",
            "invalid_cvc",
            "incorrect_zip",
            "invalid_expiry_month",
            "invalid_expiry_year",
        ),
        Reason.CARD_DETAILS,
    ),
    "card_velocity_exceeded": Reason.LIMIT_DAILY,
    "withdrawal_count_limit_exceeded": Reason.LIMIT_DAILY,
    **dict.fromkeys(
        ("processing_error", "try_again_later", "issuer_not_available", "reenter_transaction"),
        Reason.PROVIDER_BUSY,
    ),
}
"""Why a card did not do, where that may be told. Every other word, a stolen card's too, is "not approved"."""

REFUSALS = {
    "amount_too_small": Reason.LIMIT_PER_PAYMENT,
    "amount_too_large": Reason.LIMIT_PER_PAYMENT,
}
"""What is the payer's of the refusals of a request; all others are ours, and the office is told."""

ASKS_ITS_OWNER = "authentication_required"
"""A bank that wants the card's owner to say yes; nothing is wrong with the card."""
BUSY, SERVER_ERROR = 429, 500
OUR_ACCOUNT = {401: Trouble.CREDENTIALS_REFUSED, 403: Trouble.ACCOUNT_REFUSED}
REFUSED = (400, 402, 404)
IN_USE = "idempotency_key_in_use"
OTHER_REQUEST = "idempotency_error"
RESOURCE_MISSING = "resource_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error as Stripe words it. `kind` is its type, `intent` the PaymentIntent that it ended, if any."""

    status: int | None
    kind: str
    code: str | None
    param: str | None = None
    intent: Told = field(default_factory=dict, repr=False)

    @property
    def word(self) -> str:
        """The most telling of its words."""
        return self.code or self.kind or f"HTTP {self.status}"

    @property
    def is_of_our_account(self) -> bool:
        """Our key is wrong, has ended, or may not do that."""
        return self.status in OUR_ACCOUNT

    @property
    def trouble(self) -> Trouble | None:
        """What it tells of Stripe, or of us there."""
        if self.status is not None and self.status >= SERVER_ERROR:
            return Trouble.DOWN
        return OUR_ACCOUNT.get(self.status or 0)


def read_refusal(status: int | None, body: object) -> Refusal:
    """An error's JSON, whatever it is. Of a card that was declined the decline code says more than `card_declined`."""
    told = _object(body, "error")
    param = word_of(told.get("param"))
    code = word_of(told.get("decline_code")) or word_of(told.get("code")) or param
    kind, intent = word_of(told.get("type")) or "", _object(told, "payment_intent")
    return Refusal(status=status, kind=kind, code=code, param=param, intent=intent)


def refused(error: Refusal) -> Rejected | NotSent | Unknown:
    """What an error means for the request that it answers."""
    if error.status == BUSY:
        # Turned away at the door, before anything was done.
        return NotSent(error.word)
    if error.is_of_our_account:
        return Rejected(Reason.PAYEE_PROBLEM, error.word, error.trouble)
    if error.kind == OTHER_REQUEST or error.code == IN_USE:
        # Our key belongs to an earlier request: that one is in the world, and is what we must learn about.
        return Unknown(Reason.AMBIGUOUS, error.word)
    if error.status in REFUSED and error.kind in ("invalid_request_error", "card_error"):
        return Rejected(reason_of_refusal(error), error.word)
    known = error.status is not None and error.status >= SERVER_ERROR
    reason = Reason.AMBIGUOUS if known else Reason.UNKNOWN_ERROR
    return Unknown(reason, error.word, mapped=known, trouble=error.trouble)


def reason_of_refusal(error: Refusal) -> Reason:
    """Why a request was refused: for the card's sake, for the amount's, or for ours."""
    if error.kind == "card_error":
        return reason_of(error.word)
    return REFUSALS.get(error.word, Reason.PAYEE_PROBLEM)


def reason_of(word: str) -> Reason:
    """Why a card did not do."""
    return REASONS.get(word, Reason.CARD_DECLINED)


def word_of(value: object) -> str | None:
    """A code: one short word."""
    fits = (
        isinstance(value, str) and 0 < len(value) <= LONGEST_WORD and value.isascii() and value.isprintable()
    )
    return str(value) if fits else None


LONGEST_WORD = 60


def _object(body: object, name: str) -> dict[str, Any]:
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, dict) else {}
