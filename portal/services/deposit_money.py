"""The money of a deposit that is returned: what goes back as refunds, and what becomes the landlord's."""

from __future__ import annotations

from collections.abc import Sequence

from portal.domain import refund_desk_events as desk
from portal.domain import refund_events as r
from portal.domain.deposit_events import DepositDeducted, Share
from portal.domain.deposit_pots import deposit_left, parts_of_deposit, returned_by, set_apart
from portal.domain.deposit_return import DepositReturn
from portal.domain.deposit_standing import standing_of
from portal.domain.money import Money
from portal.domain.payment import Payment
from portal.domain.refund import Refund, RefundState
from portal.domain.refund_reason import RefundReason
from portal.providers.registry import Registry
from portal.services.office import Unchanged
from portal.services.refund_approval import RefundApproval
from portal.services.settlement import Settlement
from portal.services.tools import Tools
from portal.store import deposit_returns
from portal.store import payments as payment_rows
from portal.store.types import Tx


def shares_in(payments: Sequence[Payment]) -> tuple[Share, ...]:
    """Each payment that still holds some of a deposit, and how much."""
    held = [Share(payment=one.reference, amount=deposit_left(one)) for one in payments]
    return tuple(share for share in held if share.amount)


def seen_by_refunds(tx: Tx, payment: Payment) -> Payment:
    """As an ordinary refund may see it: a deposit that is returned goes by its own road."""
    return set_apart(payment) if deposit_returns.bound(tx, [payment.reference]) else payment


class DepositMoney:
    """Inside the transaction that decides; the payments are held by it."""

    def __init__(self, tools: Tools, registry: Registry, settlement: Settlement) -> None:
        self._tools, self._settlement = tools, settlement
        self._approval = RefundApproval(tools, registry, settlement)

    def deduct(self, tx: Tx, one: DepositReturn, line: int, amount: Money) -> None:
        """So much is the landlord's, out of the payments that came first. Raises Unchanged where less is held."""
        shares = _spread(self.undisputed(tx, one), amount)
        if sum((taken.minor for _, taken in shares)) != amount.minor:
            raise Unchanged("short")
        for payment, taken in shares:
            parts = parts_of_deposit(payment, taken)
            event = DepositDeducted(deposit_return=one.reference, line=line, parts=parts, payee=one.landlord)
            self._settlement.append(tx, payment, [event])

    def send_back(self, tx: Tx, one: DepositReturn, agreed_by: Sequence[str]) -> Money:
        """All that is the tenant's by now and not on its way; how much that is. The last payment gives first.

        What failed before goes with it, and is closed. Raises Unchanged.
        """
        payments = self.undisputed(tx, one)
        unsent = standing_of(one, payments).unsent
        if not unsent:
            return unsent
        failed = {payment.reference: _failed(payment) for payment in payments}
        if any(refund.finding for each in failed.values() for refund in each):
            raise Unchanged("finding")
        if any(refund.may_have_gone for each in failed.values() for refund in each):
            raise Unchanged("look")
        sent = {
            payment.reference: self._refund(tx, one, payment, taken, agreed_by)
            for payment, taken in _spread(payments[::-1], unsent)
        }
        for payment in self.undisputed(tx, one):
            other = sent.get(payment.reference) or next(iter(sent.values()))
            closed = [
                desk.RefundClosed(refund=refund.reference, closed_by=agreed_by[-1], instead=other)
                for refund in failed[payment.reference]
            ]
            if closed:
                self._settlement.append(tx, payment, closed)
        return unsent

    def undisputed(self, tx: Tx, one: DepositReturn) -> list[Payment]:
        """As `held_payments`. Raises Unchanged while a payer's bank asks one of them back."""
        payments = self.held_payments(tx, one)
        if any(payment.disputes.open for payment in payments):
            raise Unchanged("disputed")
        return payments

    def held_payments(self, tx: Tx, one: DepositReturn) -> list[Payment]:
        """Those of its shares, locked, the oldest first."""
        found = payment_rows.several(tx, [share.payment for share in one.shares], lock=True)
        return sorted(found.values(), key=lambda payment: (payment.created_at, payment.reference))

    def _refund(
        self, tx: Tx, one: DepositReturn, payment: Payment, amount: Money, agreed_by: Sequence[str]
    ) -> str:
        failed = _failed(payment)
        event = r.RefundRequested(
            refund=self._tools.reference(),
            reason=RefundReason.LEASE_ENDED,
            amount=amount,
            parts=parts_of_deposit(payment, amount),
            # It is theirs, whoever ended the lease.
            requested_by=one.tenant,
            instead_of=failed[-1].reference if failed else None,
        )
        payment = self._settlement.append(tx, payment, [event])
        for person in agreed_by:
            refund = payment.refunds.named(event.refund)
            if refund.state is RefundState.REQUESTED:
                payment = self._approval.agree(tx, payment, refund, person)
        return event.refund


def failed_of(payments: Sequence[Payment]) -> list[str]:
    """The names of those of them that another one would go instead of."""
    return [refund.reference for payment in payments for refund in _failed(payment)]


def _failed(payment: Payment) -> list[Refund]:
    """The refunds of its deposit that came to nothing, and that nobody has seen to."""
    return [refund for refund in returned_by(payment) if refund.can_go_again]


def _spread(payments: Sequence[Payment], amount: Money) -> list[tuple[Payment, Money]]:
    """Which payment gives how much of an amount, in this order."""
    shares, missing = [], amount
    for payment in payments:
        taken = min(missing, deposit_left(payment), key=lambda money: money.minor)
        if taken.minor > 0:
            shares.append((payment, taken))
            missing -= taken
    return shares
