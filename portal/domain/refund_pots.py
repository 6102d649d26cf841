"""What of a payment may still go back, pot by pot, and how a refund is taken out of the pots.

Several bills give in the reverse order of their dates: what was due first stays paid for longest. Of a bill in dollars
the shillings take as many cents along as the payment's own rate says, and the last shilling takes the last cent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from portal.domain.allocation import Allocation
from portal.domain.exchange import Exchange
from portal.domain.money import Money, rounded
from portal.domain.payment import Payment
from portal.domain.refund import Refund
from portal.domain.refund_part import Pot, RefundPart
from portal.domain.refund_reason import RefundReason
from portal.domain.refund_terms import TERMS


class BeyondWhatIsLeft(ValueError):
    """More than may still go back, or nothing."""


def pots_left(payment: Payment) -> list[RefundPart]:
    """Every pot with what is neither gone, reserved nor put elsewhere of it; our fee is the last."""
    pots = [pot for each in payment.allocations for pot in _pots_of(payment, each)]
    pots.append(RefundPart(pot=Pot.FEE, amount=payment.fees.platform))
    taken = [*payment.moved, *(part for refund in payment.refunds.live for part in refund.parts)]
    return [_less(pot, taken) for pot in pots]


def refundable(payment: Payment) -> Money:
    """What may still be asked back of the amount. The fees are not counted: what becomes of them is no choice."""
    left = [pot.amount for pot in pots_left(payment) if pot.pot is not Pot.FEE]
    return sum(left, Money(0, payment.amount.currency))


def parts_of(payment: Payment, reason: RefundReason, amount: Money) -> tuple[RefundPart, ...]:
    """Out of what `amount` goes back for that reason, with the share of our fee that goes along.

    Raises BeyondWhatIsLeft.
    """
    pots = pots_left(payment)[:-1]
    parts = taken_out_of(_in_turn(pots, reason), amount, payment)
    return _with_fee(payment, reason, amount, parts)


def less_of(payment: Payment, refund: Refund, amount: Money) -> tuple[RefundPart, ...]:
    """So much of what a refund takes, out of the same pots in the same turn, with the share of our fee that goes along.

    Raises BeyondWhatIsLeft.
    """
    others = replace(payment, refunds=payment.refunds.without(refund.reference))
    parts = taken_out_of([part for part in refund.parts if part.pot is not Pot.FEE], amount, payment)
    return _with_fee(others, refund.reason, amount, parts)


def taken_out_of(pots: Iterable[RefundPart], amount: Money, payment: Payment) -> tuple[RefundPart, ...]:
    """So much out of these pots of the payment, one after another. Raises BeyondWhatIsLeft."""
    parts, missing = _taken(pots, amount, payment.exchange)
    if missing or not parts:
        raise BeyondWhatIsLeft(payment.reference)
    return tuple(parts)


def forced_parts(payment: Payment, amount: Money) -> tuple[RefundPart, ...]:
    """Out of what money comes that went back by itself, which nobody can refuse: what came beyond the bills, then the
    bills, then our fee; and what is in none of them any more is lost.
    """
    *pots, fee = pots_left(payment)
    in_turn = (*_in_turn(pots, RefundReason.OTHER), fee)
    parts, missing = _taken(in_turn, amount, payment.exchange)
    return (*parts, RefundPart(pot=Pot.LOST, amount=missing)) if missing else tuple(parts)


def _taken(
    pots: Iterable[RefundPart], amount: Money, exchange: Exchange | None
) -> tuple[list[RefundPart], Money]:
    """So much out of the pots in their order, and what was in none of them."""
    parts, missing = [], amount
    for pot in pots:
        taken = min(missing.minor, pot.amount.minor)
        if taken > 0:
            parts.append(_some_of(pot, Money(taken, amount.currency), exchange))
            missing -= parts[-1].amount
    return parts, missing


def _with_fee(
    payment: Payment, reason: RefundReason, amount: Money, parts: tuple[RefundPart, ...]
) -> tuple[RefundPart, ...]:
    fee = pots_left(payment)[-1]
    share = _share_of_fee(payment, reason, amount, fee.amount)
    return (*parts, replace(fee, amount=share)) if share else parts


def _pots_of(payment: Payment, allocation: Allocation) -> Iterable[RefundPart]:
    bill, asked, needed = allocation.bill, payment.asked_for(allocation.amount), payment.went_to(allocation)
    yield RefundPart(pot=Pot.BILL, amount=needed, bill=bill, uncredited=allocation.applied)
    yield RefundPart(pot=Pot.EXCESS, amount=asked - needed, bill=bill)


def _less(pot: RefundPart, parts: Iterable[RefundPart]) -> RefundPart:
    taken = [part for part in parts if (part.pot, part.bill) == (pot.pot, pot.bill)]
    credit = [part.uncredited for part in taken if part.uncredited]
    return replace(
        pot,
        amount=sum((-part.amount for part in taken), pot.amount),
        uncredited=sum((-each for each in credit), pot.uncredited) if pot.uncredited else pot.uncredited,
    )


def _in_turn(pots: Iterable[RefundPart], reason: RefundReason) -> list[RefundPart]:
    first = Pot.EXCESS if TERMS[reason].beyond_first else Pot.BILL
    last_due_first = list(pots)[::-1]
    return sorted(last_due_first, key=lambda pot: pot.pot is not first)


def _some_of(pot: RefundPart, taken: Money, exchange: Exchange | None) -> RefundPart:
    if pot.uncredited is None or taken == pot.amount:
        return replace(pot, amount=taken)
    if exchange is None:
        return replace(pot, amount=taken, uncredited=taken)
    cents = rounded(taken.major / exchange.rate * exchange.unit.minor)
    credit = Money(min(cents, pot.uncredited.minor), pot.uncredited.currency)
    return replace(pot, amount=taken, uncredited=credit)


def _share_of_fee(payment: Payment, reason: RefundReason, amount: Money, left: Money) -> Money | None:
    """As the amount is to the whole; counted over all refunds that brought theirs, so that all together bring all."""
    if not TERMS[reason].fee_back:
        return None
    asked_for = [one for one in payment.refunds.live if not one.by_itself]
    with_theirs = [one for one in asked_for if TERMS[one.reason].fee_back]
    before = sum((one.without_fee.minor for one in with_theirs), amount.minor)
    brought = sum(one.fee.minor for one in with_theirs)
    due = rounded(Decimal(payment.fees.platform.minor * before) / payment.amount.minor)
    return Money(max(0, min(left.minor, due - brought)), left.currency) or None
