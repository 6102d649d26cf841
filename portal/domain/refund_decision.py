"""What a provider's word means for a refund: the thinking of its door, without the transaction.

Money that went back always wins; only a definitive "not sent" frees it again; all else leaves the question open.
"""

from __future__ import annotations

from portal.domain import refund_events as r
from portal.domain.outcome import NotSent, Source, Unknown
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_outcome import NotRefunded, RefundAccepted, RefundAnswer, Refunded, RefundOutcome

_AT_THE_PROVIDER = (RefundState.APPROVED, RefundState.SUBMITTED, RefundState.UNKNOWN)


def decide_refund(refund: Refund, told: RefundAnswer | RefundOutcome, source: Source) -> list[r.RefundEvent]:
    """The events that follow; none when it tells nothing new, or when it is not a provider's to decide."""
    if refund.state not in _AT_THE_PROVIDER:
        return []
    match told:
        case Refunded() if told.amount in (None, refund.amount):
            return [
                r.RefundSucceeded(refund=refund.reference, code=told.code, sent_at=told.at, source=source)
            ]
        case NotRefunded():
            return [
                r.RefundFailed(refund=refund.reference, reason=told.reason, code=told.code, source=source)
            ]
        case RefundAccepted() if refund.request_id is None:
            return [_submitted(refund, told)]
        case NotSent() if refund.in_the_air:
            return [r.RefundNotSent(refund=refund.reference, code=told.code)]
        case Refunded() | Unknown() if refund.state is RefundState.APPROVED:
            # Another amount than ours is no answer to our request: a person looks.
            code = told.code if isinstance(told, Unknown) else "another amount"
            return [r.RefundUncertain(refund=refund.reference, code=code)]
        case _:
            return []


def contradicts(refund: Refund, told: RefundAnswer | RefundOutcome) -> bool:
    """It tells of a refund that is over something else than how it ended: money that nobody expects, or lacks."""
    match told:
        case Refunded():
            asked = refund.state in (*_AT_THE_PROVIDER, RefundState.SUCCEEDED)
            return not asked or told.amount not in (None, refund.amount)
        case NotRefunded():
            return refund.state is RefundState.SUCCEEDED
        case _:
            return False


def _submitted(refund: Refund, told: RefundAccepted) -> r.RefundSubmitted:
    return r.RefundSubmitted(
        refund=refund.reference, request_id=told.request_id, provider_reference=told.provider_reference
    )
