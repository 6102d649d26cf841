"""Stripe's objects as JSON: a session, its PaymentIntent or SetupIntent, the charge of what was paid, a card."""

from typing import Any

from portal.sandbox.book import Movement
from portal.sandbox.prompt import RECEIPT
from portal.sandbox.stripe.attempt import Attempt, Shown
from portal.sandbox.stripe.cards import CODES
from portal.sandbox.stripe.codes import UNDOCUMENTED
from portal.sandbox.stripe.session import OPEN, Session
from portal.sandbox.stripe.setup import Setup
from portal.sandbox.stripe.vault import Kept

Json = dict[str, Any]
PER_UNIT = {"tzs": 100, "usd": 1}
"""How many hundredths one unit of the book is: a whole shilling, or a cent."""


def session_json(
    session: Session, result: str | None, movement: Movement | None, page: str, intent: object
) -> Json:
    """As if it had ended with that result; `intent` is the id of its PaymentIntent, or the whole of it."""
    asked, status = session.asked, session.status_of(result)
    return {
        "id": session.request_id,
        "object": "checkout.session",
        "amount_total": taken(session, movement) if movement else asked.hundredths,
        "cancel_url": asked.cancel_url,
        "client_reference_id": asked.reference,
        "created": int(session.asked_at.timestamp()),
        "currency": asked.currency,
        "customer": None,
        "expires_at": int(asked.expires_at.timestamp()),
        "livemode": False,
        "locale": asked.locale,
        "metadata": asked.metadata,
        "mode": "payment",
        "payment_intent": intent,
        "allowed_payment_method_types": ["card"],
        "payment_method_types": ["card"],
        "payment_status": _payment_status(session, result),
        "setup_intent": None,
        "status": status,
        "success_url": asked.success_url,
        "url": page if status == OPEN else None,
    }


def setup_json(setup: Setup, page: str, intent: object) -> Json:
    """`intent` is the id of its SetupIntent, or the whole of it."""
    asked = setup.asked
    return {
        "id": setup.id,
        "object": "checkout.session",
        "amount_total": None,
        "cancel_url": asked.cancel_url,
        "client_reference_id": asked.reference,
        "created": int(setup.created_at.timestamp()),
        "currency": None,
        "customer": setup.kept.customer if setup.kept else None,
        "customer_creation": "always",
        "expires_at": int(asked.expires_at.timestamp()),
        "livemode": False,
        "locale": asked.locale,
        "metadata": asked.metadata,
        "mode": "setup",
        "payment_intent": None,
        "allowed_payment_method_types": ["card"],
        "payment_method_types": ["card"],
        "payment_status": "no_payment_required",
        "setup_intent": intent,
        "status": setup.status,
        "success_url": asked.success_url,
        "url": page if setup.is_open else None,
    }


def setup_intent_json(setup: Setup, method: object) -> Json:
    """`method` is the id of the card that was entered, or the whole of it."""
    waits = "requires_action" if setup.challenge else "requires_payment_method"
    return {
        "id": setup.setup_id,
        "object": "setup_intent",
        "created": int(setup.created_at.timestamp()),
        "customer": setup.kept.customer if setup.kept else None,
        "last_setup_error": error_json(setup.tried) if setup.tried else None,
        "livemode": False,
        "metadata": setup.asked.setup_metadata,
        "payment_method": method,
        "status": "succeeded" if setup.kept else waits if setup.is_open else "canceled",
        "usage": "off_session",
    }


def intent_json(attempt: Attempt, result: str | None, movement: Movement | None, charge: object) -> Json:
    asked = attempt.asked
    declined = attempt.declined_by(result)
    return {
        "id": intent_id(attempt, movement),
        "object": "payment_intent",
        "amount": asked.hundredths,
        "amount_received": taken(attempt, movement) if movement else 0,
        "created": int(attempt.asked_at.timestamp()),
        "currency": asked.currency,
        "customer": attempt.customer,
        "description": asked.description,
        "last_payment_error": error_json(declined) if declined else None,
        "latest_charge": charge,
        "livemode": False,
        "metadata": asked.intent_metadata,
        "payment_method": attempt.method,
        "status": attempt.intent_status(result),
    }


def charge_json(attempt: Attempt, movement: Movement, sent_back: int = 0) -> Json:
    """`sent_back`: how much of it went back, in units of the book."""
    return {
        "id": attempt.charge_id,
        "object": "charge",
        "amount": taken(attempt, movement),
        "amount_refunded": sent_back * PER_UNIT[attempt.asked.currency],
        "captured": True,
        "created": int(movement.at.timestamp()),
        "currency": attempt.asked.currency,
        "customer": attempt.customer,
        "disputed": False,
        "livemode": False,
        "metadata": attempt.asked.intent_metadata,
        "paid": True,
        "payment_intent": intent_id(attempt, movement),
        "payment_method": attempt.method,
        "payment_method_details": {"card": card_json(attempt.shown), "type": "card"},
        "refunded": sent_back == movement.amount,
        "status": "succeeded",
    }


def method_json(kept: Kept) -> Json:
    return {
        "id": kept.method,
        "object": "payment_method",
        "card": card_json(kept.shown) | {"fingerprint": kept.shown.mark},
        "customer": kept.customer,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def card_json(shown: Shown | None) -> Json:
    card = shown or Shown("visa", "4242")
    return {
        "brand": card.brand,
        "exp_month": card.month,
        "exp_year": card.year,
        "funding": card.funding,
        "last4": card.last4,
        "wallet": {"type": card.wallet} if card.wallet else None,
    }


def error_json(declined: str) -> Json:
    """Why a card did not do."""
    code = CODES.get(declined, "card_declined")
    return {
        "type": "card_error",
        "code": code,
        "decline_code": declined,
        "message": "Your card was declined.",
    }


def intent_id(attempt: Attempt, movement: Movement | None) -> str:
    return movement.receipt if movement else attempt.ids[RECEIPT]


def taken(attempt: Attempt, movement: Movement) -> int:
    """In hundredths."""
    return movement.amount * PER_UNIT[attempt.asked.currency]


def _payment_status(session: Session, result: str | None) -> str:
    if session.is_paid_by(result):
        return "paid"
    return UNDOCUMENTED if result and session.word_of(result) == UNDOCUMENTED else "unpaid"
