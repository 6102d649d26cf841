"""A payment: its states and the one table of transitions. What its events make of it stands in `fold.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from portal.domain import events as e
from portal.domain.allocation import Allocation
from portal.domain.credit_events import CREDIT_EVENTS
from portal.domain.credit_use import CreditUse, kept_parts, unused
from portal.domain.deposit_events import DepositDeducted
from portal.domain.dispute import DISPUTE_EVENTS, NO_DISPUTES, Disputes
from portal.domain.exchange import Exchange, asked_beyond, asked_for
from portal.domain.fees import Fees
from portal.domain.method import PaymentMethod
from portal.domain.money import Money, sum_of
from portal.domain.outcome import Awaits, Reason
from portal.domain.receipt import ReceiptNumber
from portal.domain.receipt_code import CodeFound
from portal.domain.refund_events import REFUND_EVENTS
from portal.domain.refund_part import Pot, RefundPart
from portal.domain.refunds import NO_REFUNDS, Refunds
from portal.domain.zone import EAST_AFRICA


class State(StrEnum):
    """Where a payment stands; the names are those of features.md §5.4."""

    CREATED = "CREATED"
    SUBMITTING = "SUBMITTING"
    AWAITING_PAYER = "AWAITING_PAYER"
    AWAITING_CARD = "AWAITING_CARD"
    AWAITING_BANK = "AWAITING_BANK"
    PROCESSING = "PROCESSING"
    UNCERTAIN = "UNCERTAIN"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class PaymentStatus(StrEnum):
    """The customer's seven, which the outside sees."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"


STATUS = {
    State.CREATED: PaymentStatus.PENDING,
    State.SUBMITTING: PaymentStatus.PENDING,
    State.AWAITING_PAYER: PaymentStatus.PENDING,
    State.AWAITING_CARD: PaymentStatus.PENDING,
    State.AWAITING_BANK: PaymentStatus.PENDING,
    State.PROCESSING: PaymentStatus.PROCESSING,
    State.UNCERTAIN: PaymentStatus.PROCESSING,
    State.COMPLETED: PaymentStatus.COMPLETED,
    State.FAILED: PaymentStatus.FAILED,
    State.CANCELLED: PaymentStatus.CANCELLED,
    State.EXPIRED: PaymentStatus.CANCELLED,
}

AWAITED = {
    Awaits.PHONE: State.AWAITING_PAYER,
    Awaits.CARD: State.AWAITING_CARD,
    Awaits.TRANSFER: State.AWAITING_BANK,
}
"""Where an accepted request waits, by what it waits for."""
AWAITING = tuple(AWAITED.values())
"""It is the payer's turn."""
IN_FLIGHT = (State.SUBMITTING, *AWAITING, State.PROCESSING, State.UNCERTAIN)
"""A request was sent or may have been sent, and nobody has said how it ended."""
OPEN = (State.CREATED, *IN_FLIGHT)
CALLED_OFF = (State.FAILED, State.CANCELLED, State.EXPIRED)
FINAL = (State.COMPLETED, *CALLED_OFF)
CLAIMABLE = (State.AWAITING_BANK, State.UNCERTAIN, *CALLED_OFF)
"""The payer may have the operator's receipt while we know of no money."""

_ABOUT_MONEY = (*REFUND_EVENTS, *CREDIT_EVENTS, *DISPUTE_EVENTS, DepositDeducted)

