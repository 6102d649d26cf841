"""Stripe's objects as JSON: a session, its PaymentIntent, and the charge of what was paid."""

from typing import Any

from portal.sandbox.book import Movement
from portal.sandbox.prompt import RECEIPT
from portal.sandbox.stripe.cards import CODES
from portal.sandbox.stripe.codes import EXPIRED, UNDOCUMENTED
from portal.sandbox.stripe.session import OPEN, Session, Shown

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
        "expires_at": int(asked.expires_at.timestamp()),
        "livemode": False,
        "locale": asked.locale,
        "metadata": asked.metadata,
        "mode": "payment",
        "payment_intent": intent,
        "allowed_payment_method_types": ["card"],
        "payment_method_types": ["card"],
        "payment_status": _payment_status(session, result),
        "status": status,
        "success_url": asked.success_url,
        "url": page if status == OPEN else None,
    }


def intent_json(session: Session, result: str | None, movement: Movement | None, charge: object) -> Json:
    asked = session.asked
    declined = session.declined_by(result)
    return {
        "id": intent_id(session, movement),
        "object": "payment_intent",
        "amount": asked.hundredths,
        "amount_received": taken(session, movement) if movement else 0,
        "created": int(session.asked_at.timestamp()),
        "currency": asked.currency,
        "description": asked.description,
        "last_payment_error": error_json(declined) if declined else None,
        "latest_charge": charge,
        "livemode": False,
        "metadata": asked.intent_metadata,
        "status": _intent_status(session, result),
    }


def charge_json(session: Session, movement: Movement) -> Json:
    return {
        "id": session.charge_id,
        "object": "charge",
        "amount": taken(session, movement),
        "amount_refunded": 0,
        "captured": True,
        "created": int(movement.at.timestamp()),
        "currency": session.asked.currency,
        "disputed": False,
        "livemode": False,
        "metadata": session.asked.intent_metadata,
        "paid": True,
        "payment_intent": intent_id(session, movement),
        "payment_method_details": {"card": _card_json(session.shown), "type": "card"},
        "refunded": False,
        "status": "succeeded",
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


def intent_id(session: Session, movement: Movement | None) -> str:
    return movement.receipt if movement else session.ids[RECEIPT]


def taken(session: Session, movement: Movement) -> int:
    """In hundredths."""
    return movement.amount * PER_UNIT[session.asked.currency]


def _payment_status(session: Session, result: str | None) -> str:
    if session.is_paid_by(result):
        return "paid"
    return UNDOCUMENTED if result and session.word_of(result) == UNDOCUMENTED else "unpaid"


def _intent_status(session: Session, result: str | None) -> str:
    if session.is_paid_by(result):
        return "succeeded"
    if result and session.word_of(result) == UNDOCUMENTED:
        return UNDOCUMENTED
    if session.status_of(result) == EXPIRED:
        return "canceled"
    return "requires_action" if session.challenge else "requires_payment_method"


def _card_json(shown: Shown | None) -> Json:
    card = shown or Shown("visa", "4242")
    return {
        "brand": card.brand,
        "funding": card.funding,
        "last4": card.last4,
        "wallet": {"type": card.wallet} if card.wallet else None,
    }
