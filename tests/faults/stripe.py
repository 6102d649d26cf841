"""A simulated Stripe beside the portal: payers by fate or by hand, and events that somebody else might send."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import httpx
import stripe

from portal.domain.method import PaymentMethod
from portal.domain.money import shillings
from portal.sandbox.fates import BY_NAME
from portal.sandbox.stripe.account import API_VERSION
from portal.sandbox.stripe.session import Session
from tests.portal import RunningPortal

ADDRESS = "/webhooks/stripe"
TOTAL = shillings(466_350)
GOOD, DECLINED = "4242424242424242", "4000000000000002"
NOBODY = ""
"""A card asks for no phone."""


async def pay(portal: RunningPortal, payer: str = "person", **details: Any) -> str:
    """By a payer of that fate or, as `person`, by one who acts on the page; the payment's reference."""
    if payer in BY_NAME:
        portal.sandbox.world.network.fates["card"] = BY_NAME[payer]
    return await portal.pay(NOBODY, method=PaymentMethod.CREDIT_CARD, **details)


def sessions(portal: RunningPortal) -> list[Session]:
    prompts = portal.sandbox.world.network.prompts.values()
    return [prompt for prompt in prompts if isinstance(prompt, Session)]


async def press(portal: RunningPortal, act: str = "pay", number: str = GOOD) -> httpx.Response:
    """On the page of the only session."""
    (session,) = sessions(portal)
    form = {"act": act, "number": number, "expiry": "12/34", "cvc": "123"}
    return await portal.sandbox.client.post(portal.sandbox.base_url + session.page, data=form)


def event(kind: str, about: dict[str, Any], at: datetime, **changes: Any) -> str:
    told = {
        "id": "evt_by0hand",
        "object": "event",
        "api_version": API_VERSION,
        "created": int(at.timestamp()),
        "data": {"object": about},
        "livemode": False,
        "type": kind,
    }
    return json.dumps(told | changes)


def paid(reference: str | None, hundredths: int = 46_635_000, currency: str = "tzs") -> dict[str, Any]:
    """A PaymentIntent that succeeded, as whoever knows its form would write it."""
    return {
        "id": "pi_by0hand",
        "object": "payment_intent",
        "amount_received": hundredths,
        "currency": currency,
        "metadata": {"reference": reference} if reference else {},
        "status": "succeeded",
    }


async def send(portal: RunningPortal, body: str, *, secret: str | None = None, age: float = 0) -> int:
    """Signed with the true secret unless another is given; the status of the answer."""
    secret = portal.sandbox.settings.stripe.webhook_secret if secret is None else secret
    signed_at = int(portal.clock().timestamp() - age)
    header = stripe.WebhookSignature.generate_signature_header(body, secret, signed_at)
    headers = {"Stripe-Signature": header, "Content-Type": "application/json"}
    return (await portal.client.post(ADDRESS, content=body, headers=headers)).status_code