TRANSITIONS: dict[tuple[State | None, type[e.Event]], State] = {
    (None, e.PaymentInitiated): State.CREATED,
    (State.CREATED, e.PushRequested): State.SUBMITTING,
    # Begun in the wallet's own menu: the provider came to us, and nothing was sent.
    (State.CREATED, e.ProviderEventReceived): State.PROCESSING,
    (State.CREATED, e.PaymentCancelled): State.CANCELLED,
    (State.CREATED, e.PaymentExpired): State.EXPIRED,
    # Or the two beside it: AWAITED tells by what the request waits for. `state_after` has this and two more such forks.
    (State.SUBMITTING, e.PushAccepted): State.AWAITING_PAYER,
    (State.SUBMITTING, e.PushRejected): State.FAILED,
    # Given up for lost, and then the sender came back with the proof that nothing ever left.
    (State.UNCERTAIN, e.PushRejected): State.FAILED,
    # The callback may overtake the answer to the push; the answer then only adds its ids.
    (State.PROCESSING, e.PushAccepted): State.PROCESSING,
    (State.UNCERTAIN, e.PushAccepted): State.UNCERTAIN,
    (State.COMPLETED, e.PushAccepted): State.COMPLETED,
    (State.FAILED, e.PushAccepted): State.FAILED,
    (State.CANCELLED, e.PushAccepted): State.CANCELLED,
    (State.EXPIRED, e.PushAccepted): State.EXPIRED,
    (State.SUBMITTING, e.ProviderEventReceived): State.PROCESSING,
    **{(state, e.ProviderEventReceived): State.PROCESSING for state in AWAITING},
    (State.PROCESSING, e.ProviderEventReceived): State.PROCESSING,
    (State.UNCERTAIN, e.ProviderEventReceived): State.UNCERTAIN,
    **{(state, e.ProviderEventReceived): state for state in FINAL},
    **{(state, e.PayerActionSeen): state for state in IN_FLIGHT},
    **{(state, e.OutcomeUncertain): State.UNCERTAIN for state in IN_FLIGHT},
    **{(state, e.PaymentCompleted): State.COMPLETED for state in IN_FLIGHT},
    **{(state, e.PaymentFailed): State.FAILED for state in IN_FLIGHT},
    **{(state, e.PaymentCancelled): State.CANCELLED for state in IN_FLIGHT},
    **{(state, e.PaymentExpired): State.EXPIRED for state in IN_FLIGHT},
    **{(state, e.AmountMismatch): State.UNCERTAIN for state in (*IN_FLIGHT, *CALLED_OFF)},
    # What is settled stays settled; the office looks at a callback that tells another amount afterwards.
    (State.COMPLETED, e.AmountMismatch): State.COMPLETED,
    **{(state, e.LateSuccessReceived): State.COMPLETED for state in CALLED_OFF},
    # A callback that claims success against a definitive "not paid" reopens the question, never the money.
    **{(state, e.OutcomeUncertain): State.UNCERTAIN for state in CALLED_OFF},
    # A code that the payer typed moves nothing by itself, nor does what was found out about it.
    **{(state, e.ClaimMade): state for state in CLAIMABLE},
    **{(state, e.VerificationResult): state for state in (*IN_FLIGHT, *FINAL)},
    (State.COMPLETED, e.DuplicateSuccess): State.COMPLETED,
    (State.COMPLETED, e.ReceiptAllocated): State.COMPLETED,
    (State.COMPLETED, e.ReceiptRendered): State.COMPLETED,
    (State.COMPLETED, e.ProviderCharged): State.COMPLETED,
    # What becomes of a refund stands in a table of its own, or in a dispute; that money came stays true.
    **{(State.COMPLETED, kind): State.COMPLETED for kind in _ABOUT_MONEY},
}


class IllegalTransition(Exception):
    """No edge of the table: a fault of ours, so the transaction that tried it is undone."""


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
        found = [
            asked_beyond(each.amount, each.excess, self.exchange) for each in self.allocations if each.excess
        ]
        return sum_of(found) if found else None

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

    def allocation_of(self, bill: str | None) -> Allocation:
        """The one for that bill; the only one, where an older event names none."""
        return next(each for each in self.allocations if bill in (each.bill, None))


def state_after(state: State | None, event: e.Event) -> State:
    """The state that `event` leads to; raises IllegalTransition."""
    following = next_state(state, type(event))
    match event:
        case e.PushAccepted() if state is State.SUBMITTING:
            return State.PROCESSING if _asks_nobody(event) else AWAITED[event.awaits]
        case e.PushAccepted() if state is State.UNCERTAIN and event.page:
            # Given up for lost, and then the page came: nobody can have paid on a page that nobody had.
            return State.AWAITING_CARD
        case e.ProviderEventReceived() if state is State.AWAITING_CARD and event.reason:
            # One card did not do; the page takes another.
            return state
        case _:
            return following


def ends_of(state: State | None, kind: type[e.Event]) -> tuple[State, ...]:
    """Every state that an event of that kind may lead to; raises IllegalTransition."""
    match state, kind:
        case State.SUBMITTING, e.PushAccepted:
            return *AWAITING, State.PROCESSING
        case State.UNCERTAIN, e.PushAccepted:
            return State.UNCERTAIN, State.AWAITING_CARD
        case State.AWAITING_CARD, e.ProviderEventReceived:
            return State.PROCESSING, State.AWAITING_CARD
        case _:
            return (next_state(state, kind),)


def _asks_nobody(accepted: e.PushAccepted) -> bool:
    """A saved card is asked without a page, so nothing is left to the payer."""
    return accepted.awaits is Awaits.CARD and accepted.page is None


def next_state(state: State | None, kind: type[e.Event]) -> State:
    """The table's answer; raises IllegalTransition where it has none."""
    try:
        return TRANSITIONS[state, kind]
    except KeyError:
        raise IllegalTransition(f"{kind.__name__} in {state}") from None
