"""What happened to a payment, one frozen class per kind; the names are those of features.md §5.4.

Events hold no phone number and no person's name: those live beside the stream, so that they can be expunged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from portal.domain.allocation import Allocation
from portal.domain.bill import PaymentType
from portal.domain.credit_events import CreditEvent
from portal.domain.deposit_events import DepositDeducted
from portal.domain.dispute import DisputeEvent
from portal.domain.exchange import Exchange
from portal.domain.fees import Fees
from portal.domain.method import PaymentMethod
from portal.domain.money import Money
from portal.domain.outcome import Awaits, Reason, Source
from portal.domain.receipt_code import CodeFound
from portal.domain.refund_events import RefundEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentInitiated:
    """Somebody asked to pay bills of one lease; `fee_rule` names the version of the fee table that was shown.

    `bill`, `type` and `period` are those of the first, and older events have no `allocations`: `amount` is all for it.
    `account` is the one of our bank accounts that they chose to send to. `by_link`: it was not the payer who asked,
    but somebody whom they gave a link. `by_saved_card`: a card is charged that the provider keeps for the payer.
    `by_menu`: somebody paid in the menu of a wallet, with the lease's reference; the provider came to us.
    By an `exchange` the allocations are dollars, and `amount` is the shillings for them.
    """

    bill: str
    lease: str
    payer: str
    payee: str
    type: PaymentType
    period: date | None
    amount: Money
    fees: Fees
    fee_rule: str
    method: PaymentMethod
    provider: str
    expires_at: datetime
    account: str | None = None
    by_link: bool = False
    by_saved_card: bool = False
    by_menu: bool = False
    allocations: tuple[Allocation, ...] = ()
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRequested:
    """Committed before the provider is called: from here on a prompt may be on the phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushAccepted:
    """The provider took the request and gave it an id; it waits for what it `awaits`, for a card at `page`."""

    request_id: str
    provider_reference: str | None = None
    awaits: Awaits = Awaits.PHONE
    page: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRejected:
    """The request itself was refused, or never reached the provider in all its tries."""

    reason: Reason
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerActionSeen:
    """The payer did something on our pages: asked to cancel."""

    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimMade:
    """The payer typed a receipt code, which is a hint. One that is `foreign` belongs to another payment."""

    code: str
    foreign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEventReceived:
    """A callback came. It is a hint: what it says about money counts only after a query, and is kept till then.

    `foreign_code` is a receipt code that belongs to another payment already. `reason` tells why one try failed, where
    the payer may try again on the same page.
    """

    request_id: str | None
    says_paid: bool | None
    code: str
    receipt_code: str | None = None
    foreign_code: str | None = None
    amount: Money | None = None
    paid_at: datetime | None = None
    payee: str | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationResult:
    """An answer that settles nothing, and is noted: it contradicts what is settled already or, where it tells what was
    `found`, it is about the receipt code that the payer claimed.
    """

    code: str
    source: Source
    found: CodeFound | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeUncertain:
    """Nobody can say yet whether money moved."""

    reason: Reason
    code: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCompleted:
    """Verified with the provider: the whole total moved."""

    received: Money
    receipt_code: str | None
    provider_paid_at: datetime | None
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class LateSuccessReceived:
    """Verified money for a payment that we had already called off."""

    received: Money
    receipt_code: str | None
    provider_paid_at: datetime | None
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed:
    """The provider said definitively that no money moved."""

    reason: Reason
    code: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCancelled:
    """Called off by the payer, and no money moved."""

    code: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentExpired:
    """Its time ran out, and the provider says it is unpaid."""

    code: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountMismatch:
    """Money moved, but not the amount we asked for, or to `payee`, who is not we: it waits in suspense for a person."""

    expected: Money
    received: Money
    receipt_code: str | None
    source: Source
    payee: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateSuccess:
    """A bill did not need (all of) this money any more; `excess` waits in suspense for the payer's choice.

    Older events name no bill: their payments were for one. Where the bill is in another currency than the money,
    `unneeded` is what it did not need.
    """

    excess: Money
    bill: str | None = None
    unneeded: Money | None = None

    @property
    def uncredited(self) -> Money:
        """So much less than was asked for is credited to the bill, in its own currency."""
        return self.unneeded or self.excess


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptAllocated:
    """The receipt's number (gap-free per landlord and year) and its unguessable code."""

    landlord_code: str
    year: int
    serial: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRendered:
    """The PDF stands; its SHA-256 says which bytes."""

    version: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCharged:
    """The provider has told what it keeps of the money for itself; what payers are charged for it is an estimate."""

    amount: Money
    source: Source


Event = (
    PaymentInitiated
    | PushRequested
    | PushAccepted
    | PushRejected
    | PayerActionSeen
    | ClaimMade
    | ProviderEventReceived
    | VerificationResult
    | OutcomeUncertain
    | PaymentCompleted
    | LateSuccessReceived
    | PaymentFailed
    | PaymentCancelled
    | PaymentExpired
    | AmountMismatch
    | DuplicateSuccess
    | ReceiptAllocated
    | ReceiptRendered
    | ProviderCharged
    | RefundEvent
    | CreditEvent
    | DepositDeducted
    | DisputeEvent
)

EVENT_TYPES: tuple[type[Event], ...] = Event.__args__


def event_name(kind: type[object]) -> str:
    """`PaymentInitiated` is stored as `PAYMENT_INITIATED`."""
    letters = (f"_{c}" if c.isupper() and position else c for position, c in enumerate(kind.__name__))
    return "".join(letters).upper()


EVENT_BY_NAME = {event_name(kind): kind for kind in EVENT_TYPES}
SCHEMA_VERSION = 1
