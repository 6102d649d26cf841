"""Which text tells of a refund: to the payer always, to the landlord of what they decide on, or have no more."""

from __future__ import annotations

from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_part import Pot

_TO_PAYER = {
    RefundState.REQUESTED: "refund_asked",
    RefundState.SUCCEEDED: "refund_sent",
    RefundState.FAILED: "refund_failed",
    RefundState.REJECTED: "refund_declined",
}


def to_payer_about(refund: Refund) -> str:
    """Of money that moved by itself they hear by whom, and of a request that it has overtaken that it is closed."""
    if refund.state is RefundState.REJECTED and refund.refusal:
        return "refund_overtaken"
    if refund.by_itself:
        return "reversed" if refund.state is RefundState.SUCCEEDED else "returned"
    return _TO_PAYER[refund.state]


def of_bills_now(payment: Payment, refund: Refund) -> Money:
    """What its bills lose by it or, once it is here again, what of that they still needed."""
    taken, beyond = refund.of(Pot.BILL), payment.excess_waiting
    if refund.returned_at is None or beyond is None:
        return taken
    return max(taken - beyond, taken - taken)


def to_landlord_about(refund: Refund, of_bills: Money) -> str | None:
    """Whoever was told that they received it hears that they have not any more; of what was never theirs, nothing."""
    if refund.state is RefundState.REQUESTED:
        return "refund_wanted"
    if not of_bills:
        return None
    if refund.state is RefundState.SUCCEEDED:
        return "unreceived"
    return "received_again" if refund.returned_at else None
