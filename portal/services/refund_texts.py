"""Which text tells of a refund: to the payer always, to the landlord of what they decide on, or have no more."""

from __future__ import annotations

from collections.abc import Collection

from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_part import Pot
from portal.domain.refund_pots import pots_left
from portal.domain.refund_reason import RefundReason

_NEWS = {
    RefundState.REQUESTED: "refund_asked",
    RefundState.APPROVED: "refund_approved",
    RefundState.SUCCEEDED: "refund_sent",
    RefundState.FAILED: "refund_failed",
    RefundState.REJECTED: "refund_declined",
}


def news_of(was: Refund | None, refund: Refund) -> str | None:
    """What has become of it since, by the name of the payer's text; None where there is nothing to tell.

    Of money that moved by itself they hear by whom, and of a request that it has overtaken that it is closed.
    """
    if was is None or was.state is not refund.state:
        return _moved(was, refund)
    if refund.closed_at and not was.closed_at and not refund.instead:
        return "refund_closed"
    if refund.state is RefundState.REQUESTED and refund.approved_by != was.approved_by:
        return "refund_second"
    return None


def _moved(was: Refund | None, refund: Refund) -> str | None:
    if refund.state is RefundState.REJECTED and refund.refusal:
        return "refund_overtaken"
    if refund.by_itself:
        return "reversed" if refund.state is RefundState.SUCCEEDED else "returned"
    if was and was.state is RefundState.SUCCEEDED:
        return "refund_returned"
    return None if _is_told_already(was, refund) else _NEWS.get(refund.state)


def _is_told_already(was: Refund | None, refund: Refund) -> bool:
    """A deposit that goes back is told of by its own return; and what is approved again never left."""
    if refund.state is RefundState.APPROVED and was and was.route:
        return True
    decided = refund.state not in (RefundState.REQUESTED, RefundState.APPROVED)
    return refund.reason is RefundReason.LEASE_ENDED and not decided


def of_bills_now(payment: Payment, refund: Refund, bills: Collection[str]) -> Money:
    """What these of its bills lose by it or, once it is here again, what of that they still needed."""
    nothing = Money(0, refund.amount.currency)
    taken = sum((one.amount for one in refund.parts if one.pot is Pot.BILL and one.bill in bills), nothing)
    if refund.returned_at is None:
        return taken
    waiting = (pot for pot in pots_left(payment) if pot.pot is Pot.EXCESS and pot.bill in bills)
    return max(sum((-pot.amount for pot in waiting), taken), nothing)


def to_landlord_about(refund: Refund, of_bills: Money, news: str) -> str | None:
    """Whoever was told that they received it hears that they have not any more; of what was never theirs, nothing.

    A deposit that goes back is told of by its own return.
    """
    if refund.reason is RefundReason.LEASE_ENDED:
        return None
    return _TO_LANDLORD.get(news) if of_bills else None


_TO_LANDLORD = {
    "refund_sent": "unreceived",
    "reversed": "unreceived",
    "refund_returned": "received_again",
    "returned": "received_again",
}
