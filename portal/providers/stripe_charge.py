"""A saved card of Stripe's, charged without a page: its bank answers at once, or wants its owner first.

A PaymentIntent that was confirmed so can be tried again by nobody but us, and we never do.
"""

from __future__ import annotations

from stripe.params import PaymentIntentCreateParams

from portal.domain.outcome import (
    Accepted,
    Awaits,
    NotPaid,
    NotSent,
    Outcome,
    Paid,
    Pending,
    Reason,
    StartOutcome,
    Unknown,
)
from portal.providers.provider import Instruction
from portal.providers.stripe_codes import (
    ASKS_ITS_OWNER,
    OUTCOMES,
    Refusal,
    Standing,
    Told,
    reason_of,
    refused,
    word_of,
)
from portal.providers.stripe_saved_card import Token
from portal.providers.stripe_session import (
    REFERENCE,
    attempted,
    id_of,
    in_hundredths,
    instant_of,
    is_about,
    object_in,
    paid_or_unreadable,
)

WITH_ITS_CHARGE = ["latest_charge"]
CHARGES, SAVED_CARD = "charges", "saved_card"
"""How the metadata of such a PaymentIntent tells it from one that a page has made."""
NOT_KEPT = ("customer", "payment_method")
"""The parameters that are refused when the card is kept no longer."""


def is_charge(request_id: str) -> bool:
    """A request that was made without a page."""
    return request_id.startswith("pi_")


def charges_saved_card(intent: Told) -> bool:
    return object_in(intent, "metadata").get(CHARGES) == SAVED_CARD


def charge_of(instruction: Instruction, card: Token) -> PaymentIntentCreateParams:
    """The whole total, at once."""
    return {
        "amount": in_hundredths(instruction.amount),
        "currency": instruction.amount.currency.lower(),
        "customer": card.customer,
        "payment_method": card.method,
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        # The payer is on our page and not on the bank's: whom the bank wants to see is led to Stripe's.
        "off_session": True,
        "description": instruction.label,
        "metadata": {REFERENCE: instruction.reference, CHARGES: SAVED_CARD},
        "expand": WITH_ITS_CHARGE,
    }


def charged(answer: Told | Refusal | NotSent | Unknown, reference: str) -> StartOutcome | None:
    """What came of the charge; None where the card cannot be charged without its owner, and nothing was."""
    match answer:
        case NotSent() | Unknown():
            return answer
        case Refusal() if _needs_its_owner(answer):
            return None
        case Refusal():
            return _declined(answer)
        case _:
            return _answered(answer, reference)


def outcome_of_charge(intent: Told) -> Outcome:
    """How such a PaymentIntent stands."""
    word = word_of(intent.get("status")) or "no status"
    match OUTCOMES.get(word):
        case Standing.PAID:
            charge = object_in(intent, "latest_charge")
            received, currency = intent.get("amount_received"), intent.get("currency")
            return paid_or_unreadable(received, currency, id_of(intent), instant_of(charge.get("created")))
        case Standing.PROCESSING:
            return Pending(word)
        case Standing.OPEN | Standing.OVER as standing:
            return _unpaid(intent, word, is_over=standing is Standing.OVER)
        case None:
            return Unknown(Reason.UNKNOWN_ERROR, word, mapped=False)


def _unpaid(intent: Told, word: str, *, is_over: bool) -> NotPaid | Pending:
    tried = attempted(intent)
    if tried and tried.reason:
        return NotPaid(tried.reason, tried.code)
    return NotPaid(Reason.NOT_COMPLETED, word) if is_over else Pending(word)


def _needs_its_owner(error: Refusal) -> bool:
    """The bank wants to ask them, or Stripe keeps the card no longer, so that it must be entered anew."""
    gone = error.kind == "invalid_request_error" and error.param in NOT_KEPT
    return gone or (error.kind == "card_error" and error.word == ASKS_ITS_OWNER)


def _declined(error: Refusal) -> StartOutcome:
    """A card that its bank refuses has been asked: it is the end of a request, and no refusal to take one."""
    intent = id_of(error.intent)
    if error.kind != "card_error" or intent is None:
        return refused(error)
    return Accepted(intent, awaits=Awaits.CARD, ended=NotPaid(reason_of(error.word), error.word))


def _answered(intent: Told, reference: str) -> StartOutcome:
    request_id = id_of(intent)
    if request_id is None or not is_charge(request_id) or not is_about(intent, reference):
        return Unknown(Reason.UNKNOWN_ERROR, "no payment of ours", mapped=False)
    says = outcome_of_charge(intent)
    return Accepted(request_id, awaits=Awaits.CARD, ended=says if isinstance(says, Paid | NotPaid) else None)
