"""What of a payment is its landlord's, and what of one is owed again: both as far as money has gone back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from portal.domain.bill import HELD
from portal.domain.money import Money, sum_of
from portal.domain.payment import Payment
from portal.domain.refund_part import Pot
from portal.domain.refund_pots import pots_left
from portal.domain.refund_terms import TERMS
from portal.domain.refunds import Refunds


@dataclass(frozen=True, slots=True)
class Received:
    """`came` went to the bills of a landlord, and `back` of it has gone back to whoever paid."""

    came: Money
    back: Money

    @property
    def net(self) -> Money:
        """What is left of it."""
        return self.came - self.back


def received_of(payment: Payment) -> Received:
    """In the money that was paid; what came beyond the bills is not the landlord's."""
    back = [one.of(Pot.BILL) for one in payment.refunds.sent_back]
    return Received(payment.applied, sum(back, Money(0, payment.amount.currency)))


def held_of(payment: Payment) -> Money:
    """What of it is kept for the lease still. Only what has gone is gone: of what is asked back somebody has to decide
    first.
    """
    bills = {each.bill for each in payment.allocations if each.type in HELD}
    gone = replace(payment, refunds=Refunds(tuple(payment.refunds.sent_back)))
    left = (pot.amount for pot in pots_left(gone) if pot.pot is Pot.BILL and pot.bill in bills)
    return sum(left, payment.amount - payment.amount)


def opened_again(payment: Payment) -> Money | None:
    """What its bills owe again because it went back, in their own currency; None where they owe nothing by it."""
    parts = [part for one in payment.refunds.sent_back if TERMS[one.reason].owed_again for part in one.parts]
    lost = [part.uncredited for part in parts if part.uncredited]
    return sum_of(lost) if lost else None
