"""When one person may not send money back alone."""

from __future__ import annotations

from portal.domain.money import Money, sum_of
from portal.domain.payment import Payment
from portal.domain.refund import Refund
from portal.domain.refund_terms import needs_second_person


def wants_second_person(payment: Payment, refund: Refund) -> bool:
    """Much goes back of one payment, at once or little by little; or it is in question what came."""
    return payment.reason is not None or needs_second_person(
        sum_of([*_agreed(payment, refund), refund.amount])
    )


def _agreed(payment: Payment, refund: Refund) -> list[Money]:
    """What somebody has agreed to of the same payment before."""
    others = [one for one in payment.refunds.live if one.reference != refund.reference]
    return [one.amount for one in others if one.approved_by]
