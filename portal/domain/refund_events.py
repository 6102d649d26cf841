"""What happened to the refunds of a payment. They stand in the payment's own stream, and each names its refund."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.domain.money import Money
from portal.domain.outcome import Source
from portal.domain.refund_desk_events import RefundDeskEvent
from portal.domain.refund_outcome import Cause, RefundRefusal, RefundRoute
from portal.domain.refund_part import RefundPart
from portal.domain.refund_reason import RefundReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequested:
    """Somebody asked for money back. From here on it is reserved: no other refund can have it.

    `amount` is all that goes back, and the `parts` say out of what. It may go `instead_of` one that failed.
    """

    refund: str
    reason: RefundReason
    amount: Money
    parts: tuple[RefundPart, ...]
    requested_by: str
    instead_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundApproved:
    """Somebody agreed, to all of it or to less. While a second person has to agree it has no `route` yet."""

    refund: str
    amount: Money
    parts: tuple[RefundPart, ...]
    approved_by: str
    route: RefundRoute | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRejected:
    """Somebody declined; their words stand beside the stream."""

    refund: str
    rejected_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDispatched:
    """Committed before the provider is called: from here on money may be on its way."""

    refund: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundNotSent:
    """The request provably never reached the provider."""

    refund: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSubmitted:
    """The provider took it and has a name for it."""

    refund: str
    request_id: str
    provider_reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundUncertain:
    """Nobody can say whether the provider took it."""

    refund: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded:
    """The money went back, also where it was taken to have failed before.

    `code` is the provider's for it, or the bank's; `sent_by` whoever sent it by hand. Where the office found it,
    `confirmed_by` is the second of the two people.
    """

    refund: str
    code: str | None
    sent_at: datetime | None
    source: Source
    sent_by: str | None = None
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed:
    """The provider said definitively that no money went back, or two people found it; it is free again.

    `stopped_by` is whoever of the office knew that it could not be sent.
    """

    refund: str
    reason: RefundRefusal
    code: str
    source: Source
    confirmed_by: str | None = None
    stopped_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundContradicted:
    """The provider says another end than the one that it had, and the books cannot follow by themselves."""

    refund: str
    says_sent: bool
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundEndConfirmed:
    """It ended so indeed: the provider said it once more when it was asked, or two people of the office found the same,
    of whom `confirmed_by` is the second.
    """

    refund: str
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOvertaken:
    """Its money has gone back another way before it was sent: it is not sent any more."""

    refund: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReversed:
    """Money of a settled payment went back by itself: a fact, booked once, and the first event of its refund.

    `request_id` is the provider's name for what happened, by which it is known when it is told again. Of the `parts`
    one may be LOST: what left and is in no pot of the payment. `confirmed_by`: who of the office agreed that it did.
    """

    refund: str
    cause: Cause
    amount: Money
    parts: tuple[RefundPart, ...]
    request_id: str
    code: str | None
    sent_at: datetime | None
    source: Source
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalCovered:
    """What was lost by a reversal is found in pots that have become free: these `parts` are out of them after all."""

    refund: str
    parts: tuple[RefundPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReturned:
    """Money that had gone back is ours again, and free: a dispute was won, it could not be brought to the payer, or it
    never went. `returned_at` is when, where the provider tells it.
    """

    refund: str
    reason: RefundRefusal
    code: str
    source: Source
    returned_at: datetime | None = None
    confirmed_by: str | None = None


RefundEvent = (
    RefundRequested
    | RefundApproved
    | RefundRejected
    | RefundDispatched
    | RefundNotSent
    | RefundSubmitted
    | RefundUncertain
    | RefundSucceeded
    | RefundFailed
    | RefundReturned
    | RefundContradicted
    | RefundEndConfirmed
    | RefundDeskEvent
    | RefundOvertaken
    | PaymentReversed
    | ReversalCovered
)
REFUND_EVENTS: tuple[type[RefundEvent], ...] = RefundEvent.__args__
