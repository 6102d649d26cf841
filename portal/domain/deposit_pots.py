"""How much of a deposit lies in a payment, and out of which of its pots it is taken.

A deposit that is being returned goes no other way: every other refund sees its payment `set_apart`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from portal.domain.bill import HELD
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.refund import Refund
from portal.domain.refund_part import Pot, RefundPart
from portal.domain.refund_pots import pots_left, taken_out_of
from portal.domain.refund_reason import RefundReason


def deposit_left(payment: Payment) -> Money:
    """What of it is held still: neither gone, reserved nor the landlord's."""
    return _sum(payment, (pot.amount for pot in _pots(payment)))


def parts_of_deposit(payment: Payment, amount: Money) -> tuple[RefundPart, ...]:
    """Raises BeyondWhatIsLeft."""
    return taken_out_of(_pots(payment)[::-1], amount, payment)


def set_apart(payment: Payment) -> Payment:
    """The payment as other refunds may see it: with nothing of the deposit left."""
    return replace(payment, moved=(*payment.moved, *(pot for pot in _pots(payment) if pot.amount)))


def deducted_of(payment: Payment) -> Money | None:
    """What of its deposit is the landlord's by now; None where nothing is."""
    deposits = {each.bill for each in payment.allocations if each.type in HELD}
    kept = (part.amount for part in payment.moved if part.pot is Pot.BILL and part.bill in deposits)
    return _sum(payment, kept) or None


def returned_by(payment: Payment) -> list[Refund]:
    """The refunds by which its deposit goes back at the end of the lease."""
    return [one for one in payment.refunds if one.reason is RefundReason.LEASE_ENDED]


def goes_by_its_deposit(payment: Payment, refund: Refund) -> bool:
    """It failed, and what it was to send is sent from the page of its deposit, as long as any of that is held."""
    ended = refund.reason is RefundReason.LEASE_ENDED and refund.can_go_again
    return ended and bool(deposit_left(payment))


def asked_back_otherwise(payment: Payment) -> bool:
    """Some refund of it is open, or waits to be sent again: how much of the deposit is left is not settled yet."""
    return any(one.is_open or one.can_go_again for one in payment.refunds)


def _pots(payment: Payment) -> list[RefundPart]:
    deposits = {each.bill for each in payment.allocations if each.type in HELD}
    return [pot for pot in pots_left(payment) if pot.pot is Pot.BILL and pot.bill in deposits]


def _sum(payment: Payment, amounts: Iterable[Money]) -> Money:
    return sum(amounts, Money(0, payment.amount.currency))
