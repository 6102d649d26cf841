"""The events of a session, signed as Stripe's own library signs them: one end is told by several."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import stripe

from portal.sandbox.book import Movement
from portal.sandbox.results import PAID
from portal.sandbox.stripe.account import API_VERSION, StripeAccount
from portal.sandbox.stripe.attempt import Attempt
from portal.sandbox.stripe.codes import EXPIRED, UNDOCUMENTED
from portal.sandbox.stripe.objects import (
    Json,
    charge_json,
    intent_id,
    intent_json,
    session_json,
    setup_intent_json,
    setup_json,
)
from portal.sandbox.stripe.refund import CardRefund, refund_json
from portal.sandbox.stripe.session import Session
from portal.sandbox.stripe.setup import Setup
from portal.sandbox.twin import Letter

Told = tuple[str, Json]
HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (sandbox)"}


def told_of_end(attempt: Attempt, result: str, movement: Movement | None) -> Sequence[Told]:
    """What is said of a session, or of a charge without one, that ended so."""
    charge = charge_json(attempt, movement) if movement else None
    intent = intent_json(attempt, result, movement, attempt.charge_id if movement else None)
    if isinstance(attempt, Session):
        return _told_of_session(attempt, result, movement, intent, charge)
    if result == PAID and charge:
        return [("payment_intent.succeeded", intent), ("charge.succeeded", charge)]
    ended = {
        "canceled": "payment_intent.canceled",
        "requires_payment_method": "payment_intent.payment_failed",
    }
    return [(ended[intent["status"]], intent)] if intent["status"] in ended else []


def _told_of_session(
    session: Session, result: str, movement: Movement | None, intent: Json, charge: Json | None
) -> Sequence[Told]:
    whole = session_json(session, result, movement, "", intent_id(session, movement))
    if result == PAID and charge:
        return [
            ("payment_intent.succeeded", intent),
            ("charge.succeeded", charge),
            ("checkout.session.completed", whole),
        ]
    if session.word_of(result) == UNDOCUMENTED:
        return [("checkout.session.completed", whole)]
    tried = [("payment_intent.payment_failed", intent)] if session.word_of(result) != EXPIRED else []
    return [*tried, ("checkout.session.expired", whole)]


def told_of_attempt(session: Session) -> Sequence[Told]:
    """A card was declined, and the page takes another."""
    return [("payment_intent.payment_failed", intent_json(session, None, None, None))]


def told_of_setup(setup: Setup) -> Sequence[Told]:
    """A card was entered, or the page is over."""
    session = (
        "checkout.session.completed" if setup.kept else "checkout.session.expired",
        setup_json(setup, "", setup.setup_id),
    )
    if setup.kept is None:
        return [session]
    return [("setup_intent.succeeded", setup_intent_json(setup, setup.kept.method)), session]


def told_of_refund(refund: CardRefund, sent_back: int) -> Sequence[Told]:
    """Money goes back, as its own object tells it and as the charge does; or it could not."""
    whole = refund_json(refund)
    told = [("refund.created", whole)]
    if refund.result == PAID:
        told.append(("charge.refunded", charge_json(refund.paid, refund.payment, sent_back)))
    elif whole["status"] == "failed":
        told.append(("refund.failed", whole))
    return told


def letters(
    told: Sequence[Told],
    account: StripeAccount,
    clock: Callable[[], datetime],
    token_source: Callable[[int], str],
) -> list[Letter]:
    """Those of the events that the endpoint hears."""

    def signs(body: bytes) -> Mapping[str, str]:
        # A body that was spoilt on the way is signed as it is: the merchant's own reading must find that out.
        header = stripe.WebhookSignature.generate_signature_header(
            body.decode(), account.webhook_secret, int(clock().timestamp())
        )
        return {"Stripe-Signature": header}

    heard = [one for one in told if not account.events or one[0] in account.events]
    return [Letter(_event(kind, about, clock(), token_source), HEADERS, signs=signs) for kind, about in heard]


def _event(kind: str, about: Json, at: datetime, token_source: Callable[[int], str]) -> bytes:
    event = {
        "id": f"evt_{token_source(12)}",
        "object": "event",
        "api_version": API_VERSION,
        "created": int(at.timestamp()),
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    return json.dumps(event, indent=2).encode()
