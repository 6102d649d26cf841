"""When one person may not send money back alone, and when none has to agree."""

from __future__ import annotations

from portal.domain.money import Money, sum_of
from portal.domain.payment import Payment
from portal.domain.refund import Refund
from portal.domain.refund_terms import needs_second_person

BY_RULE = "RULE"
"""Who agrees where nobody is asked: no person has such an id."""


def agreed_by_rule(payment: Payment, refund: Refund) -> bool:
    """What came beyond the bills is the payer's, so the rule is the first to agree; not where it is in question what
    came. Above the threshold a person is the second.
    """
    return refund.beyond_bills and payment.reason is None


def wants_second_person(payment: Payment, refund: Refund) -> bool:
    """Much goes back of one payment, at once or little by little; or it is in question what came."""
    return payment.reason is not None or needs_second_person(
        sum_of([*_agreed(payment, refund), refund.amount])
    )


def _agreed(payment: Payment, refund: Refund) -> list[Money]:
    """What somebody has agreed to of the same payment before."""
    others = [one for one in payment.refunds.live if one.reference != refund.reference]
    return [one.amount for one in others if one.approved_by]
