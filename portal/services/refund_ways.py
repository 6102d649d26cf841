"""By which of its provider's ways a refund goes back; where none of them fits, the office sends it by hand.

A way that takes only the whole takes all that was captured or nothing: a refund that leaves a fee here never goes it,
and to give away fees that were earned, or paid on, so that it could would be a present. What a provider has refused for
the payment's own sake is not tried that way again, unless a person wants it. While another refund may have gone though
it is said to have failed, no machine sends anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from portal.domain.deposit_pots import returned_by
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.refund import Refund
from portal.domain.refund_outcome import RefundRefusal, RefundRoute
from portal.domain.refund_reason import RefundReason
from portal.providers.refund import SendsBack
from portal.providers.registry import Registry

BY_HAND = SendsBack(route=RefundRoute.BY_HAND, part=True, again=True)


class Bars(StrEnum):
    """What a refusal says of the next try."""

    WAY = "WAY"
    SUM = "SUM"
    """That way, for that sum."""
    ALL = "ALL"
    """Whatever a machine could do: a person looks before anything else is sent."""


BARRED_BY: Mapping[RefundRefusal, Bars] = MappingProxyType(
    {
        RefundRefusal.NOT_FOUND: Bars.WAY,
        RefundRefusal.AMOUNT: Bars.SUM,
        RefundRefusal.LIMIT: Bars.SUM,
        # It is the same wallet or card whichever way.
        RefundRefusal.PAYEE_CANNOT_RECEIVE: Bars.ALL,
        # The money may be with the payer already: another way would bring it a second time.
        RefundRefusal.ALREADY_DONE: Bars.ALL,
        RefundRefusal.DISPUTED: Bars.ALL,
        # Some say no more than that of a payment that was taken back before.
        RefundRefusal.REFUSED: Bars.ALL,
    }
)
"""The other refusals are ours to mend: the same way is tried again."""


def ways_of(registry: Registry, payment: Payment) -> tuple[SendsBack, ...]:
    """Those that its provider has, the best first, and the one that is always left."""
    return *registry.named(payment.provider).capabilities.sends_back, BY_HAND


def way_back(
    registry: Registry, payment: Payment, refund: str | None, amount: Money, now: datetime, *, has_phone: bool
) -> SendsBack:
    """The best that takes so much of this payment now, beside all other refunds of it."""
    return _fitting(registry, payment, refund, amount, now, has_phone=has_phone)[0]


def fitting(
    registry: Registry, payment: Payment, refund: Refund, now: datetime, *, has_phone: bool
) -> list[SendsBack]:
    """Those that take it now, the best first: a way by which it failed before comes after the others, our hand last.

    Whoever sends one another time has looked at what was refused, and may take any way. For a deposit nobody chooses:
    it goes no way again on which the office has stopped it.
    """
    name, amount = refund.reference, refund.amount
    looked_at = refund.instead_of is not None and refund.reason is not RefundReason.LEASE_ENDED
    ways = _fitting(registry, payment, name, amount, now, has_phone=has_phone, looked_at=looked_at)
    tried = _tried(payment, refund)
    if refund.reason is RefundReason.LEASE_ENDED:
        ways = [able for able in ways if able.route not in _stopped(payment)]
    return sorted(ways, key=lambda able: (able is BY_HAND, able.route in tried))


def _tried(payment: Payment, refund: Refund) -> set[RefundRoute | None]:
    """By what those went that it goes instead of."""
    before = payment.refunds.find(refund.instead_of) if refund.instead_of else None
    return {before.route, *_tried(payment, before)} if before else set()


def _stopped(payment: Payment) -> set[RefundRoute | None]:
    """The ways on which the office has stopped its deposit."""
    return {one.route for one in returned_by(payment) if one.refusal is RefundRefusal.STOPPED}


def _fitting(
    registry: Registry,
    payment: Payment,
    refund: str | None,
    amount: Money,
    now: datetime,
    *,
    has_phone: bool,
    looked_at: bool = False,
) -> list[SendsBack]:
    live = [one for one in payment.refunds.live if one.reference != refund]
    by_hand_alone = unproved_beside(payment, refund) is not None
    return [
        able
        for able in ways_of(registry, payment)
        if _takes(able, payment, amount)
        and (able.again or not any(_went(one, able) for one in live))
        and (able is BY_HAND or not by_hand_alone)
        and (looked_at or not any(_bars(one, able, amount) for one in payment.refunds))
        and _in_time(able, payment, now)
        and _knows_where_to(able, payment, has_phone=has_phone)
    ]


def can_be_asked(way: SendsBack, refund: Refund) -> bool:
    """The provider would say how it ended, at once or by a callback."""
    answers = way.answers_questions or way.answers_by_callback
    return answers and (refund.request_id is not None or way.known_by_our_reference)


def answers_at_once(registry: Registry, payment: Payment, refund: Refund) -> bool:
    """Its provider can be asked how it ended, and says so in its answer, not by a callback."""
    way = way_of(registry, payment, refund)
    return way.answers_questions and can_be_asked(way, refund)


def unproved(registry: Registry, payment: Payment, refund: Refund) -> bool:
    """That it failed was only told, and nobody can be asked about it: its money may have gone all the same."""
    return refund.may_have_gone and not answers_at_once(registry, payment, refund)


def unproved_beside(payment: Payment, refund: str | None) -> Refund | None:
    """Another one of the payment that may have gone all the same. Its provider, if it can be asked, is asked when that
    one is sent again; where money is asked for anew, a person looks first.
    """
    others = (one for one in payment.refunds if one.reference != refund)
    return next((one for one in others if one.may_have_gone), None)


def way_of(registry: Registry, payment: Payment, refund: Refund) -> SendsBack:
    """The one that it was sent by. A provider that is off, or has it no more, can be asked nothing about it."""
    of_route = (able for able in ways_of(registry, payment) if able.route is refund.agreed_route)
    return next(of_route, SendsBack(route=refund.agreed_route))


def _takes(able: SendsBack, payment: Payment, amount: Money) -> bool:
    return able.part or amount == payment.received


def _bars(refund: Refund, able: SendsBack, amount: Money) -> bool:
    """Nothing speaks against the office's own hand, and what that could not send says nothing of the provider."""
    if refund.refusal is None or RefundRoute.BY_HAND in (able.route, refund.route):
        return False
    match BARRED_BY.get(refund.refusal):
        case Bars.ALL:
            return True
        case Bars.WAY:
            return refund.route is able.route
        case Bars.SUM:
            return refund.route is able.route and refund.amount == amount
        case _:
            return False


def _went(refund: Refund, able: SendsBack) -> bool:
    return refund.route is able.route


def _knows_where_to(able: SendsBack, payment: Payment, *, has_phone: bool) -> bool:
    """A reversal goes by the operator's own name for the payment, a payout to the number that paid."""
    match able.route:
        case RefundRoute.REVERSAL:
            return payment.receipt_code is not None
        case RefundRoute.PAYOUT:
            return has_phone
        case _:
            return True


def _in_time(able: SendsBack, payment: Payment, now: datetime) -> bool:
    paid_at = payment.completed_at or payment.created_at
    return able.within is None or now - paid_at <= able.within
