"""What people do at Stripe and at banks without the merchant: a refund in its console, and a dispute from its first day
to its end. Money moves in the book, and events tell of it, as if the merchant had never been asked.
"""

from typing import Any

from litestar import post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from portal.sandbox.book import DISPUTE, Movement
from portal.sandbox.stripe import refusals
from portal.sandbox.stripe.events import Told
from portal.sandbox.stripe.objects import PER_UNIT, Json
from portal.sandbox.stripe.refund import RefundAsked, refund_json
from portal.sandbox.stripe.twin import Stripe

OPEN, WON, LOST = "needs_response", "won", "lost"
FEE = 1_500
"""What a dispute costs the merchant, in hundredths of the currency of its account."""


@post("/console/{intent:str}/{act:str}", status_code=200, opt={"kind": "console"})
async def use_console(
    stripe: NamedDependency[Stripe],
    intent: FromPath[str],
    act: FromPath[str],
    amount: FromQuery[int | None] = None,
) -> Json:
    """Acts: refund (all that is left, or an `amount` in hundredths), dispute (all of it), win, lose."""
    if act == "refund":
        asked = RefundAsked(intent=intent, hundredths=amount, reason=None, metadata={})
        return refund_json(stripe.refund(asked))
    if act == "dispute":
        return _begin(stripe, intent)
    if act in ("win", "lose"):
        return _decide(stripe, intent, won=act == "win")
    raise NotFoundException(act)


def _begin(stripe: Stripe, intent: str) -> Json:
    """The bank takes the money first."""
    attempt, payment = stripe.paid_by(intent)
    left = stripe.world.network.left_of(payment)
    if not left or intent in stripe.disputes:
        raise refusals.disputed_already()
    dispute: dict[str, Any] = {
        "id": f"dp_1{stripe.world.token_source(12)}",
        "object": "dispute",
        "amount": left * PER_UNIT[attempt.asked.currency],
        "balance_transactions": [_balance(stripe, -left, FEE)],
        "charge": attempt.charge_id,
        "created": int(stripe.world.clock().timestamp()),
        "currency": attempt.asked.currency,
        "evidence_details": {
            "due_by": int(stripe.world.clock().timestamp()) + 864_000,
            "has_evidence": False,
        },
        "metadata": {},
        "payment_intent": intent,
        "reason": "fraudulent",
        "status": OPEN,
    }
    stripe.disputes[intent] = dispute
    _move(stripe, payment, -left)
    _tell(stripe, [("charge.dispute.created", dispute), ("charge.dispute.funds_withdrawn", dispute)])
    return dispute


def _decide(stripe: Stripe, intent: str, *, won: bool) -> Json:
    dispute = stripe.disputes.get(intent)
    if dispute is None or dispute["status"] != OPEN:
        raise refusals.no_such("dispute", intent)
    stripe.disputes[intent] = dispute = dispute | {"status": WON if won else LOST}
    told: list[Told] = [("charge.dispute.closed", dispute)]
    if won:
        _, payment = stripe.paid_by(intent)
        _move(stripe, payment, dispute["amount"] // PER_UNIT[dispute["currency"]])
        back = [*dispute["balance_transactions"], _balance(stripe, dispute["amount"], -FEE)]
        stripe.disputes[intent] = dispute = dispute | {"balance_transactions": back}
        told.append(("charge.dispute.funds_reinstated", dispute))
    _tell(stripe, told)
    return dispute


def _balance(stripe: Stripe, amount: int, fee: int) -> Json:
    """A line of the merchant's account there; its money is told in the account's own currency."""
    return {
        "id": f"txn_1{stripe.world.token_source(12)}",
        "object": "balance_transaction",
        "amount": amount,
        "currency": "usd",
        "fee": fee,
        "net": amount - fee,
        "reporting_category": "dispute_reversal" if fee < 0 else "dispute",
        "type": "adjustment",
    }


def _move(stripe: Stripe, payment: Movement, amount: int) -> None:
    book = stripe.world.network.book
    book.move(
        Movement(
            request_id=stripe.disputes[payment.receipt]["id"],
            msisdn=payment.msisdn,
            amount=amount,
            receipt=book.receipt(stripe.world.clock(), stripe.operator),
            account_reference=payment.account_reference,
            at=stripe.world.clock(),
            provider=stripe.name,
            kind=DISPUTE,
            of=payment.receipt,
        )
    )


def _tell(stripe: Stripe, told: list[Told]) -> None:
    stripe.tell(told[0][1]["id"], told)


handlers = [use_console]
