"""The events of a session, signed as Stripe's own library signs them: one end is told by several."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import stripe

from portal.sandbox.book import Movement
from portal.sandbox.results import PAID
from portal.sandbox.stripe.account import API_VERSION, StripeAccount
from portal.sandbox.stripe.codes import EXPIRED, UNDOCUMENTED
from portal.sandbox.stripe.objects import Json, charge_json, intent_id, intent_json, session_json
from portal.sandbox.stripe.session import Session
from portal.sandbox.twin import Letter

Told = tuple[str, Json]
HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (sandbox)"}


def told_of_end(session: Session, result: str, movement: Movement | None) -> Sequence[Told]:
    """What is said of a session that ended so."""
    charge = charge_json(session, movement) if movement else None
    intent = intent_json(session, result, movement, session.charge_id if movement else None)
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
