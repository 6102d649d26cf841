"""A payment. Its states stand in `payment_state.py`, and what its events make of it in `fold.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from portal.domain.allocation import Allocation
from portal.domain.credit_use import CreditUse, kept_parts, unused
from portal.domain.dispute import NO_DISPUTES, Disputes
from portal.domain.exchange import Exchange, asked_beyond, asked_for
from portal.domain.fees import Fees
from portal.domain.method import PaymentMethod
from portal.domain.money import Money, sum_of
from portal.domain.outcome import Reason
from portal.domain.payment_state import STATUS, PaymentStatus, State
from portal.domain.receipt import ReceiptNumber
from portal.domain.receipt_code import CodeFound
from portal.domain.refund_part import Pot, RefundPart
from portal.domain.refunds import NO_REFUNDS, Refunds
from portal.domain.zone import EAST_AFRICA


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """The fold of a payment's events. `version` is the seq of the last one."""

    reference: str
    lease: str
    payer: str
    payee: str
    allocations: tuple[Allocation, ...]
    amount: Money
    fees: Fees
    fee_rule: str
    method: PaymentMethod
    provider: str
    state: State
    version: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    account: str | None = None
    by_link: bool = False
    by_saved_card: bool = False
    exchange: Exchange | None = None
    """By which its bills, which are in dollars, are paid in shillings."""
    by_menu: bool = False
    reason: Reason | None = None
    code: str | None = None
    request_id: str | None = None
    provider_reference: str | None = None
    page: str | None = None
    receipt_code: str | None = None
    second_receipt_code: str | None = None
    received: Money | None = None
    provider_paid_at: datetime | None = None
    completed_at: datetime | None = None
    late: bool = False
    """Called off, and in question again or paid after all; it bars no attempt that the payer began meanwhile."""
    cancel_wanted: bool = False
    claimed_paid: bool = False
    claimed_code: str | None = None
    """The receipt code that the payer typed, while nobody has answered for it."""
    claim_found: CodeFound | None = None
    receipt: ReceiptNumber | None = None
    receipt_check: str | None = None
    receipt_sha256: str | None = None
    receipt_version: int | None = None
    provider_cost: Money | None = None
    """What its provider has kept for itself, once it has told."""
    refunds: Refunds = NO_REFUNDS
    disputes: Disputes = NO_DISPUTES
    moved: tuple[RefundPart, ...] = ()
    """What left its pots otherwise than by a refund: to a credit of the tenant, or out of a deposit to the landlord."""
    credit_uses: tuple[CreditUse, ...] = ()

    @property
    def status(self) -> PaymentStatus:
        """Once money has gone back it says so: all of the amount, or a part. The fees do not count."""
        back = [one.without_fee for one in self.refunds.sent_back]
        if not back:
            return STATUS[self.state]
        return PaymentStatus.REFUNDED if self.amount <= sum_of(back) else PaymentStatus.PARTIALLY_REFUNDED

    @property
    def in_question(self) -> Money | None:
        """What came instead of the total that was asked for, as it was booked. None where nothing like that came."""
        if self.completed_at is not None or self.received is None:
            return None
        # What cannot be an amount is taken to be what we asked for.
        return self.received if self.received.minor > 0 else self.total

    @property
    def in_doubt(self) -> bool:
        """It is paid, and something that was told beside that does not fit."""
        told = self.reason in (Reason.WRONG_AMOUNT, Reason.CONTRADICTION, Reason.DUPLICATE)
        return self.completed_at is not None and (told or self.second_receipt_code is not None)

    @property
    def given_back(self) -> bool:
        """What came instead of the total is with its sender again: for good, whatever is told of it later."""
        ended = self.state is State.FAILED and self.reason is Reason.REVERSED
        return ended and self.in_question is not None

    @property
    def reserved(self) -> Money:
        """What of it has gone back or elsewhere, or was asked back and may still go."""
        taken = [*(one.out_of_pots for one in self.refunds.live), *(part.amount for part in self.moved)]
        return sum(taken, Money(0, self.amount.currency))

    @property
    def total(self) -> Money:
        """What the payer is asked for: the amount and every fee (D02)."""
        return self.amount + self.fees.total

    @property
    def paid_on(self) -> date | None:
        """The day alone, where nobody knows more: a bank's statement names no hour."""
        if self.method is not PaymentMethod.BANK_TRANSFER or self.provider_paid_at is None:
            return None
        return self.provider_paid_at.astimezone(EAST_AFRICA).date()

    @property
    def bills(self) -> tuple[str, ...]:
        """The bills that it pays, in the order in which they were due."""
        return tuple(allocation.bill for allocation in self.allocations)

    @property
    def excess(self) -> Money | None:
        """So much of the money its bills did not need any more when it came."""
        beyond = [(each.amount, each.excess) for each in self.allocations if each.excess]
        return sum_of([asked_beyond(*each, self.exchange) for each in beyond]) if beyond else None

    @property
    def excess_waiting(self) -> Money | None:
        """What of that is still here, and nobody has asked back or put elsewhere."""
        if self.excess is None:
            return None
        kept = [part.amount for part in kept_parts(self.moved)]
        return sum((-each for each in (*self.refunds.out_of(Pot.EXCESS), *kept)), self.excess) or None

    @property
    def credit_left(self) -> Money:
        return unused(self.moved, self.credit_uses, self.amount.currency)

    @property
    def applied(self) -> Money:
        """So much of the money went to its bills."""
        return self.amount - self.excess if self.excess else self.amount

    @property
    def credit(self) -> Money:
        """What its bills were to be credited with, in their own currency."""
        return sum_of([each.amount for each in self.allocations])

    @property
    def credited(self) -> Money:
        """What its bills are credited with, in their own currency."""
        return sum_of([each.applied for each in self.allocations])

    def asked_for(self, amount: Money) -> Money:
        """The money for so much of a bill."""
        return asked_for(amount, self.exchange)

    def went_to(self, allocation: Allocation) -> Money:
        """So much of the money its bill needed."""
        asked = self.asked_for(allocation.amount)
        beyond = allocation.excess
        return asked - asked_beyond(allocation.amount, beyond, self.exchange) if beyond else asked

    def allocation_of(self, bill: str | None) -> Allocation:
        """The one for that bill; the only one, where an older event names none."""
        return next(each for each in self.allocations if bill in (each.bill, None))
