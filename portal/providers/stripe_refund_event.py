"""What an event of Stripe's tells of money that goes back (providers.md §5.6): a refund, or a dispute.

Ours names its own reference. One without was made in Stripe's own console. A dispute is the payer's bank, which takes
the money first and gives it back if it is won.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from portal.domain.dispute import DisputeVerdict
from portal.domain.money import Money
from portal.domain.outcome import Pending, Reason, Unknown
from portal.domain.refund_outcome import Cause, NotRefunded, Refunded, RefundOutcome, RefundRefusal
from portal.providers.refund import Claim, HeardOfRefund
from portal.providers.stripe_codes import Told, word_of
from portal.providers.stripe_refund import outcome_of_refund, reference_of_refund
from portal.providers.stripe_session import id_of, instant_of, money_of, object_in

GOES_BACK = ("refund.", "charge.refund", "charge.dispute.")
"""How the types of these events begin; subscribe to all of them."""

DISPUTES: dict[str, bool | None] = {
    "warning_needs_response": None,
    "warning_under_review": None,
    "needs_response": None,
    "under_review": None,
    "appeal_needs_response": None,
    "appeal_under_review": None,
    # Settled between the banks before it began; which way the money went, no status says.
    "prevented": None,
    "warning_closed": True,
    "won": True,
    "lost": False,
}
"""Is the money ours after all? None where that is not decided; any other status is unknown, unmapped."""
WITHDRAWN, REINSTATED = "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"
"""The money itself: these count before any status, for it is taken while a dispute is still open."""


def heard_of_refund(kind: str, about: Told, at: datetime | None, *, proved: bool) -> HeardOfRefund:
    """What an event of this kind says, which was made `at` that moment."""
    if kind.startswith("charge.dispute."):
        return HeardOfRefund(
            cause=Cause.DISPUTE,
            outcome=_of_dispute(kind, about, at),
            request_id=id_of(about),
            at=at,
            claim=_claim(about),
            proved=proved,
        )
    if kind == "charge.refunded":
        total = money_of(about.get("amount_refunded"), about.get("currency"))
        return HeardOfRefund(cause=None, outcome=Pending(kind), at=at, total=total, proved=proved)
    reference = reference_of_refund(about)
    return HeardOfRefund(
        cause=Cause.OURS if reference else Cause.ELSEWHERE,
        outcome=outcome_of_refund(about, at),
        reference=reference,
        request_id=id_of(about),
        at=at,
        proved=proved,
    )


def _claim(dispute: Told) -> Claim:
    is_ours = DISPUTES.get(word_of(dispute.get("status")) or "")
    verdict = None if is_ours is None else DisputeVerdict.WON if is_ours else DisputeVerdict.LOST
    return Claim(
        amount=money_of(dispute.get("amount"), dispute.get("currency")),
        due_by=instant_of(object_in(dispute, "evidence_details").get("due_by")),
        verdict=verdict,
        fee=_fee(dispute.get("balance_transactions")),
    )


def _fee(moved: object) -> Money | None:
    """What Stripe has kept for it, less what it gave back, in the currency of our account there."""
    rows = [row for row in moved if isinstance(row, Mapping)] if isinstance(moved, list) else []
    fees, currencies = [row.get("fee") for row in rows], [row.get("currency") for row in rows]
    whole = [fee for fee in fees if type(fee) is int]
    if len(whole) != len(fees) or not currencies or currencies.count(currencies[0]) != len(currencies):
        return None
    return money_of(sum(whole), currencies[0])


def _of_dispute(kind: str, dispute: Told, at: datetime | None) -> RefundOutcome:
    word = word_of(dispute.get("status")) or "no status"
    if kind not in (WITHDRAWN, REINSTATED) and word not in DISPUTES:
        return Unknown(Reason.UNKNOWN_ERROR, word, mapped=False)
    is_ours = {WITHDRAWN: False, REINSTATED: True}.get(kind, DISPUTES.get(word))
    if is_ours is None:
        return Pending(word)
    if is_ours:
        return NotRefunded(RefundRefusal.CALLED_OFF, word)
    return Refunded(id_of(dispute), money_of(dispute.get("amount"), dispute.get("currency")), at)
