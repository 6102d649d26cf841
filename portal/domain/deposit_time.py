"""What time brings to a deposit's return: whoever is silent is passed over, but not while a payer's bank decides."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from portal.domain import deposit_events as d
from portal.domain.deposit_return import WAITS_FOR_SOMEBODY, DepositReturn, ReturnState
from portal.domain.deposit_standing import standing_of
from portal.domain.dispute import DisputeVerdict
from portal.domain.payment import Payment
from portal.domain.refund_second import BY_RULE


def what_time_brings(one: DepositReturn, payments: Collection[Payment], now: datetime) -> list[d.ReturnEvent]:
    """The events that follow now; `payments` hold the deposit: its own, and those that no return has yet, for whoever
    answers takes them along.
    """
    if not one.is_open or any(payment.disputes.open for payment in payments):
        return []
    if _is_lost(one, payments):
        return [d.DepositGone(ended_by=BY_RULE)]
    if one.state not in WAITS_FOR_SOMEBODY:
        return []
    stood_still = _stood_still(one, payments, now)
    if stood_still:
        return [d.AnswerTimeMoved(answer_by=one.answer_by + stood_still)]
    if now < one.answer_by:
        return []
    return [d.LandlordSilent() if one.state is ReturnState.ASKED else d.TenantSilent()]


def _is_lost(one: DepositReturn, payments: Collection[Payment]) -> bool:
    """A bank found for the payer, and nothing is held any more on which anybody could answer."""
    shares = {share.payment for share in one.shares}
    own = [payment for payment in payments if payment.reference in shares]
    every = [dispute for payment in own for dispute in payment.disputes.every]
    lost = any(dispute.verdict is DisputeVerdict.LOST for dispute in every)
    return lost and standing_of(one, own).is_empty


def _stood_still(one: DepositReturn, payments: Collection[Payment], now: datetime) -> timedelta:
    """How long nobody had to answer, of the time since the newest event of the return."""
    every = [dispute for payment in payments for dispute in payment.disputes.every]
    over = [each.opened_at for each in every if each.ended_at and one.updated_at < each.ended_at]
    return now - max(min(over), one.updated_at) if over else timedelta(0)
