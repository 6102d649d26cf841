"""Money of a card payment that the merchant sends back: a Refund, as Stripe calls it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.sandbox import results
from portal.sandbox.book import Movement
from portal.sandbox.prompt import Refund
from portal.sandbox.stripe.attempt import Attempt
from portal.sandbox.stripe.objects import PER_UNIT

FAILURES = {
    results.NO_BALANCE: "insufficient_funds",
    results.PAYEE_FULL: "declined",
    results.EXPIRED: "expired_or_canceled_card",
    results.LOCKED: "lost_or_stolen_card",
}
"""Why one comes back from the payer's bank; of every other result nobody knows."""


@dataclass(frozen=True, kw_only=True)
class RefundAsked:
    """What a merchant asked for; all that is left where no `hundredths` are named."""

    intent: str
    hundredths: int | None
    reason: str | None
    metadata: dict[str, str]


@dataclass(kw_only=True)
class CardRefund(Refund):
    """Of what was `paid` by that `payment`."""

    paid: Attempt
    payment: Movement
    asked: RefundAsked
    made_at: datetime


def refund_json(refund: CardRefund) -> dict[str, Any]:
    status = _status(refund.result)
    told = {
        "id": refund.request_id,
        "object": "refund",
        "amount": refund.push.amount * PER_UNIT[refund.paid.asked.currency],
        "charge": refund.paid.charge_id,
        "created": int(refund.made_at.timestamp()),
        "currency": refund.paid.asked.currency,
        "metadata": refund.asked.metadata,
        "payment_intent": refund.payment.receipt,
        "reason": refund.asked.reason,
        "status": status,
    }
    if status == "failed":
        told["failure_reason"] = FAILURES.get(refund.result or "", "unknown")
    return told


def _status(result: str | None) -> str:
    if result == results.NO_ANSWER:
        return "pending"
    known = {results.PAID: "succeeded", results.CANCELLED: "canceled", results.UNDOCUMENTED: "held"}
    return known.get(result or "", "failed")
