"""Where the money of a returned deposit is: six sums that are the deposit together, at every moment."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from portal.domain.bill import HELD
from portal.domain.deposit_pots import deducted_of, deposit_left, returned_by
from portal.domain.deposit_return import DepositReturn
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.refund import RefundState


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`unsent` is the tenant's, and nobody has asked for it to be sent, or the sending failed.

    `waiting` is claimed and not decided, or all of it while the landlord has not answered. `taken` went back to the
    payer by itself: it is the tenant's part that is less by it, as long as there is any. Where `some_is_extra` it may
    be here still, its payer's beyond the bill that somebody had paid meanwhile.
    """

    deposit: Money
    sent_back: Money
    on_the_way: Money
    unsent: Money
    waiting: Money
    deducted: Money
    taken: Money
    some_is_extra: bool

    @property
    def held(self) -> Money:
        """What lies on the deposit's account and nobody has a right to yet, or has not got."""
        return self.unsent + self.waiting

    @property
    def is_empty(self) -> bool:
        """Nothing of it is held or on its way."""
        return not self.held and not self.on_the_way


def standing_of(one: DepositReturn, payments: Collection[Payment]) -> Standing:
    """`payments` are those of its shares."""
    nothing = Money(0, one.deposit.currency)

    def sum_of(amounts: Iterable[Money]) -> Money:
        return sum(amounts, nothing)

    back = [refund for payment in payments for refund in returned_by(payment) if refund.is_live]
    sent = sum_of(refund.amount for refund in back if refund.state is RefundState.SUCCEEDED)
    on_the_way = sum_of(refund.amount for refund in back if refund.state is not RefundState.SUCCEEDED)
    held = sum_of(deposit_left(payment) for payment in payments)
    deducted = sum_of(kept for payment in payments if (kept := deducted_of(payment)))
    missing = one.deposit - sent - on_the_way - held - deducted
    promised = one.to_go_back - sent - on_the_way - missing
    unsent = min(max(promised, nothing), held)
    return Standing(
        # More than it was where money of an earlier refund came back since.
        deposit=max(one.deposit, one.deposit - missing),
        sent_back=sent,
        on_the_way=on_the_way,
        unsent=unsent,
        waiting=held - unsent,
        deducted=deducted,
        taken=max(missing, nothing),
        some_is_extra=any(
            each.excess for payment in payments for each in payment.allocations if each.type in HELD
        ),
    )
