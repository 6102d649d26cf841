"""A payer who says "I have paid" and gives the operator's receipt code: when they may, and what an answer proves."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain import events as e
from portal.domain.method import CARDS
from portal.domain.outcome import Paid, Reason
from portal.domain.payment import Payment
from portal.domain.payment_state import CLAIMABLE
from portal.domain.receipt_code import CodeFound

LOOKED_FOR = timedelta(hours=24)
"""How long we go on asking about a code that nobody knows yet."""


class Weight(StrEnum):
    """What an answer about a code is worth for one payment; of several the first decides."""

    PROOF = "PROOF"
    OF_ANOTHER = "OF_ANOTHER"
    NO_PROOF = "NO_PROOF"
    """Money came to us under that code, and nothing says for which payment: a neighbour's rent is as large."""


class Claimed(StrEnum):
    """How a claim stands that nobody has answered yet."""

    LOOKED_FOR = "LOOKED_FOR"
    KNOWN = "KNOWN"
    """Somebody paid us under that code, and a person looks whether it was this."""
    NOT_FOUND = "NOT_FOUND"
    """In all the time that was promised."""


def may_claim(payment: Payment) -> bool:
    """Nobody sends the payer of a card a receipt code; and what came under another amount is known already."""
    return (
        payment.state in CLAIMABLE
        and payment.method not in CARDS
        and payment.reason is not Reason.WRONG_AMOUNT
        and not payment.given_back
    )


def claim_of(payment: Payment, history: list[tuple[e.Event, datetime]], now: datetime) -> Claimed | None:
    """How the newest claim of a payment with that history stands; None where none waits."""
    if payment.claimed_code is None:
        return None
    if payment.claim_found is CodeFound.KNOWN:
        return Claimed.KNOWN
    claim = e.ClaimMade(code=payment.claimed_code)
    made_at = max((at for event, at in history if event == claim), default=payment.updated_at)
    return Claimed.LOOKED_FOR if now < made_at + LOOKED_FOR else Claimed.NOT_FOUND


def weight_of(paid: Paid, payment: Payment) -> Weight:
    """By the name that the answer gives the money. Its amount and payee are then compared at the door, as always."""
    if paid.reference is None:
        return Weight.NO_PROOF
    return Weight.PROOF if paid.reference == payment.reference else Weight.OF_ANOTHER
